import { expect } from 'chai';
import { LIMITS } from '../../src/base/limits';
import { opcodePacket } from '../support/dialect-builder';
import { flood } from '../support/flood';
import { LogPipe, startServerIntoPipe } from '../support/log-pipe';
import { Authority } from '../support/certificates';
import {
  cleanUp,
  startServer,
  temporaryDirectory,
  type Program,
  type Server,
} from '../support/program';
import { RawPeer } from '../support/raw-peer';
import * as wire from '../support/wire-builder';

/** Lines of a flood: far more than the log may keep. */
const FLOOD = 120_000;
/** What a pipe of Linux holds. */
const PIPE_BYTES = 65_536;
/** Lines at DEBUG have half of the buffer. */
const DEBUG_BYTES_MAX = LIMITS.logBufferBytesMax / 2 + PIPE_BYTES;

function betOf(agency: number): Buffer {
  const row = wire.row({ ...wire.NORA, agency });
  return wire.bet(0, wire.crcOf(row), row);
}

/** An agency stores one bet, and ends. */
async function expectServed({ port }: Server, agency: number): Promise<void> {
  const peer = await RawPeer.introduced(port, agency);
  peer.send(betOf(agency), wire.finished(1));
  await peer.waitForFrames(3);
  expect(peer.replies).to.deep.equal(['WELCOME', 'ACK', 'ACK']);
  peer.socket.destroy();
}

/** The first lines of an address are there, and all others are counted. */
function expectLimited(program: Program, text: string, ip: string, times: number): void {
  const shown = program.matching(text).length;
  expect(shown).to.be.within(10, times / 2);
  const note = new RegExp(`result: success \\| suppressed: (\\d+) \\| ip: ${ip}$`);
  const suppressed = program.lines.map((line) => Number(note.exec(line)?.[1] ?? 0));
  expect(shown + suppressed.reduce((sum, count) => sum + count, 0)).to.equal(times);
}

