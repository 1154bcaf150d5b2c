/** What hostile peers do to a central, while honest agencies are to be served. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { besiege, generateSiegeBets, SIEGE_MEMORY_MB_MAX } from '../../bench/siege-run';
import { Authority } from '../support/certificates';
import { opcodePacket } from '../support/dialect-builder';
import { flood, SilentFlood } from '../support/flood';
import { LegacyPeer } from '../support/legacy-agencies';
import { LogPipe, startServerIntoPipe } from '../support/log-pipe';
import { startServer, temporaryDirectory } from '../support/program';
import { RawPeer } from '../support/raw-peer';
import * as wire from '../support/wire-builder';
import type { AttackCase } from './attack-case';
import { betsFile, expectHonest, peakMebibytes, stop, WINNING_NUMBER } from './scene';
import { startClient } from '../support/program';

const MEMORY_MIB_MAX = 256;
const SERVED = 'honest agencies are served';

function oneBet(agency: number): Buffer {
  const row = wire.row({ ...wire.NORA, agency });
  return wire.bet(0, wire.crcOf(row), row);
}

async function unreadLog(messages: number): Promise<string> {
  const pipe = new LogPipe();
  try {
    const server = await startServerIntoPipe(pipe, { AGENCIES: '5', LOGGING_LEVEL: 'DEBUG' });
    const peers = await Promise.all([1, 2, 3, 4].map((n) => RawPeer.introduced(server.port, n)));
    await Promise.all(peers.map((peer, i) => flood(peer, oneBet(i + 1), messages / 4)));
    const honest = await RawPeer.introduced(server.port, 5);
    honest.send(oneBet(5), wire.finished(1));
    await honest.waitForFrames(3);
    expect(honest.replies).to.deep.equal(['WELCOME', 'ACK', 'ACK']);
    const peak = peakMebibytes(server.program);
    expect(peak).to.be.below(MEMORY_MIB_MAX);
    const note = await pipe.readUntil('action: log | result: fail | dropped: ');
    server.program.signal('SIGTERM');
    await pipe.readUntil('action: stop | result: success');
    return `${note.slice(note.indexOf('dropped'))}; peak ${peak.toFixed(0)} MiB`;
  } finally {
    pipe.close();
  }
}

async function refusedBatches(messages: number): Promise<string> {
  const server = await startServer({ AGENCIES: '2' });
  const peer = await RawPeer.introduced(server.port, 1);
  const row = wire.row({ ...wire.NORA, agency: 1 });
  const startedMs = performance.now();
  await flood(peer, wire.batch(0, 1, 1, row), messages);
  const seconds = (performance.now() - startedMs) / 1_000;
  peer.socket.destroy();
  await server.program.waitFor('close_connection');
  const bytes = server.program.output.length;
  // 32 lines in 10 s, and what the start writes.
  expect(bytes).to.be.below(20_000 + 1_000 * seconds);
  await stop(server);
  const [note = ''] = server.program.matching('suppressed: ');
  expect(note).to.match(/suppressed: \d+ \| ip: 127\.0\.0\.1 \| agency: 1$/);
  return `${String(messages)} refusals in ${seconds.toFixed(1)} s: ${String(bytes)} bytes of log`;
}

async function silentHandshakes(count: number): Promise<string> {
  const directory = temporaryDirectory();
  const authority = await Authority.create(directory);
  const central = await authority.issue('CN=central', { names: ['127.0.0.1'] });
  const agency = await authority.issue('CN=agency-1');
  const server = await startServer({
    ...{ AGENCIES: '1', TLS_CERT: central.cert, TLS_KEY: central.key },
    TLS_CLIENT_CA: authority.caFile,
  });
  const silent = new SilentFlood(server.port, count);
  try {
    await sleep(500);
    await expectHonest(server, [1], {
      ...{ CLI_TLS_CA: authority.caFile, CLI_TLS_CERT: agency.cert, CLI_TLS_KEY: agency.key },
    });
  } finally {
    silent.stop();
  }
  await stop(server);
  return `${String(count)} handshakes that never speak: an agency has its winners`;
}

/** Connections that take what there is of places, and go on as `hello` and `lifeMs` say. */
function squat(
  env: Readonly<Record<string, string>>,
  hello: Uint8Array,
  count: number,
  lifeMs?: number,
): () => Promise<string> {
  return async () => {
    const server = await startServer({ AGENCIES: '2', ...env });
    const squatters = new SilentFlood(server.port, count, hello, lifeMs);
    try {
      await sleep(1_200);
      await expectHonest(server, [1, 2]);
    } finally {
      squatters.stop();
    }
    await stop(server);
    return `${String(squatters.opened)} connections came; both agencies have their winners`;
  };
}

async function fewPlaces(): Promise<string> {
  const server = await startServer({ AGENCIES: '5', MAX_CONNECTIONS: '3' });
  await expectHonest(server, [1, 2, 3, 4, 5]);
  await stop(server);
  return 'the draw was made, all five have their winners';
}

