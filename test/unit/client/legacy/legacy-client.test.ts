import { expect } from 'chai';
import { LIMITS } from '../../../../src/base/limits';
import type { LegacyEvent } from '../../../../src/client/legacy/legacy-action';
import { LegacySession } from '../../../../src/client/legacy/legacy-session';
import type { BetText } from '../../../../src/domain/bet-fields';
import type { AgencyDialect } from '../../../../src/protocol/dialects/agency/agency-dialect';
import { OpcodeAgency } from '../../../../src/protocol/dialects/agency/agency-opcode';
import { PipeAgency } from '../../../../src/protocol/dialects/agency/agency-pipe';
import { SemicolonAgency } from '../../../../src/protocol/dialects/agency/agency-semicolon';
import { TlvAgency } from '../../../../src/protocol/dialects/agency/agency-tlv';
import { expectFailure, rejectionOf } from '../../helpers/failures';
import { NORA_TEXT } from '../../helpers/legacy-bets';
import { playScript, type ScriptedConnection, type ScriptedTurn } from '../../helpers/legacy-scene';

/** A dialect with two bets in a message, and what its central says. */
interface Case {
  readonly dialect: AgencyDialect;
  readonly ok: Buffer;
  readonly winners: Buffer;
  /** Connections, not turns, follow each other. */
  readonly perRequest: boolean;
}

const text = (of: string): Buffer => Buffer.from(of);
const hex = (of: string): Buffer => Buffer.from(of, 'hex');

const PIPE: Case = {
  dialect: new PipeAgency(3, 2),
  ok: text('3|ok\n'),
  winners: text('15|winners:  1  9\n'),
  perRequest: false,
};
const TLV: Case = {
  dialect: new TlvAgency(3, 2),
  ok: hex('0002'),
  winners: hex('0007000000000000000100000009'),
  perRequest: false,
};
const OPCODE: Case = {
  dialect: new OpcodeAgency(3, 2),
  ok: hex('0200000000'),
  winners: hex('07000000023923'),
  perRequest: true,
};
const SEMICOLON: Case = {
  dialect: new SemicolonAgency(3, 2),
  ok: hex('0001'),
  winners: text('1;9'),
  perRequest: false,
};
const CASES = [PIPE, TLV, OPCODE, SEMICOLON];

const BETS: readonly BetText[] = Array.from({ length: 5 }, (_, i) => ({
  ...NORA_TEXT,
  document: String(30_000_000 + i),
}));

/** The messages with `BETS`: of two, two and one. */
function messages({ dialect }: Case): Buffer[] {
  const of = (from: number, last: boolean): Buffer =>
    dialect.encodeBatch(
      BETS.slice(from, from + 2).map((bet, i) => dialect.encodeRecord(bet, i)),
      last && dialect.marksLast,
    );
  return [of(0, false), of(2, false), of(4, true)];
}

/** All turns of a conversation in which nothing goes wrong. */
function goodTurns(of: Case): ScriptedTurn[] {
  const { dialect, ok, winners } = of;
  const bets = messages(of).map((message, i) => ({
    expect: i === 0 ? message : Buffer.concat([dialect.acknowledgement, message]),
    reply: ok,
  }));
  const finish = dialect.marksLast ? null : dialect.encodeFinish();
  const end = finish === null ? [] : [{ expect: finish, reply: ok }];
  const question = Buffer.concat([dialect.acknowledgement, dialect.encodeQuestion()]);
  return [...bets, ...end, { expect: question, reply: winners }];
}

/** Turns as connections: all over one, or each over its own. */
function connections(of: Case, turns: readonly ScriptedTurn[]): ScriptedConnection[] {
  return of.perRequest ? turns.map((turn) => [turn]) : [turns];
}

/** A good conversation, but for the reply to the n-th request. */
function withReply(of: Case, at: number, reply: ScriptedTurn['reply']): ScriptedConnection[] {
  const turns = goodTurns(of).map((turn, i) => (i === at ? { ...turn, reply } : turn));
  return connections(of, turns.slice(0, at + 1));
}

