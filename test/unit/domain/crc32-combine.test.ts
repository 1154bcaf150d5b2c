import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { combineCrc32 } from '../../../src/domain/crc32-combine';

describe('combineCrc32', () => {
  it('gives the CRC-32 of two pieces joined', () => {
    const piece = fc.uint8Array({ maxLength: 2_000 });
    fc.assert(
      fc.property(piece, piece, (first, second) => {
        const both = crc32(Buffer.concat([first, second]));
        expect(combineCrc32(crc32(first), crc32(second), second.length)).to.equal(both);
      }),
    );
  });

  it('gives the CRC-32 of many pieces, however they are put together', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(pieces, (parts) => {
        let forward = 0;
        for (const part of parts) forward = combineCrc32(forward, crc32(part), part.length);
        let [backward, bytes] = [0, 0];
        for (const part of parts.toReversed()) {
          backward = combineCrc32(crc32(part), backward, bytes);
          bytes += part.length;
        }
        const all = crc32(Buffer.concat(parts));
        expect([forward, backward]).to.deep.equal([all, all]);
      }),
    );
  });

  it('knows lengths of every size that memory holds', () => {
    for (const bytes of [1, 2, 255, 65_536, 1_000_003, 16_777_216, 33_554_431]) {
      const zeros = Buffer.alloc(bytes);
      const expected = crc32(zeros, crc32('Nora'));
      expect(combineCrc32(crc32('Nora'), crc32(zeros), bytes), String(bytes)).to.equal(expected);
    }
  });

  it('gives the same when a length comes again', () => {
    for (const bytes of [0, 1, 6_431, 8_192, 8_193, 6_431, 8_192, 1, 0]) {
      const second = Buffer.alloc(bytes, 'Nora');
      for (const first of ['', 'Ada', 'Nora']) {
        const joined = crc32(second, crc32(first));
        const combined = combineCrc32(crc32(first), crc32(second), bytes);
        expect(combined, String(bytes)).to.equal(joined);
      }
    }
  });

  it('adds up above four gigabytes', () => {
    // 6 GiB of zeros behind something, from pieces of 2 GiB: nothing but sums of lengths is new.
    const step = 2 ** 31;
    const zeros = Buffer.alloc(2 ** 20);
    let twoGigabytes = 0;
    for (let i = 0; i < step / zeros.length; i++) {
      twoGigabytes = combineCrc32(twoGigabytes, crc32(zeros), zeros.length);
    }
    let inSteps = crc32('Nora');
    for (let i = 0; i < 3; i++) inSteps = combineCrc32(inSteps, twoGigabytes, step);
    const six = [1, 2].reduce((crc) => combineCrc32(crc, twoGigabytes, step), twoGigabytes);
    expect(combineCrc32(crc32('Nora'), six, 3 * step)).to.equal(inSteps);
  });
});
