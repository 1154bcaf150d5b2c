import { expect } from 'chai';
import * as fc from 'fast-check';
import { FrameBuffer } from '../../../src/net/frame-buffer';
import { takeFrame } from '../../../src/protocol/native/frame-reader';
import { frame, join, u16 } from '../../support/wire-builder';
import { cutAt } from '../helpers/arbitraries';

function inputOf(...chunks: readonly Uint8Array[]): FrameBuffer {
  const input = new FrameBuffer();
  for (const chunk of chunks) input.append(Buffer.from(chunk));
  return input;
}

describe('takeFrame', () => {
  for (const length of [0, 1, 2, 3, 8193, 65535]) {
    it(`refuses a frame of ${String(length)} bytes as soon as the length is there`, () => {
      const input = inputOf(u16(length));
      expect(takeFrame(input)).to.equal('BAD_FRAME_LENGTH');
      expect(input.length).to.equal(2);
    });
  }

  for (const length of [4, 5, 8191, 8192]) {
    it(`takes a frame of ${String(length)} bytes, header included`, () => {
      const bytes = frame(0x7f, new Uint8Array(length - 4).fill(7));
      const input = inputOf(bytes, Buffer.from('next'));
      expect(takeFrame(input)).to.deep.equal(bytes);
      expect(input.length).to.equal(4);
    });
  }

  it('waits, and takes nothing, until the last byte is there', () => {
    const bytes = frame(0x02, Buffer.from('body'));
    const input = new FrameBuffer();
    for (let i = 0; i < bytes.length; i++) {
      expect(takeFrame(input), `after ${String(i)} bytes`).to.equal(undefined);
      expect(input.length).to.equal(i);
      input.append(bytes.subarray(i, i + 1));
    }
    expect(takeFrame(input)).to.deep.equal(bytes);
  });

  it('takes frames one by one, wherever the bytes are split', () => {
    const frames = [frame(1, Buffer.from('a')), frame(2, Buffer.alloc(0)), frame(3, u16(9))];
    const bytes = join(...frames);
    for (let split = 0; split <= bytes.length; split++) {
      const input = inputOf(bytes.subarray(0, split), bytes.subarray(split));
      expect([takeFrame(input), takeFrame(input), takeFrame(input)]).to.deep.equal(frames);
      expect(takeFrame(input)).to.equal(undefined);
    }
  });

  it('takes any frames cut in any way', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(), { maxLength: 30 }), (contents, places) => {
        const frames = contents.map((body, i) => frame(i, body));
        const input = new FrameBuffer();
        const taken: Buffer[] = [];
        for (const chunk of cutAt(join(...frames), places)) {
          input.append(chunk);
          for (let next = takeFrame(input); next !== undefined; next = takeFrame(input)) {
            expect(next).to.be.instanceOf(Buffer);
            taken.push(Buffer.from(next));
          }
        }
        expect(taken).to.deep.equal(frames);
      }),
    );
  });
});
