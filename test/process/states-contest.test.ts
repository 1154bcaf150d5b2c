/** Every message in every state of the 2020 edition, to a real central: the table of section 7.2. */
import { expect } from 'chai';
import { cleanUp, startServer, type Server } from '../support/program';
import { RawPeer } from '../support/raw-peer';
import * as wire from '../support/wire-builder';
import { tableBehind } from '../unit/helpers/protocol-document';

type State = 'greeting' | 'loading' | 'finished';
const STATES: readonly State[] = ['greeting', 'loading', 'finished'];
const CLOSE = 'close';

const rowOf = (agency: number, document: string): Buffer =>
  wire.contestantRow({ ...wire.NORA, agency, document });

/** The contestant that each agency has stored before, and one that it has not. */
const known = (agency: number): Buffer => rowOf(agency, '30000005');
const fresh = (agency: number): Buffer => rowOf(agency, '30000031');

function newBet(agency: number): Buffer {
  return wire.bet(1, wire.crcOf(fresh(agency), wire.crcOf(known(agency))), fresh(agency));
}

function knownBatch(agency: number): Buffer {
  return wire.batch(0, wire.crcOf(known(agency)), 1, known(agency));
}

interface Case {
  readonly name: string;
  /** The line of the table that it belongs to. */
  readonly line: string;
  readonly message: (agency: number) => Buffer;
  readonly expected: readonly [greeting: string, loading: string, finished: string];
}

const UNEXPECTED = 'ERROR 6';
const CASES: readonly Case[] = [
  {
    ...{ name: 'INTRODUCE_EDITION', line: 'INTRODUCE_EDITION' },
    message: (agency) => wire.introduceEdition(2020, agency),
    expected: ['WELCOME RESULTS', UNEXPECTED, UNEXPECTED],
  },
  {
    ...{ name: 'INTRODUCE_EDITION of 2021', line: '' },
    message: (agency) => wire.introduceEdition(2021, agency),
    expected: ['ERROR 15', 'ERROR 15', 'ERROR 15'],
  },
  {
    ...{ name: 'a new BET', line: 'BET, BATCH', message: newBet },
    expected: [UNEXPECTED, 'RESULTS', 'REJECT 123'],
  },
  {
    ...{ name: 'a known BATCH', line: 'BET, BATCH', message: knownBatch },
    expected: [UNEXPECTED, 'RESULTS', 'RESULTS'],
  },
  {
    ...{ name: 'FINISHED', line: 'FINISHED', message: () => wire.finished(1) },
    expected: [UNEXPECTED, 'ACK', 'ACK'],
  },
  {
    ...{ name: 'FINISHED, wrong total', line: 'FINISHED', message: () => wire.finished(7) },
    expected: [UNEXPECTED, 'ERROR 10', 'ERROR 10'],
  },
  {
    ...{ name: 'ASK_TOTAL', line: 'ASK_TOTAL', message: wire.askTotal },
    expected: [UNEXPECTED, 'ERROR 11', 'TOTAL'],
  },
  {
    ...{ name: 'INTRODUCE', line: 'INTRODUCE', message: (agency) => wire.introduce(agency) },
    expected: ['ERROR 15', UNEXPECTED, UNEXPECTED],
  },
  {
    ...{ name: 'ASK_WINNERS', line: 'ASK_WINNERS', message: () => wire.askWinners(0, 1) },
    expected: [UNEXPECTED, UNEXPECTED, UNEXPECTED],
  },
  {
    ...{ name: 'PING', line: 'PING', message: () => wire.ping(wire.u64(2n ** 64n - 1n)) },
    expected: [UNEXPECTED, 'PONG', 'PONG'],
  },
  {
    ...{ name: 'GOODBYE', line: 'GOODBYE', message: wire.agencyGoodbye },
    expected: [CLOSE, CLOSE, CLOSE],
  },
];

