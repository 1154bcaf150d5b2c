import { expect } from 'chai';
import { MemoryFiles } from '../../support/memory-files';
import { DIRECTORY, TestStore } from '../../support/store-driver';
import { currentSegment } from '../../support/store-journal';
import { bets, finished, summaryOf, type Ledger, type Wish } from '../../support/store-ledger';
import { everyPowerLoss } from '../../support/store-mixes';
import { nothingElse } from '../../support/store-random';

const SEGMENT_BYTES = 4096;
const LONG_SEGMENT_BYTES = 4096;

function newStore(segmentBytes = SEGMENT_BYTES): TestStore {
  return new TestStore(MemoryFiles.withDirectory(DIRECTORY), segmentBytes);
}

/** Commits of `wishes` until the next one would begin a new segment. */
function fill(store: TestStore, wishes: readonly Wish[]): void {
  for (;;) {
    const { records, bytes } = currentSegment(store.files.contents());
    const [last, end] = [records.at(-1), records.at(-1)?.end ?? 0];
    const length = last === undefined ? 0 : last.end - last.at;
    if (bytes.length - end < length + 2 * 44) return;
    store.commit(...wishes);
  }
}

/** Opens every disk that a power loss can leave; each must hold `before` or `after`, whole. */
function expectPrefix(build: () => MemoryFiles, before: Ledger, after: Ledger): void {
  let disks = 0;
  for (const files of everyPowerLoss(build)) {
    disks++;
    const store = new TestStore(files, SEGMENT_BYTES);
    const isAfter = store.state.csvBytes === after.csv.length;
    store.expectHolds(isAfter ? after : before);
    const again = new TestStore(files.kill(), SEGMENT_BYTES);
    expect(summaryOf(again.state), 'opened again').to.deep.equal(summaryOf(store.state));
  }
  expect(disks).to.be.greaterThan(1);
}

