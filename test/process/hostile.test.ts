import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { datasetForSuite, rowsByAgency } from '../support/dataset';
import { cleanUp, startClient, startServer, type Server } from '../support/program';
import { RawPeer } from '../support/raw-peer';
import { until } from '../support/until';
import * as wire from '../support/wire-builder';

const FRAME_TIMEOUT_MS = 900;
const QUICK = {
  HANDSHAKE_TIMEOUT: '600ms',
  FRAME_TIMEOUT: `${String(FRAME_TIMEOUT_MS)}ms`,
  UNREAD_TIMEOUT: '600ms',
};

/** Bets of an agency, all on the winning number. */
function winningRows(agency: number, from: number, count: number): Buffer {
  const rows = Array.from({ length: count }, (_, i) =>
    wire.rowText({ ...wire.NORA, agency, document: String(10_000_000 + from + i) }),
  );
  return Buffer.from(rows.join(''));
}

/** A batch that is larger than what fits into a few packets' worth of patience. */
function largeBatch(agency: number): Buffer {
  const rows = winningRows(agency, 0, 100);
  return wire.batch(0, wire.crcOf(rows), 100, rows);
}

/** Connections that got BUSY, by the central's log. */
function rejectedConnections({ program }: Server): number {
  const lines = program.matching('action: turn_away | result: success');
  return lines.reduce((sum, line) => sum + Number(/connections: (\d+)/.exec(line)?.[1]), 0);
}

