import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { instantiate } from '../../../src/domain/wasm/instance';
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
      const exports = instantiate(ROW_CHECK_CODE, bytes);
      expect(exports?.memory.buffer.byteLength).to.equal(pages * 65_536);
    }
  });

  it('is done without when the code cannot be used', () => {
    expect(instantiate('AAAA', 1)).to.equal(null);
    expect(instantiate(ROW_CHECK_CODE, 2 ** 40)).to.equal(null);
  });
});
