import { expect } from 'chai';
import * as fc from 'fast-check';
import { InvariantError } from '../../../../src/base/invariant';
import type { Effect } from '../../../../src/server/session/effects';
import { emptyState, type StoreState } from '../../../../src/store/state';
import { rows } from '../../../support/wire-builder';
import { expectFailure, thrownBy } from '../../helpers/failures';
import {
  batchOf,
  betsOf,
  countOf,
  DRAW,
  entriesOf,
  logsOf,
  repliesTo,
  Scene,
} from '../../helpers/scene';
import { winnersOf } from '../../../support/winners-list';

/** A store that holds bets of these agencies. */
function storeWith(...agencies: readonly (readonly [number, boolean])[]): StoreState {
  const state = emptyState();
  for (const [agency, finished] of agencies) {
    state.agencies.set(agency, {
      agency,
      stored: 10 * agency,
      checksum: 0xabc,
      finished,
      rejected: 0,
    });
  }
  return state;
}

const DRAWING = { from: 'loading', to: 'drawing' };

describe('lottery: when the draw is due', () => {
  it('once every agency has finished, on disk', () => {
    const scene = new Scene(3);
    const due = [1, 2, 3].map((agency) =>
      countOf('begin_draw', scene.finish(scene.join(agency), agency, agency)),
    );
    expect(due).to.deep.equal([0, 0, 1]);
    expect(scene.lottery.phase).to.equal('drawing');
  });

  it('not when all have finished and only the FINISHED of others is stored', () => {
    const scene = new Scene(2);
    const [first, last] = [1, 2].map((agency) =>
      scene.say(scene.join(agency), { kind: 'finished', total: 0 }),
    );
    expect(countOf('begin_draw', scene.settle(first ?? []))).to.equal(0);
    expect(countOf('begin_draw', scene.settle(last ?? []))).to.equal(1);
  });

  it('not when the last FINISHED is accepted, but when it is stored', () => {
    const scene = new Scene(1);
    const effects = scene.say(scene.join(1), { kind: 'finished', total: 0 });
    expect(countOf('begin_draw', effects)).to.equal(0);
    const [phase, ...rest] = scene.settle(effects);
    expect(phase).to.deep.include({ action: 'lottery_phase', details: DRAWING });
    expect(rest).to.deep.equal([{ kind: 'begin_draw' }]);
    expect(scene.lottery.pending).to.equal(0);
  });

  it('not by as many FINISHED of one agency', () => {
    const scene = new Scene(2);
    const session = scene.join(1);
    const finished = { kind: 'finished', total: 0 } as const;
    const effects = [1, 2, 3].flatMap(() => scene.receive(session, finished));
    expect(entriesOf(effects)).to.deep.equal([{ kind: 'finished', agency: 1 }]);
    expect(countOf('begin_draw', effects)).to.equal(0);
    expect(repliesTo(session, effects)).to.have.length(3);
    expect(scene.lottery.pending).to.equal(1);
  });

  it('once: neither a repeated FINISHED nor a known batch begins another', () => {
    const scene = new Scene(1);
    const session = scene.join(1);
    scene.finish(session, 1, 3);
    const effects: Effect[] = [];
    const again = (): void => {
      effects.push(...scene.receive(session, { kind: 'finished', total: 3 }));
      effects.push(...scene.receive(session, batchOf(1, 0, 3)));
      effects.push(...scene.settle([{ kind: 'store', entry: { kind: 'draw', draw: DRAW } }]));
    };
    again();
    scene.draw([]);
    again();
    expect(countOf('begin_draw', effects)).to.equal(0);
    expect(logsOf(effects).filter(([line]) => line.includes('sorteo'))).to.deep.equal([]);
  });

  it('never without agencies', () => {
    const scene = new Scene(0);
    const out: Effect[] = [];
    scene.lottery.start(out);
    scene.lottery.settled([], out);
    expect(out).to.deep.equal([]);
    expect(scene.lottery.phase).to.equal('loading');
  });

  it('the order in which agencies finish does not matter, and the log says each once', () => {
    const scene = new Scene(3);
    const effects = [3, 1, 2].flatMap((agency) => scene.finish(scene.join(agency), agency, 0));
    const lines = logsOf(effects).filter(([line]) => line.includes('agency_finished'));
    expect(lines.map(([, details]) => details)).to.deep.equal([
      { agency: 3, cantidad: 0 },
      { agency: 1, cantidad: 0 },
      { agency: 2, cantidad: 0 },
    ]);
    expect(countOf('begin_draw', effects)).to.equal(1);
  });
});

describe('lottery: invariants', () => {
  it('a draw that is not due cannot be completed', () => {
    const scene = new Scene(1);
    expect(() => {
      scene.lottery.completeDraw(winnersOf([]), []);
    }).to.throw(InvariantError);
  });

  it('a draw cannot be completed twice', () => {
    const scene = new Scene(1);
    scene.finish(scene.join(1), 1, 0);
    scene.draw([]);
    expect(() => scene.draw([])).to.throw(InvariantError);
  });

  it('nor where a start has found one', () => {
    const scene = new Scene(1, 8, storeWith([1, true]), undefined, winnersOf([]));
    expect(() => scene.draw([])).to.throw(InvariantError, 'the lottery went from drawn to drawn');
  });

  it('nobody gets winners out of it before the draw', () => {
    const scene = new Scene(1);
    const agency = scene.join(1).state;
    if (agency.phase !== 'established') throw new Error('not introduced');
    expect(() => scene.lottery.winnersOf(agency.agency.number)).to.throw(InvariantError);
    expect(() => scene.lottery.allWinnersOf(agency.agency)).to.throw(InvariantError);
  });

  it('no more agencies can finish than are expected', () => {
    const scene = new Scene(1);
    const entry = { kind: 'finished', agency: 1 } as const;
    expect(() => {
      scene.lottery.settled([entry, entry], []);
    }).to.throw(InvariantError);
  });
});

