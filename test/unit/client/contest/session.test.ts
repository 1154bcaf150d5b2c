import { expect } from 'chai';
import type { AgencyAction } from '../../../../src/client/session/agency-action';
import type { Batch } from '../../../../src/client/csv/batch';
import { ContestSession } from '../../../../src/client/contest/session';
import type { AgencyEvent } from '../../../../src/client/session/agency-action';
import type { ReceivedReply } from '../../../../src/protocol/native/agency-codec';
import { contestantRow, crcOf, join, NORA } from '../../../support/wire-builder';
import { brief, isPhaseLine } from '../../helpers/agency-scene';

const rowOf = (document: string): Buffer => contestantRow({ ...NORA, document });
const WINNER = rowOf('30000005');
const ROWS = [WINNER, rowOf('1'), rowOf('2'), rowOf('3')];
const sumOf = (count: number): number => crcOf(join(...ROWS.slice(0, count)));

function batchOf(offset: number, count: number, form: 'bet' | 'batch' = 'batch'): Batch {
  const rows = join(...ROWS.slice(offset, offset + count));
  return { form, offset, count, rows, checksum: sumOf(offset + count), sourceBytes: 1 };
}

class Scene {
  readonly session: ContestSession;
  readonly actions: AgencyAction[] = [];

  constructor(finish = true) {
    const token = Buffer.alloc(0);
    this.session = new ContestSession({ agency: 3, window: 3, token, finish, retryMs: 700 });
  }

  on(event: AgencyEvent): string[] {
    const asked = this.session.handle(event).filter((action) => !isPhaseLine(action));
    this.actions.push(...asked);
    return brief(asked);
  }

  receive(reply: ReceivedReply): string[] {
    return this.on({ kind: 'reply', reply });
  }

  results(upTo: number, winners: number, rows: readonly Buffer[] = [], isLast = true): string[] {
    return this.receive({ kind: 'results', upTo, winners, isLast, rows });
  }

  /** A connection, up to the offset that the central names. */
  enter(stored: number, winners: number, stage: 'loading' | 'finished' = 'loading'): string[] {
    this.on({ kind: 'connected' });
    const checksum = sumOf(stored);
    const led = this.receive({ kind: 'welcome', stored, checksum, window: 8, stage });
    return [...led, ...this.results(stored, winners)];
  }

  pulled(batch: Batch | null): string[] {
    return this.on({ kind: 'pulled', batch });
  }

  logs(action: string): unknown[] {
    return this.actions.flatMap((one) =>
      one.kind === 'log' && one.action === action ? [{ result: one.result, ...one.details }] : [],
    );
  }
}

