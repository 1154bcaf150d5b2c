import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect } from 'chai';
import { cleanUp, startClient, startServer, type Server } from '../support/program';

const ECHO = { SERVER_MODE: 'echo' };

/** What a peer receives until the server closes. */
function talk(port: number, send: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString('utf8');
    });
    socket.on('connect', () => {
      send(socket);
    });
    socket.on('end', () => {
      socket.end();
      resolve(received);
    });
    socket.on('error', reject);
  });
}

/** Stops a server and returns how long it took. */
async function stopServer({ program }: Server, signal: NodeJS.Signals): Promise<number> {
  const startedMs = performance.now();
  program.signal(signal);
  const exit = await program.exited;
  expect(exit, program.output).to.deep.equal({ code: 0, signal: null });
  return performance.now() - startedMs;
}

describe('exercises 1 to 4: the echo server and its clients', () => {
  afterEach(cleanUp);

  it('five clients send their messages and log the replies', async () => {
    const server = await startServer(ECHO);
    const clients = [1, 2, 3, 4, 5].map((id) => startClient(server.port, id, { CLI_MODE: 'echo' }));
    for (const [i, client] of clients.entries()) {
      expect(await client.exited).to.deep.equal({ code: 0, signal: null });
      const id = String(i + 1);
      for (const n of ['1', '2', '3']) {
        const msg = `[CLIENT ${id}] Message N°${n}`;
        const line = `action: receive_message | result: success | client_id: ${id} | msg: ${msg}`;
        expect(client.lines.filter((text) => text.endsWith(line))).to.have.length(1);
        expect(
          server.program.matching(`result: success | ip: 127.0.0.1 | msg: ${msg}`),
        ).to.have.length(1);
      }
      expect(client.lines.at(-1)).to.match(
        new RegExp(`action: loop_finished \\| result: success \\| client_id: ${id}$`),
      );
    }
    expect(
      server.program.matching('accept_connections | result: success | ip: 127.0.0.1'),
    ).to.have.length(15);
    expect(server.program.matching('accept_connections | result: in_progress')).to.have.length(16);
  });

  it('answers a line byte by byte', async () => {
    const { port } = await startServer(ECHO);
    const reply = await talk(port, (socket) => {
      const bytes = [...Buffer.from('ñandú\n')];
      const next = (): void => {
        const byte = bytes.shift();
        if (byte === undefined) return;
        socket.write(Buffer.from([byte]), next);
      };
      next();
    });
    expect(reply).to.equal('ñandú\n');
  });

  it('answers a message that ends with the stream and not with a line', async () => {
    const { port } = await startServer(ECHO);
    expect(await talk(port, (socket) => socket.end('no line end'))).to.equal('no line end\n');
  });

  it('answers a message whose sender waits without a line end', async () => {
    const { port } = await startServer(ECHO);
    expect(await talk(port, (socket) => socket.write('waiting'))).to.equal('waiting\n');
  });

  it('answers every line of a connection', async () => {
    const { port } = await startServer(ECHO);
    const lines = Array.from({ length: 50 }, (_, i) => `line ${String(i)}\n`).join('');
    expect(await talk(port, (socket) => socket.write(lines))).to.equal(lines);
  });

  it('drops a line that is too long, and goes on with others', async () => {
    const { port, program } = await startServer(ECHO);
    await talk(port, (socket) => socket.write('x'.repeat(5000))).catch(() => '');
    await program.waitFor('receive_message | result: fail');
    expect(await talk(port, (socket) => socket.write('still here\n'))).to.equal('still here\n');
  });

  it('logs no structure that a peer made up', async () => {
    const { port, program } = await startServer(ECHO);
    await talk(port, (socket) => socket.write('a | result: b\rc\n'));
    const line = await program.waitFor('action: receive_message');
    expect(line).to.match(/msg: a {3}result: b c$/);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`server ends within a second of ${signal}, with a line for what it closes`, async () => {
      const server = await startServer(ECHO);
      const idle = connect(server.port, '127.0.0.1');
      idle.on('error', () => undefined);
      await server.program.waitFor('accept_connections | result: success');
      expect(await stopServer(server, signal)).to.be.below(1000);
      for (const action of ['close_listener', 'close_timer', 'close_connection', 'stop']) {
        expect(server.program.matching(`action: ${action} | result: success`)).to.have.length(1);
      }
      idle.destroy();
    });
  }

  it('client ends within a second of SIGTERM, in the middle of its loop', async () => {
    const { port } = await startServer(ECHO);
    const client = startClient(port, 1, { CLI_MODE: 'echo', CLI_LOOP_PERIOD: '1h' });
    await client.waitFor('action: receive_message');
    const startedMs = performance.now();
    client.signal('SIGTERM');
    expect(await client.exited).to.deep.equal({ code: 0, signal: null });
    expect(performance.now() - startedMs).to.be.below(1000);
    expect(client.matching('action: close_socket | result: success')).to.have.length(1);
    expect(client.matching('loop_finished')).to.deep.equal([]);
  });

  it('a client that starts first retries, says so as in_progress, and succeeds', async () => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const client = startClient(port, 1, { CLI_MODE: 'echo' });
    await client.waitFor('action: connect | result: in_progress', 2);
    await startServer({ ...ECHO, SERVER_PORT: String(port) });
    expect((await client.exited).code, client.output).to.equal(0);
    expect(client.matching('result: fail')).to.deep.equal([]);
    expect(client.matching('receive_message | result: success')).to.have.length(3);
  });

  it('a client whose server never comes gives up with fail and exit code 1', async () => {
    const client = startClient(1, 1, { CLI_MODE: 'echo', CLI_RETRY_FOR: '300ms' });
    expect((await client.exited).code).to.equal(1);
    expect(client.matching('receive_message | result: fail | code: GAVE_UP')).to.have.length(1);
  });

  it('a port that is taken is a clear error', async () => {
    const { port } = await startServer(ECHO);
    const second = startServer({ ...ECHO, SERVER_PORT: String(port) });
    const error = await second.then(() => '', String);
    expect(error).to.include('LISTEN_FAILED').and.include(String(port));
  });
});
