import { expect } from 'chai';
import { InvariantError } from '../../../../src/base/invariant';
import type { Command } from '../../../../src/protocol/commands';
import type { Effect } from '../../../../src/server/session/effects';
import { Session } from '../../../../src/server/session/state';
import { tableBehind } from '../../helpers/protocol-document';
import { batchOf, closedBy, entriesOf, repliesTo, Scene } from '../../helpers/scene';

const STATES = ['greeting', 'loading', 'finished, no draw', 'drawn'] as const;
type State = (typeof STATES)[number];

/** Agency 3 of 3 with two bets, in the state. */
function sceneIn(state: State): { scene: Scene; session: Session } {
  const scene = new Scene(3);
  for (const agency of [1, 2]) {
    if (state === 'drawn') scene.finish(scene.join(agency), agency, 0);
  }
  if (state === 'greeting') return { scene, session: scene.connect() };
  const session = scene.join(3);
  scene.receive(session, batchOf(3, 0, 2));
  if (state !== 'loading') scene.receive(session, { kind: 'finished', total: 2 });
  if (state === 'drawn') scene.draw([[3, '3000']]);
  return { scene, session };
}

/** What came of it, in a few words. */
function summary(session: Session, effects: readonly Effect[]): string {
  const said = repliesTo(session, effects).map((reply) => {
    if (reply.kind === 'error') return reply.code;
    return reply.kind === 'reject' ? `reject ${reply.reason}` : reply.kind;
  });
  if (session.held !== null) said.push('held');
  if (closedBy(effects).includes(session)) said.push('close');
  return said.join(', ');
}

const UNEXPECTED = 'UNEXPECTED_MESSAGE, close';

/** docs/PROTOCOL.md, section 7, with the variants that one cell stands for. */
const TABLE: readonly (readonly [string, Command, Readonly<Record<State, string>>])[] = [
  [
    'INTRODUCE',
    { kind: 'introduce', agency: 3, token: Buffer.alloc(0) },
    {
      greeting: 'welcome',
      loading: UNEXPECTED,
      'finished, no draw': UNEXPECTED,
      drawn: UNEXPECTED,
    },
  ],
  ...(['bet', 'batch'] as const).flatMap((form) => [
    [
      `a new ${form}`,
      batchOf(3, 2, 1, form),
      {
        greeting: UNEXPECTED,
        loading: 'ack',
        'finished, no draw': 'reject ALREADY_FINISHED',
        drawn: 'reject ALREADY_FINISHED',
      },
    ] as const,
    [
      `a known ${form}`,
      batchOf(3, 0, 1, form),
      { greeting: UNEXPECTED, loading: 'ack', 'finished, no draw': 'ack', drawn: 'ack' },
    ] as const,
  ]),
  [
    'FINISHED',
    { kind: 'finished', total: 2 },
    { greeting: UNEXPECTED, loading: 'ack', 'finished, no draw': 'ack', drawn: 'ack' },
  ],
  [
    'FINISHED with another total',
    { kind: 'finished', total: 1 },
    {
      greeting: UNEXPECTED,
      loading: 'WRONG_TOTAL, close',
      'finished, no draw': 'WRONG_TOTAL, close',
      drawn: 'WRONG_TOTAL, close',
    },
  ],
  [
    'ASK_WINNERS, wait',
    { kind: 'ask_winners', first: 0, wait: true },
    {
      greeting: UNEXPECTED,
      loading: 'NOT_FINISHED, close',
      'finished, no draw': 'not_yet, held',
      drawn: 'winners',
    },
  ],
  [
    'ASK_WINNERS, at once',
    { kind: 'ask_winners', first: 0, wait: false },
    {
      greeting: UNEXPECTED,
      loading: 'NOT_FINISHED, close',
      'finished, no draw': 'not_yet',
      drawn: 'winners',
    },
  ],
  [
    'INTRODUCE_EDITION',
    { kind: 'introduce', agency: 3, token: Buffer.alloc(0), edition: '2020' },
    {
      greeting: 'WRONG_EDITION, close',
      loading: UNEXPECTED,
      'finished, no draw': UNEXPECTED,
      drawn: UNEXPECTED,
    },
  ],
  [
    'ASK_TOTAL',
    { kind: 'ask_total' },
    {
      greeting: UNEXPECTED,
      loading: UNEXPECTED,
      'finished, no draw': UNEXPECTED,
      drawn: UNEXPECTED,
    },
  ],
  [
    'PING',
    { kind: 'ping', echo: Buffer.alloc(8) },
    { greeting: UNEXPECTED, loading: 'pong', 'finished, no draw': 'pong', drawn: 'pong' },
  ],
  [
    'GOODBYE',
    { kind: 'goodbye' },
    { greeting: 'close', loading: 'close', 'finished, no draw': 'close', drawn: 'close' },
  ],
];

