import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { DIALECTS, type Dialect } from '../../src/protocol/conversion';
import { datasetForSuite, rowsByAgency } from '../support/dataset';
import * as build from '../support/dialect-builder';
import {
  LegacyPeer,
  runOpcode,
  runPipe,
  runSemicolon,
  runTlv,
  type AgencyOptions,
} from '../support/legacy-agencies';
import { cleanUp, startClient, startServer, type Server } from '../support/program';
import { finished, introduce, preface, u16 } from '../support/wire-builder';

const RUN = { pipe: runPipe, tlv: runTlv, opcode: runOpcode, semicolon: runSemicolon };
const ALL_PORTS = 'pipe:0,tlv:0,opcode:0,semicolon:0';

async function portOf({ program }: Server, dialect: Dialect): Promise<number> {
  const line = await program.waitFor(`action: listen | result: success | dialect: ${dialect} |`);
  return Number(/port: (\d+)$/.exec(line)?.[1]);
}

describe('legacy agencies', () => {
  const data = datasetForSuite();
  const peers: LegacyPeer[] = [];

  async function open(port: number): Promise<LegacyPeer> {
    const peer = await LegacyPeer.open(port);
    peers.push(peer);
    return peer;
  }

  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.destroy();
    await cleanUp();
  });

  /** Agencies 1 to 4 speak one dialect each, agency 5 the native protocol. */
  async function drawTogether(
    server: Server,
    portFor: (dialect: Dialect) => Promise<number>,
  ): Promise<void> {
    const native = startClient(server.port, 5, {
      CLI_DATA: data().file(5),
      CLI_LOG_LEVEL: 'DEBUG',
    });
    const winners = await Promise.all(
      DIALECTS.map(async (dialect, i) => {
        const lines = data().rows[i] ?? [];
        return RUN[dialect]({ port: await portFor(dialect), agency: i + 1, lines });
      }),
    );
    expect(winners).to.deep.equal(data().winners.slice(0, 4));
    expect((await native.exited).code, native.output).to.equal(0);
    const count = String(data().winners[4]?.length);
    expect(native.matching(`result: success | cant_ganadores: ${count}`)).to.have.length(1);
    const stored = rowsByAgency(join(server.dataDirectory, 'bets.csv'));
    data().rows.forEach((rows, i) => {
      expect(stored.get(i + 1)).to.deep.equal(rows);
    });
    expect(server.program.matching('action: sorteo | result: success')).to.have.length(1);
    if (data().isReal) {
      expect(data().winners.map(({ length }) => length)).to.deep.equal([2, 3, 3, 2, 0]);
      expect([...stored.values()].flat()).to.have.length(78_697);
    }
  }

  it('of each system take part in one draw beside a native one, each on its port', async () => {
    const server = await startServer({ DIALECT_PORTS: ALL_PORTS });
    await drawTogether(server, (dialect) => portOf(server, dialect));
  }).timeout(60_000);

  it('and native ones are detected on the main port with DETECT=1', async () => {
    const server = await startServer({ DETECT: '1' });
    await drawTogether(server, () => Promise.resolve(server.port));
    expect(server.program.matching('action: listen |')).to.have.length(1);
  }).timeout(60_000);

  it('may send byte by byte', async () => {
    const server = await startServer({ AGENCIES: '4', DETECT: '1' });
    const agencies = DIALECTS.map((dialect, i): Promise<string[]> => {
      const lines = (data().rows[i] ?? []).slice(0, 60);
      const options: AgencyOptions = { port: server.port, agency: i + 1, lines, slow: true };
      return RUN[dialect](options);
    });
    expect(await Promise.all(agencies)).to.have.length(4);
    const stored = rowsByAgency(join(server.dataDirectory, 'bets.csv'));
    data()
      .rows.slice(0, 4)
      .forEach((rows, i) => {
        expect(stored.get(i + 1)).to.deep.equal(rows.slice(0, 60));
      });
  }).timeout(60_000);

  it('may have no bets, and need not say which one they are', async () => {
    const server = await startServer({ AGENCIES: '5', DETECT: '1' });
    const { port } = server;
    const none: string[] = [];
    const agencies = [
      runTlv({ port, agency: 1, lines: none }),
      runTlv({ port, agency: 2, lines: none }),
      runPipe({ port, agency: 3, lines: none }),
      runOpcode({ port, agency: 4, lines: none }),
      runSemicolon({ port, agency: 5, lines: (data().rows[4] ?? []).slice(0, 5) }),
    ];
    const winners = await Promise.all(agencies);
    expect(winners.slice(0, 4)).to.deep.equal([[], [], [], []]);
    for (const agency of [1, 2]) {
      const line = `agency_finished | result: success | agency: ${String(agency)} | cantidad: 0`;
      expect(server.program.matching(line)).to.have.length(1);
    }
  });

  it('of exercise 7 of system 000 use a connection for each message', async () => {
    const server = await startServer({ AGENCIES: '1', DIALECT_PORTS: 'pipe:0' });
    const port = await portOf(server, 'pipe');
    const lines = (data().rows[0] ?? []).slice(0, 4);
    const bets = lines.map(build.betOfLine);
    const ok = build.pipeMessage('ok');
    for (const [group, last] of [
      [bets.slice(0, 2), false],
      [bets.slice(2), true],
    ] as const) {
      const peer = await open(port);
      await peer.send(build.pipeBatch('1', group, last));
      expect((await peer.read(ok.length)).equals(ok)).to.equal(true);
      peer.end();
    }
    const asking = await open(port);
    await asking.send(build.pipeAsk('1'));
    const winners =
      data()
        .rows[0]?.slice(0, 4)
        .filter((row) => row.endsWith(',7574')) ?? [];
    const expected = build.pipeWinners(winners.map((row) => row.split(',')[2] ?? ''));
    expect((await asking.read(expected.length)).equals(expected)).to.equal(true);
    expect(rowsByAgency(join(server.dataDirectory, 'bets.csv')).get(1)).to.deep.equal(lines);
  });

  it('may send packets as long as they may be, and receive winners in any number', async () => {
    const server = await startServer({ AGENCIES: '1', DIALECT_PORTS: 'opcode:0' });
    const port = await portOf(server, 'opcode');
    const lines = Array.from(
      { length: 18_000 },
      (_, i) => `Ana,Paz,${String(1e7 + i)},1990-01-01,7574`,
    );
    const bets = lines.map(build.betOfLine);
    const peer = await open(port);
    const ack = build.opcodePacket(2);
    for (const packet of [build.opcodeBatch('1', bets), build.opcodePacket(5, ['1'])]) {
      expect(packet.length).to.be.lessThan(2 ** 20);
      await peer.send(packet);
      expect((await peer.read(ack.length)).equals(ack)).to.equal(true);
    }
    const winners = await runOpcodeAsk(peer);
    expect(winners).to.deep.equal(bets.map(({ document }) => document));
  });

  async function runOpcodeAsk(peer: LegacyPeer): Promise<string[]> {
    for (;;) {
      await peer.send(build.opcodePacket(6, ['1']));
      const header = await peer.read(5);
      const text = (await peer.read(header.readUInt32BE(1))).toString('latin1');
      if (header.readUInt8(0) === 7) return text.slice(0, -1).split('#');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('wait for the draw while others still load, and are let go of when the central stops', async () => {
    const server = await startServer({ AGENCIES: '5', DIALECT_PORTS: ALL_PORTS });
    const nora = {
      first: 'Nora',
      last: 'Ruiz',
      document: '7',
      birthdate: '1990-01-01',
      number: '1',
    };
    const pipe = await open(await portOf(server, 'pipe'));
    await pipe.send(build.pipeBatch('1', [nora], true));
    await pipe.send(build.pipeAsk('1'));
    const tlv = await open(await portOf(server, 'tlv'));
    await tlv.send(build.tlvBets(2, [nora]));
    await tlv.send(Buffer.concat([build.TLV.allSent, build.TLV.ask]));
    const semicolon = await open(await portOf(server, 'semicolon'));
    await semicolon.send(build.semicolonPacket('3', [nora], 0));
    await semicolon.send(Buffer.from(u16(3)));
    await server.program.waitFor('action: agency_finished | result: success', 3);
    await new Promise((resolve) => setTimeout(resolve, 300));
    server.program.signal('SIGTERM');
    expect((await pipe.rest()).toString('latin1')).to.equal('3|ok\n');
    expect((await tlv.rest()).toString('hex')).to.equal('0002');
    expect((await semicolon.rest()).toString('hex')).to.equal('0001');
    expect((await server.program.exited).code).to.equal(0);
    const closed = server.program.matching('action: close_listener | result: success');
    expect(closed).to.have.length(5);
    for (const dialect of DIALECTS) {
      expect(closed.filter((line) => line.includes(`dialect: ${dialect} |`))).to.have.length(1);
    }
  });

  for (const dialect of DIALECTS) {
    it(`of ${dialect} are not finished while bets of theirs are rejected, and may correct them`, async () => {
      const server = await startServer({ AGENCIES: '1', DIALECT_PORTS: `${dialect}:0` });
      const port = await portOf(server, dialect);
      const [good, wrong] = ['Nora,Ruiz,7,1990-01-01,7574', 'Nora,Ruiz,8,1990-01-01,10000'];
      await declareWrong(dialect, port, [good, wrong].map(build.betOfLine));
      const line = await server.program.waitFor('action: agency_finished | result: fail');
      expect(line).to.match(/agency: 1 \| rechazadas: \d+$/);
      expect(server.program.matching('action: sorteo')).to.have.length(0);
      // Everything was in one batch, which was rejected as a whole: both are sent again.
      const lines = [good, 'Nora,Ruiz,8,1990-01-01,7574'];
      expect(await RUN[dialect]({ port, agency: 1, lines })).to.deep.equal(['7', '8']);
      await server.program.waitFor('agency_finished | result: success | agency: 1 | cantidad: 2');
      const acta = join(server.dataDirectory, 'acta.json');
      await server.program.waitFor('action: acta | result: success');
      expect(JSON.parse(readFileSync(acta, 'utf8'))).to.have.property('rejected', 2);
    });
  }

  /** An agency of a dialect whose batch is rejected goes on to declare the end of its bets. */
  async function declareWrong(
    dialect: Dialect,
    port: number,
    bets: readonly build.DialectBet[],
  ): Promise<void> {
    const messages: Readonly<Record<Dialect, readonly Buffer[]>> = {
      pipe: [build.pipeBatch('1', bets, true), build.pipeAsk('1')],
      tlv: [build.tlvBets(1, bets), build.TLV.allSent, build.TLV.ask],
      opcode: [build.opcodeBatch('1', bets), build.opcodePacket(5, ['1'])],
      semicolon: [build.semicolonPacket('1', bets, 0), Buffer.from(u16(1))],
    };
    const answers: Readonly<Record<Dialect, readonly Buffer[]>> = {
      pipe: [build.pipeMessage('err')],
      tlv: [build.TLV.rejected, build.TLV.rejected],
      opcode: [
        build.opcodeError('Error al procesar el batch enviado'),
        build.opcodeError('2 bets of this run were rejected'),
      ],
      semicolon: [Buffer.from(u16(0))],
    };
    const peer = await open(port);
    await peer.send(Buffer.concat(messages[dialect]));
    const expected = Buffer.concat(answers[dialect]).toString('hex');
    expect((await peer.rest()).toString('hex')).to.equal(expected);
    peer.end();
  }

  it('of no known system are let go of with a log line', async () => {
    const server = await startServer({ DETECT: '1' });
    const unknown = await open(server.port);
    await unknown.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    expect((await unknown.rest()).length).to.equal(0);
    await server.program.waitFor('action: session | result: fail | code: BAD_PREFACE');
    const native = await open(server.port);
    await native.send(Buffer.concat([preface(), introduce(1), finished(0)]));
    expect((await native.read(20)).readUInt8(2)).to.equal(0x81);
  });

  it('have no port that is taken: the central says so and ends', async () => {
    const { port } = await startServer();
    const { program } = await startServer({ DIALECT_PORTS: `tlv:0,pipe:${String(port)}` });
    expect((await program.exited).code).to.equal(1);
    expect(program.output)
      .to.include('LISTEN_FAILED')
      .and.include(`:${String(port)}`);
    expect(program.matching('action: close_listener | result: success')).to.have.length(2);
  });
});
