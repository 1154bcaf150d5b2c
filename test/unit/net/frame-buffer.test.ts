import { expect } from 'chai';
import * as fc from 'fast-check';
import { InvariantError } from '../../../src/base/invariant';
import { LIMITS } from '../../../src/base/limits';
import { ByteMeter } from '../../../src/net/frame-buffer';
import { FrameBuffer } from '../../../src/net/frame-buffer';
import { cutAt } from '../helpers/arbitraries';

const BYTES = Buffer.from('0123456789abcdef\nABCDEF', 'latin1');
const LF = 0x0a;

function filled(...chunks: readonly Uint8Array[]): FrameBuffer {
  const input = new FrameBuffer();
  for (const chunk of chunks) input.append(Buffer.from(chunk));
  return input;
}

/** How many chunks it holds: not part of what it promises to readers, but of what it may cost. */
function chunksOf(input: FrameBuffer): number {
  // A private field: its bound is what is tested, and nothing in src/ may depend on it.
  return (input as unknown as { chunks: readonly Buffer[] }).chunks.length;
}

/** How many chunks it may hold. */
function fewFor(input: FrameBuffer): number {
  return Math.max(LIMITS.inputChunksPerConnectionMax, Math.log2(input.length) + 1);
}

describe('FrameBuffer', () => {
  it('is empty at first', () => {
    const input = new FrameBuffer();
    expect(input.length).to.equal(0);
    expect(input.take(0)).to.have.length(0);
    expect(input.peek(4)).to.have.length(0);
    expect(input.indexOf(LF)).to.equal(-1);
  });

  it('gives back the same bytes wherever they are split, and wherever they are taken', () => {
    for (let split = 0; split <= BYTES.length; split++) {
      for (let count = 0; count <= BYTES.length; count++) {
        const input = filled(BYTES.subarray(0, split), BYTES.subarray(split));
        const taken = [input.take(count), input.take(BYTES.length - count)];
        expect(Buffer.concat(taken).equals(BYTES)).to.equal(true);
        expect(taken[0]).to.have.length(count);
        expect(input.length).to.equal(0);
      }
    }
  });

  it('gives back what came in one byte at a time', () => {
    const input = filled(...[...BYTES].map((byte) => Buffer.from([byte])));
    expect(input.length).to.equal(BYTES.length);
    expect(input.take(BYTES.length).equals(BYTES)).to.equal(true);
  });

  it('reads each byte, and each pair of bytes, at every split', () => {
    for (let split = 0; split <= BYTES.length; split++) {
      const input = filled(BYTES.subarray(0, split), BYTES.subarray(split));
      for (let i = 0; i < BYTES.length; i++) expect(input.byteAt(i)).to.equal(BYTES[i]);
      for (let i = 0; i + 1 < BYTES.length; i++) {
        expect(input.uint16At(i)).to.equal(BYTES.readUInt16BE(i));
      }
    }
  });

  it('finds a byte across chunks, from anywhere, after bytes were taken', () => {
    for (let split = 0; split <= BYTES.length; split++) {
      const input = filled(BYTES.subarray(0, split), BYTES.subarray(split));
      for (let taken = 0; taken <= 4; taken++) {
        const rest = BYTES.subarray(taken);
        for (let from = 0; from <= rest.length + 1; from++) {
          expect(input.indexOf(LF, from)).to.equal(rest.indexOf(LF, from));
        }
        expect(input.indexOf(0)).to.equal(-1);
        input.take(1);
      }
    }
  });

  it('does not find a byte that was taken already', () => {
    const input = filled(Buffer.from('\nab'), Buffer.from('c'));
    input.take(1);
    expect(input.indexOf(LF)).to.equal(-1);
  });

  it('peek copies and takes nothing', () => {
    const input = filled(BYTES.subarray(0, 3), BYTES.subarray(3));
    const seen = input.peek(5);
    expect(seen.equals(BYTES.subarray(0, 5))).to.equal(true);
    seen.fill(0);
    expect(input.length).to.equal(BYTES.length);
    expect(input.take(5).equals(BYTES.subarray(0, 5))).to.equal(true);
  });

  it('peek gives what there is when more is asked for', () => {
    expect(filled(BYTES).peek(1_000).equals(BYTES)).to.equal(true);
  });

  it('does not copy a frame that lies in one chunk', () => {
    const chunk = Buffer.from(BYTES);
    const input = new FrameBuffer();
    input.append(chunk);
    const frame = input.take(4);
    expect(frame.buffer).to.equal(chunk.buffer);
    expect(frame.byteOffset).to.equal(chunk.byteOffset);
  });

  it('keeps an empty chunk out', () => {
    const input = filled(Buffer.alloc(0), BYTES, Buffer.alloc(0));
    expect(chunksOf(input)).to.equal(1);
  });

  it('joins chunks when there are many', () => {
    const input = new FrameBuffer();
    const sent = Buffer.alloc(5_000);
    for (let i = 0; i < sent.length; i++) {
      sent[i] = i % 251;
      input.append(sent.subarray(i, i + 1));
      expect(chunksOf(input)).to.be.at.most(LIMITS.inputChunksPerConnectionMax);
    }
    expect(input.take(sent.length).equals(sent)).to.equal(true);
  });

  it('leaves a long chunk where it is while little pieces follow, and joins those', () => {
    const long = Buffer.alloc(1_000_000, 'x');
    const input = new FrameBuffer();
    input.append(long);
    for (let i = 0; i < 100_000; i++) {
      input.append(Buffer.from([i % 251]));
      if (chunksOf(input) > fewFor(input)) expect.fail(`${String(chunksOf(input))} chunks`);
    }
    expect(input.take(10).buffer).to.equal(long.buffer);
    expect(input.length).to.equal(1_099_990);
    expect(input.byteAt(999_990 + 99_999)).to.equal(99_999 % 251);
  });

  it('holds few chunks whatever their lengths', () => {
    const length = fc.oneof(
      fc.integer({ min: 1, max: 4 }),
      fc.nat({ max: 20 }).map((power) => 2 ** power),
    );
    fc.assert(
      fc.property(fc.array(length, { maxLength: 300 }), (lengths) => {
        const input = new FrameBuffer();
        const sent = lengths.map((count, i) => Buffer.alloc(Math.min(count, 4_096), i));
        for (const chunk of sent) {
          input.append(chunk);
          expect(chunksOf(input)).to.be.at.most(fewFor(input));
        }
        expect(input.take(input.length).equals(Buffer.concat(sent))).to.equal(true);
      }),
    );
  });

  it('joins chunks of which a part was taken', () => {
    const input = filled(BYTES);
    input.take(3);
    for (const byte of BYTES) input.append(Buffer.from([byte]));
    const expected = Buffer.concat([BYTES.subarray(3), BYTES]);
    expect(input.length).to.equal(expected.length);
    expect(input.take(expected.length).equals(expected)).to.equal(true);
  });

  it('forgets everything when it is cleared', () => {
    const input = filled(BYTES, BYTES);
    input.take(1);
    input.clear();
    expect(input.length).to.equal(0);
    input.append(Buffer.from('xy'));
    expect(input.take(2).toString()).to.equal('xy');
  });

  it('stops when more is taken than there is', () => {
    expect(() => filled(BYTES).take(BYTES.length + 1)).to.throw(InvariantError);
  });

  it('stops when a byte behind the end is read', () => {
    expect(() => filled(BYTES).byteAt(BYTES.length)).to.throw(InvariantError);
    expect(() => filled(BYTES).uint16At(BYTES.length - 1)).to.throw(InvariantError);
  });
});