describe('session: every message in every state', () => {
  it('is what the table in the document says', () => {
    const refused = 'UNEXPECTED_MESSAGE';
    const known = 'known: ACK; new: REJECT';
    const total = 'ACK or WRONG_TOTAL';
    expect(tableBehind('### 7.1 Messages in the lottery')).to.deep.equal([
      ['INTRODUCE', 'WELCOME', refused, refused, refused],
      ['BET, BATCH', refused, 'ACK or REJECT', known, known],
      ['FINISHED', refused, total, total, total],
      ['ASK_WINNERS', refused, 'NOT_FINISHED', 'held, or NOT_YET', 'WINNERS'],
      ['INTRODUCE_EDITION', 'WRONG_EDITION', refused, refused, refused],
      ['ASK_TOTAL', refused, refused, refused, refused],
      ['PING', refused, 'PONG', 'PONG', 'PONG'],
      ['GOODBYE', 'close', 'close', 'close', 'close'],
    ]);
  });

  for (const [name, command, outcomes] of TABLE) {
    for (const state of STATES) {
      it(`${name}, ${state}: ${outcomes[state]}`, () => {
        const { scene, session } = sceneIn(state);
        expect(summary(session, scene.receive(session, command))).to.equal(outcomes[state]);
      });
    }

    it(`${name}, ended: nothing`, () => {
      const { scene, session } = sceneIn('loading');
      scene.say(session, { kind: 'goodbye' });
      expect(scene.say(session, command)).to.deep.equal([]);
    });
  }
});

describe('session: introduction', () => {
  it('a new agency is welcomed with nothing', () => {
    const scene = new Scene(5, 4);
    const session = scene.connect();
    const effects = scene.say(session, { kind: 'introduce', agency: 5, token: Buffer.from('x') });
    expect(repliesTo(session, effects)).to.deep.equal([
      { kind: 'welcome', stored: 0, checksum: 0, window: 4, stage: 'loading' },
    ]);
    expect(entriesOf(effects)).to.deep.equal([]);
  });

  it('an agency that comes back receives what is stored of it', () => {
    const scene = new Scene();
    const batch = batchOf(3, 0, 2);
    const first = scene.join(3);
    scene.receive(first, batch);
    scene.hangUp(first);
    const session = scene.connect();
    const effects = scene.say(session, { kind: 'introduce', agency: 3, token: Buffer.alloc(0) });
    const { checksum } = batch;
    expect(repliesTo(session, effects)).to.deep.equal([
      { kind: 'welcome', stored: 2, checksum, window: 8, stage: 'loading' },
    ]);
  });

  it('agencies do not share what they have stored', () => {
    const scene = new Scene();
    scene.receive(scene.join(3), batchOf(3, 0, 2));
    const session = scene.connect();
    const effects = scene.say(session, { kind: 'introduce', agency: 4, token: Buffer.alloc(0) });
    expect(repliesTo(session, effects)[0]).to.include({ stored: 0, checksum: 0 });
  });

  for (const [state, stage] of [
    ['finished, no draw', 'finished'],
    ['drawn', 'drawn'],
  ] as const) {
    it(`an agency that comes back receives its stage, ${stage}`, () => {
      const { scene, session } = sceneIn(state);
      scene.hangUp(session);
      const again = scene.connect();
      const effects = scene.say(again, { kind: 'introduce', agency: 3, token: Buffer.alloc(0) });
      expect(repliesTo(again, effects)[0]).to.include({ kind: 'welcome', stored: 2, stage });
    });
  }

  for (const agency of [0, 6, 65_536, 2 ** 32 - 1]) {
    it(`agency ${String(agency)} of 5 is refused as UNKNOWN_AGENCY`, () => {
      const scene = new Scene(5);
      const session = scene.connect();
      const effects = scene.say(session, { kind: 'introduce', agency, token: Buffer.alloc(0) });
      expect(repliesTo(session, effects)).to.deep.equal([
        {
          kind: 'error',
          code: 'UNKNOWN_AGENCY',
          text: `agency ${String(agency)} is not expected`,
        },
      ]);
      expect(closedBy(effects)).to.deep.equal([session]);
    });
  }
});

