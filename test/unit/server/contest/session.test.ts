import { expect } from 'chai';
import { checkContestRows, winningRowsOf } from '../../../../src/domain/contest-rows';
import { LIMITS } from '../../../../src/base/limits';
import type { BetsCommand, Command } from '../../../../src/protocol/commands';
import { encodeReply } from '../../../../src/protocol/native/server-codec';
import { Contest } from '../../../../src/server/contest/contest';
import { establish } from '../../../../src/server/session/claim';
import type { Effect, EffectSink } from '../../../../src/server/session/effects';
import { Lottery } from '../../../../src/server/session/lottery';
import { handleContestCommand, welcomeToContest } from '../../../../src/server/contest/session';
import { Session } from '../../../../src/server/session/state';
import { emptyState } from '../../../../src/store/state';
import { contestantRow, crcOf, join, NORA } from '../../../support/wire-builder';
import { entriesOf, logsOf, repliesTo, Scene } from '../../helpers/scene';

/** Documents with which Nora wins, and loses; see edition-2020.test.ts. */
const WINS = ['30000005', '30000006', '30000018'];
const LOSES = ['30000031', '30000004'];

const rowsOf = (documents: readonly string[], agency = 3): Buffer[] =>
  documents.map((document) => contestantRow({ ...NORA, agency, document }));

function batchOf(
  documents: readonly string[],
  offset: number,
  before: readonly string[] = [],
  form: 'bet' | 'batch' = 'batch',
): BetsCommand {
  const rows = join(...rowsOf(documents));
  const checksum = crcOf(rows, crcOf(join(...rowsOf(before))));
  return { kind: 'bets', form, offset, checksum, count: documents.length, rows };
}

class ContestScene {
  readonly lottery = new Lottery({ agencies: 3, window: 8, edition: '2020' }, emptyState('2020'));
  readonly contest = new Contest();
  private nextId = 1;

  connect(): Session {
    return new Session(this.nextId++, { winnersPageBytesMax: 8170, run: 'resumed' });
  }

  receive(session: Session, command: Command): Effect[] {
    const out: EffectSink = [];
    const received =
      command.kind === 'bets'
        ? { command, parsed: { verdict: checkContestRows(command.rows) } }
        : { command };
    handleContestCommand(this.contest, this.lottery, session, received, 0, out);
    if (session.state.phase === 'claiming') {
      establish(this.lottery, session, out);
      welcomeToContest(this.contest, session, out);
    }
    return out;
  }

  join(agency: number): Session {
    const session = this.connect();
    this.receive(session, introduction(agency));
    return session;
  }
}

function introduction(agency: number): Command {
  return { kind: 'introduce', agency, token: Buffer.alloc(0), edition: '2020' };
}

const results = (
  upTo: number,
  winners: number,
  rows: readonly Buffer[] = [],
  isLast = true,
): object => ({
  kind: 'results',
  upTo,
  winners,
  isLast,
  rows,
});