describe('agency session of the 2020 edition', () => {
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene();
    scene.enter(0, 0);
    scene.on({ kind: 'source_ready' });
  });

  function load(): void {
    scene.pulled(batchOf(0, 2));
    scene.pulled(batchOf(2, 2));
    scene.pulled(null);
    scene.results(2, 1, [WINNER]);
    scene.results(4, 1);
  }

  it('sends INTRODUCE_EDITION with its edition', () => {
    expect(scene.actions[0]).to.deep.equal({
      kind: 'send',
      command: { kind: 'introduce', agency: 3, token: Buffer.alloc(0), edition: '2020' },
    });
  });

  it('a batch is stored with the last of its results, and its winners are logged', () => {
    scene.pulled(batchOf(0, 2));
    scene.pulled(null);
    expect(scene.results(2, 2, [WINNER], false)).to.deep.equal([]);
    expect(scene.results(2, 2, ROWS.slice(1, 2))).to.deep.equal(['progress 2', 'send finished 2']);
    expect(scene.logs('ganador')).to.have.length(2);
    expect(scene.logs('ganador')[0]).to.deep.equal({
      result: 'success',
      nombre: 'Nora',
      apellido: 'Ibáñez',
      dni: '30000005',
      nacimiento: '1988-04-23',
    });
    expect(scene.logs('ganadores_recibidos')).to.deep.equal([{ result: 'success', ganadores: 2 }]);
  });

  it('logs its share once it has finished, then asks for the total until none is missing', () => {
    load();
    expect(scene.logs('porcentaje_ganadores')).to.deep.equal([]);
    expect(scene.receive({ kind: 'ack', upTo: 4 })).to.deep.equal(['send ask_total']);
    expect(scene.logs('porcentaje_ganadores')).to.deep.equal([
      { result: 'success', participantes: 4, ganadores: 1, porcentaje: '25.00' },
    ]);
    expect(scene.session.isWaitingForCentral).to.equal(true);
    expect(scene.receive({ kind: 'total', winners: 5, pending: 2 })).to.deep.equal([
      'ask later 700',
    ]);
    expect(scene.session.isWaitingForCentral).to.equal(false);
    expect(scene.on({ kind: 'ask_again' })).to.deep.equal(['send ask_total']);
    expect(scene.on({ kind: 'ask_again' })).to.deep.equal([]);
    expect(scene.receive({ kind: 'total', winners: 9, pending: 0 })).to.deep.equal([
      'send goodbye',
      'done',
    ]);
    expect(scene.logs('consulta_total')).to.deep.equal([
      { result: 'in_progress', total: 5, agencias_pendientes: 2 },
      { result: 'success', total: 9 },
    ]);
  });

  it('sends nothing on WELCOME before the RESULTS behind it', () => {
    const other = new Scene();
    other.on({ kind: 'connected' });
    const welcome = { stored: 2, checksum: sumOf(2), window: 8, stage: 'loading' } as const;
    expect(other.receive({ kind: 'welcome', ...welcome })).to.deep.equal([]);
    expect(other.session.phase).to.equal('standing');
    expect(other.session.isWaitingForCentral).to.equal(true);
    expect(other.results(2, 1)).to.deep.equal(['seek 2']);
  });

  it('owes nothing while it waits to ask for the total again', () => {
    load();
    scene.receive({ kind: 'ack', upTo: 4 });
    expect(scene.session.isWaitingForCentral).to.equal(true);
    scene.receive({ kind: 'total', winners: 5, pending: 2 });
    expect([scene.session.phase, scene.session.isWaitingForCentral]).to.deep.equal([
      'pausing',
      false,
    ]);
    expect(scene.on({ kind: 'ask_again' })).to.deep.equal(['send ask_total']);
    expect(scene.session.phase).to.equal('asking');
  });

  it('has a share of nothing without contestants', () => {
    scene.pulled(null);
    scene.receive({ kind: 'ack', upTo: 0 });
    expect(scene.logs('porcentaje_ganadores')).to.deep.equal([
      { result: 'success', participantes: 0, ganadores: 0, porcentaje: '0.00' },
    ]);
  });

  it('takes the number of winners from the central when answers were lost', () => {
    scene.pulled(batchOf(0, 2));
    scene.pulled(batchOf(2, 2));
    scene.pulled(null);
    scene.results(2, 1, [WINNER], false);
    scene.on({ kind: 'disconnected' });
    expect(scene.enter(4, 3)).to.deep.equal(['progress 4', 'send finished 4']);
    scene.receive({ kind: 'ack', upTo: 4 });
    expect(scene.logs('porcentaje_ganadores')).to.deep.equal([
      { result: 'success', participantes: 4, ganadores: 3, porcentaje: '75.00' },
    ]);
    expect(scene.logs('ganador')).to.deep.equal([]);
  });

  describe('at a central whose counts cannot be true', () => {
    const refused = ['failed CENTRAL_REFUSED'];

    it('stops at a batch whose count does not grow by its winners', () => {
      for (const [winners, rows] of [
        [0, [WINNER]],
        [2, [WINNER]],
        [1, []],
      ] as const) {
        scene = new Scene();
        scene.enter(0, 0);
        scene.on({ kind: 'source_ready' });
        scene.pulled(batchOf(0, 2));
        expect(scene.results(2, winners, rows), `${String(winners)} winners`).to.deep.equal(
          refused,
        );
        expect(scene.logs('ganador')).to.deep.equal([]);
      }
    });

    it('stops at a part that names more winners than it counts', () => {
      scene.pulled(batchOf(0, 2));
      expect(scene.results(2, 0, [WINNER], false)).to.deep.equal(refused);
    });

    it('stops at a count that falls with a later batch', () => {
      scene.pulled(batchOf(0, 2));
      scene.pulled(batchOf(2, 2));
      scene.results(2, 1, [WINNER]);
      expect(scene.results(4, 0)).to.deep.equal(refused);
    });

    for (const [what, winners] of [
      ['falls', 0],
      ['grows without contestants', 2],
    ] as const) {
      it(`stops at a count that ${what} with a new connection`, () => {
        load();
        scene.on({ kind: 'disconnected' });
        expect(scene.enter(4, winners)).to.deep.equal(refused);
      });
    }

    it('stops at a count that grows by more than the contestants that were stored', () => {
      scene.pulled(batchOf(0, 2));
      scene.results(2, 0);
      scene.on({ kind: 'disconnected' });
      expect(scene.enter(3, 2)).to.deep.equal(refused);
    });

    for (const pending of [0, 2]) {
      it(`stops at a total without its own winners, ${String(pending)} agencies missing`, () => {
        load();
        scene.receive({ kind: 'ack', upTo: 4 });
        expect(scene.receive({ kind: 'total', winners: 0, pending })).to.deep.equal(refused);
        expect(scene.logs('consulta_total')).to.deep.equal([]);
      });
    }

    it('stops at a total that falls', () => {
      load();
      scene.receive({ kind: 'ack', upTo: 4 });
      scene.receive({ kind: 'total', winners: 5, pending: 2 });
      scene.on({ kind: 'ask_again' });
      expect(scene.receive({ kind: 'total', winners: 4, pending: 0 })).to.deep.equal(refused);
    });

    it('takes a smaller total from a central that came back, as of a restored copy', () => {
      load();
      scene.receive({ kind: 'ack', upTo: 4 });
      scene.receive({ kind: 'total', winners: 5, pending: 2 });
      scene.on({ kind: 'disconnected' });
      scene.enter(4, 1, 'finished');
      scene.receive({ kind: 'ack', upTo: 4 });
      const done = ['send goodbye', 'done'];
      expect(scene.receive({ kind: 'total', winners: 4, pending: 0 })).to.deep.equal(done);
    });
  });

  it('logs its share once, also when it has to finish again', () => {
    load();
    scene.receive({ kind: 'ack', upTo: 4 });
    scene.on({ kind: 'disconnected' });
    scene.enter(4, 1, 'finished');
    expect(scene.receive({ kind: 'ack', upTo: 4 })).to.deep.equal(['send ask_total']);
    expect(scene.logs('porcentaje_ganadores')).to.have.length(1);
  });

  describe('with one contestant', () => {
    beforeEach(() => {
      scene = new Scene(false);
      scene.enter(0, 0);
      scene.on({ kind: 'source_ready' });
      scene.pulled(batchOf(0, 1, 'bet'));
      scene.pulled(null);
    });

    for (const [rows, ganador] of [
      [[WINNER], 'si'],
      [[], 'no'],
    ] as const) {
      it(`logs at once whether it has won: ${ganador}`, () => {
        expect(scene.results(1, rows.length, rows)).to.deep.equal([
          'progress 1',
          'send goodbye',
          'done',
        ]);
        const [logged] = scene.logs('consulta_ganador');
        expect(logged).to.deep.equal({ result: 'success', dni: '30000005', ganador });
      });
    }

    it('stops when its repeat has not won as it was counted', () => {
      scene.on({ kind: 'disconnected' });
      scene.enter(1, 0);
      expect(scene.results(1, 1, [WINNER])).to.deep.equal(['failed CENTRAL_REFUSED']);
    });

    it('asks once more when it is stored and the answer was lost', () => {
      scene.on({ kind: 'disconnected' });
      expect(scene.enter(1, 1)).to.deep.equal(['progress 1', 'send bets 0']);
      expect(scene.session.isWaitingForCentral).to.equal(true);
      expect(scene.results(1, 1, [WINNER])).to.deep.equal(['send goodbye', 'done']);
      expect(scene.logs('consulta_ganador')).to.deep.equal([
        { result: 'success', dni: '30000005', ganador: 'si' },
      ]);
    });
  });
});