describe('the log of a central', () => {
  afterEach(cleanUp);

  describe('into a pipe that nobody reads', () => {
    let pipe: LogPipe;

    beforeEach(() => {
      pipe = new LogPipe();
    });
    afterEach(() => {
      pipe.close();
    });

    it('has a bound, names what it dropped, and keeps nobody waiting', async () => {
      const server = await startServerIntoPipe(pipe, { AGENCIES: '9', LOGGING_LEVEL: 'DEBUG' });
      const peers = await Promise.all(
        [1, 2, 3, 4].map((agency) => RawPeer.introduced(server.port, agency)),
      );
      // What is stored already is acknowledged again, with a line at DEBUG.
      const share = FLOOD / peers.length;
      await Promise.all(peers.map((peer, i) => flood(peer, betOf(i + 1), share)));
      await expectServed(server, 9);
      const note = await pipe.readUntil('action: log | result: fail | dropped: ');
      const [, total, debug, info] =
        /dropped: (\d+) \| debug: (\d+) \| info: (\d+) \| warning: 0 \| error: 0$/.exec(note) ?? [];
      expect(total, note).to.equal(debug);
      expect(info).to.equal('0');
      const written = pipe.lines.filter((line) => line.includes('action: batch_known'));
      // Dropped may be, too, the three changes of phase of the honest agency's session.
      const known = FLOOD - peers.length;
      expect(written.length + Number(debug)).to.be.within(known, known + 3);
      // What was written had waited in memory, but for what the pipe itself held.
      const bytes = written.join('\n').length;
      expect(bytes).to.be.lessThan(DEBUG_BYTES_MAX);
      expect((bytes / written.length) * FLOOD).to.be.greaterThan(2 * DEBUG_BYTES_MAX);
      // INFO lines were kept, those of the honest agency too.
      await pipe.readUntil('action: agency_finished | result: success | agency: 9');
      server.program.signal('SIGTERM');
      await pipe.readUntil('action: stop | result: success');
      expect(await server.program.exited).to.deep.equal({ code: 0, signal: null });
    }).timeout(90_000);

    it('does not keep the central from ending', async () => {
      const server = await startServerIntoPipe(pipe, { AGENCIES: '2', LOGGING_LEVEL: 'DEBUG' });
      const peer = await RawPeer.introduced(server.port, 1);
      await flood(peer, betOf(1), 4_000);
      server.program.signal('SIGTERM');
      expect(await server.program.exited).to.deep.equal({ code: 0, signal: null });
    });

    it('is written to its end when it is read while the central ends', async () => {
      const server = await startServerIntoPipe(pipe, { AGENCIES: '2', LOGGING_LEVEL: 'DEBUG' });
      const peer = await RawPeer.introduced(server.port, 1);
      await flood(peer, betOf(1), 4_000);
      server.program.signal('SIGTERM');
      await pipe.readUntil('action: stop | result: success');
      expect(pipe.lines.filter((line) => line.includes('batch_known'))).to.have.length(3_999);
      expect((await server.program.exited).code).to.equal(0);
    });
  });

  describe('under refused messages', () => {
    /** Bytes that the log of a server has grown by. */
    function size(server: Server): number {
      return server.program.output.length;
    }

    it('has the first ones of a peer in full, then one line a period with their number', async () => {
      const server = await startServer({ AGENCIES: '3' });
      const peer = await RawPeer.introduced(server.port, 1);
      const row = wire.row({ ...wire.NORA, agency: 1 });
      const before = size(server);
      await flood(peer, wire.batch(0, 1, 1, row), 20_000);
      // Another agency's refusals of the same address still appear.
      const other = await RawPeer.introduced(server.port, 2);
      const row2 = wire.row({ ...wire.NORA, agency: 2 });
      other.send(wire.batch(0, 1, 1, row2));
      await server.program.waitFor('agency: 2 | code: WRONG_CHECKSUM');
      await expectServed(server, 3);
      server.program.signal('SIGTERM');
      await server.program.exited;
      expect(size(server) - before).to.be.lessThan(40_000);
      const shown = server.program.matching('agency: 1 | code: WRONG_CHECKSUM').length;
      expect(shown).to.be.within(10, 1_000);
      const suppressed = server.program
        .matching('action: log | result: success | suppressed: ')
        .map((line) => Number(/suppressed: (\d+) \| ip: 127.0.0.1 \| agency: 1/.exec(line)?.[1]))
        .reduce((sum, count) => sum + count, 0);
      expect(shown + suppressed).to.equal(20_000);
    }).timeout(60_000);

    it('counts refused handshakes of one address, whatever they are refused for', async () => {
      const server = await startServer({ AGENCIES: '1' });
      const strange = wire.join(wire.preface(), wire.introduce(7));
      for (let i = 0; i < 30; i++) {
        const peers = await Promise.all(
          Array.from({ length: 20 }, () => RawPeer.connect(server.port, '127.0.0.7')),
        );
        for (const peer of peers) peer.send(i % 2 === 0 ? strange : Buffer.from('GET / HTTP/1.1'));
        await Promise.all(peers.map((peer) => peer.waitForEnd()));
      }
      await expectServed(server, 1);
      server.program.signal('SIGTERM');
      await server.program.exited;
      expectLimited(server.program, 'action: session | result: fail', '127.0.0.7', 600);
    }).timeout(60_000);

    it('counts messages of an earlier system that cannot be read', async () => {
      const server = await startServer({ AGENCIES: '1', DETECT: '1' });
      const unreadable = opcodePacket(3, ['1', '@0', '1', 'Nora', 'Ruiz']);
      for (let i = 0; i < 20; i++) {
        const peers = await Promise.all(
          Array.from({ length: 10 }, () => RawPeer.connect(server.port, '127.0.0.9')),
        );
        for (const peer of peers) peer.send(unreadable);
        await Promise.all(peers.map((peer) => peer.waitForBytes(3)));
        for (const { socket } of peers) socket.destroy();
      }
      server.program.signal('SIGTERM');
      await server.program.exited;
      expectLimited(server.program, 'code: MALFORMED_ROW', '127.0.0.9 \\| agency: 1', 200);
    }).timeout(60_000);

    it('counts peers that are too slow', async () => {
      const server = await startServer({ AGENCIES: '1', HANDSHAKE_TIMEOUT: '1s' });
      const peers = await Promise.all(
        Array.from({ length: 100 }, () => RawPeer.connect(server.port, '127.0.0.10')),
      );
      for (const peer of peers) peer.send(wire.preface().subarray(0, 2));
      await Promise.all(peers.map((peer) => peer.waitForEnd()));
      server.program.signal('SIGTERM');
      await server.program.exited;
      expectLimited(server.program, 'code: TOO_SLOW', '127.0.0.10', 100);
    }).timeout(60_000);

    it('counts lines that are too long for an echo, and does not count those that are answered', async () => {
      const server = await startServer({ SERVER_MODE: 'echo' });
      const long = Buffer.alloc(LIMITS.echoLineBytesMax + 2, 'x');
      for (let i = 0; i < 20; i++) {
        const peers = await Promise.all(
          Array.from({ length: 10 }, () => RawPeer.connect(server.port, '127.0.0.11')),
        );
        for (const peer of peers) peer.send(long);
        await Promise.all(peers.map((peer) => peer.waitForEnd()));
      }
      const honest = await RawPeer.connect(server.port, '127.0.0.11');
      honest.send(Buffer.from('one\n'.repeat(200)));
      await honest.waitForBytes(800);
      server.program.signal('SIGTERM');
      await server.program.exited;
      expectLimited(server.program, 'receive_message | result: fail', '127.0.0.11', 200);
      expect(server.program.matching('result: success | ip: 127.0.0.11 | msg: one')).to.have.length(
        200,
      );
    }).timeout(60_000);

    it('counts failed handshakes of TLS', async () => {
      const directory = temporaryDirectory();
      const authority = await Authority.create(directory);
      const central = await authority.issue('CN=central', { names: ['127.0.0.1'] });
      const server = await startServer({
        ...{ AGENCIES: '1', TLS_CERT: central.cert, TLS_KEY: central.key },
        TLS_CLIENT_CA: authority.caFile,
      });
      for (let i = 0; i < 20; i++) {
        const peers = await Promise.all(
          Array.from({ length: 10 }, () => RawPeer.connect(server.port, '127.0.0.8')),
        );
        for (const peer of peers) peer.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
        await Promise.all(peers.map((peer) => peer.waitForEnd()));
      }
      server.program.signal('SIGTERM');
      await server.program.exited;
      expectLimited(server.program, 'action: tls | result: fail', '127.0.0.8', 200);
    }).timeout(60_000);
  });
});
