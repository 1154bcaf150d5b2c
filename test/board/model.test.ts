import { expect } from 'chai';
import fc from 'fast-check';
import type { BoardState } from '../../src/board/feed';
import { boardOf, nowOf, samplesOfRun, withDelta } from '../../web/src/model';
import { Scenario } from './scenario';

describe('what the page makes of the events of the board', () => {
  it('shows after deltas what a full event shows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 90 }),
        (agencies, seconds) => {
          const scenario = new Scenario({ agencies, bets: 3_000 });
          let board = boardOf(scenario.full());
          for (let i = 0; i < seconds; i++) board = withDelta(board, scenario.next());
          const whole = boardOf(scenario.full());
          expect({ ...board, rates: null }).to.deep.equal({ ...whole, rates: null });
        },
      ),
      { numRuns: 30 },
    );
  });

  it('keeps rates and turns when the same central sends everything again, and none of another', () => {
    const scenario = new Scenario({ agencies: 3, bets: 100_000 });
    let board = boardOf(scenario.full());
    for (let i = 0; i < 8; i++) board = withDelta(board, scenario.next());
    expect(board.rates.size).to.be.above(0);
    const full = scenario.full();
    const last = { ...full, turns: full.turns.slice(-5) };
    expect(boardOf(last, board)).to.deep.equal(board);
    const state = { ...full.state, startedMs: full.state.startedMs + 1 };
    const other = boardOf({ ...last, state }, board);
    expect(other.rates.size).to.equal(0);
    expect(other.turns).to.deep.equal(last.turns);
  });

  describe('of a central that was started again', () => {
    const scenario = new Scenario({ agencies: 3, bets: 100_000 });
    let board = boardOf(scenario.full());
    for (let i = 0; i < 20; i++) board = withDelta(board, scenario.next());
    const before = board;
    const last = before.samples.at(-1)?.atMs ?? 0;
    const state = { ...scenario.state, startedMs: last + 3_000 };
    const again = { ...scenario.full(), state, samples: [], turns: [] };

    it('keeps the samples from before on the same lottery, and goes on behind them', () => {
      expect(boardOf(again, before).samples).to.deep.equal(before.samples);
      const delta = scenario.next();
      const sample = { ...delta.sample, atMs: last + 4_000, seconds: 1 };
      const next = withDelta(boardOf(again, before), { ...delta, state, sample });
      expect(next.samples).to.deep.equal([...before.samples, sample]);
      expect(samplesOfRun(next)).to.deep.equal([sample]);
      expect(nowOf(next)).to.equal(sample.atMs);
      // The central sends everything again, its own past included.
      const full = { ...again, samples: [sample] };
      expect(boardOf(full, next).samples).to.deep.equal(next.samples);
    });

    it('has the time of its start before its first sample', () => {
      const next = boardOf(again, before);
      expect(samplesOfRun(next)).to.deep.equal([]);
      expect(nowOf(next)).to.equal(last + 3_000);
    });

    it('forgets those of another lottery', () => {
      const draw = { id: 'a', timeMs: 1, winningNumber: 1, winners: 0, betsDigest: null };
      const drawn = { ...draw, verifyCommand: '' };
      const others: readonly (readonly [Partial<BoardState>, Partial<BoardState>])[] = [
        [{}, { bets: before.state.bets - 1 }],
        [{}, { edition: '2020' }],
        [{}, { commitment: null }],
        [{ draw: drawn }, { draw: { ...drawn, id: 'b' } }],
      ];
      for (const [was, is] of others) {
        const earlier = { ...before, state: { ...before.state, ...was } };
        const other = boardOf({ ...again, state: { ...state, ...is } }, earlier);
        expect(other.samples, JSON.stringify(is)).to.deep.equal([]);
      }
      const drawnHere = { ...before, state: { ...before.state, draw: drawn } };
      for (const is of [{}, { draw: drawn }]) {
        const same = boardOf({ ...again, state: { ...state, ...is } }, drawnHere);
        expect(same.samples).to.deep.equal(before.samples);
      }
    });

    it('goes forward only, also where its clock went back', () => {
      const delta = scenario.next();
      const [, second] = before.samples;
      const sample = { ...delta.sample, atMs: second?.atMs ?? 0 };
      const next = withDelta(boardOf(again, before), { ...delta, sample });
      expect(next.samples).to.deep.equal([...before.samples.slice(0, 1), sample]);
    });
  });

  it('keeps the rows that have not changed', () => {
    const scenario = new Scenario({ agencies: 2, bets: 100 });
    const board = boardOf(scenario.full());
    const delta = { ...scenario.next(), agencies: [{ agency: 2, stored: 7 }] };
    const next = withDelta(board, delta);
    expect(next.agencies.get(1)).to.equal(board.agencies.get(1));
    expect(next.agencies.get(2)).to.deep.equal({ ...board.agencies.get(2), stored: 7 });
  });

  it('ignores a change of an agency that it has never had', () => {
    const scenario = new Scenario({ agencies: 1, bets: 100 });
    const board = boardOf(scenario.full());
    const next = withDelta(board, { ...scenario.next(), agencies: [{ agency: 9, stored: 1 }] });
    expect([...next.agencies.keys()]).to.deep.equal([1]);
  });

  it('divides by the length of the interval, and forgets the rate of an agency that stores nothing', () => {
    const scenario = new Scenario({ agencies: 1, bets: 100 });
    let board = boardOf(scenario.full());
    const delta = scenario.next();
    const sample = { ...delta.sample, seconds: 2 };
    board = withDelta(board, { ...delta, sample, agencies: [{ agency: 1, stored: 300 }] });
    expect(board.rates.get(1)).to.equal(150);
    for (let i = 0; i < 20; i++) board = withDelta(board, { ...delta, agencies: [] });
    expect(board.rates.size).to.equal(0);
  });

  it('bounds what it keeps of the past', () => {
    const scenario = new Scenario({ agencies: 3, bets: 100_000 });
    let board = boardOf(scenario.full());
    for (let i = 0; i < 400; i++) board = withDelta(board, scenario.next());
    expect(board.samples.length).to.equal(300);
    expect(board.samples.at(-1)).to.deep.equal(scenario.full().samples.at(-1));
    expect(board.turns.length).to.equal(160);
  });
});
