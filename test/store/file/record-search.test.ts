import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  decodeRecordHeader,
  RECORD_HEADER_BYTES,
} from '../../../src/store/file/journal/journal-record';
import { recordsFrom, type FoundRecord } from '../../../src/store/file/journal/record-search';
import { Segment } from '../../../src/store/file/journal/segment';
import { finishedEntry, record } from '../../support/store-bytes';

function segmentOf(bytes: Buffer): Segment {
  return new Segment('journal.a', bytes.length, (into, position) =>
    into.subarray(0, bytes.copy(into, 0, position)),
  );
}

/** Looks at every place of the file, which is whole in memory. */
function searched(bytes: Buffer, from: number, generation: number): FoundRecord[] {
  const found: FoundRecord[] = [];
  for (let at = from; at < bytes.length; at++) {
    const header = decodeRecordHeader(bytes, at);
    if (header === null || header.generation < generation) continue;
    found.push({ at, generation: header.generation, sequence: header.sequence });
  }
  return found;
}

const header = Buffer.alloc(48);

function recordWith(generation: number, entries: number, rows: number): Buffer {
  return record({
    generation,
    sequence: entries + rows,
    entries: Array.from({ length: entries }, (_, i) => finishedEntry(i + 1)),
    rows: Buffer.alloc(rows, '1,Ana,Perez\r\n'),
    behind: header,
  });
}

const whole = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 12 }), fc.nat({ max: 200 }))
  .map((fields) => recordWith(...fields));

/** What may stand in a file: records, whole and torn and with a changed byte, in each other, and what is none. */
const part = fc.oneof(
  { weight: 3, arbitrary: whole },
  fc.tuple(whole, fc.nat({ max: 400 })).map(([bytes, length]) => bytes.subarray(0, length)),
  fc.tuple(whole, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([bytes, at, mask]) => {
    const changed = Buffer.from(bytes);
    const place = at % bytes.length;
    changed.writeUInt8(changed.readUInt8(place) ^ mask, place);
    return changed;
  }),
  fc
    .tuple(whole, whole)
    .map(([outer, inner]) => Buffer.concat([outer.subarray(0, 50), inner, outer.subarray(50)])),
  fc.nat({ max: 150 }).map((length) => Buffer.alloc(length)),
  fc.integer({ min: 1, max: 5 }).map((length) => Buffer.from('LNC1LNC1').subarray(0, length)),
);
const file = fc.array(part, { maxLength: 12 }).map((parts) => Buffer.concat(parts));

describe('the search for records', () => {
  it('finds what a look at every place of the whole file finds, in pieces of any size', () => {
    const pieceBytes = fc.integer({ min: RECORD_HEADER_BYTES, max: 600 });
    const from = fc.nat({ max: 500 });
    const generation = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(file, from, generation, pieceBytes, (bytes, start, least, piece) => {
        const found = [...recordsFrom(segmentOf(bytes), start, least, piece)];
        expect(found).to.deep.equal(searched(bytes, start, least));
      }),
      { numRuns: 3_000, endOnFailure: true },
    );
  });

  it('finds a record at every distance from the border of two pieces, and one longer than a piece', () => {
    for (const entries of [0, 1, 40]) {
      const bytes = recordWith(3, entries, 10);
      for (let at = 0; at < 300; at++) {
        const around = Buffer.concat([Buffer.alloc(at), bytes, Buffer.alloc(100)]);
        expect([...recordsFrom(segmentOf(around), 0, 3, 100)], String(at)).to.deep.equal([
          { at, generation: 3, sequence: entries + 10 },
        ]);
      }
    }
  });

  it('finds the record that fills the file to its last byte, and none that is one byte short', () => {
    const bytes = recordWith(2, 3, 0);
    for (const piece of [44, 100, 4_096]) {
      expect([...recordsFrom(segmentOf(bytes), 0, 2, piece)]).to.have.length(1);
      expect([...recordsFrom(segmentOf(bytes.subarray(0, -1)), 0, 2, piece)]).to.have.length(0);
    }
  });

  it('ends when the file has become shorter than it was', () => {
    const bytes = recordWith(2, 3, 0);
    const cut = new Segment('journal.a', 10_000, (into, position) =>
      position < bytes.length
        ? into.subarray(0, bytes.copy(into, 0, position))
        : into.subarray(0, 0),
    );
    expect([...recordsFrom(cut, 0, 2, 100)]).to.have.length(1);
  });
});

describe('a journal file', () => {
  it('gives its first bytes, however much of it was read before', () => {
    const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i % 251));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1_200_000 }), { maxLength: 6 }), (ends) => {
        const segment = segmentOf(bytes);
        for (const end of ends) {
          expect(segment.upTo(end).equals(bytes.subarray(0, end)), String(end)).to.equal(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});
