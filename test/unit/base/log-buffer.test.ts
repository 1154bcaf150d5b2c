import { expect } from 'chai';
import * as fc from 'fast-check';
import { LIMITS } from '../../../src/base/limits';
import { LOG_LEVELS, type LogLevel } from '../../../src/base/log/log';
import { LogBuffer } from '../../../src/base/log/log-buffer';

/** All that waits, taken in pieces of at most `bytes`. */
function takeAll(buffer: LogBuffer, bytes = Number.POSITIVE_INFINITY): string {
  const parts: Buffer[] = [];
  for (;;) {
    const next = buffer.next();
    if (next.length === 0) return Buffer.concat(parts).toString('utf8');
    const count = Math.min(bytes, next.length);
    parts.push(Buffer.from(next.subarray(0, count)));
    buffer.written(count);
  }
}

/** Far more lines than the buffers of these tests keep. */
const FILL_MAX = 10_000;

/** Adds lines of ten characters until one is dropped. @returns how many were kept */
function fill(buffer: LogBuffer, level: LogLevel): number {
  let kept = 0;
  for (let before = -1; buffer.size > before && kept < FILL_MAX; kept++) {
    before = buffer.size;
    buffer.add('123456789\n', level);
  }
  return kept - 1;
}

describe('LogBuffer', () => {
  it('keeps lines in order, however they are taken', () => {
    const line = fc.record({
      text: fc.string({ unit: 'binary', maxLength: 40 }),
      level: fc.constantFrom(...LOG_LEVELS),
    });
    fc.assert(
      fc.property(fc.array(line), fc.integer({ min: 1, max: 50 }), (lines, bytes) => {
        const buffer = new LogBuffer();
        for (const { text, level } of lines) buffer.add(`${text}\n`, level);
        const expected = Buffer.from(lines.map(({ text }) => `${text}\n`).join(''));
        expect(takeAll(buffer, bytes)).to.equal(expected.toString('utf8'));
        expect(buffer.size).to.equal(0);
      }),
    );
  });

  it('gives the same bytes again until they are written', () => {
    const buffer = new LogBuffer();
    buffer.add('abc\n', 'INFO');
    expect(buffer.next().toString()).to.equal('abc\n');
    buffer.add('d\n', 'INFO');
    expect(buffer.next().toString()).to.equal('abc\n');
    buffer.written(3);
    expect(buffer.next().toString()).to.equal('\n');
    buffer.written(1);
    expect(buffer.next().toString()).to.equal('d\n');
  });

  it('has space for higher levels when it has none for lower ones', () => {
    const buffer = new LogBuffer(1_000);
    expect(fill(buffer, 'DEBUG')).to.equal(50);
    expect(fill(buffer, 'INFO')).to.equal(25);
    expect(fill(buffer, 'DEBUG')).to.equal(0);
    expect(fill(buffer, 'WARNING')).to.equal(12);
    expect(fill(buffer, 'ERROR')).to.equal(13);
    expect(fill(buffer, 'ERROR')).to.equal(0);
    expect(buffer.size).to.equal(1_000);
    takeAll(buffer);
    expect(buffer.takeDropped()).to.deep.equal({
      ...{ DEBUG: 2, INFO: 1, WARNING: 1, ERROR: 2, CRITICAL: 0 },
    });
  });

  it('never holds more than its bound, and counts what it does not hold', () => {
    const event = fc.oneof(
      fc.record({ add: fc.constantFrom(...LOG_LEVELS), length: fc.integer({ min: 1, max: 90 }) }),
      fc.record({ take: fc.integer({ min: 1, max: 300 }) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const buffer = new LogBuffer(500);
        let added = 0;
        let taken = 0;
        let counted = 0;
        const count = (): void => {
          counted += Object.values(buffer.takeDropped() ?? {}).reduce((sum, n) => sum + n, 0);
        };
        for (const step of events) {
          if ('add' in step) {
            buffer.add('x'.repeat(step.length - 1) + '\n', step.add);
            added++;
          } else {
            const next = buffer.next().subarray(0, step.take);
            taken += next.toString().split('\n').length - 1;
            buffer.written(next.length);
          }
          expect(buffer.size).to.be.at.most(500);
          count();
        }
        taken += takeAll(buffer).split('\n').length - 1;
        count();
        expect(taken + counted).to.equal(added);
      }),
    );
  });

  it('names what it dropped only once there is space, and once', () => {
    const buffer = new LogBuffer(1_000);
    fill(buffer, 'ERROR');
    expect(buffer.takeDropped()).to.equal(null);
    buffer.next();
    buffer.written(749);
    expect(buffer.takeDropped()).to.equal(null);
    buffer.written(1);
    expect(buffer.takeDropped()?.ERROR).to.equal(1);
    expect(buffer.takeDropped()).to.equal(null);
  });

  it('says when there is enough for a write', () => {
    const buffer = new LogBuffer();
    buffer.add('x'.repeat(LIMITS.logChunkBytes - 1), 'INFO');
    expect(buffer.hasChunk).to.equal(false);
    buffer.add('\n', 'INFO');
    expect(buffer.hasChunk).to.equal(true);
  });

  it('forgets all when there is nobody to read it', () => {
    const buffer = new LogBuffer();
    for (let i = 0; i < 3; i++) buffer.add('x'.repeat(LIMITS.logChunkBytes), 'INFO');
    buffer.next();
    buffer.add('y\n', 'INFO');
    buffer.clear();
    expect(buffer.size).to.equal(0);
    expect(buffer.next()).to.have.length(0);
  });
});