describe('hostile peers, with a real central', () => {
  const data = datasetForSuite();

  afterEach(cleanUp);

  /** An honest agency gets through, with exactly its data. */
  async function expectHonest(server: Server, agency: number, file: number): Promise<void> {
    const client = startClient(server.port, agency, { CLI_DATA: data().file(file) });
    await server.program.waitFor(`agency: ${String(agency)} | cantidad: `);
    const stored = rowsByAgency(join(server.dataDirectory, 'bets.csv')).get(agency);
    expect(stored).to.deep.equal(data().rows[file - 1]);
    client.signal('SIGTERM');
    await client.exited;
  }

  async function expectGoodEnd({ program }: Server): Promise<void> {
    program.signal('SIGTERM');
    expect(await program.exited, program.output).to.deep.equal({ code: 0, signal: null });
  }

  it('takes a conversation in single bytes', async () => {
    const { port, dataDirectory } = await startServer({ AGENCIES: '1' });
    const peer = await RawPeer.connect(port);
    const rows = winningRows(1, 0, 3);
    const conversation = wire.join(
      wire.preface(),
      wire.introduce(1),
      wire.batch(0, wire.crcOf(rows), 3, rows),
      wire.finished(3),
      wire.askWinners(0, 1),
    );
    for (const byte of conversation) {
      peer.send(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await peer.waitForFrames(5);
    expect(peer.replies).to.deep.equal(['WELCOME', 'ACK', 'ACK', 'NOT_YET', 'WINNERS']);
    expect(readFileSync(join(dataDirectory, 'bets.csv'))).to.deep.equal(rows);
  });

  it('cuts a peer that drips one frame byte by byte, however busy it looks', async () => {
    const server = await startServer({ AGENCIES: '2', ...QUICK });
    const peer = await RawPeer.introduced(server.port, 1);
    const frame = largeBatch(1);
    const startedMs = performance.now();
    for (let at = 0; at < frame.length && peer.replies.length < 2; at++) {
      peer.send(frame.subarray(at, at + 1));
      await sleep(20);
    }
    expect(performance.now() - startedMs).to.be.within(FRAME_TIMEOUT_MS, 4 * FRAME_TIMEOUT_MS);
    await peer.waitForEnd();
    expect(peer.replies).to.deep.equal(['WELCOME', 'ERROR 12']);
    await expectHonest(server, 2, 5);
  });

  it('cuts a peer that sends half a frame and falls silent', async () => {
    const server = await startServer({ AGENCIES: '2', ...QUICK });
    const peer = await RawPeer.introduced(server.port, 1);
    peer.send(largeBatch(1).subarray(0, 3_000));
    await expectHonest(server, 2, 5);
    await peer.waitForEnd();
    expect(peer.replies).to.deep.equal(['WELCOME', 'ERROR 12']);
    expect(rowsByAgency(join(server.dataDirectory, 'bets.csv')).get(1)).to.equal(undefined);
  });

  it('cuts peers that send no INTRODUCE, or drip it', async () => {
    const server = await startServer({ AGENCIES: '1', ...QUICK });
    const silent = await RawPeer.connect(server.port);
    const dripping = await RawPeer.connect(server.port);
    const bytes = wire.join(wire.preface(), wire.introduce(1, new Uint8Array(200)));
    for (let at = 0; at < bytes.length && dripping.replies.length === 0; at++) {
      dripping.send(bytes.subarray(at, at + 1));
      await sleep(20);
    }
    for (const peer of [silent, dripping]) {
      await peer.waitForEnd();
      expect(peer.replies).to.deep.equal(['ERROR 12']);
    }
    await expectGoodEnd(server);
  });

  it('cuts an agency that is silent for too long after its handshake', async () => {
    const server = await startServer({ AGENCIES: '1', IDLE_TIMEOUT: '400ms' });
    const peer = await RawPeer.introduced(server.port, 1);
    await peer.waitForEnd();
    expect(peer.replies).to.deep.equal(['WELCOME', 'ERROR 12']);
  });

  it('refuses unauthenticated peers of any kind', async () => {
    const server = await startServer({ AGENCIES: '1' });
    const hellos = ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x02\x00\x01', 'SSH-2.0-x\r\n', '\0'];
    for (const hello of hellos) {
      const peer = await RawPeer.connect(server.port);
      peer.send(Buffer.from(hello, 'latin1'));
      await peer.waitForEnd();
      expect(peer.replies, hello).to.deep.equal(['ERROR 1']);
    }
    const future = await RawPeer.connect(server.port);
    future.send(wire.preface(2));
    await future.waitForEnd();
    expect(future.replies).to.deep.equal(['ERROR 2']);
    await expectHonest(server, 1, 5);
  });

  it('sends BUSY to connections above the limit of an address, and serves other addresses', async () => {
    const server = await startServer({ AGENCIES: '1', MAX_CONNECTIONS_PER_ADDRESS: '5' });
    const flood = await Promise.all(
      Array.from({ length: 8 }, () => RawPeer.connect(server.port, '127.0.0.9')),
    );
    await Promise.all(flood.slice(5).map((peer) => peer.waitForEnd()));
    expect(flood.map(({ replies }) => replies.join())).to.deep.equal([
      ...Array<string>(5).fill(''),
      ...Array<string>(3).fill('BUSY'),
    ]);
    await expectHonest(server, 1, 5);
    expect(flood.slice(0, 5).map(({ end }) => end)).to.deep.equal(Array<string>(5).fill('open'));
    // Logged once in a while, with how many there were since: one line, or more where the machine is slow.
    await until('all three are in the log', () => rejectedConnections(server) === 3);
  });

  it('evicts the oldest unauthenticated peer for a new one when all places are taken', async () => {
    const server = await startServer({ AGENCIES: '2', MAX_CONNECTIONS: '4' });
    const known = await RawPeer.introduced(server.port, 1);
    const unauthenticated = await Promise.all(
      Array.from({ length: 3 }, (_, i) => RawPeer.connect(server.port, `127.0.1.${String(i + 1)}`)),
    );
    const early = await RawPeer.connect(server.port);
    await early.waitForEnd();
    expect(early.replies).to.deep.equal(['BUSY']);
    await sleep(1_100);
    await expectHonest(server, 2, 5);
    expect(unauthenticated.map(({ replies }) => replies.join()).sort()).to.deep.equal([
      '',
      '',
      'BUSY',
    ]);
    const rows = winningRows(1, 0, 1);
    known.send(wire.bet(0, wire.crcOf(rows), rows));
    await known.waitForFrames(2);
    expect(known.replies).to.deep.equal(['WELCOME', 'ACK']);
  });

  it('lets go of a peer that asks for winners for ever and reads none', async () => {
    const server = await startServer({ AGENCIES: '1', ...QUICK });
    const loader = await RawPeer.introduced(server.port, 1);
    let checksum = 0;
    const batches = 60;
    for (let i = 0; i < batches; i++) {
      const rows = winningRows(1, i * 150, 150);
      checksum = wire.crcOf(rows, checksum);
      loader.send(wire.batch(i * 150, checksum, 150, rows));
      await loader.waitForFrames(i + 2);
    }
    loader.send(wire.finished(batches * 150), wire.askWinners(0, 1));
    await server.program.waitFor('action: sorteo');
    const peer = await RawPeer.introduced(server.port, 1);
    peer.socket.pause();
    const questions = wire.join(...Array.from({ length: 200 }, () => wire.askWinners(0, 0)));
    let asked = 0;
    const timer = setInterval(() => {
      peer.send(questions);
      asked += 200;
    }, 10);
    try {
      await server.program.waitFor('reason: it does not read');
    } finally {
      clearInterval(timer);
    }
    peer.socket.resume();
    await peer.waitForEnd();
    expect(peer.replies.length).to.be.below(asked);
    const again = await RawPeer.introduced(server.port, 1);
    again.send(wire.askWinners(0, 0));
    await again.waitForFrames(2);
    expect(again.replies).to.deep.equal(['WELCOME', 'WINNERS']);
    await expectGoodEnd(server);
  });

  it('an agency gets all its data through although another peer keeps sending INTRODUCE as it', async () => {
    const server = await startServer({ AGENCIES: '1' });
    const finished = new Promise<void>((resolve) => {
      server.program.onLine((line) => {
        if (line.includes('action: agency_finished')) resolve();
      });
    });
    let impostors = 0;
    const timer = setInterval(() => {
      RawPeer.connect(server.port).then(
        (impostor) => {
          impostors++;
          impostor.send(wire.preface(), wire.introduce(1));
          setTimeout(() => {
            impostor.reset();
          }, 200);
        },
        () => undefined,
      );
    }, 50);
    try {
      const client = startClient(server.port, 1, {
        CLI_DATA: data().file(2),
        CLI_BATCH_MAXAMOUNT: '40',
        CLI_BATCH_WINDOW: '2',
      });
      // On a busy machine little gets through between two impostors.
      await Promise.race([finished, client.exited]);
      clearInterval(timer);
      expect(await client.exited, client.output).to.deep.equal({ code: 0, signal: null });
    } finally {
      clearInterval(timer);
    }
    expect(impostors).to.be.above(0);
    expect(server.program.matching('code: REPLACED')).not.to.deep.equal([]);
    const stored = rowsByAgency(join(server.dataDirectory, 'bets.csv')).get(1);
    expect(stored).to.deep.equal(data().rows[1]);
  }).timeout(120_000);

  it('stands resets in the middle of frames', async () => {
    const server = await startServer({ AGENCIES: '2' });
    const frame = largeBatch(1);
    for (let cut = 1; cut < frame.length; cut += 97) {
      const peer = await RawPeer.connect(server.port);
      peer.send(wire.preface(), wire.introduce(1), frame.subarray(0, cut));
      if (cut % 2 === 0) await peer.waitForFrames(1);
      peer.reset();
    }
    await expectHonest(server, 2, 5);
    expect(rowsByAgency(join(server.dataDirectory, 'bets.csv')).get(1)).to.equal(undefined);
    await expectHonest(server, 1, 4);
    await expectGoodEnd(server);
  });

  it('says what the limit on open files leaves of its connections, and keeps to it', async () => {
    const server = await startServer({ AGENCIES: '1', MAX_CONNECTIONS: '1000000' });
    const line = server.program.matching('action: limit_connections')[0] ?? '';
    expect(Number(/connections: (\d+)/.exec(line)?.[1])).to.be.within(1, 1_000_000);
    await expectGoodEnd(server);
  });
});
