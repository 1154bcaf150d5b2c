import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import { busyMsOf, Turns } from '../../../src/telemetry/turns';
import { ManualClock } from '../helpers/manual-clock';

describe('turns', () => {
  let clock: ManualClock;
  let turns: Turns;

  beforeEach(() => {
    clock = new ManualClock();
    turns = new Turns(clock);
  });

  /** Stays in a stage for some time, and goes back to the one before. */
  function spend(stage: 'parse' | 'step' | 'commit' | 'reply' | 'reap', ms: number): void {
    const before = turns.enter(stage);
    clock.advance(ms);
    turns.enter(before);
  }

  it('count the time of each stage without that of stages within', () => {
    turns.begin(3);
    clock.advance(1);
    turns.read(7);
    spend('parse', 2);
    turns.parsed(40, 2_000, 0);
    turns.enter('step');
    clock.advance(4);
    spend('commit', 8);
    turns.enter('idle');
    clock.advance(100);
    spend('reply', 16);
    turns.replied(5);
    turns.committed(6, 30);
    turns.begin(1);
    const [first, ...others] = turns.takeAfter(0);
    expect(others).to.deep.equal([]);
    expect(first).to.deep.equal({
      ...{ turn: 1, startMs: 1_000, ready: 3, frames: 7, rows: 40, rowBytes: 2_000 },
      ...{ pooledMs: 0, committed: 6, commitMs: 30, replies: 5 },
      ...{ readMs: 1, parseMs: 2, stepMs: 4, writeMs: 8, replyMs: 16, reapMs: 0 },
    });
    expect(first === undefined ? 0 : busyMsOf(first)).to.equal(31);
    expect(turns.stageMs).to.include({ idle: 100, read: 1, parse: 2, step: 4, commit: 8 });
  });

  it('are kept in a ring, and taken once', () => {
    const more = LIMITS.turnsKeptMax + 5;
    for (let i = 0; i <= more; i++) turns.begin(i + 1);
    const taken = turns.takeAfter(0);
    expect(taken).to.have.length(LIMITS.turnsKeptMax);
    expect(taken.map(({ turn }) => turn)).to.deep.equal(
      Array.from({ length: LIMITS.turnsKeptMax }, (_, i) => i + 6),
    );
    expect(taken.every(({ turn, ready }) => turn === ready)).to.equal(true);
    expect(turns.takeAfter(more)).to.deep.equal([]);
    expect(turns.count).to.equal(more + 1);
  });

  it('end without another one when nothing has come of them for a while', () => {
    turns.begin(1);
    turns.enter('idle');
    expect(turns.takeAfter(0)).to.deep.equal([]);
    clock.advance(LIMITS.turnSettledMs);
    expect(turns.takeAfter(0).map(({ turn }) => turn)).to.deep.equal([1]);
  });

  it('do not end while worker threads or the main thread are busy with them', () => {
    turns.begin(1);
    turns.enter('step');
    clock.advance(LIMITS.turnSettledMs * 2);
    expect(turns.takeAfter(0)).to.deep.equal([]);
  });

  it('that took long are marked, and the slowest is kept however many follow', () => {
    for (const ms of [1, LIMITS.turnSlowMs, LIMITS.turnSlowMs + 30, 2]) {
      turns.begin(1);
      turns.enter('step');
      clock.advance(ms);
      turns.enter('idle');
    }
    for (let i = 0; i <= LIMITS.turnsKeptMax; i++) turns.begin(1);
    expect(turns.slow).to.equal(2);
    expect(turns.takeSlowest()).to.include({ turn: 3, stepMs: LIMITS.turnSlowMs + 30 });
    expect(turns.takeSlowest()).to.equal(null);
  });
});