describe('the 2020 edition: every message in every state, to a real central', () => {
  let server: Server;
  let nextAgency = 1;

  before(async () => {
    server = await startServer({ EDITION: '2020', AGENCIES: '100' });
  });
  after(cleanUp);

  /** A peer in a state, with how many frames it has received; its agency has one contestant stored. */
  async function peerIn(
    state: State,
  ): Promise<{ peer: RawPeer; agency: number; received: number }> {
    const agency = nextAgency++;
    const loaded = await RawPeer.connect(server.port);
    loaded.send(wire.preface(), wire.introduceEdition(2020, agency), knownBatch(agency));
    if (state === 'finished') loaded.send(wire.finished(1));
    const received = state === 'finished' ? 4 : 3;
    await loaded.waitForFrames(received);
    if (state !== 'greeting') return { peer: loaded, agency, received };
    loaded.socket.destroy();
    const peer = await RawPeer.connect(server.port);
    peer.send(wire.preface());
    return { peer, agency, received: 0 };
  }

  it('has a line in the table for each message, and a case here for each line', () => {
    const names = tableBehind('### 7.2 Messages in the 2020 edition').map(([name]) => name);
    const lines = CASES.map(({ line }) => line).filter((line) => line !== '');
    expect([...new Set(lines)]).to.deep.equal(names);
  });

  it('is what the table says', () => {
    const inWords: Readonly<Record<string, string>> = {
      [UNEXPECTED]: 'UNEXPECTED_MESSAGE',
      'ERROR 10': 'WRONG_TOTAL',
      'ERROR 11': 'NOT_FINISHED',
      'ERROR 15': 'WRONG_EDITION',
      'REJECT 123': 'new: REJECT',
    };
    const words = (outcome: string): string[] =>
      (inWords[outcome] ?? outcome.replace(' ', ', ')).split(', ');
    for (const [line, ...cells] of tableBehind('### 7.2 Messages in the 2020 edition')) {
      const cases = CASES.filter((one) => one.line === line);
      cells.forEach((cell, i) => {
        for (const { expected } of cases) {
          for (const word of words(expected[i] ?? '')) expect(cell, line).to.include(word);
        }
      });
    }
  });

  it('a known batch with other rows is DATA_DIFFERS, also after a restart', async () => {
    let { program, port, dataDirectory } = await startServer({ EDITION: '2020', AGENCIES: '2' });
    const other = wire.batch(0, wire.crcOf(fresh(1)), 1, fresh(1));
    const damaged = wire.batch(0, wire.crcOf(fresh(1)), 1, known(1));
    for (const stored of [knownBatch(1), new Uint8Array()]) {
      const peer = await RawPeer.connect(port);
      peer.send(wire.preface(), wire.introduceEdition(2020, 1), stored);
      peer.send(other, damaged, knownBatch(1));
      await peer.waitForFrames(stored.length > 0 ? 6 : 5);
      const answers = peer.replies.slice(stored.length > 0 ? 3 : 2);
      expect(answers).to.deep.equal(['REJECT 124', 'REJECT 122', 'RESULTS']);
      expect(peer.frames.at(-1)).to.deep.equal(
        wire.results({ upTo: 1, winners: 1, last: 1 }, [known(1)]),
      );
      peer.socket.destroy();
      program.signal('SIGKILL');
      await program.exited;
      ({ program, port, dataDirectory } = await startServer(
        { EDITION: '2020', AGENCIES: '2' },
        dataDirectory,
      ));
    }
  });

  for (const { name, message, expected } of CASES) {
    STATES.forEach((state, i) => {
      const outcome = expected[i] ?? '';
      it(`${name}, ${state}: ${outcome}`, async () => {
        const { peer, agency, received } = await peerIn(state);
        const count =
          outcome === CLOSE ? 0 : outcome.replace(/(ERROR|REJECT) /, '').split(' ').length;
        peer.send(message(agency));
        await peer.waitForFrames(received + count);
        expect(peer.replies.slice(received).join(' ')).to.equal(outcome === CLOSE ? '' : outcome);
        const isOver = outcome === CLOSE || outcome.startsWith('ERROR');
        if (isOver) await peer.waitForEnd();
        expect(peer.end).to.equal(isOver ? 'closed' : 'open');
        peer.socket.destroy();
      });
    });
  }
});