describe('session of the 2020 edition', () => {
  let scene: ContestScene;
  let session: Session;

  beforeEach(() => {
    scene = new ContestScene();
    session = scene.join(3);
  });

  it('welcomes, and says how many have won so far', () => {
    const resumed = new ContestScene();
    const rows = join(...rowsOf(WINS), ...rowsOf(LOSES));
    resumed.contest.recall({ rows, winners: winningRowsOf(rows) });
    const one = resumed.connect();
    const replies = repliesTo(one, resumed.receive(one, introduction(3)));
    expect(replies.map(({ kind }) => kind)).to.deep.equal(['welcome', 'results']);
    expect(replies[1]).to.deep.equal(results(0, 3));
  });

  it('answers a batch with its winners, and stores it as it came', () => {
    const documents = [LOSES[0] ?? '', WINS[0] ?? '', LOSES[1] ?? '', WINS[1] ?? ''];
    const effects = scene.receive(session, batchOf(documents, 0));
    expect(repliesTo(session, effects)).to.deep.equal([results(4, 2, rowsOf(WINS.slice(0, 2)))]);
    expect(entriesOf(effects)).to.deep.include({
      kind: 'bets',
      agency: 3,
      count: 4,
      rows: join(...rowsOf(documents)),
      checksum: crcOf(join(...rowsOf(documents))),
      winners: winningRowsOf(join(...rowsOf(documents))),
    });
    expect(logsOf(effects)).to.deep.equal([
      ['INFO contestantes_recibidos success', { cantidad: 4, ganadores: 2 }],
    ]);
    expect(scene.contest.total).to.equal(2);
  });

  it('answers a batch without winners', () => {
    const effects = scene.receive(session, batchOf(LOSES, 0));
    expect(repliesTo(session, effects)).to.deep.equal([results(2, 0)]);
  });

  it('sends the winners of a known batch again, and counts them once', () => {
    scene.receive(session, batchOf(WINS, 0));
    const effects = scene.receive(session, batchOf(WINS.slice(1), 1, WINS.slice(0, 1)));
    expect(repliesTo(session, effects)).to.deep.equal([results(3, 3, rowsOf(WINS.slice(1)))]);
    expect(entriesOf(effects)).to.deep.equal([]);
    expect(scene.contest.total).to.equal(3);
  });

  describe('a batch that is known', () => {
    const [first = '', second = '', third = ''] = WINS;
    const other = LOSES[0] ?? '';
    const reasonOf = (command: BetsCommand): unknown => {
      const [reply] = repliesTo(session, scene.receive(session, command));
      return reply?.kind === 'reject' ? reply.reason : reply?.kind;
    };

    beforeEach(() => {
      scene.receive(session, batchOf([first, second], 0));
      scene.receive(session, batchOf([third], 2, [first, second]));
    });

    it('is answered in other pieces, too', () => {
      expect(reasonOf(batchOf([second, third], 1, [first]))).to.equal('results');
    });

    it('with other rows is DATA_DIFFERS, and not answered from them', () => {
      expect(reasonOf(batchOf([second, other], 1, [first]))).to.equal('DATA_DIFFERS');
      expect(reasonOf(batchOf([other], 0))).to.equal('DATA_DIFFERS');
      expect(scene.contest.total).to.equal(3);
    });

    it('that was damaged, or follows other rows, is WRONG_CHECKSUM', () => {
      const good = batchOf([second], 1, [first]);
      const rows = Buffer.from(good.rows);
      rows.writeUInt8(0xff, 4);
      expect(reasonOf({ ...good, rows })).to.equal('WRONG_CHECKSUM');
      expect(reasonOf(batchOf([second], 1, [other]))).to.equal('WRONG_CHECKSUM');
    });

    it('is compared with what was stored before the central was started', () => {
      const stored = rowsOf([first, second, third]);
      const restarted = new Contest();
      const rows = join(...rowsOf([other], 2), ...stored);
      restarted.recall({ rows, winners: winningRowsOf(rows) });
      expect([restarted.total, restarted.winnersOf(3)]).to.deep.equal([3, 3]);
      expect([0, 1, 3].map((offset) => restarted.checksumAt(3, offset))).to.deep.equal([
        0,
        ...[1, 3].map((count) => crcOf(join(...stored.slice(0, count)))),
      ]);
      expect(restarted.checksumAt(3, 4)).to.equal(undefined);
      expect(restarted.checksumAt(1, 0)).to.equal(0);
    });

    it('is remembered as far as can be in doubt, and WRONG_OFFSET beyond', () => {
      const many = Array.from({ length: 20 }, () => Array.from({ length: 300 }, () => other));
      many.forEach((documents, i) => {
        const before = [first, second, third, ...many.slice(0, i).flat()];
        session = scene.join(3);
        scene.receive(session, batchOf(documents, 3 + 300 * i, before));
      });
      const all = [first, second, third, ...many.flat()];
      const again = (offset: number): BetsCommand =>
        batchOf(all.slice(offset, offset + 1), offset, all.slice(0, offset));
      const oldest = all.length - LIMITS.contestRowsComparedMax;
      expect(reasonOf(again(oldest))).to.equal('results');
      expect(reasonOf(again(oldest - 1))).to.equal('WRONG_OFFSET');
    });
  });

  it('rejects a batch whole, and counts none of its winners', () => {
    const bad = { ...batchOf(WINS, 0), checksum: 1 };
    const effects = scene.receive(session, bad);
    expect(repliesTo(session, effects)[0]).to.include({ kind: 'reject', reason: 'WRONG_CHECKSUM' });
    expect(logsOf(effects)[0]?.[0]).to.equal('ERROR contestantes_recibidos fail');
    expect(scene.contest.total).to.equal(0);
  });

  it('rejects rows of bets', () => {
    const rows = Buffer.from('3,Ana,Paz,1,1990-01-01,5\r\n');
    const command = { ...batchOf(LOSES, 0), count: 1, rows, checksum: crcOf(rows) };
    expect(repliesTo(session, scene.receive(session, command))[0]).to.include({
      kind: 'reject',
      index: 0,
      reason: 'MALFORMED_ROW',
    });
  });

  it('spreads a full batch that wins altogether over two frames, of which the last settles it', () => {
    const batch = wideBatch();
    const effects = scene.receive(scene.join(1), batch);
    const replies = effects.flatMap((effect) => (effect.kind === 'reply' ? [effect] : []));
    expect(replies.map(({ answersBets = false }) => answersBets)).to.deep.equal([false, true]);
    const parts = replies.flatMap(({ reply }) => (reply.kind === 'results' ? [reply] : []));
    expect(parts.map(({ isLast }) => isLast)).to.deep.equal([false, true]);
    expect(join(...parts.flatMap(({ rows }) => rows))).to.deep.equal(batch.rows);
    for (const reply of parts) {
      expect(reply).to.include({ upTo: batch.count, winners: batch.count });
      expect(encodeReply(reply).length).to.be.at.most(8_192);
    }
  });

  it('one contestant is answered at once, and logged by its document', () => {
    const won = scene.receive(session, batchOf(WINS.slice(0, 1), 0, [], 'bet'));
    expect(repliesTo(session, won)).to.deep.equal([results(1, 1, rowsOf(WINS.slice(0, 1)))]);
    const lost = scene.receive(session, batchOf(LOSES.slice(0, 1), 1, WINS.slice(0, 1), 'bet'));
    expect(repliesTo(session, lost)).to.deep.equal([results(2, 1)]);
    expect([...logsOf(won), ...logsOf(lost)]).to.deep.equal([
      ['INFO contestante_recibido success', { dni: WINS[0], ganador: 'si' }],
      ['INFO contestante_recibido success', { dni: LOSES[0], ganador: 'no' }],
    ]);
  });

  it('sends the total as it is, with how many agencies are missing; there is no draw', () => {
    scene.receive(session, batchOf(WINS, 0));
    const early = scene.receive(session, { kind: 'ask_total' });
    expect(repliesTo(session, early)[0]).to.include({ kind: 'error', code: 'NOT_FINISHED' });
    const sessions = [3, 1, 2].map((agency) => scene.join(agency));
    const totals = sessions.map((one, i) => {
      const finished = scene.receive(one, { kind: 'finished', total: i === 0 ? 3 : 0 });
      expect(repliesTo(one, finished)).to.deep.equal([{ kind: 'ack', upTo: i === 0 ? 3 : 0 }]);
      const led: EffectSink = [];
      scene.lottery.settled(entriesOf(finished), led);
      expect(led).to.deep.equal([]);
      return repliesTo(one, scene.receive(one, { kind: 'ask_total' }))[0];
    });
    expect(totals).to.deep.equal([
      { kind: 'total', winners: 3, pending: 2 },
      { kind: 'total', winners: 3, pending: 1 },
      { kind: 'total', winners: 3, pending: 0 },
    ]);
    const [one] = sessions;
    if (one === undefined) throw new Error('no session');
    const asked = scene.receive(one, { kind: 'ask_winners', first: 0, wait: true });
    expect(repliesTo(one, asked)[0]).to.include({ kind: 'error', code: 'UNEXPECTED_MESSAGE' });
  });

  it('an agency of the lottery is refused, and replaces nobody', () => {
    const other = scene.connect();
    const effects = scene.receive(other, { kind: 'introduce', agency: 3, token: Buffer.alloc(0) });
    expect(repliesTo(other, effects)).to.deep.equal([
      { kind: 'error', code: 'WRONG_EDITION', text: 'the edition here is 2020, not lottery' },
    ]);
    expect(repliesTo(session, effects)).to.deep.equal([]);
    expect(session.state.phase).to.equal('established');
  });

  it('the lottery refuses an agency of the 2020 edition, and its question', () => {
    const lottery = new Scene();
    const other = lottery.connect();
    expect(repliesTo(other, lottery.receive(other, introduction(3)))).to.deep.equal([
      { kind: 'error', code: 'WRONG_EDITION', text: 'the edition here is lottery, not 2020' },
    ]);
    const one = lottery.join(3);
    const asked = lottery.receive(one, { kind: 'ask_total' });
    expect(repliesTo(one, asked)[0]).to.include({ code: 'UNEXPECTED_MESSAGE' });
  });
});

/** A batch that fills its frame to the last byte, and all of which wins. */
function wideBatch(): BetsCommand {
  const fields = { agency: 1, lastName: 'x', birthdate: '2000-01-01' };
  const rows: Buffer[] = [];
  const fixedBytes = '1,,x,1234567,2000-01-01\r\n'.length;
  // 8174 bytes: 17 rows of 480 bytes, and one of 14 more is too short, so the first takes them.
  for (const bytes of [494, ...Array.from({ length: 16 }, () => 480)]) {
    const firstName = 'y'.repeat(bytes - fixedBytes);
    for (let document = 1_000_000; ; document++) {
      const row = contestantRow({ ...fields, firstName, document: String(document) });
      if (winningRowsOf(row).length === 0) continue;
      rows.push(row);
      break;
    }
  }
  const all = join(...rows);
  expect(all).to.have.length(8_174);
  return {
    kind: 'bets',
    form: 'batch',
    offset: 0,
    checksum: crcOf(all),
    count: rows.length,
    rows: all,
  };
}