const GOOD = { stored: 5, winners: ['9'] };

for (const of of CASES) {
  const { dialect } = of;
  const { name } = dialect;

  describe(`an agency of a legacy central: ${name}`, () => {
    it('sends its bets, and receives its winners', async () => {
      const script = connections(of, goodTurns(of));
      const { outcome, sent, progress, lines } = await playScript({ dialect, bets: BETS, script });
      expect(outcome).to.deep.equal(GOOD);
      const bytes = Buffer.concat(goodTurns(of).map((turn) => turn.expect));
      expect(Buffer.concat(sent)).to.deep.equal(Buffer.concat([bytes, dialect.farewell]));
      expect(progress).to.deep.equal([
        [2, 20],
        [4, 40],
        [5, 50],
      ]);
      expect(lines.some((line) => line.includes('action: close_file | result: success'))).to.equal(
        true,
      );
    });

    it('sends each message in one write', async () => {
      const script = connections(of, goodTurns(of));
      const { writes } = await playScript({ dialect, bets: BETS, script });
      const all = writes.flat().map((write) => write.toString('hex'));
      for (const message of messages(of)) expect(all).to.include(message.toString('hex'));
    });

    it('tries again to connect as long as nothing was sent', async () => {
      const script = ['refused' as const, 'refused' as const, ...connections(of, goodTurns(of))];
      const { outcome, waited } = await playScript({ dialect, bets: BETS, script });
      expect(outcome).to.deep.equal(GOOD);
      expect(waited).to.deep.equal([50, 100]);
    });

    it('gives up when there is nobody, and says what is stored', async () => {
      const { error } = await playScript({ dialect, bets: BETS, script: [], retryForMs: 1_000 });
      expectFailure(error, 'GAVE_UP', 'the last attempt: refused; check that one is up at');
      expectFailure(error, 'GAVE_UP', 'CLI_SERVER_ADDRESS); 0 bets are acknowledged');
    });

    for (const [what, reply, why] of [
      ['the connection is lost', 'close', 'the central closed the connection'],
      ['no answer comes', 'silence', 'the central did not answer within 30 s'],
    ] as const) {
      it(`stops when ${what} while bets are under way, rather than send them twice`, async () => {
        const script = [...withReply(of, 1, reply), ...connections(of, goodTurns(of))];
        const { error, sent } = await playScript({ dialect, bets: BETS, script });
        const doubt = '2 bets are acknowledged, the next 2 are in doubt';
        expectFailure(error, 'CONNECTION_LOST', why, doubt, 'cannot resume');
        const due = goodTurns(of).slice(0, 2);
        expect(Buffer.concat(sent)).to.deep.equal(Buffer.concat(due.map((turn) => turn.expect)));
      });
    }

    it('stops when it receives more than a reply', async () => {
      if (of.perRequest) return;
      const script = withReply(of, 1, Buffer.concat([of.ok, of.ok]));
      const { error } = await playScript({ dialect, bets: BETS, script });
      expectFailure(error, 'CENTRAL_REFUSED', 'more than a reply', '4 bets are acknowledged');
    });

    it('stops when what it receives is nothing that a central would send', async () => {
      for (const at of [1, goodTurns(of).length - 1]) {
        const script = withReply(of, at, text('HTTP/1.1 400 Bad Request\r\n\r\n'));
        const { error } = await playScript({ dialect, bets: BETS, script });
        // In `semicolon` any two bytes are an answer.
        const code = name === 'semicolon' && at === 1 ? 'BATCH_REJECTED' : 'CENTRAL_REFUSED';
        expectFailure(error, code, 'bets are acknowledged');
      }
    });

    it('sends one bet of the environment alone, and neither ends nor asks', async () => {
      const message = dialect.encodeBatch([dialect.encodeRecord(NORA_TEXT, 0)], false);
      const { outcome, sent } = await playScript({
        dialect,
        bets: [NORA_TEXT],
        script: [[{ expect: message, reply: of.ok }]],
        single: true,
      });
      expect(outcome).to.deep.equal({ stored: 1, winners: null });
      const goodbye = name === 'opcode' ? Buffer.alloc(0) : dialect.farewell;
      expect(sent).to.deep.equal([Buffer.concat([message, goodbye])]);
    });
  });
}

