import { expect } from 'chai';
import { blockBytesFor } from '../../src/store/acta';

const MIB = 1024 * 1024;

describe('the blocks that an acta is of', () => {
  for (const [csvBytes, blockBytes] of [
    [0, 4_096],
    [16 * MIB, 4_096],
    [16 * MIB + 1, 8_192],
    [32 * MIB, 8_192],
    [32 * MIB + 1, 16_384],
    [5_000 * MIB, 2 * MIB],
  ] as const) {
    it(`are as small as 4096 of them may be, as docs/DRAW.md says: ${String(csvBytes)} bytes`, () => {
      expect(blockBytesFor(csvBytes)).to.equal(blockBytes);
    });
  }
});
