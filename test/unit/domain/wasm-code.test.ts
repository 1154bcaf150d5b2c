import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { createWasmMemory, instantiate } from '../../../src/domain/wasm/instance';
import { ROW_CHECK_CODE } from '../../../src/domain/wasm/row-check-code';
import { assemble, modulePath, WASM_SOURCES } from '../../support/assemble';

describe('WebAssembly code', () => {
  for (const source of WASM_SOURCES) {
    it(`is what ${source.name}.wat says (npm run wasm)`, async () => {
      expect(readFileSync(modulePath(source), 'utf8')).to.equal(await assemble(source));
    });
  }

  it('gets the memory that it needs, and not a page more', () => {
    for (const [bytes, pages] of [
      [1, 1],
      [65_536, 1],
      [65_537, 2],
      [300_000, 5],
    ] as const) {
      const memory = createWasmMemory(bytes);
      expect(memory?.buffer.byteLength).to.equal(pages * 65_536);
    }
    expect(createWasmMemory(2 ** 40)).to.equal(null);
  });

  it('works in memory that threads share, and is done without when it cannot be used', () => {
    const memory = createWasmMemory(1);
    if (memory === null) throw new Error('there is no WebAssembly');
    expect(memory.buffer).to.be.instanceOf(SharedArrayBuffer);
    expect(instantiate(ROW_CHECK_CODE, memory)).to.have.keys('walk');
    expect(instantiate('AAAA', memory)).to.equal(null);
  });
});