describe('an agency of a legacy central that lost its connection while waiting for winners', () => {
  it('asks again over another: pipe', async () => {
    const last = goodTurns(PIPE).length - 1;
    const again = [{ expect: PIPE.dialect.encodeQuestion(), reply: PIPE.winners }];
    const script = [...withReply(PIPE, last, 'close'), 'refused' as const, again];
    const { outcome, waited } = await playScript({ dialect: PIPE.dialect, bets: BETS, script });
    expect(outcome).to.deep.equal(GOOD);
    expect(waited).to.deep.equal([50, 100]);
  });

  it('says that it is ready, and asks again over another: opcode', async () => {
    const good = connections(OPCODE, goodTurns(OPCODE));
    const script = [...withReply(OPCODE, 4, 'close'), 'refused' as const, ...good.slice(3)];
    const { outcome, waited } = await playScript({ dialect: OPCODE.dialect, bets: BETS, script });
    expect(outcome).to.deep.equal(GOOD);
    expect(waited).to.deep.equal([50, 100]);
  });

  it('says again that it has no bets, since a `pipe` central knows it by its question only', async () => {
    const { dialect, ok, winners } = PIPE;
    const noBets = { expect: text('2 0 1|'), reply: ok };
    const question = dialect.encodeQuestion();
    const script = [
      [noBets, { expect: question, reply: 'close' as const }],
      [noBets, { expect: question, reply: winners }],
    ];
    const { outcome } = await playScript({ dialect, bets: [], script });
    expect(outcome).to.deep.equal({ ...GOOD, stored: 0 });
  });

  for (const of of [TLV, SEMICOLON]) {
    it(`has to do without them: ${of.dialect.name}`, async () => {
      const last = goodTurns(of).length - 1;
      const script = withReply(of, last, 'close');
      const { error } = await playScript({ dialect: of.dialect, bets: BETS, script });
      const what = '5 bets are acknowledged, the winners have not come';
      expectFailure(error, 'CONNECTION_LOST', what);
    });
  }

  for (const of of [PIPE, TLV, SEMICOLON]) {
    it(`waits as long as it takes: ${of.dialect.name}`, async () => {
      const last = goodTurns(of).length - 1;
      const script = withReply(of, last, 'silence');
      const waits = playScript({ dialect: of.dialect, bets: BETS, script });
      expect(String(await rejectionOf(waits))).to.include('the agency waits for nothing');
    });
  }
});