describe('session: a second connection of the same agency', () => {
  let scene: Scene;
  let old: Session;
  let young: Session;
  let effects: Effect[];

  beforeEach(() => {
    scene = new Scene();
    old = scene.join(3);
    young = scene.connect();
    effects = scene.say(young, { kind: 'introduce', agency: 3, token: Buffer.alloc(0) });
  });

  it('the old one is sent REPLACED and closed', () => {
    expect(repliesTo(old, effects)).to.have.length(1);
    expect(repliesTo(old, effects)[0]).to.include({ kind: 'error', code: 'REPLACED' });
    expect(closedBy(effects)).to.deep.equal([old]);
  });

  it('the new one is welcomed', () => {
    expect(repliesTo(young, effects).map(({ kind }) => kind)).to.deep.equal(['welcome']);
  });

  it('what the old one still sends is ignored', () => {
    expect(scene.say(old, batchOf(3, 0, 1))).to.deep.equal([]);
    expect(scene.lottery.agency(3)).to.include({ accepted: 0 });
  });

  it('the end of the old one does not take the agency from the new one', () => {
    scene.hangUp(old);
    expect(scene.lottery.agency(3)?.holder).to.equal(young);
    const third = scene.connect();
    const more = scene.say(third, { kind: 'introduce', agency: 3, token: Buffer.alloc(0) });
    expect(closedBy(more)).to.deep.equal([young]);
  });

  it('the new one goes on from what the old one had accepted, on disk or not', () => {
    const third = scene.connect();
    scene.say(young, batchOf(3, 0, 2));
    const welcome = scene.say(third, { kind: 'introduce', agency: 3, token: Buffer.alloc(0) });
    expect(repliesTo(third, welcome)[0]).to.include({ kind: 'welcome', stored: 2 });
  });

  it('the end of the only one leaves the agency to nobody', () => {
    scene.hangUp(young);
    expect(scene.lottery.agency(3)?.holder).to.equal(null);
  });

  it('an agency that is gone without bets may be one of those that name none', () => {
    const two = new Scene(2);
    two.finish(two.join(1), 1, 1);
    const gone = two.join(2);
    const unnamed = two.connect();
    expect(two.receive(unnamed, { kind: 'no_bets' })).to.deep.equal([]);
    two.hangUp(gone);
    two.hangUp(unnamed);
    const effects = two.receive(two.connect(), { kind: 'no_bets' });
    expect(effects.map(({ kind }) => kind)).to.include('begin_draw');
  });

  it('a connection of another agency stays', () => {
    const other = scene.join(4);
    expect(scene.lottery.agency(3)?.holder).to.equal(young);
    expect(repliesTo(other, scene.say(other, batchOf(4, 0, 1)))[0]).to.include({ kind: 'ack' });
  });
});

describe('session: messages that make no sense', () => {
  const nonsense: Command = { kind: 'nothing', problem: 'an opcode that nobody serves', bets: 0 };

  it('of an unauthenticated peer are refused one by one, and not for ever', () => {
    const scene = new Scene(3);
    const session = scene.connect();
    const said = Array.from({ length: 18 }, () => summary(session, scene.say(session, nonsense)));
    expect(said.slice(0, 16)).to.deep.equal(Array<string>(16).fill('reject MALFORMED_ROW'));
    expect(said.slice(16)).to.deep.equal([`reject MALFORMED_ROW, ${UNEXPECTED}`, '']);
  });

  it('of an agency are refused as often as it sends them', () => {
    const scene = new Scene(3);
    const session = scene.join(3);
    for (let i = 0; i < 40; i++) {
      expect(summary(session, scene.say(session, nonsense))).to.equal('reject MALFORMED_ROW');
    }
  });
});

describe('session: phases', () => {
  it('change in one direction, and each change is reported once', () => {
    const changes: string[] = [];
    const dialect = { winnersPageBytesMax: 8170, run: 'resumed' } as const;
    const session = new Session(1, dialect, undefined, undefined, (_, from, to) => {
      changes.push(`${from} -> ${to}`);
    });
    session.enter({ phase: 'unnamed' });
    session.enter({ phase: 'ended' });
    session.enter({ phase: 'ended' });
    expect(changes).to.deep.equal(['handshake -> unnamed', 'unnamed -> ended']);
  });

  it('never lead back', () => {
    const session = new Scene(1).join(1);
    session.enter({ phase: 'ended' });
    expect(() => {
      session.enter({ phase: 'unnamed' });
    }).to.throw(InvariantError, 'a session went from ended to unnamed');
  });
});
