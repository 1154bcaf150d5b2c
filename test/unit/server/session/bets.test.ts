import { expect } from 'chai';
import type { BetsCommand } from '../../../../src/protocol/commands';
import type { Effect } from '../../../../src/server/session/effects';
import type { Session } from '../../../../src/server/session/state';
import { crcOf, NORA, row, rows } from '../../../support/wire-builder';
import {
  batchOf,
  betsOf,
  closedBy,
  countOf,
  entriesOf,
  logsOf,
  repliesTo,
  Scene,
} from '../../helpers/scene';

/** The batch, with rows that differ from what its other fields say. */
function withRows(batch: BetsCommand, someRows: Buffer): BetsCommand {
  return { ...batch, rows: someRows, checksum: crcOf(someRows) };
}

describe('session: bets', () => {
  let scene: Scene;
  let session: Session;

  beforeEach(() => {
    scene = new Scene(5, 3);
    session = scene.join(3);
  });

  function expectReject(effects: readonly Effect[], fields: object): void {
    expect(repliesTo(session, effects)).to.have.length(1);
    expect(repliesTo(session, effects)[0]).to.deep.equal({ kind: 'reject', ...fields });
    expect(entriesOf(effects)).to.deep.equal([]);
    expect(closedBy(effects)).to.deep.equal([]);
  }

  describe('new', () => {
    it('are stored as the very bytes that came, then acknowledged', () => {
      const batch = batchOf(3, 0, 2);
      const { count, checksum } = batch;
      const effects = scene.say(session, batch);
      expect(entriesOf(effects)).to.deep.equal([
        { kind: 'bets', agency: 3, count, rows: rows(...betsOf(3, 2)), checksum },
      ]);
      expect(repliesTo(session, effects)).to.deep.equal([{ kind: 'ack', upTo: 2 }]);
    });

    it('go on from the ones before, and so does their checksum', () => {
      scene.receive(session, batchOf(3, 0, 2));
      const effects = scene.receive(session, batchOf(3, 2, 3));
      expect(repliesTo(session, effects)).to.deep.equal([{ kind: 'ack', upTo: 5 }]);
      expect(scene.lottery.agency(3)).to.include({
        accepted: 5,
        checksum: crcOf(rows(...betsOf(3, 5))),
      });
    });

    it('are accepted before the ones ahead of them are on disk', () => {
      scene.say(session, batchOf(3, 0, 2));
      const effects = scene.say(session, batchOf(3, 2, 1));
      expect(repliesTo(session, effects)).to.deep.equal([{ kind: 'ack', upTo: 3 }]);
    });

    it('in a batch are logged as apuesta_recibida', () => {
      const effects = scene.say(session, batchOf(3, 0, 2));
      expect(logsOf(effects)).to.deep.equal([['INFO apuesta_recibida success', { cantidad: 2 }]]);
    });

    it('alone are logged as apuesta_almacenada, with document and number', () => {
      const rows3 = row({ ...NORA, number: 42 });
      const bet: BetsCommand = withRows({ ...batchOf(3, 0, 1, 'bet') }, rows3);
      expect(logsOf(scene.say(session, bet))).to.deep.equal([
        ['INFO apuesta_almacenada success', { dni: '30000031', numero: 42 }],
      ]);
    });
  });

  describe('known', () => {
    beforeEach(() => {
      scene.receive(session, batchOf(3, 0, 5));
    });

    for (const [offset, count] of [
      [0, 5],
      [0, 1],
      [2, 2],
      [4, 1],
    ] as const) {
      it(`${String(offset)} to ${String(offset + count)} of 5: acknowledged, not stored again`, () => {
        const effects = scene.say(session, batchOf(3, offset, count));
        expect(repliesTo(session, effects)).to.deep.equal([{ kind: 'ack', upTo: 5 }]);
        expect(entriesOf(effects)).to.deep.equal([]);
        expect(scene.lottery.agency(3)?.accepted).to.equal(5);
      });
    }

    it('on a new connection: each ACK covers its own batch and no later one', () => {
      session = scene.join(3);
      const acks = [0, 2].map((offset) => scene.receive(session, batchOf(3, offset, 2)));
      acks.push(scene.receive(session, batchOf(3, 5, 2)), scene.receive(session, batchOf(3, 0, 1)));
      expect(repliesTo(session, acks.flat())).to.deep.equal(
        [2, 4, 7, 7].map((upTo) => ({ kind: 'ack', upTo })),
      );
    });

    it('are not logged as received', () => {
      const logged = logsOf(scene.say(session, batchOf(3, 0, 5))).map(([line]) => line);
      expect(logged).to.deep.equal(['DEBUG batch_known success']);
    });

    it('go on with new ones afterwards', () => {
      scene.receive(session, batchOf(3, 0, 5));
      const effects = scene.receive(session, batchOf(3, 5, 1));
      expect(repliesTo(session, effects)).to.deep.equal([{ kind: 'ack', upTo: 6 }]);
    });
  });

  describe('at another offset', () => {
    beforeEach(() => {
      scene.receive(session, batchOf(3, 0, 5));
    });

    for (const [what, offset, count] of [
      ['behind a gap of one', 6, 1],
      ['far away', 2 ** 53 - 1, 1],
      ['overlapping by all but one', 0, 6],
      ['overlapping by one', 4, 2],
    ] as const) {
      it(`${what}: rejected as WRONG_OFFSET, with the offset to go on from`, () => {
        const near = Math.min(offset, 10);
        const effects = scene.say(session, { ...batchOf(3, near, count), offset });
        const reason = 'WRONG_OFFSET';
        expectReject(effects, { offset, expected: 5, index: 65_535, reason });
        expect(scene.lottery.agency(3)?.accepted).to.equal(5);
      });
    }
  });

  describe('that are wrong', () => {
    it('checksum: rejected as a whole, and accepted once it is right', () => {
      const batch = batchOf(3, 0, 2);
      const effects = scene.receive(session, { ...batch, checksum: (batch.checksum ?? 0) ^ 1 });
      const reason = 'WRONG_CHECKSUM';
      expectReject(effects, { offset: 0, expected: 0, index: 65_535, reason });
      expect(repliesTo(session, scene.receive(session, batch))).to.deep.equal([
        { kind: 'ack', upTo: 2 },
      ]);
    });

    it('checksum that is right for these rows alone', () => {
      scene.receive(session, batchOf(3, 0, 2));
      const batch = batchOf(3, 2, 1);
      const effects = scene.receive(session, withRows(batch, batch.rows));
      const reason = 'WRONG_CHECKSUM';
      expectReject(effects, { offset: 2, expected: 2, index: 65_535, reason });
    });

    for (const count of [1, 3, 65_535]) {
      it(`count of ${String(count)} for two rows`, () => {
        const effects = scene.receive(session, { ...batchOf(3, 0, 2), count });
        const reason = 'WRONG_COUNT';
        expectReject(effects, { offset: 0, expected: 0, index: 65_535, reason });
      });
    }

    it('agency', () => {
      const effects = scene.receive(session, batchOf(4, 0, 2));
      expectReject(effects, { offset: 0, expected: 0, index: 0, reason: 'WRONG_AGENCY' });
      expect(scene.lottery.agency(4)?.accepted).to.equal(0);
    });

    it('agency of the first bet only: that bet is named, not those that differ from it', () => {
      const mixed = rows({ ...NORA, agency: 4 }, NORA, { ...NORA, document: 'x' });
      const effects = scene.receive(session, withRows(batchOf(3, 0, 3), mixed));
      expectReject(effects, { offset: 0, expected: 0, index: 0, reason: 'WRONG_AGENCY' });
    });

    it('row: rejected with its place in the batch', () => {
      const [first, second] = betsOf(3, 2);
      const bad = rows(
        ...betsOf(3, 1),
        { ...NORA, ...second, document: 'x' },
        { ...NORA, ...first },
      );
      const effects = scene.receive(session, withRows({ ...batchOf(3, 0, 3) }, bad));
      expectReject(effects, { offset: 0, expected: 0, index: 1, reason: 'INVALID_DOCUMENT' });
    });

    it('are logged with their code and the number of the bet', () => {
      scene.receive(session, batchOf(3, 0, 5));
      const batch = batchOf(3, 5, 2);
      const bad = rows({ ...NORA, number: 1 }, { ...NORA, number: 'x' });
      const checksum = crcOf(bad, crcOf(rows(...betsOf(3, 5))));
      expect(logsOf(scene.say(session, { ...batch, rows: bad, checksum }))).to.deep.equal([
        ['ERROR apuesta_recibida fail', { cantidad: 2, agency: 3, code: 'INVALID_NUMBER', bet: 6 }],
      ]);
    });

    it('alone are logged as apuesta_almacenada', () => {
      const bet = { ...batchOf(3, 0, 1, 'bet'), checksum: 1 };
      expect(logsOf(scene.say(session, bet))).to.deep.equal([
        ['ERROR apuesta_almacenada fail', { cantidad: 1, agency: 3, code: 'WRONG_CHECKSUM' }],
      ]);
    });

    it('take those in flight behind them with them, and nothing else', () => {
      const batch = batchOf(3, 0, 2);
      scene.say(session, { ...batch, checksum: 0 });
      const behind = scene.say(session, batchOf(3, 2, 2));
      const reason = 'WRONG_OFFSET';
      expectReject(behind, { offset: 2, expected: 0, index: 65_535, reason });
      expect(repliesTo(session, scene.say(session, batch))[0]).to.include({ kind: 'ack' });
    });
  });

  describe('that have several faults: the order of the checks', () => {
    const damaged = { ...batchOf(3, 0, 2), rows: Buffer.from(batchOf(3, 0, 2).rows) };
    damaged.rows.writeUInt8(0xff, 5);
    const foreign = { ...batchOf(4, 0, 2), checksum: 1 };
    const invalid = rows({ ...NORA, document: 'x' });
    const whole = { index: 65_535, offset: 0, expected: 0 };

    for (const [what, batch] of [
      ['is not UTF-8', damaged],
      ['names another agency', foreign],
      ['holds another number of rows', { ...batchOf(3, 0, 2), count: 3, checksum: 1 }],
    ] as const) {
      it(`a new batch that ${what}, with a wrong checksum: WRONG_CHECKSUM`, () => {
        expectReject(scene.receive(session, batch), { ...whole, reason: 'WRONG_CHECKSUM' });
      });
    }

    it('rows before their number', () => {
      const effects = scene.receive(session, withRows(batchOf(3, 0, 2), invalid));
      expectReject(effects, { ...whole, index: 0, reason: 'INVALID_DOCUMENT' });
    });

    for (const offset of [6, 4]) {
      it(`bad rows at ${String(offset)} when 5 is expected: WRONG_OFFSET`, () => {
        scene.receive(session, batchOf(3, 0, 5));
        const effects = scene.receive(session, withRows(batchOf(3, offset, 2), invalid));
        expectReject(effects, { ...whole, offset, expected: 5, reason: 'WRONG_OFFSET' });
      });
    }

    it('bad rows, and a wrong offset, of an agency that has finished: ALREADY_FINISHED', () => {
      scene.receive(session, { kind: 'finished', total: 0 });
      for (const offset of [0, 7]) {
        const effects = scene.receive(session, { ...withRows(batchOf(3, 0, 1), invalid), offset });
        expectReject(effects, { ...whole, offset, reason: 'ALREADY_FINISHED' });
      }
    });

    it('bad rows of a known batch, whatever its checksum', () => {
      scene.receive(session, batchOf(3, 0, 5));
      const bad = { ...batchOf(3, 2, 1), rows: invalid };
      const fields = { offset: 2, expected: 5, index: 0, reason: 'INVALID_DOCUMENT' };
      expectReject(scene.receive(session, bad), fields);
      const fewer = { ...batchOf(3, 2, 1), count: 2 };
      const counted = { ...fields, index: 65_535, reason: 'WRONG_COUNT' };
      expectReject(scene.receive(session, fewer), counted);
      const other = { ...batchOf(4, 2, 1) };
      expectReject(scene.receive(session, other), { ...fields, reason: 'WRONG_AGENCY' });
    });
  });

  describe('window', () => {
    const three = [batchOf(3, 0, 1), batchOf(3, 1, 1), batchOf(3, 2, 1)];

    it('as many unanswered batches as it has are taken', () => {
      const effects = three.flatMap((batch) => scene.say(session, batch));
      expect(repliesTo(session, effects).map(({ kind }) => kind)).to.deep.equal([
        ...['ack', 'ack', 'ack'],
      ]);
    });

    it('one more is WINDOW_EXCEEDED, and is not stored', () => {
      for (const batch of three) scene.say(session, batch);
      const effects = scene.say(session, batchOf(3, 3, 1));
      expect(repliesTo(session, effects)[0]).to.include({
        kind: 'error',
        code: 'WINDOW_EXCEEDED',
      });
      expect(closedBy(effects)).to.deep.equal([session]);
      expect(countOf('store', effects)).to.equal(0);
    });

    it('rejected and known batches count until they are answered', () => {
      scene.receive(session, batchOf(3, 0, 1));
      scene.say(session, batchOf(3, 0, 1));
      scene.say(session, batchOf(3, 9, 1));
      scene.say(session, batchOf(3, 0, 1, 'bet'));
      const effects = scene.say(session, batchOf(3, 1, 1));
      expect(repliesTo(session, effects)[0]).to.include({ code: 'WINDOW_EXCEEDED' });
    });

    it('opens again with each answer', () => {
      const unanswered = three.flatMap((batch) => scene.say(session, batch));
      scene.settle(unanswered.slice(0, 3));
      expect(repliesTo(session, scene.say(session, batchOf(3, 3, 1)))[0]).to.include({
        kind: 'ack',
      });
    });

    it('is of one connection: the next one starts anew', () => {
      for (const batch of three) scene.say(session, batch);
      session = scene.join(3);
      const effects = scene.say(session, batchOf(3, 3, 1));
      expect(repliesTo(session, effects)).to.deep.equal([{ kind: 'ack', upTo: 4 }]);
    });

    it('is for batches: an unanswered FINISHED takes nothing of it', () => {
      const [first, second, third] = three;
      for (const batch of three) scene.receive(session, batch);
      scene.say(session, { kind: 'finished', total: 3 });
      const effects = [first, second, third].flatMap((batch) =>
        batch === undefined ? [] : scene.say(session, batch),
      );
      expect(repliesTo(session, effects).map(({ kind }) => kind)).to.deep.equal([
        ...['ack', 'ack', 'ack'],
      ]);
    });
  });
});