describe('an agency of a legacy central: what only one dialect has', () => {
  const { dialect } = PIPE;

  it('pipe: what the central asks for is sent again, each time after a longer pause', async () => {
    const [first, ...rest] = goodTurns(PIPE);
    if (first === undefined) throw new Error('none');
    const again = { ...first, reply: text('6|err 0\n') };
    const script = [[again, again, again, first, ...rest]];
    const { outcome, waited, sent } = await playScript({ dialect, bets: BETS, script });
    expect(outcome).to.deep.equal(GOOD);
    expect(waited).to.deep.equal([50, 100, 200]);
    const due = [again, again, again, first, ...rest].map((turn) => turn.expect);
    expect(sent).to.deep.equal([Buffer.concat([...due, dialect.farewell])]);
  });

  it('pipe: but not for ever', async () => {
    const [first] = goodTurns(PIPE);
    if (first === undefined) throw new Error('none');
    const again = { ...first, reply: text('6|err 0\n') };
    const times = LIMITS.legacyResendsMax + 1;
    const script = [Array<ScriptedTurn>(times + 1).fill(again)];
    const { error, writes } = await playScript({ dialect, bets: BETS, script });
    expectFailure(error, 'BATCH_REJECTED', `it was sent ${String(times)} times`);
    expect(writes[0]).to.have.length(times);
  });

  it('pipe: attempts are counted anew for each message', async () => {
    const turns = goodTurns(PIPE).flatMap((turn) => [
      { ...turn, reply: text('6|err 0\n') },
      { ...turn, reply: text('6|err 0\n') },
      turn,
    ]);
    const { outcome } = await playScript({ dialect, bets: BETS, script: [turns] });
    expect(outcome).to.deep.equal(GOOD);
  });

  it('opcode: a batch that is answered with an error ends it', async () => {
    const script = withReply(OPCODE, 1, hex('04000000026e6f'));
    const { error } = await playScript({ dialect: OPCODE.dialect, bets: BETS, script });
    const words = ['bets 2 to 3: no; 2 bets are acknowledged', 'behind these were not sent'];
    expectFailure(error, 'BATCH_REJECTED', ...words);
  });

  for (const [what, reply] of [
    ['stops', '0000000000'],
    ['has no place', '0800000000'],
  ] as const) {
    it(`opcode: what a central that ${what} has not taken is sent again later`, async () => {
      const good = connections(OPCODE, goodTurns(OPCODE));
      const ready = goodTurns(OPCODE)[3];
      if (ready === undefined) throw new Error('none');
      for (const at of [0, 1, 3]) {
        const script = [...withReply(OPCODE, at, hex(reply)), ...good.slice(at)];
        const { outcome, waited, lines } = await playScript({
          ...{ dialect: OPCODE.dialect, bets: BETS, script },
        });
        expect(outcome).to.deep.equal(GOOD);
        expect(waited).to.deep.equal([50]);
        expect(lines.some((line) => line.includes(`error: the central ${what}`))).to.equal(true);
      }
      if (what === 'stops') {
        const script = [...withReply(OPCODE, 4, hex(reply)), [ready], ...good.slice(4)];
        const { outcome } = await playScript({ dialect: OPCODE.dialect, bets: BETS, script });
        expect(outcome).to.deep.equal(GOOD);
      }
    });

    it(`opcode: a central that always ${what} is given up after a while`, async () => {
      const [first] = withReply(OPCODE, 0, hex(reply));
      if (first === undefined) throw new Error('none');
      const script = Array<ScriptedConnection>(50).fill(first);
      const { error } = await playScript({
        ...{ dialect: OPCODE.dialect, bets: BETS, script, retryForMs: 10_000 },
      });
      expectFailure(error, 'GAVE_UP', `the central ${what}; 0 bets are acknowledged`);
    });
  }

  it('opcode: a connection that is not made between two batches is tried again', async () => {
    const [first, ...rest] = connections(OPCODE, goodTurns(OPCODE));
    if (first === undefined) throw new Error('none');
    const script = [first, 'refused' as const, ...rest];
    const { outcome } = await playScript({ dialect: OPCODE.dialect, bets: BETS, script });
    expect(outcome).to.deep.equal(GOOD);
  });

  it('opcode: that the agency is ready is said again when no answer comes', async () => {
    for (const reply of ['close', 'silence'] as const) {
      const good = connections(OPCODE, goodTurns(OPCODE));
      const script = [...withReply(OPCODE, 3, reply), ...good.slice(3)];
      const { outcome } = await playScript({ dialect: OPCODE.dialect, bets: BETS, script });
      expect(outcome).to.deep.equal(GOOD);
    }
  });

  it('opcode: a busy central is asked again and again, however long', async () => {
    const good = connections(OPCODE, goodTurns(OPCODE));
    const [ready, question] = good.slice(-2);
    if (ready === undefined || question === undefined || question === 'refused') {
      throw new Error('none');
    }
    const busy = question.map((turn) => ({ ...turn, reply: hex('0800000000') }));
    const often = Array<ScriptedConnection>(LIMITS.legacyBusyRepliesMax).fill(busy);
    const round = [...often, ready];
    const script = [
      ...good.slice(0, -1),
      ...round,
      ...round,
      ...round,
      ...often.slice(10),
      question,
    ];
    const { outcome, waited, lines } = await playScript({
      dialect: OPCODE.dialect,
      bets: BETS,
      script,
      retryForMs: 10_000,
    });
    expect(outcome).to.deep.equal(GOOD);
    expect(waited).to.deep.equal(Array<number>(50).fill(4_000));
    expect(lines.filter((line) => / INFO .*connect/.test(line))).to.have.length(2);
    const waits = lines.filter((line) => / INFO .*consulta_ganadores .* in_progress/.test(line));
    expect(waits.map((line) => /consultas: (\d+)/.exec(line)?.[1])).to.deep.equal([
      '1',
      '15',
      '30',
      '45',
    ]);
  });

  it('semicolon: whether the end of the bets was understood may be in doubt', async () => {
    const script = withReply(SEMICOLON, 3, 'close');
    const { error } = await playScript({ dialect: SEMICOLON.dialect, bets: BETS, script });
    const words = ['5 bets are acknowledged', 'that there are no more is in doubt'];
    expectFailure(error, 'CONNECTION_LOST', ...words);
  });
});

