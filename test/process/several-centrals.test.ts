/** Agencies with a list of centrals. Two centrals cannot share a directory: here one follows the other. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { datasetForSuite, rowsByAgency } from '../support/dataset';
import { cleanUp, startClient, startServer } from '../support/program';

const AGENCIES = [1, 2, 3, 4, 5];
const BET = {
  NOMBRE: 'Santiago Lionel',
  APELLIDO: 'Lorca',
  DOCUMENTO: '30904465',
  NACIMIENTO: '1999-03-17',
  NUMERO: '2201',
};
/** Nobody listens here: the port takes privileges, and no service has it. */
const DEAD = '127.0.0.1:1';
/** An agency drops a silent central after 30 s, and its file takes a while. */
const TIMEOUT_MS = 90_000;

/** Something that is no central, and what it does with connections. */
class Impostor {
  private readonly server: Server;
  private readonly sockets: Socket[] = [];

  constructor(onConnection: (socket: Socket) => void) {
    this.server = createServer((socket) => {
      socket.on('error', () => undefined);
      this.sockets.push(socket);
      onConnection(socket);
    });
  }

  get connections(): number {
    return this.sockets.length;
  }

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }
}

function local(port: number): string {
  return `127.0.0.1:${String(port)}`;
}

describe('agencies with several centrals', () => {
  const data = datasetForSuite();
  let impostor: Impostor | undefined;

  afterEach(async () => {
    await cleanUp();
    await impostor?.close();
    impostor = undefined;
  });

  it('finish at another one when theirs is killed, without being started again', async function () {
    this.timeout(TIMEOUT_MS);
    impostor = new Impostor((socket) => socket.destroy());
    const later = await impostor.listen();
    const { program, port, dataDirectory } = await startServer();
    const servers = [DEAD, local(port), local(later)];
    const clients = AGENCIES.map((id) =>
      startClient(port, id, {
        CLI_SERVER_ADDRESS: servers.join(', '),
        CLI_DATA: data().file(id),
        CLI_PACE: '4s',
        CLI_LOG_LEVEL: 'DEBUG',
      }),
    );
    await Promise.all(
      clients.map((client) => client.waitFor('action: batch_stored | result: success')),
    );
    program.signal('SIGKILL');
    await program.exited;
    await Promise.all(
      clients.map((client) =>
        client.waitFor('retry_after_ms: 0 | server_address: ' + local(later)),
      ),
    );
    await impostor.close();
    const second = await startServer({ SERVER_PORT: String(later) }, dataDirectory);
    expect(second.port).to.equal(later);

    for (const [i, client] of clients.entries()) {
      expect(await client.exited, client.output).to.deep.equal({ code: 0, signal: null });
      const winners = data().winners[i] ?? [];
      expect(client.lines.at(-1)).to.include(`cant_ganadores: ${String(winners.length)}`);
      const [, first] =
        /server_address: (\S+)$/.exec(client.matching('attempt: 1 ')[0] ?? '') ?? [];
      expect(first).to.equal(servers[(i + 1) % servers.length]);
      const connected = client.matching('action: connect | result: success');
      expect(connected[0] ?? '').to.match(/server_address: \S+$/);
      expect(connected.at(-1)).to.include(`server_address: ${local(later)}`);
    }
    const stored = rowsByAgency(join(dataDirectory, 'bets.csv'));
    AGENCIES.forEach((id, i) => {
      expect(stored.get(id)).to.deep.equal(data().rows[i]);
    });
  });

  it('go on at the next one when one accepts them and says nothing', async function () {
    this.timeout(TIMEOUT_MS);
    impostor = new Impostor((socket) => socket.resume());
    const silent = local(await impostor.listen());
    const { port, program } = await startServer();
    const client = startClient(port, 2, { ...BET, CLI_SERVER_ADDRESS: `${silent},${local(port)}` });
    expect(await client.exited, client.output).to.deep.equal({ code: 0, signal: null });
    expect(impostor.connections).to.equal(1);
    expect(client.matching(`retry_after_ms: 0 | server_address: ${silent}`)).to.have.length(1);
    expect(program.matching('action: apuesta_almacenada | result: success')).to.have.length(1);
  });

  it('do not start with a list that is wrong', async () => {
    impostor = new Impostor((socket) => socket.destroy());
    const address = local(await impostor.listen());
    for (const list of [`${address},`, `${address},${address}`, `${address},127.0.0.1:65536`]) {
      const client = startClient(1, 1, { ...BET, CLI_SERVER_ADDRESS: list });
      expect((await client.exited).code).to.equal(1);
      expect(client.lines).to.have.length(1);
      expect(client.output).to.include('action: config | result: fail');
      expect(client.output).to.include('CONFIG_INVALID').and.include(`is "${list}": address 2`);
    }
    expect(impostor.connections).to.equal(0);
  });
});
