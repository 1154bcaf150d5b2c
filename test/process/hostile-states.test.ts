import { expect } from 'chai';
import { cleanUp, startServer, type Server } from '../support/program';
import { RawPeer } from '../support/raw-peer';
import * as wire from '../support/wire-builder';

type State = 'greeting' | 'loading' | 'finished' | 'drawn';
const STATES: readonly State[] = ['greeting', 'loading', 'finished', 'drawn'];
const CLOSE = 'close';

function betOf(agency: number): Buffer {
  return wire.row({ ...wire.NORA, agency });
}

const MESSAGES: Readonly<Record<string, (agency: number) => Buffer>> = {
  INTRODUCE: (agency) => wire.introduce(agency),
  BET: (agency) => wire.bet(0, wire.crcOf(betOf(agency)), betOf(agency)),
  BATCH: (agency) => wire.batch(0, wire.crcOf(betOf(agency)), 1, betOf(agency)),
  'FINISHED, right total': () => wire.finished(0),
  'FINISHED, wrong total': () => wire.finished(7),
  'ASK_WINNERS, at once': () => wire.askWinners(0, 0),
  'ASK_WINNERS, wait': () => wire.askWinners(0, 1),
  INTRODUCE_EDITION: (agency) => wire.introduceEdition(2020, agency),
  ASK_TOTAL: () => wire.askTotal(),
  PING: () => wire.ping(wire.u64(7)),
  GOODBYE: () => wire.agencyGoodbye(),
  'a WELCOME': () => wire.welcome({ stored: 0, checksum: 0, window: 8, state: 0 }),
  'an unknown type': () => wire.frame(0x7f, wire.u32(1)),
  'flags that are not 0': () => wire.frame(0x06, new Uint8Array(), { flags: 1 }),
  'a length of 3': () => Buffer.from([0, 3, 1]),
  'a length of 8193': () => Buffer.from([0x20, 0x01, 3, 0]),
  'a BATCH cut short': () => wire.frame(0x03, wire.u64(0)),
};

/** What docs/PROTOCOL.md, sections 3 and 7, says to each message in each state. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  INTRODUCE: ['WELCOME', 'ERROR 6', 'ERROR 6', 'ERROR 6'],
  BET: ['ERROR 6', 'ACK', 'REJECT 123', 'REJECT 123'],
  BATCH: ['ERROR 6', 'ACK', 'REJECT 123', 'REJECT 123'],
  'FINISHED, right total': ['ERROR 6', 'ACK', 'ACK', 'ACK'],
  'FINISHED, wrong total': ['ERROR 6', 'ERROR 10', 'ERROR 10', 'ERROR 10'],
  'ASK_WINNERS, at once': ['ERROR 6', 'ERROR 11', 'NOT_YET', 'WINNERS'],
  'ASK_WINNERS, wait': ['ERROR 6', 'ERROR 11', 'NOT_YET', 'WINNERS'],
  INTRODUCE_EDITION: ['ERROR 15', 'ERROR 6', 'ERROR 6', 'ERROR 6'],
  ASK_TOTAL: ['ERROR 6', 'ERROR 6', 'ERROR 6', 'ERROR 6'],
  PING: ['ERROR 6', 'PONG', 'PONG', 'PONG'],
  GOODBYE: [CLOSE, CLOSE, CLOSE, CLOSE],
  'a WELCOME': ['ERROR 4', 'ERROR 4', 'ERROR 4', 'ERROR 4'],
  'an unknown type': ['ERROR 4', 'ERROR 4', 'ERROR 4', 'ERROR 4'],
  'flags that are not 0': ['ERROR 5', 'ERROR 5', 'ERROR 5', 'ERROR 5'],
  'a length of 3': ['ERROR 3', 'ERROR 3', 'ERROR 3', 'ERROR 3'],
  'a length of 8193': ['ERROR 3', 'ERROR 3', 'ERROR 3', 'ERROR 3'],
  'a BATCH cut short': ['ERROR 5', 'ERROR 5', 'ERROR 5', 'ERROR 5'],
};

describe('every message in every state, to a real central', () => {
  let server: Server;
  let drawn: Server;
  let nextAgency = 1;

  before(async () => {
    server = await startServer({ AGENCIES: '200' });
    drawn = await startServer({ AGENCIES: '1' });
    const peer = await RawPeer.introduced(drawn.port, 1);
    peer.send(wire.finished(0), wire.askWinners(0, 1));
    await drawn.program.waitFor('action: sorteo | result: success');
    peer.socket.destroy();
  });
  after(cleanUp);

  /** A peer in a state, with how many frames it has received so far, and the agency that it is, or may be. */
  async function peerIn(
    state: State,
  ): Promise<{ peer: RawPeer; agency: number; received: number }> {
    const agency = state === 'drawn' ? 1 : nextAgency++;
    const { port } = state === 'drawn' ? drawn : server;
    if (state === 'greeting') {
      const peer = await RawPeer.connect(port);
      peer.send(wire.preface());
      return { peer, agency, received: 0 };
    }
    const peer = await RawPeer.introduced(port, agency);
    if (state !== 'finished') return { peer, agency, received: 1 };
    peer.send(wire.finished(0));
    await peer.waitForFrames(2);
    return { peer, agency, received: 2 };
  }

  for (const [name, message] of Object.entries(MESSAGES)) {
    STATES.forEach((state, i) => {
      const expected = EXPECTED[name]?.[i] ?? 'nothing';
      it(`${name}, ${state}: ${expected}`, async () => {
        const { peer, agency, received } = await peerIn(state);
        peer.send(message(agency));
        if (expected === CLOSE) await peer.waitForEnd();
        else {
          await peer.waitForFrames(received + 1);
          expect(peer.replies.slice(received)).to.deep.equal([expected]);
        }
        if (expected.startsWith('ERROR')) await peer.waitForEnd();
        expect(peer.end).to.equal(
          expected.startsWith('ERROR') || expected === CLOSE ? 'closed' : 'open',
        );
        peer.socket.destroy();
      });
    });
  }

  it('the central is as well as before', async () => {
    const peer = await RawPeer.introduced(server.port, 200);
    const row = betOf(200);
    peer.send(wire.bet(0, wire.crcOf(row), row));
    await peer.waitForFrames(2);
    expect(peer.replies).to.deep.equal(['WELCOME', 'ACK']);
    for (const { program } of [server, drawn]) {
      program.signal('SIGTERM');
      expect((await program.exited).code).to.equal(0);
    }
  });
});