describe('store: power loss', () => {
  for (const agencies of [1, 15, 17, 19, 40]) {
    it(`while a segment begins whose snapshot has ${String(agencies)} agencies`, () => {
      const wishes = Array.from({ length: agencies }, (_, i) => bets(i + 1, 1));
      let before: Ledger | undefined;
      let after: Ledger | undefined;
      const build = (): MemoryFiles => {
        const store = newStore();
        for (let i = 0; i + 1 < agencies; i += 7) store.commit(...wishes.slice(i, i + 7));
        // Both files have been used before.
        for (let turn = 0; turn < 4; turn++) {
          fill(store, [bets(1, 2)]);
          if (turn < 3) store.commit(bets(1, 8));
        }
        const { generation } = currentSegment(store.files.contents());
        before = store.ledger;
        after = before.after(store.begin([bets(1, 8)]).entries);
        while (currentSegment(store.files.contents()).generation === generation) {
          if (!store.files.completeSync()) throw new Error('no turn-over');
        }
        return store.files;
      };
      build();
      if (before === undefined || after === undefined) throw new Error('nothing was built');
      expectPrefix(build, before, after);
    });
  }

  it('while a commit follows that of a finished agency, wherever that lies in its sector', () => {
    for (let rows = 1; rows < 24; rows++) {
      const begin = (): [TestStore, Ledger] => {
        const store = newStore();
        store.commit(bets(1, rows));
        store.commit(finished(1));
        const { entries } = store.begin([bets(2, 2)]);
        return [store, store.ledger.after(entries)];
      };
      const [{ ledger }, after] = begin();
      expectPrefix(() => begin()[0].files, ledger, after);
    }
  });

  it('after a segment that ended in a finished agency, whatever room was left behind it', () => {
    for (let segmentBytes = 1000; segmentBytes < 1160; segmentBytes += 4) {
      const store = newStore(segmentBytes);
      fill(store, [bets(1, 1)]);
      store.commit(finished(1));
      store.commit(bets(1, 3));
      const files = store.files.crash(nothingElse);
      new TestStore(files, segmentBytes, store.ledger).expectHolds();
    }
  });

  it('while a header that is longer than a sector overwrites a file that was needed', () => {
    // Both files in use, the older one's rows not known to be in bets.csv; then a restart that the
    // power cuts short at any call.
    const built = (): TestStore => {
      const store = newStore(LONG_SEGMENT_BYTES);
      const { generation } = currentSegment(store.files.contents());
      while (currentSegment(store.files.contents()).generation < generation + 2) {
        store.commit(bets(1, 3));
      }
      // From here on a header is longer than the one that it will overwrite.
      store.commit(...Array.from({ length: 28 }, (_, i) => bets(i + 1, 1)));
      return store;
    };
    const { ledger } = built();
    let cut = true;
    for (let at = 0; cut; at++) {
      cut = false;
      const build = (): MemoryFiles => {
        const files = built().files.kill();
        files.losePowerAt(at);
        try {
          new TestStore(files, LONG_SEGMENT_BYTES);
        } catch {
          cut = true;
        }
        return files;
      };
      for (const files of everyPowerLoss(build)) {
        new TestStore(files, LONG_SEGMENT_BYTES, ledger).expectHolds();
      }
    }
  }).timeout(60_000);

  it('after a restart that found a finished agency', () => {
    const store = newStore();
    store.commit(bets(1, 1));
    store.commit(finished(1));
    const again = new TestStore(store.files.kill(), SEGMENT_BYTES, store.ledger);
    const files = again.files.crash(nothingElse);
    new TestStore(files, SEGMENT_BYTES, store.ledger).expectHolds();
  });

  for (const wish of [bets(3, 2), finished(1)]) {
    it(`after a restart that found a whole commit of ${wish.kind} which was not synced`, () => {
      const store = newStore();
      store.commit(bets(1, 1));
      const { entries } = store.begin([wish]);
      // Killed before the sync. The next central finds the commit, and the agency receives that.
      const ledger = store.ledger.after(entries);
      const next = new TestStore(store.files.kill(), SEGMENT_BYTES, ledger);
      next.expectHolds();
      new TestStore(next.files.crash(nothingElse), SEGMENT_BYTES, ledger).expectHolds();
    });
  }

  it('after a restart that found a commit whose sync had failed', () => {
    const store = newStore();
    store.commit(bets(1, 1));
    store.files.failWhen(({ kind }) => (kind === 'syncLater' ? 'EIO' : null));
    const { entries, acknowledged } = store.begin([bets(2, 2)]);
    store.files.completeSync();
    expect(acknowledged).to.equal(false);
    expect(store.failures).to.have.lengthOf(1);
    // The system took the failed bytes for written; the next central reads them from its memory.
    const ledger = store.ledger.after(entries);
    const next = new TestStore(store.files.kill(), SEGMENT_BYTES, ledger);
    next.expectHolds();
    new TestStore(next.files.crash(nothingElse), SEGMENT_BYTES, ledger).expectHolds();
  });

  it('after a restart that found bets.csv whole although its sync had failed', () => {
    const store = newStore();
    store.files.failWhen(({ kind, path }) =>
      kind === 'syncLater' && path.endsWith('bets.csv') ? 'EIO' : null,
    );
    while (store.failures.length === 0) {
      store.commit(bets(1, 2));
      while (store.files.completeSync());
    }
    // What was acknowledged must last, however many segments later the power goes.
    let next = new TestStore(store.files.kill(), SEGMENT_BYTES, store.ledger);
    for (let life = 0; life < 3; life++) {
      fill(next, [bets(1, 2)]);
      next.close();
      next = new TestStore(next.files.kill(), SEGMENT_BYTES, next.ledger);
    }
    const files = next.files.crash(nothingElse);
    new TestStore(files, SEGMENT_BYTES, next.ledger).expectHolds();
  });
});
