import { expect } from 'chai';
import { MemoryFiles } from '../../support/memory-files';
import { DIRECTORY, expectDamage, refusalOf, TestStore } from '../../support/store-driver';
import { currentSegment, rewritten, type SegmentMap } from '../../support/store-journal';
import {
  expectKeptOrRefused,
  LAYOUTS,
  SEGMENT_BYTES,
  type Layout,
} from '../../support/store-layouts';
import { bets, draw, finished } from '../../support/store-ledger';
import { randomOf } from '../../support/store-random';

/** A store of five commits in one segment: bets, a finished agency, bets, bets, the draw. */
function fiveCommits(): Layout {
  const store = new TestStore(MemoryFiles.withDirectory(DIRECTORY), 2048);
  store.commit(bets(1, 2));
  store.commit(finished(2));
  store.commit(bets(1, 2));
  store.commit(bets(2, 2));
  store.commit(draw);
  return { contents: store.files.contents(), ledger: store.ledger, segmentBytes: 2048 };
}

describe('store: damaged records', () => {
  let layout: Layout;
  let segment: SegmentMap;
  let parts: Buffer[];

  beforeEach(() => {
    layout = fiveCommits();
    segment = currentSegment(layout.contents);
    parts = segment.records.map(({ at, end }) => segment.bytes.subarray(at, end));
  });

  function withRecords(records: readonly Buffer[]): ReadonlyMap<string, Buffer> {
    const bytes = rewritten(segment.bytes, segment.header.end, ...records);
    return new Map(layout.contents).set(segment.path, bytes);
  }

  function expectRefused(contents: ReadonlyMap<string, Buffer>, file?: string): void {
    const files = MemoryFiles.holding(contents);
    expectDamage(
      refusalOf(() => new TestStore(files, layout.segmentBytes)),
      file,
    );
  }

  it('the records that are there are those of the commits, and their copies are accepted', () => {
    expect(parts.length).to.be.at.least(5);
    expect(expectKeptOrRefused(layout, withRecords(parts))).to.equal('kept');
  });

  it('any two that changed places are refused', () => {
    parts.forEach((first, i) => {
      parts.forEach((second, j) => {
        if (i !== j) expectRefused(withRecords(parts.with(i, second).with(j, first)), segment.path);
      });
    });
  });

  it('one that is there twice is refused', () => {
    parts.forEach((part, i) => {
      expectRefused(withRecords(parts.toSpliced(i, 0, part)), segment.path);
    });
  });

  it('one that is missing in the middle is refused', () => {
    parts.slice(0, -1).forEach((_, i) => {
      expectRefused(withRecords(parts.toSpliced(i, 1)), segment.path);
    });
  });

  it('one that is all zeros in the middle is refused', () => {
    parts.slice(0, -1).forEach((part, i) => {
      expectRefused(withRecords(parts.with(i, Buffer.alloc(part.length))), segment.path);
    });
  });

  it('one of another segment is refused, though it follows in number', () => {
    const other = new TestStore(MemoryFiles.withDirectory(DIRECTORY), 2048);
    const again = new TestStore(other.files.kill(), 2048);
    parts.forEach(() => again.commit(bets(1, 2)));
    const theirs = currentSegment(again.files.contents());
    const [first] = theirs.records;
    const copy = theirs.bytes.subarray(first?.at, first?.end);
    // It is of a later generation than the headers.
    expectRefused(withRecords([copy, ...parts.slice(1)]), segment.path);
    expectRefused(withRecords([copy]), segment.path);
  });

  it('one with rows of the same length and other bytes is refused', () => {
    segment.records.forEach(({ rowsAt, end }) => {
      if (rowsAt === end) return;
      const bytes = Buffer.from(segment.bytes);
      bytes.copy(bytes, rowsAt, rowsAt + 1, end);
      expectRefused(new Map(layout.contents).set(segment.path, bytes));
    });
  });

  it('a whole record behind a damaged one gives the damage away, wherever it begins', () => {
    const [first = Buffer.alloc(0), ...rest] = parts;
    for (const gap of [1, 43, 44, 45, 500]) {
      expectRefused(withRecords([first, Buffer.alloc(gap), ...rest]), segment.path);
    }
  });

  it('garbage behind the last one changes nothing', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = randomOf(seed);
      const garbage = Buffer.alloc(1 + Math.floor(random() * 200)).map(() => random() * 256);
      const kept = expectKeptOrRefused(layout, withRecords([...parts, Buffer.from(garbage)]));
      expect(kept).to.equal('kept');
    }
  });

  it('the beginning of another record behind the last one changes nothing', () => {
    const [first = Buffer.alloc(0)] = parts;
    for (let length = 1; length < 44; length++) {
      const contents = withRecords([...parts, first.subarray(0, length)]);
      expect(expectKeptOrRefused(layout, contents)).to.equal('kept');
    }
  });

  it('64 bytes of garbage lose nothing without a word where bets came last', () => {
    const cameLast = ['a journal that ends in bets', 'two segments in use'];
    for (const [name, build] of LAYOUTS.filter(([what]) => cameLast.includes(what))) {
      const whole = build();
      for (const path of ['/data/journal.a', '/data/journal.b']) {
        const bytes = whole.contents.get(path) ?? Buffer.alloc(0);
        for (let at = 0; at < SEGMENT_BYTES - 64; at += 7) {
          const random = randomOf(at);
          const garbage = Buffer.from(bytes);
          for (let i = at; i < at + 64; i++) garbage.writeUInt8(Math.floor(random() * 256), i);
          const contents = new Map(whole.contents).set(path, garbage);
          expect(() => expectKeptOrRefused(whole, contents), `${name} ${path}`).not.to.throw();
        }
      }
    }
  });
});
