import { expect } from 'chai';
import { createConnection, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../../src/base/limits';
import { messageOf } from '../../../src/base/errors';
import type { ServerConfig } from '../../../src/store/postgres/connection/place';
import { Primary } from '../../../src/store/postgres/connection/primary';
import { PostgresCluster } from '../../support/postgres';

describe('the connection to the primary', function () {
  this.timeout(60_000);
  let cluster: PostgresCluster | null = null;
  const opened: Primary[] = [];

  before(async function () {
    cluster = await PostgresCluster.startIfInstalled(1);
    if (cluster === null) this.skip();
  });
  afterEach(() => {
    for (const primary of opened.splice(0)) primary.close();
  });
  after(() => cluster?.stop());

  function to(server: Partial<ServerConfig> = {}, onNotified?: () => void): Primary {
    const port = cluster?.nodes[0]?.port ?? 0;
    const own = { host: '127.0.0.1', port, user: 'loteria', database: 'postgres', ...server };
    const primary = new Primary({
      ...{ servers: [own], demandsStandby: false },
      ...(onNotified === undefined ? {} : { onNotified }),
    });
    opened.push(primary);
    return primary;
  }

  function failureOf(primary: Primary): Promise<string> {
    return primary.query('select 1').then(() => expect.fail('it has an answer'), messageOf);
  }

  it('says what is wrong with each server', async () => {
    expect(await failureOf(to({ database: 'none' }))).to.include('database "none" does not exist');
    expect(await failureOf(to({ user: 'nobody' }))).to.include('role "nobody" does not exist');
    const nobody = createServer();
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
    const address = nobody.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await new Promise((resolve) => nobody.close(resolve));
    const refused = `127.0.0.1:${String(port)}: connect ECONNREFUSED`;
    expect(await failureOf(to({ port }))).to.include(refused);
  });

  it('does not leave a transaction open that it does not go on with', async () => {
    const name = 'idle_in_transaction_session_timeout';
    const limit = String(LIMITS.storeIdleTransactionTimeoutMs / 1_000);
    expect(await to().query(`show ${name}`)).to.deep.equal([{ [name]: `${limit}s` }]);
  });

  it('does not keep one whose other end is gone while an answer is on its way', async () => {
    // The other limit does not count while the server still sends.
    expect(await to().query('show tcp_user_timeout')).to.deep.equal([
      { tcp_user_timeout: String(LIMITS.storeIdleTransactionTimeoutMs) },
    ]);
  });

  it('ends with the store, also while it is made', async () => {
    const primary = to();
    const answer = failureOf(primary);
    await new Promise(setImmediate);
    primary.close();
    expect(await answer).to.equal('the store is closed');
    const watch = to();
    const others =
      "select 1 from pg_stat_activity where application_name = 'loteria' and pid <> pg_backend_pid()";
    let left = await watch.query(others);
    for (let i = 0; left.length > 0 && i < 100; i++) left = await watch.query(others);
    expect(left).to.deep.equal([]);
  });

  it('is not left open where it cannot listen', async () => {
    const port = cluster?.nodes[0]?.port ?? 0;
    const through = new Set<Socket>();
    const proxy = createServer((socket) => {
      const server = createConnection(port, '127.0.0.1');
      through.add(socket);
      socket.on('close', () => {
        through.delete(socket);
        server.destroy();
      });
      socket.on('error', () => undefined);
      server.on('error', () => undefined);
      server.pipe(socket);
      socket.on('data', (bytes) => {
        // A statement that the server refuses, of the same length.
        const text = bytes.toString('latin1').replace('listen loteria', 'listen lot,ria');
        server.write(Buffer.from(text, 'latin1'));
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = proxy.address();
    const own = typeof address === 'object' ? (address?.port ?? 0) : 0;
    try {
      const primary = to({ port: own }, () => undefined);
      expect(await failureOf(primary)).to.include('syntax error');
      for (let i = 0; through.size > 0 && i < 100; i++) await sleep(20);
      expect(through.size).to.equal(0);
    } finally {
      for (const socket of through) socket.destroy();
      proxy.close();
    }
  });
});