describe('LegacySession', () => {
  it('has nothing in doubt when the connection is lost between two batches', () => {
    const session = new LegacySession({ dialect: PIPE.dialect, finish: true });
    const batch = { message: text('x'), count: 2, last: false, sourceBytes: 1 };
    session.handle({ kind: 'started' });
    session.handle({ kind: 'packed', batch });
    session.handle({ kind: 'connected' });
    expect(session.awaited).to.equal('answer');
    session.handle({ kind: 'reply', reply: { kind: 'stored' } });
    expect([session.phase, session.awaited]).to.deep.equal(['packing', null]);
    const failed = session.handle({ kind: 'disconnected', reason: 'gone' }).at(-1);
    if (failed?.kind !== 'failed') throw new Error('it goes on');
    expectFailure(failed.error, 'CONNECTION_LOST', 'gone; 2 bets are acknowledged, the rest was');
    expect(failed.error.message).not.to.include('doubt');
    expect(session.handle({ kind: 'packed', batch })).to.deep.equal([]);
  });

  it('takes a reply to nothing for a mistake of the central', () => {
    const session = new LegacySession({ dialect: PIPE.dialect, finish: true });
    session.handle({ kind: 'started' });
    const failed = session.handle({ kind: 'reply', reply: { kind: 'stored' } }).at(-1);
    if (failed?.kind !== 'failed') throw new Error('it goes on');
    expectFailure(failed.error, 'CENTRAL_REFUSED', 'a reply to nothing');
  });

  it('logs each change of its phase', () => {
    const session = new LegacySession({ dialect: PIPE.dialect, finish: true });
    const batch = { message: text('x'), count: 2, last: false, sourceBytes: 1 };
    const events: readonly LegacyEvent[] = [
      { kind: 'started' },
      { kind: 'packed', batch },
      { kind: 'connected' },
      { kind: 'reply', reply: { kind: 'try_again' } },
      { kind: 'pause_over' },
      { kind: 'reply', reply: { kind: 'stored' } },
      { kind: 'disconnected', reason: 'gone' },
    ];
    const phases = events
      .flatMap((event) => session.handle(event))
      .flatMap((done) =>
        done.kind === 'log' && done.action === 'agency_phase'
          ? [`${done.level} ${String(done.details['from'])} ${String(done.details['to'])}`]
          : [],
      );
    expect(phases).to.deep.equal([
      'debug packing connecting',
      'debug connecting awaiting',
      'debug awaiting pausing',
      'debug pausing awaiting',
      'debug awaiting packing',
      'debug packing ended',
    ]);
  });

  it('refuses a change of phase that cannot be', () => {
    const session = new LegacySession({ dialect: PIPE.dialect, finish: true });
    session.handle({ kind: 'started' });
    session.handle({ kind: 'packed', batch: null });
    expect(session.phase).to.equal('connecting');
    expect(() => session.handle({ kind: 'packed', batch: null })).to.throw(
      'the agency went from connecting to connecting',
    );
  });
});
