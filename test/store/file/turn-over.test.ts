import { expect } from 'chai';
import * as fc from 'fast-check';
import { InvariantError } from '../../../src/base/invariant';
import { LIMITS } from '../../../src/base/limits';
import { Store } from '../../../src/store/file/store';
import { MemoryFiles } from '../../support/memory-files';
import { CSV, DIRECTORY, TestStore } from '../../support/store-driver';
import { currentSegment, mapJournal } from '../../support/store-journal';
import { bets, draw, finished } from '../../support/store-ledger';
import { nothingElse } from '../../support/store-random';

const SEGMENT_BYTES = 2048;

function newStore(segmentBytes = SEGMENT_BYTES): TestStore {
  return new TestStore(MemoryFiles.withDirectory(DIRECTORY), segmentBytes);
}

function generationOf(store: TestStore): number {
  return currentSegment(store.files.contents()).generation;
}

/** Commits of one bet until the segment in use is another one. */
function commitToNextSegment(store: TestStore): void {
  const generation = generationOf(store);
  while (generationOf(store) === generation) expect(store.commit(bets(1, 1))).to.equal(true);
}

describe('store: turn-over of journal segments', () => {
  it('lets the two files take turns, and keeps their size', () => {
    const store = newStore();
    for (let turn = 0; turn < 6; turn++) {
      const before = currentSegment(store.files.contents());
      commitToNextSegment(store);
      const after = currentSegment(store.files.contents());
      expect(after.path).not.to.equal(before.path);
      expect(after.generation).to.equal(before.generation + 1);
      for (const { bytes } of mapJournal(store.files.contents())) {
        expect(bytes).to.have.lengthOf(SEGMENT_BYTES);
      }
    }
    store.expectHolds();
  });

  it('holds everything over many segments, and after a restart in each', () => {
    let store = newStore();
    for (let turn = 0; turn < 12; turn++) {
      commitToNextSegment(store);
      store.commit(bets(2, turn + 1), finished(turn + 1));
      store.close();
      store = new TestStore(store.files.kill(), SEGMENT_BYTES, store.ledger);
      store.expectHolds();
      expect(store.recovery).to.deep.equal({ restoredBytes: 0, torn: false });
    }
    store.commit(draw);
    new TestStore(store.files.kill(), SEGMENT_BYTES, store.ledger).expectHolds();
  });

  it('brings bets.csv to disk in the background', () => {
    const store = newStore();
    commitToNextSegment(store);
    expect(store.files.pendingSyncs).to.deep.equal([CSV]);
    const { csv } = store;
    commitToNextSegment(store);
    const left = store.files.crash(nothingElse).contents().get(CSV);
    expect(left?.subarray(0, csv.length - 100).equals(csv.subarray(0, csv.length - 100))).to.equal(
      true,
    );
  });

  it('does not use a file again before bets.csv is on disk as far as its commits reach', () => {
    const store = newStore();
    commitToNextSegment(store);
    const [older] = mapJournal(store.files.contents());
    if (older === undefined) throw new Error('no segment');
    // The sync of bets.csv does not complete; the journal's do.
    let commit = store.begin([bets(1, 1)]);
    while (store.completeJournalSync()) if (commit.acknowledged) commit = store.begin([bets(1, 1)]);
    expect(commit.acknowledged).to.equal(false);
    expect(store.files.pendingSyncs).to.deep.equal([CSV]);
    expect(store.files.contents().get(older.path)?.equals(older.bytes)).to.equal(true);
    // As soon as it completes, the commit goes on.
    store.files.completeSync();
    while (store.files.completeSync());
    expect(commit.acknowledged).to.equal(true);
    store.expectHolds();
  });

  it('waits with closing for a sync of bets.csv under way', () => {
    const store = newStore();
    commitToNextSegment(store);
    expect(store.files.pendingSyncs).to.deep.equal([CSV]);
    expect(store.close()).to.equal(true);
    expect(store.files.openDescriptors).to.equal(0);
    expect(store.failures).to.deep.equal([]);
  });

  it('takes no commit while closing waits for a sync of bets.csv', () => {
    const store = newStore();
    commitToNextSegment(store);
    const close = store.beginToClose();
    expect(() => store.begin([bets(1, 1)])).to.throw(InvariantError, 'from closing to committing');
    expect(() => store.beginToClose()).to.throw(InvariantError, 'from closing to closing');
    expect(close.done).to.equal(false);
    while (store.files.completeSync());
    expect(close.done).to.equal(true);
    expect(store.files.openDescriptors).to.equal(0);
    expect(store.failures).to.deep.equal([]);
    store.expectHolds();
  });

  it('closes its files when the sync of bets.csv fails that closing waits for', () => {
    const store = newStore();
    store.files.failWhen(({ kind, path }) => (kind === 'syncLater' && path === CSV ? 'EIO' : null));
    commitToNextSegment(store);
    const close = store.beginToClose();
    expect(store.failures).to.deep.equal([]);
    while (store.files.completeSync());
    expect(close.done).to.equal(true);
    expect(store.files.openDescriptors).to.equal(0);
    expect(store.failures.map(({ code }) => code)).to.deep.equal(['STORE_IO']);
  });

  it('has one sync of bets.csv under way at most, also when segments fill without bets', () => {
    const store = newStore();
    for (let i = 0; i < 200; i++) {
      store.commit(finished(1 + (i % 5)));
      const onCsv = store.files.pendingSyncs.filter((path) => path === CSV);
      expect(onCsv.length, `commit ${String(i)}`).to.be.at.most(1);
    }
  });

  it('keeps bets safe that come after segments that filled without any', () => {
    for (let count = 60; count < 120; count += 3) {
      const store = newStore();
      for (let i = 0; i < count; i++) {
        expect(store.commit(i < 60 ? finished(1 + (i % 5)) : bets(1, 1))).to.equal(true);
      }
      const disk = store.files.crash(nothingElse);
      new TestStore(disk, SEGMENT_BYTES, store.ledger).expectHolds();
    }
  });

  it('takes the largest commit of the limits in a fresh segment', () => {
    const files = MemoryFiles.withDirectory(DIRECTORY);
    const store = Store.open({
      directory: DIRECTORY,
      files,
      segmentBytes: LIMITS.journalSegmentBytes,
      onFailure: (error) => {
        throw error;
      },
    });
    const turnBytes = LIMITS.framesPerConnectionPerTurnMax * LIMITS.frameBytesMax;
    const rows = Buffer.alloc(LIMITS.commitBytesMax + turnBytes, 'x');
    let stored = 0;
    while (stored < 8) {
      const before = stored;
      store.commit([{ kind: 'bets', agency: 1, count: 1, rows, checksum: 0 }], () => stored++);
      while (files.completeSync());
      expect(stored).to.equal(before + 1);
    }
    expect(store.state.csvBytes).to.equal(8 * rows.length);
  });

  it('makes no difference to what is stored, wherever it falls', () => {
    const wish = fc.oneof(
      fc.record({
        kind: fc.constant('bets' as const),
        agency: fc.integer({ min: 1, max: 4 }),
        count: fc.integer({ min: 1, max: 8 }),
      }),
      fc.integer({ min: 1, max: 4 }).map(finished),
      fc.constant(draw),
    );
    const commits = fc.array(fc.array(wish, { minLength: 1, maxLength: 3 }), { maxLength: 40 });
    fc.assert(
      fc.property(commits, fc.integer({ min: 2000, max: 4000 }), (all, segmentBytes) => {
        const store = newStore(segmentBytes);
        for (const wishes of all) expect(store.commit(...wishes)).to.equal(true);
        store.expectHolds();
        const again = new TestStore(store.files.kill(), segmentBytes, store.ledger);
        again.expectHolds();
        // Opening may have added a note of its own.
        const { sequence } = store.state;
        expect(again.state.sequence).to.be.within(sequence, sequence + 1);
      }),
      { numRuns: 150, endOnFailure: true },
    );
  });
});
