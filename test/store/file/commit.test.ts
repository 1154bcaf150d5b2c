import { expect } from 'chai';
import { InvariantError } from '../../../src/base/invariant';
import type { FileCall } from '../../support/memory-faults';
import { MemoryFiles } from '../../support/memory-files';
import { CSV, DIRECTORY, TestStore } from '../../support/store-driver';
import {
  agencies,
  bets,
  draw,
  finished,
  RANDOM,
  rejected,
  terms,
  type Wish,
} from '../../support/store-ledger';
import { nothingElse } from '../../support/store-random';

const SEGMENT_BYTES = 8192;

describe('store: a commit', () => {
  let store: TestStore;

  beforeEach(() => {
    store = new TestStore(MemoryFiles.withDirectory(DIRECTORY), SEGMENT_BYTES);
  });

  /** The calls that `action` makes, as `kind file`. */
  function callsOf(action: () => void): string[] {
    const before = store.files.calls.length;
    action();
    return store.files.calls
      .slice(before)
      .map(({ kind, path }: FileCall) => `${kind} ${path.replace(/journal\.[ab]/, 'journal')}`);
  }

  it('starts empty in an empty directory', () => {
    store.expectHolds();
    expect(store.state.sequence).to.equal(1);
    expect(store.recovery).to.deep.equal({ restoredBytes: 0, torn: false });
    expect(store.csv).to.have.lengthOf(0);
  });

  const kinds: readonly (readonly [string, readonly Wish[]])[] = [
    ['bets of one agency', [bets(3, 5)]],
    ['bets of several agencies', [bets(3, 5), bets(1, 2), bets(65_535, 1)]],
    ['several batches of the same agency', [bets(3, 2), bets(4, 1), bets(3, 3)]],
    ['an agency that finished', [finished(7)]],
    ['refused bets, and refused bets again', [rejected(3, 130), rejected(3, 1), rejected(9, 4)]],
    ['the draw', [draw]],
    ['terms with a number that is fixed', [terms(5, { kind: 'fixed', number: 0 })]],
    ['terms with a number that nobody knows', [terms(65_535, RANDOM)]],
    ['terms that others take the place of', [terms(5, RANDOM), terms(3)]],
    ['the number of agencies, changed twice', [terms(5), agencies(3), agencies(4)]],
    [
      'all of these at once',
      [terms(9), bets(1, 2), finished(1), rejected(2, 3), agencies(12), bets(2, 1), draw],
    ],
  ];
  for (const [what, wishes] of kinds) {
    it(`holds ${what}, before and after a restart`, () => {
      expect(store.commit(bets(3, 1))).to.equal(true);
      expect(store.commit(...wishes)).to.equal(true);
      store.expectHolds();
      const { state } = store;
      expect(store.close()).to.equal(true);
      const again = new TestStore(store.files.kill(), SEGMENT_BYTES, store.ledger);
      again.expectHolds();
      expect(again.state.sequence).to.equal(state.sequence);
      expect(again.recovery).to.deep.equal({ restoredBytes: 0, torn: false });
    });
  }

  it('writes the journal, syncs it once, then writes bets.csv, and makes no other call', () => {
    store.commit(bets(1, 1));
    const calls = callsOf(() => store.commit(bets(1, 3), bets(2, 2)));
    expect(calls).to.deep.equal([
      'write /data/journal',
      'syncLater /data/journal',
      'write /data/bets.csv',
    ]);
  });

  it('syncs the journal once for each commit of bets', () => {
    const calls = callsOf(() => {
      for (let i = 0; i < 8; i++) store.commit(bets(1, 2));
    });
    expect(calls.filter((call) => /sync/i.test(call))).to.deep.equal(
      Array<string>(8).fill('syncLater /data/journal'),
    );
  });

  it('is not acknowledged before its sync completes', () => {
    const commit = store.begin([bets(1, 1)]);
    expect(store.files.pendingSyncs).to.have.lengthOf(1);
    expect(commit.acknowledged).to.equal(false);
    store.files.completeSync();
    expect(commit.acknowledged).to.equal(true);
  });

  for (const wish of [bets(1, 4), finished(1), rejected(1, 2), terms(3, RANDOM), draw]) {
    it(`of ${wish.kind} is on disk once it is acknowledged`, () => {
      store.commit(bets(1, 1));
      store.commit(wish);
      const disk = store.files.crash(nothingElse);
      new TestStore(disk, SEGMENT_BYTES, store.ledger).expectHolds();
    });
  }

  it('does not show in the state or bets.csv before it is durable', () => {
    store.commit(bets(1, 1));
    store.begin([bets(1, 1), bets(2, 1), finished(1), draw]);
    store.expectHolds();
  });

  it('has its rows in bets.csv, and itself in the state, when it is acknowledged', () => {
    let checks = 0;
    store.begin([bets(1, 3), bets(2, 1), finished(1)], () => {
      checks++;
      store.expectHolds();
    });
    while (store.files.completeSync());
    expect(checks).to.equal(1);
  });

  it('may be followed by the next from within the acknowledgement', () => {
    const rest: Wish[][] = [[bets(1, 1)], [finished(1)], [bets(2, 2)], [draw]];
    const next = (): void => {
      const wishes = rest.shift();
      if (wishes === undefined) return;
      store.begin(wishes, next);
    };
    next();
    while (store.files.completeSync());
    expect(rest).to.deep.equal([]);
    expect(store.ledger.commits).to.equal(4);
    store.expectHolds();
  });

  it('cannot begin while another one is under way', () => {
    store.begin([bets(1, 1)]);
    expect(() => store.begin([bets(2, 1)])).to.throw(
      InvariantError,
      'from committing to committing',
    );
  });

  it('cannot be overtaken by closing', () => {
    store.begin([bets(1, 1)]);
    expect(() => store.close()).to.throw(InvariantError, 'from committing to closing');
  });

  it('cannot begin after closing', () => {
    store.close();
    expect(() => store.begin([bets(2, 1)])).to.throw(InvariantError, 'from closed to committing');
    expect(() => store.close()).to.throw(InvariantError, 'from closed to closing');
  });

  it('that is larger than a segment is our own mistake', () => {
    expect(() => store.begin([bets(1, 200)])).to.throw(InvariantError, /fit/);
  });

  it('leaves bets.csv durable and no file open after closing', () => {
    store.commit(bets(1, 5));
    const calls = callsOf(() => {
      expect(store.close()).to.equal(true);
    });
    expect(calls[0]).to.equal('sync /data/bets.csv');
    expect(store.files.openDescriptors).to.equal(0);
    const { csv } = store.ledger;
    const left = store.files.crash(nothingElse).contents();
    expect(left.get(CSV)?.equals(csv)).to.equal(true);
  });
});
