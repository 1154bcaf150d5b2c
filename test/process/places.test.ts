import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { LIMITS } from '../../src/base/limits';
import { rowsByAgency } from '../support/dataset';
import {
  betOfLine,
  opcodeBatch,
  opcodePacket,
  pipeAsk,
  pipeBatch,
} from '../support/dialect-builder';
import { LegacyPeer, runOpcode } from '../support/legacy-agencies';
import {
  cleanUp,
  LOTERIA,
  Program,
  startClient,
  startServer,
  temporaryDirectory,
  type Server,
} from '../support/program';
import { RawPeer } from '../support/raw-peer';
import * as wire from '../support/wire-builder';

const AGENCIES = 5;

/** Rows of an agency's file, one of them on the winning number. */
function linesOf(agency: number, count = 300): string[] {
  return Array.from(
    { length: count },
    (_, i) => `Ana,Paz,${String(agency * 100_000 + i)},1990-01-01,${i === 7 ? '7574' : '1'}`,
  );
}

function fileOf(agency: number): string {
  const path = join(temporaryDirectory(), 'agency.csv');
  writeFileSync(
    path,
    linesOf(agency)
      .map((line) => `${line}\r\n`)
      .join(''),
  );
  return path;
}

function agencyOf(server: Server, agency: number): Program {
  const env = { CLI_DATA: fileOf(agency), CLI_BATCH_MAXAMOUNT: '20', CLI_RETRY_FOR: '10s' };
  return startClient(server.port, agency, env);
}

/** All agencies of the lottery, as programs, get their winners. */
async function expectDraw(server: Server, numbers = [1, 2, 3, 4, 5]): Promise<void> {
  const agencies = numbers.map((agency) => agencyOf(server, agency));
  for (const agency of agencies) {
    expect(await agency.exited, agency.output + server.program.output).to.deep.equal({
      code: 0,
      signal: null,
    });
    expect(agency.matching('result: success | cant_ganadores: 1')).to.have.length(1);
  }
  const stored = rowsByAgency(join(server.dataDirectory, 'bets.csv'));
  for (const agency of numbers) expect(stored.get(agency)).to.deep.equal(linesOf(agency));
}