describe('lottery: recovery', () => {
  const INTRODUCE = { kind: 'introduce', agency: 2, token: Buffer.alloc(0) } as const;

  it('goes on where the store left off', () => {
    const scene = new Scene(3, 8, storeWith([2, false]));
    const session = scene.connect();
    expect(repliesTo(session, scene.say(session, INTRODUCE))).to.deep.equal([
      { kind: 'welcome', stored: 20, checksum: 0xabc, window: 8, stage: 'loading' },
    ]);
    expect(scene.lottery.pending).to.equal(3);
  });

  it('knows who had finished', () => {
    const scene = new Scene(3, 8, storeWith([1, false], [2, true]));
    expect(scene.lottery.pending).to.equal(2);
    const session = scene.connect();
    expect(repliesTo(session, scene.say(session, INTRODUCE))[0]).to.include({ stage: 'finished' });
  });

  it('begins a draw that is due, once', () => {
    const scene = new Scene(2, 8, storeWith([1, true], [2, true]));
    const out: Effect[] = [];
    scene.lottery.start(out);
    scene.lottery.start(out);
    expect(out.map(({ kind }) => kind)).to.deep.equal(['log', 'begin_draw']);
  });

  it('begins no draw while somebody is missing', () => {
    const scene = new Scene(3, 8, storeWith([1, true], [2, true]));
    const out: Effect[] = [];
    scene.lottery.start(out);
    expect(out).to.deep.equal([]);
  });

  it('does not draw again after a draw', () => {
    const drawn = winnersOf([[2, '2001']]);
    const scene = new Scene(2, 8, storeWith([1, true], [2, true]), undefined, drawn);
    expect(scene.lottery.phase).to.equal('drawn');
    const out: Effect[] = [];
    scene.lottery.start(out);
    scene.lottery.settled([], out);
    expect(out).to.deep.equal([]);
    const session = scene.connect();
    expect(repliesTo(session, scene.say(session, INTRODUCE))[0]).to.include({ stage: 'drawn' });
    expect(repliesTo(session, scene.ask(session))).to.deep.equal([
      { kind: 'winners', total: 1, first: 0, documents: ['2001'] },
    ]);
  });

  for (const agency of [4, 0, 65_535]) {
    it(`refuses a store with bets of agency ${String(agency)} when 3 are expected`, () => {
      const error = thrownBy(() => new Scene(3, 8, storeWith([1, true], [agency, false])));
      expectFailure(
        error,
        'CONFIG_INVALID',
        `the store holds bets of agency ${String(agency)}`,
        'AGENCIES is 3',
      );
    });
  }

  it('refuses a draw that was made without an agency that is expected', () => {
    const state = storeWith([1, true], [2, true]);
    state.draw = DRAW;
    expect(new Scene(2, 8, state).lottery.pending).to.equal(0);
    const error = thrownBy(() => new Scene(3, 8, state));
    expectFailure(
      error,
      'CONFIG_INVALID',
      'the store holds a draw without agency 3',
      'AGENCIES is 3',
    );
  });
});

describe('lottery: whatever agencies send', () => {
  interface Move {
    readonly agency: number;
    readonly what: 'batch' | 'again' | 'damaged' | 'reconnect';
    readonly offset: number;
    readonly count: number;
  }

  const move: fc.Arbitrary<Move> = fc.record({
    agency: fc.constantFrom(1, 2),
    what: fc.constantFrom('batch', 'batch', 'batch', 'again', 'damaged', 'reconnect'),
    offset: fc.nat({ max: 12 }),
    count: fc.integer({ min: 1, max: 5 }),
  });

  it('each has its first bets stored, in order, once; no ACK goes beyond them', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40, size: 'max' }), (moves) => {
        const scene = new Scene(2, 2);
        const sessions = new Map([1, 2].map((agency) => [agency, scene.join(agency)]));
        for (const { agency, what, offset, count } of moves) {
          const accepted = scene.lottery.agency(agency)?.accepted ?? 0;
          const session = sessions.get(agency);
          if (session === undefined || what === 'reconnect') {
            sessions.set(agency, scene.join(agency));
            continue;
          }
          const batch = batchOf(agency, what === 'batch' ? accepted : offset, count);
          const sent =
            what === 'damaged' ? { ...batch, checksum: (batch.checksum ?? 0) ^ 8 } : batch;
          for (const reply of repliesTo(session, scene.receive(session, sent))) {
            const stored = scene.disk.agencies.get(agency)?.stored ?? 0;
            if (reply.kind !== 'ack') continue;
            expect(reply.upTo).to.be.within((sent.offset ?? 0) + count, stored);
          }
        }
        for (const agency of [1, 2]) {
          const stored = scene.disk.agencies.get(agency)?.stored ?? 0;
          const prefix = `${String(agency)},`;
          const mine = scene.diskRows.filter((some) => some.toString().startsWith(prefix));
          const expected = rows(...betsOf(agency, stored));
          expect(Buffer.concat(mine).equals(expected)).to.equal(true);
        }
      }),
    );
  });
});