async function unreadLegacyWinners(connections: number, winners: number): Promise<string> {
  const server = await startServer({ AGENCIES: '1', DETECT: '1' });
  const file = betsFile(1, winners, () => WINNING_NUMBER);
  const loader = startClient(server.port, 1, { CLI_DATA: file });
  expect((await loader.exited).code, loader.output).to.equal(0);
  const peers = await Promise.all(
    Array.from({ length: connections }, () => LegacyPeer.open(server.port)),
  );
  try {
    for (const peer of peers) await peer.send(opcodePacket(5, ['1']));
    await sleep(1_000);
    const peak = peakMebibytes(server.program);
    expect(peak).to.be.below(MEMORY_MIB_MAX);
    const again = startClient(server.port, 1, { CLI_DATA: file });
    expect((await again.exited).code, again.output).to.equal(0);
    return `${String(connections)} unread answers of ${String(winners)} winners: peak ${peak.toFixed(0)} MiB`;
  } finally {
    for (const peer of peers) peer.destroy();
  }
}

async function manyWinners(winners: number): Promise<string> {
  const file = betsFile(1, winners, () => WINNING_NUMBER);
  const server = await startServer({ AGENCIES: '1' });
  const loader = startClient(server.port, 1, { CLI_DATA: file });
  expect((await loader.exited).code, loader.output).to.equal(0);
  await server.program.waitFor('action: acta | result: success');
  const first = peakMebibytes(server.program);
  await stop(server);
  const again = await startServer({ AGENCIES: '1' }, server.dataDirectory);
  const asker = startClient(again.port, 1, { CLI_DATA: file });
  expect((await asker.exited).code, asker.output).to.equal(0);
  expect(asker.matching(`cant_ganadores: ${String(winners)}`)).to.have.length(1);
  const second = peakMebibytes(again.program);
  expect(Math.max(first, second)).to.be.below(MEMORY_MIB_MAX);
  await stop(again);
  return `peak ${first.toFixed(0)} MiB at the draw, ${second.toFixed(0)} MiB after the restart`;
}

async function siege(idle: number): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'loteria-siege-'));
  try {
    generateSiegeBets(directory);
    const { betsPerSecond, peakMegabytes } = await besiege(directory, idle);
    expect(peakMegabytes).to.be.below(SIEGE_MEMORY_MB_MAX);
    const rate = Math.round(betsPerSecond).toLocaleString('en');
    return `five agencies finished, ${rate} bets/s, peak ${peakMegabytes.toFixed(0)} MB`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export const PEER_CASES: readonly AttackCase[] = [
  {
    name: 'log pipe unread',
    does: 'logs at DEBUG into a pipe that nobody reads, under a flood of known bets',
    holds: `${SERVED}; bounded memory; the number of dropped lines is logged`,
    attack: () => unreadLog(100_000),
  },
  {
    name: 'log pipe unread, longer',
    does: 'the same with a million messages',
    holds: `${SERVED}; bounded memory; the number of dropped lines is logged`,
    isLong: true,
    attack: () => unreadLog(1_000_000),
  },
  {
    name: 'refused batches',
    does: 'one agency sends batches with a wrong checksum as fast as it can',
    holds: 'the log grows by a few lines in each period, and has their number',
    attack: () => refusedBatches(20_000),
  },
  {
    name: 'silent handshakes',
    does: 'opens 1500 connections to the port of TLS that say nothing, again and again',
    holds: SERVED,
    attack: () => silentHandshakes(1_500),
  },
  {
    name: 'opcode squatters',
    does: 'takes all places with opcode connections that ask once and say nothing more',
    holds: SERVED,
    attack: squat({ MAX_CONNECTIONS: '6', DETECT: '1' }, opcodePacket(6, ['1']), 6),
  },
  {
    name: 'connection churn',
    does: 'opens and closes connections without a word, more than there are places',
    holds: SERVED,
    attack: squat({ MAX_CONNECTIONS: '6' }, new Uint8Array(), 60, 100),
  },
  {
    name: '3 places for 5 agencies',
    does: 'starts with MAX_CONNECTIONS=3 and AGENCIES=5',
    holds: 'the draw comes',
    attack: fewPlaces,
  },
  {
    name: 'unread legacy winners',
    does: 'asks 200 times for 100,000 winners in opcode, and reads no answer',
    holds: `${SERVED}; at most ${String(MEMORY_MIB_MAX)} MiB`,
    attack: () => unreadLegacyWinners(200, 100_000),
  },
  {
    name: 'many winners',
    does: 'three million bets on the winning number; the draw, a restart, the winners again',
    holds: `at most ${String(MEMORY_MIB_MAX)} MiB, all winners reach their agency`,
    isLong: true,
    attack: () => manyWinners(3_000_000),
  },
  {
    name: 'some winners more',
    does: '200,000 bets on the winning number; the draw, a restart, the winners again',
    holds: `at most ${String(MEMORY_MIB_MAX)} MiB, all winners reach their agency`,
    attack: () => manyWinners(200_000),
  },
  {
    name: 'siege',
    does: 'the attackers of npm run siege, with 500 idle connections',
    holds: `five agencies finish; at most ${String(SIEGE_MEMORY_MB_MAX)} MB`,
    attack: () => siege(500),
  },
  {
    name: 'siege, whole',
    does: 'the attackers of npm run siege, with 10,000 idle connections',
    holds: `five agencies finish; at most ${String(SIEGE_MEMORY_MB_MAX)} MB`,
    isLong: true,
    attack: () => siege(10_000),
  },
];
