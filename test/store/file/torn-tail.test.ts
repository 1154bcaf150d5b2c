import { expect } from 'chai';
import { nodeFiles } from '../../../src/store/file/directory/files';
import { Store } from '../../../src/store/file/store';
import { MemoryFiles } from '../../support/memory-files';
import { contentsOf, directoryHolding, removeDirectories } from '../../support/store-directory';
import { DIRECTORY, expectDamage, refusalOf, TestStore } from '../../support/store-driver';
import { currentSegment, rewritten, type RecordSpan } from '../../support/store-journal';
import {
  bets,
  draw,
  expectHolds,
  finished,
  type Ledger,
  type Wish,
} from '../../support/store-ledger';
import { randomOf } from '../../support/store-random';

const SEGMENT_BYTES = 2048;

/** A directory at the moment when its last record is in the journal, and where that record is. */
interface Moment {
  readonly contents: Map<string, Buffer>;
  readonly path: string;
  readonly bytes: Buffer;
  readonly last: RecordSpan;
  /** What was acknowledged before the last commit. */
  readonly before: Ledger;
  /** The same with the last commit. */
  readonly with: Ledger;
}

function threeCommits(store: TestStore): void {
  store.commit(bets(1, 1));
  store.commit(bets(2, 2));
  store.commit(bets(1, 3));
}

/** Commits until the segment in use is new and holds one commit. */
function fillSegments(store: TestStore): void {
  const { generation } = currentSegment(store.files.contents());
  while (currentSegment(store.files.contents()).generation < generation + 2) {
    store.commit(bets(1, 2), bets(2, 1));
  }
}

/** A store that ends in a commit of `wishes`, of whose success its process was notified or not. */
function storeEndingIn(
  wishes: readonly Wish[],
  acknowledged: boolean,
  prepare: (store: TestStore) => void = threeCommits,
): Moment {
  const store = new TestStore(MemoryFiles.withDirectory(DIRECTORY), SEGMENT_BYTES);
  prepare(store);
  const before = store.ledger;
  const { sequence } = store.state;
  const { entries } = store.begin(wishes);
  while (acknowledged && store.completeJournalSync());
  const contents = store.files.contents();
  const { path, bytes, records } = currentSegment(contents);
  const last = records.find((record) => record.sequence === sequence);
  if (last === undefined) throw new Error('the commit is not in the segment in use');
  return { contents, path, bytes, last, before, with: before.after(entries) };
}

const endings: readonly (readonly [string, readonly Wish[]])[] = [
  ['bets', [bets(2, 4)]],
  ['bets of a new agency', [bets(9, 2), bets(1, 1)]],
  ['bets and the end of an agency', [bets(2, 1), finished(2)]],
  ['the end of an agency', [finished(1)]],
  ['the draw', [draw]],
];
const journals: readonly (readonly [string, (store: TestStore) => void])[] = [
  ['a new journal', threeCommits],
  ['a new segment', fillSegments],
  ['an empty store', () => undefined],
];
const ways: readonly (readonly [string, (moment: Moment, at: number) => Buffer])[] = [
  ['ends there', ({ bytes }, at) => bytes.subarray(0, at)],
  ['is zeros from there', ({ bytes }, at) => rewritten(bytes, at)],
  [
    'is garbage from there',
    ({ bytes, last }, at) => {
      const random = randomOf(at);
      const garbage = Buffer.from(
        bytes.subarray(at, last.end).map((b) => b ^ (1 + random() * 255)),
      );
      return rewritten(bytes, at, garbage);
    },
  ],
];

describe('store: a torn last commit', () => {
  for (const [ending, wishes] of endings) {
    for (const [journal, prepare] of journals) {
      for (const [way, tear] of ways) {
        it(`of ${ending} in ${journal} is cut wherever its record ${way}`, () => {
          const moment = storeEndingIn(wishes, false, prepare);
          const { contents, path, bytes, last } = moment;
          for (let at = last.at; at < last.end; at++) {
            const torn = tear(moment, at);
            const disk = MemoryFiles.holding(new Map(contents).set(path, torn));
            // Zeros at its end may be the record's own.
            const isWhole = torn.subarray(0, last.end).equals(bytes.subarray(0, last.end));
            const ledger = isWhole ? moment.with : moment.before;
            const store = new TestStore(disk, SEGMENT_BYTES, ledger);
            store.expectHolds();
            store.commit(bets(7, 3));
            store.commit(finished(7));
            new TestStore(disk.kill(), SEGMENT_BYTES, store.ledger).expectHolds();
          }
        });
      }
    }

    it(`of ${ending} that is whole after all is kept`, () => {
      const { contents, with: ledger } = storeEndingIn(wishes, false);
      const store = new TestStore(MemoryFiles.holding(contents), SEGMENT_BYTES, ledger);
      store.expectHolds();
      expect(store.recovery.torn).to.equal(false);
    });
  }

  it('is reported when more than its first bytes are there, and only then', () => {
    const moment = storeEndingIn([bets(1, 1)], false);
    const { contents, path, last } = moment;
    const tornAt = (at: number): boolean => {
      const disk = MemoryFiles.holding(new Map(contents).set(path, rewritten(moment.bytes, at)));
      return new TestStore(disk, SEGMENT_BYTES).recovery.torn;
    };
    expect(tornAt(last.at)).to.equal(false);
    for (let at = last.at + 16; at < last.end; at++) expect(tornAt(at), String(at)).to.equal(true);
  });

  it('is cut at every byte on the real file system', () => {
    const { contents, path, bytes, last, before } = storeEndingIn([bets(2, 2)], false);
    for (let at = last.at; at < last.end; at++) {
      const directory = directoryHolding(new Map(contents).set(path, bytes.subarray(0, at)));
      const store = Store.open({
        directory,
        files: nodeFiles,
        segmentBytes: SEGMENT_BYTES,
        onFailure: () => undefined,
      });
      expectHolds(store.state, contentsOf(directory).get('/data/bets.csv') ?? Buffer.of(), before);
      store.close(() => undefined);
      removeDirectories();
    }
  }).timeout(60_000);

  afterEach(removeDirectories);
});

describe('store: an acknowledged last commit', () => {
  for (const [ending, wishes] of endings.filter(([what]) => what.startsWith('bets'))) {
    for (const [way, tear] of ways) {
      it(`of ${ending} is missed wherever its record ${way}: bets.csv has its rows`, () => {
        const moment = storeEndingIn(wishes, true);
        const { contents, path, last } = moment;
        for (let at = last.at; at < last.end; at++) {
          const damaged = tear(moment, at);
          const disk = MemoryFiles.holding(new Map(contents).set(path, damaged));
          expectDamage(refusalOf(() => new TestStore(disk, SEGMENT_BYTES)));
        }
      });
    }
  }
});
