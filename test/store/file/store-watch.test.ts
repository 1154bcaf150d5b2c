import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import { StoreWatch } from '../../../src/store/file/directory/store-watch';
import type { StoreEntry } from '../../../src/store/state';
import { draw, Ledger } from '../../support/store-ledger';
import { ManualClock } from '../../unit/helpers/manual-clock';

const FINISHED: StoreEntry = { kind: 'finished', agency: 1 };
const LOST = new Error('gone');

describe('StoreWatch', () => {
  let clock: ManualClock;
  let looks: number;
  let isLost: boolean;
  let failures: unknown[];
  let watch: StoreWatch;
  let acknowledged: number;

  beforeEach(() => {
    clock = new ManualClock();
    looks = 0;
    isLost = false;
    failures = [];
    acknowledged = 0;
    const guard = {
      check: () => {
        looks++;
        if (isLost) throw LOST;
      },
    };
    watch = new StoreWatch({ guard, clock, onFatal: (error) => failures.push(error) });
  });

  /** Commits at once. */
  function commit(entry = FINISHED): void {
    if (watch.mayAcknowledge([entry])) acknowledged++;
  }

  it('looks at every tick', () => {
    watch.start();
    for (let tick = 0; tick < 3; tick++) clock.advance(LIMITS.deadlineTickMs);
    expect(looks).to.equal(3);
    watch.stop();
    clock.advance(LIMITS.deadlineTickMs);
    expect(looks).to.equal(3);
  });

  it('fails once, and looks no more', () => {
    watch.start();
    isLost = true;
    for (let tick = 0; tick < 3; tick++) clock.advance(LIMITS.deadlineTickMs);
    commit();
    expect(failures).to.deep.equal([LOST]);
    expect(looks).to.equal(1);
    expect(acknowledged).to.equal(0);
  });

  it('looks before a commit is acknowledged', () => {
    isLost = true;
    commit();
    expect(acknowledged).to.equal(0);
    expect(failures).to.deep.equal([LOST]);
  });

  it('lets commits in a row share one look, for a short time', () => {
    for (let i = 0; i < 5; i++) commit();
    expect(looks).to.equal(1);
    clock.advance(LIMITS.storeCheckMs);
    commit();
    expect(looks).to.equal(2);
    expect(acknowledged).to.equal(6);
  });

  it('looks once more before the draw is announced, however short ago it has looked', () => {
    commit();
    isLost = true;
    for (const entry of Ledger.empty.entries([draw])) commit(entry);
    expect(acknowledged).to.equal(1);
    expect(failures).to.deep.equal([LOST]);
  });
});
