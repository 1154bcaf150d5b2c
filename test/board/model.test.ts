import { expect } from 'chai';
import fc from 'fast-check';
import type { BoardState, Sample } from '../../src/board/feed';
import { boardOf, samplesOfRun, withDelta } from '../../web/src/model';
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

  it('keeps no rate of an agency that finished while no event came, nor any after a long time', () => {
    const scenario = new Scenario({ agencies: 3, bets: 100_000 });
    let board = boardOf(scenario.full());
    for (let i = 0; i < 12; i++) board = withDelta(board, scenario.next());
    expect([...board.rates.keys()]).to.have.members([1, 2, 3]);
    const full = scenario.full();
    const afterMs = (ms: number): BoardState => ({ ...full.state, upMs: full.state.upMs + ms });
    const agencies = full.agencies.map((row) => ({ ...row, finished: row.agency === 2 }));
    const missed = boardOf({ ...full, state: afterMs(5_000), agencies }, board);
    expect([...missed.rates.keys()]).to.have.members([1, 3]);
    expect(boardOf({ ...full, state: afterMs(5_001) }, board).rates.size).to.equal(0);
  });

  describe('of a central that was started again', () => {
    const scenario = new Scenario({ agencies: 3, bets: 100_000 });
    let board = boardOf(scenario.full());
    for (let i = 0; i < 20; i++) board = withDelta(board, scenario.next());
    const before = board;
    const [run = []] = before.runs;
    const last = run.at(-1)?.atMs ?? 0;
    const state = { ...scenario.state, startedMs: last + 3_000 };
    const again = { ...scenario.full(), state, samples: [], turns: [] };
    const delta = { ...scenario.next(), state };
    /** A second of the new run. */
    const sampleAt = (atMs: number): Sample => ({ ...delta.sample, atMs, seconds: 1 });

    it('keeps the samples from before on the same lottery, and goes on behind them', () => {
      expect(boardOf(again, before).runs).to.deep.equal([run, []]);
      const sample = sampleAt(last + 4_000);
      const next = withDelta(boardOf(again, before), { ...delta, sample });
      expect(next.runs).to.deep.equal([run, [sample]]);
      expect(samplesOfRun(next)).to.deep.equal([sample]);
      // The central sends everything again, its own past included.
      const more = { ...again, samples: [sample, sampleAt(last + 5_000)] };
      expect(boardOf(more, next).runs).to.deep.equal([run, more.samples]);
    });

    it('forgets those of another lottery', () => {
      const draw = { id: 'a', timeMs: 1, winningNumber: 1, winners: 0, betsDigest: null };
      const drawn = { ...draw, actaError: null, verifyCommand: '' };
      const others: readonly (readonly [Partial<BoardState>, Partial<BoardState>])[] = [
        [{}, { bets: before.state.bets - 1 }],
        [{}, { edition: '2020' }],
        [{}, { commitment: null }],
        [{}, { expected: 4 }],
        [{ draw: drawn }, { draw: { ...drawn, id: 'b' } }],
        [{ draw: drawn }, { draw: null }],
      ];
      for (const [was, is] of others) {
        const earlier = { ...before, state: { ...before.state, ...was } };
        const other = boardOf({ ...again, state: { ...state, ...is } }, earlier);
        expect(other.runs, JSON.stringify(is)).to.deep.equal([[]]);
        expect(other.sinceMs).to.equal(state.startedMs);
      }
      const drawnAgain = { ...again, state: { ...state, draw: drawn } };
      for (const was of [{}, { draw: drawn }]) {
        const earlier = { ...before, state: { ...before.state, ...was } };
        const next = boardOf(drawnAgain, earlier);
        expect(next.runs).to.deep.equal([run, []]);
        expect(next.sinceMs).to.equal(before.state.startedMs);
      }
    });

    it('keeps them where its clock was set back', () => {
      const early = { ...state, startedMs: last - 3_600_000 };
      const sample = sampleAt(early.startedMs + 1_000);
      const back = boardOf({ ...again, state: early }, before);
      const next = withDelta(back, { ...delta, state: early, sample });
      expect(next.runs).to.deep.equal([run, [sample]]);
    });

    it('lets them go by time: after a long outage they would leave no room for what comes', () => {
      const kept = withDelta(boardOf(again, before), {
        ...delta,
        sample: sampleAt(last + 290_000),
      });
      expect(kept.runs).to.deep.equal([run.slice(-10), samplesOfRun(kept)]);
      const gone = withDelta(boardOf(again, before), {
        ...delta,
        sample: sampleAt(last + 300_000),
      });
      expect(gone.runs).to.deep.equal([samplesOfRun(gone)]);
      expect(samplesOfRun(gone).length).to.equal(1);
    });
  });

  it('shows the run that goes on whatever its clock says', () => {
    const scenario = new Scenario({ agencies: 3, bets: 100_000 });
    let board = boardOf(scenario.full());
    const samples: Sample[] = [];
    for (const setMs of [0, -7_200_000, -7_200_000, 7_200_000, 0]) {
      const delta = scenario.next();
      const sample = { ...delta.sample, atMs: delta.sample.atMs + setMs };
      samples.push(sample);
      board = withDelta(board, { ...delta, sample });
      expect(board.runs).to.deep.equal([samples]);
    }
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

  it('bounds what it keeps of the past, by number and by time', () => {
    const scenario = new Scenario({ agencies: 3, bets: 100_000 });
    let board = boardOf(scenario.full());
    let slow = board;
    for (let i = 0; i < 400; i++) {
      const delta = scenario.next();
      board = withDelta(board, delta);
      slow = withDelta(slow, { ...delta, sample: { ...delta.sample, seconds: 3 } });
    }
    const { samples } = scenario.full();
    expect(board.runs).to.deep.equal([samples.slice(-300)]);
    expect(board.turns.length).to.equal(160);
    expect(samplesOfRun(slow).map(({ atMs }) => atMs)).to.deep.equal(
      samples.slice(-100).map(({ atMs }) => atMs),
    );
    let quick = boardOf(scenario.full());
    for (let i = 0; i < 700; i++) {
      const delta = scenario.next();
      quick = withDelta(quick, { ...delta, sample: { ...delta.sample, seconds: 0.5 } });
    }
    expect(quick.runs.flat().length).to.equal(300);
  });
});