describe('FrameBuffer, whatever is done in whatever order', () => {
  type Step =
    | { readonly kind: 'append'; readonly bytes: Uint8Array }
    | { readonly kind: 'take' | 'look'; readonly at: number };

  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      kind: fc.constant('append' as const),
      bytes: fc.uint8Array({ maxLength: 40, max: 3 }),
    }),
    fc.record({ kind: fc.constantFrom('take' as const, 'look' as const), at: fc.nat() }),
  );

  it('holds what a single buffer would hold', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
        const input = new FrameBuffer();
        let model = Buffer.alloc(0);
        for (const now of steps) {
          if (now.kind === 'append') {
            input.append(Buffer.from(now.bytes));
            model = Buffer.concat([model, now.bytes]);
          } else if (now.kind === 'take') {
            const count = now.at % (model.length + 1);
            expect(input.take(count).equals(model.subarray(0, count))).to.equal(true);
            model = model.subarray(count);
          } else if (model.length > 0) {
            const at = now.at % model.length;
            expect(input.byteAt(at)).to.equal(model[at]);
            expect(input.indexOf(3, at)).to.equal(model.indexOf(3, at));
            expect(input.peek(at).equals(model.subarray(0, at))).to.equal(true);
          }
          expect(input.length).to.equal(model.length);
        }
      }),
    );
  });

  it('gives back any bytes cut in any way', () => {
    const whole = fc.uint8Array({ minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(whole, fc.array(fc.nat(), { maxLength: 40 }), (bytes, places) => {
        const input = filled(...cutAt(Buffer.from(bytes), places));
        expect(input.take(bytes.length).equals(bytes)).to.equal(true);
      }),
    );
  });

  it('a few bytes that are left do not keep a large chunk in memory', () => {
    const chunk = Buffer.allocUnsafeSlow(65_536).fill(7);
    const input = filled();
    input.append(chunk);
    input.take(chunk.length - 3);
    input.release();
    const [kept] = (input as unknown as { chunks: readonly Buffer[] }).chunks;
    expect(kept?.buffer.byteLength).to.equal(3);
    expect(input.take(3)).to.deep.equal(Buffer.of(7, 7, 7));
    input.release();
    expect(input.length).to.equal(0);
  });

  it('counts its bytes together with other buffers', () => {
    const meter = new ByteMeter();
    const [one, other] = [new FrameBuffer(meter), new FrameBuffer(meter)];
    for (let i = 0; i < 40; i++) one.append(Buffer.of(i));
    other.append(Buffer.alloc(10));
    one.take(35);
    one.release();
    expect(meter.total).to.equal(15);
    other.clear();
    one.take(5);
    expect(meter.total).to.equal(0);
  });
});