describe('fewer places than agencies', () => {
  const peers: { destroy(): void }[] = [];
  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.destroy();
    await cleanUp();
  });

  for (const [name, env] of [
    ['three places in all', { MAX_CONNECTIONS: '3' }],
    ['a single place', { MAX_CONNECTIONS: '1' }],
    ['two places for the address of all', { MAX_CONNECTIONS_PER_ADDRESS: '2' }],
  ] as const) {
    it(`${name}: every agency has its winners, and a warning says what happens`, async () => {
      const server = await startServer({ AGENCIES: String(AGENCIES), ...env });
      await expectDraw(server);
      const [warning = ''] = server.program.matching('action: limit_connections');
      expect(warning)
        .to.include(' WARNING ')
        .and.include(`agencies: ${String(AGENCIES)}`);
    }).timeout(40_000);
  }

  it('an open-files limit that leaves few places: every agency has its winners', async () => {
    const dataDirectory = temporaryDirectory();
    const env = {
      ...{ SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '64', LOGGING_LEVEL: 'INFO' },
      ...{ AGENCIES: String(AGENCIES), DATA_DIR: dataDirectory },
    };
    const program = limited(72, env);
    const line = await program.waitFor('action: listen | result: success');
    const server = { program, port: Number(/port: (\d+)/.exec(line)?.[1]), dataDirectory };
    await expectDraw(server);
    expect(program.matching('reason: the limit on open files (ulimit -n)')).to.have.length(1);
    expect(program.matching('action: limit_connections | result: in_progress')).to.have.length(1);
  }).timeout(40_000);

  it('an open-files limit is shared with the connections of the board', async () => {
    const env = {
      ...{ SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '64', LOGGING_LEVEL: 'INFO' },
      ...{ AGENCIES: '5', DATA_DIR: temporaryDirectory(), BOARD_PORT: '0' },
    };
    const program = limited(64 + LIMITS.boardConnectionsMax + 60, env);
    await program.waitFor('action: listen | result: success');
    const line = program.matching('action: limit_connections')[0] ?? '';
    expect(Number(/connections: (\d+)/.exec(line)?.[1])).to.be.at.most(60);
  });

  it('an open-files limit with which nothing works is refused at start', async () => {
    const env = { SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '64', LOGGING_LEVEL: 'INFO' };
    const program = limited(71, { ...env, DATA_DIR: temporaryDirectory() });
    expect((await program.exited).code).to.be.above(0);
    expect(program.output).to.include('CONFIG_INVALID');
    expect(program.output).to.include('expected at least 72; raise it (ulimit -n');
  });

  it('agencies of earlier systems, which do not come back, keep their places the longest', async () => {
    const server = await startServer({ AGENCIES: '3', MAX_CONNECTIONS: '2', DETECT: '1' });
    const nora = betOfLine('Nora,Ruiz,7,1990-01-01,7574');
    const pipe = await LegacyPeer.open(server.port);
    peers.push(pipe);
    await pipe.send(pipeBatch('1', [nora], true));
    await pipe.send(pipeAsk('1'));
    await server.program.waitFor('agency_finished | result: success | agency: 1');
    const native = agencyOf(server, 2);
    await server.program.waitFor('agency_finished | result: success | agency: 2');
    const last = agencyOf(server, 3);
    for (const agency of [native, last]) {
      expect((await agency.exited).code, agency.output + server.program.output).to.equal(0);
    }
    expect(native.matching('action: busy')).not.to.deep.equal([]);
    const ok = '3|ok\n';
    expect((await pipe.read(ok.length + 18)).toString()).to.include('winners:  1  7');
  }).timeout(30_000);

  it('give way to agencies where opcode connections say nothing more', async () => {
    const server = await startServer({ AGENCIES: '2', MAX_CONNECTIONS: '3', DETECT: '1' });
    const silent = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const peer = await LegacyPeer.open(server.port);
        peers.push(peer);
        await peer.send(opcodePacket(6, ['1']));
        expect((await peer.read(5)).readUInt8(0)).to.equal(8);
        return peer;
      }),
    );
    await sleep(1_100);
    const native = agencyOf(server, 2);
    const lines = linesOf(1, 40);
    const legacy = await runOpcode({ port: server.port, agency: 1, lines });
    expect(legacy).to.deep.equal(['100007']);
    expect((await native.exited).code, native.output).to.equal(0);
    const gone = silent[0];
    expect((await gone?.rest())?.toString('hex')).to.equal('0800000000');
  }).timeout(30_000);

  it('are not kept by opcode connections that go on asking', async () => {
    const server = await startServer({ AGENCIES: '2', MAX_CONNECTIONS: '8', DETECT: '1' });
    const asking = await Promise.all(Array.from({ length: 8 }, () => LegacyPeer.open(server.port)));
    peers.push(...asking);
    const ask = (): void => {
      for (const peer of asking) void peer.send(opcodePacket(6, ['1'])).catch(() => undefined);
    };
    ask();
    await Promise.all(asking.map((peer) => peer.read(5)));
    const timer = setInterval(ask, 200);
    peers.push({
      destroy: () => {
        clearInterval(timer);
      },
    });
    const native = agencyOf(server, 2);
    await native.waitFor('action: introduce | result: success | agency: 2');
    expect(native.matching('action: busy')).to.deep.equal([]);
    expect(await runOpcode({ port: server.port, agency: 1, lines: linesOf(1, 40) })).to.have.length(
      1,
    );
    expect((await native.exited).code, native.output).to.equal(0);
  }).timeout(30_000);

  it('are not kept by more agencies without bets than there are agencies', async () => {
    const server = await startServer({ AGENCIES: '2', MAX_CONNECTIONS: '8', DETECT: '1' });
    const loading = await RawPeer.introduced(server.port, 2);
    peers.push(loading.socket);
    const empty = await Promise.all(
      Array.from({ length: 7 }, async () => {
        const peer = await LegacyPeer.open(server.port);
        await peer.send(Buffer.from('00050006', 'hex'));
        return peer;
      }),
    );
    peers.push(...empty);
    const { program } = server;
    await program.waitFor('reason: as many agencies without bets as there are agencies', 5);
    const native = agencyOf(server, 1);
    await program.waitFor('agency_finished | result: success | agency: 1');
    loading.send(wire.finished(0));
    expect((await native.exited).code, native.output).to.equal(0);
    const answered = await Promise.all(empty.map((peer) => peer.read(10).catch(() => null)));
    const zero = Buffer.from('00070000000000000000', 'hex');
    expect(answered.filter((bytes) => bytes?.equals(zero) === true)).to.have.length(2);
  }).timeout(30_000);

  it('are not kept by agencies without bets that stay after the draw', async () => {
    const server = await startServer({ AGENCIES: '1', MAX_CONNECTIONS: '4', DETECT: '1' });
    expect((await agencyOf(server, 1).exited).code).to.equal(0);
    const answered = Buffer.from('00070000000000000000', 'hex');
    for (let i = 0; i < 4; i++) {
      const peer = await LegacyPeer.open(server.port);
      peers.push(peer);
      await peer.send(Buffer.from('00050006', 'hex'));
      expect((await peer.read(10)).equals(answered)).to.equal(true);
    }
    // It is run again, for its winners, while all places are taken.
    const again = agencyOf(server, 1);
    expect((await again.exited).code, again.output).to.equal(0);
    expect(again.matching('result: success | cant_ganadores: 1')).to.have.length(1);
  }).timeout(30_000);

  it('serve opcode requests without one, so that none of them is lost', async () => {
    const server = await startServer({ AGENCIES: '3', MAX_CONNECTIONS: '2', DETECT: '1' });
    // Both places are taken by agencies that load, which nobody evicts.
    const loading = await Promise.all([2, 3].map((n) => RawPeer.introduced(server.port, n)));
    const peer = await LegacyPeer.open(server.port);
    peers.push(peer);
    await peer.send(opcodeBatch('1', linesOf(1, 9).map(betOfLine)));
    expect((await peer.read(5)).readUInt8(0)).to.equal(2);
    for (const agency of loading) {
      agency.send(wire.finished(0), wire.askWinners(0, 1));
      await agency.waitForFrames(3);
    }
    const winners = await runOpcode({ port: server.port, agency: 1, lines: [] });
    expect(winners).to.deep.equal(['100007']);
  });

  for (const [from, addressOf] of [
    ['one address', () => '127.0.0.9'],
    ['its own address', () => '127.0.0.1'],
    ['many addresses', (i: number) => `127.1.${String(i % 200)}.${String((i % 250) + 1)}`],
  ] as const) {
    it(`an agency gets in and through while hundreds a second come and go from ${from}`, async () => {
      const server = await startServer({ AGENCIES: '1', MAX_CONNECTIONS: '6' });
      const churn = startChurn(server.port, addressOf);
      try {
        await sleep(1_000);
        const agency = agencyOf(server, 1);
        const startedMs = performance.now();
        expect((await agency.exited).code, agency.output).to.equal(0);
        // At the first attempt, or one of the next: being let in is no matter of luck.
        expect(agency.matching('action: busy').length).to.be.below(4);
        expect(churn.perSecond(performance.now() - startedMs + 1_000)).to.be.above(100);
      } finally {
        churn.stop();
      }
    }).timeout(40_000);
  }
});

/** Connections that come by the hundred each second, say nothing, and go a little later. */
function startChurn(
  port: number,
  addressOf: (i: number) => string,
): { stop(): void; perSecond(ms: number): number } {
  const open = new Set<Socket>();
  let count = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < 6; i++) {
      const socket = connect({ host: '127.0.0.1', port, localAddress: addressOf(count++) });
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => open.delete(socket));
      socket.resume();
      setTimeout(() => socket.destroy(), 300);
    }
  }, 10);
  return {
    stop: () => {
      clearInterval(timer);
      for (const socket of open) socket.destroy();
    },
    perSecond: (ms) => (1_000 * count) / ms,
  };
}

/** A central with a limit on its open files. */
function limited(descriptors: number, env: Readonly<Record<string, string>>): Program {
  const command = `ulimit -n ${String(descriptors)}; exec "$0" "$@"`;
  const args = ['-c', command, process.execPath, LOTERIA, 'server'];
  return new Program('/bin/bash', args, env, temporaryDirectory());
}
