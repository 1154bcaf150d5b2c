/** Who may do what in the database, and who it is: roles, passwords, TLS. */
import { expect } from 'chai';
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoteriaError, messageOf } from '../../../src/base/errors';
import { initStore } from '../../../src/tools/database/init';
import { storeStatus } from '../../../src/tools/database/status';
import { Primary } from '../../../src/store/postgres/connection/primary';
import { accessTo, openPostgres } from '../../../src/store/postgres/open-postgres';
import { Authority } from '../../support/certificates';
import { closed, commitTo } from '../../support/file-engine';
import { PostgresCluster, type PostgresNode } from '../../support/postgres';
import { bets, finished, Ledger, terms } from '../../support/store-ledger';
import { recordingLogger } from '../../unit/helpers/recording-sink';

const PASSWORD = 'contraseña con espacios';

describe('access to a lottery in a PostgreSQL', function () {
  this.timeout(60_000);
  let cluster: PostgresCluster | null = null;
  let directory = '';

  before(async function () {
    cluster = await PostgresCluster.startIfInstalled(1);
    if (cluster === null) this.skip();
    directory = mkdtempSync(join(tmpdir(), 'loteria-access-'));
    await query(`create role centrals login password '${PASSWORD}'`);
    await query('create role another login');
    await initStore(url('loteria'), null, 'centrals');
  });
  after(async () => {
    await cluster?.stop();
    if (directory !== '') rmSync(directory, { recursive: true, force: true });
  });

  function node(): PostgresNode {
    const [first] = cluster?.nodes ?? [];
    if (first === undefined) throw new Error('nothing was started');
    return first;
  }

  function url(user: string, host = '127.0.0.1', options = ''): string {
    return `postgres://${user}@${host}:${String(node().port)}/postgres${options}`;
  }

  async function query(text: string, user = 'loteria'): Promise<void> {
    const { Client } = (await import('pg')).default;
    const client = new Client({ connectionString: url(user) });
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  }

  async function codeOf(work: Promise<unknown>): Promise<unknown> {
    return work.then(
      () => 'accepted',
      (error: unknown) => {
        if (error instanceof Error && 'code' in error) return error.code;
        throw error;
      },
    );
  }

  it('takes no TLS where the URL says so, whatever the environment says', async () => {
    const before = process.env['PGSSLMODE'];
    process.env['PGSSLMODE'] = 'require';
    try {
      for (const options of ['', '?sslmode=disable']) {
        const status = await storeStatus(url('loteria', '127.0.0.1', options), null);
        expect(status.schemaVersion).to.equal(1);
      }
    } finally {
      if (before === undefined) delete process.env['PGSSLMODE'];
      else process.env['PGSSLMODE'] = before;
    }
  });

  it('lets the role of the centrals store and draw, and change no table', async () => {
    const { logger } = recordingLogger('CRITICAL');
    const store = await openPostgres(accessTo(url('centrals'), null), logger, {
      onFailure: (error) => {
        throw error;
      },
    });
    try {
      expect(await store.claim(1)).to.include({ stored: 0 });
      const entries = Ledger.empty.entries([terms(1), bets(1, 8), finished(1)]);
      expect([...(await commitTo(store, entries)).refused]).to.deep.equal([]);
      const found = await store.findWinners(7574);
      const { winners, digest } = found;
      expect(await found.page(1, 0, 100)).to.have.length(winners);
      const draw = { id: '0123456789abcdef', timeMs: 5, winningNumber: 7574, winners, digest };
      await commitTo(store, [{ kind: 'draw', draw }]);
      expect((await store.loadWinners())?.total(1)).to.equal(winners);
      expect((await store.digest()).csvBytes).to.be.greaterThan(0);
    } finally {
      await closed(store);
    }
    const DENIED = ['42501', '42501'];
    for (const [first, second] of [
      ['drop table loteria.batch', 'drop schema loteria cascade'],
      ['alter table loteria.agency add column other text', 'truncate loteria.batch'],
      ['delete from loteria.batch', "update loteria.batch set rows = ''"],
      ['delete from loteria.agency', 'delete from loteria.lottery'],
      ['create table loteria.other (a int)', 'create role other'],
    ] as const) {
      const codes = [
        await codeOf(query(first, 'centrals')),
        await codeOf(query(second, 'centrals')),
      ];
      expect(codes, `${first}; ${second}`).to.deep.equal(DENIED);
    }
    expect(await codeOf(query('select from loteria.batch', 'another'))).to.equal('42501');
  });

  describe('with TLS and passwords', () => {
    let authority: Authority;
    const others: string[] = [];

    before(async () => {
      authority = await Authority.create(directory);
      const { cert, key } = await authority.issue('CN=postgres', { names: ['localhost'] });
      const where = node().directory;
      const { uid, gid } = statSync(where);
      for (const [from, name] of [
        [cert, 'server.crt'],
        [key, 'server.key'],
      ] as const) {
        const to = join(where, name);
        writeFileSync(to, readFileSync(from));
        chmodSync(to, 0o600);
        chownSync(to, uid, gid);
      }
      writeFileSync(
        join(where, 'pg_hba.conf'),
        'hostssl all loteria 127.0.0.1/32 trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n',
      );
      node().configure('ssl = on\n');
      await node().stop();
      await node().start();
      const wrong = join(directory, 'wrong');
      const right = join(directory, 'right');
      writeFileSync(wrong, 'another password\n');
      writeFileSync(right, `${PASSWORD}\n`, { mode: 0o600 });
      others.push(right, wrong);
    });

    function verified(host: string, caFile: string, user = 'centrals'): string {
      return url(user, host, `?sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`);
    }

    it('lets in with the right password, to a server that is who it says', async () => {
      const [right = ''] = others;
      const status = await storeStatus(verified('localhost', authority.caFile), right);
      expect(status.schemaVersion).to.equal(1);
    });

    it('lets a central in again with a password that was changed while it ran', async () => {
      const file = join(directory, 'changing');
      writeFileSync(file, `${PASSWORD}\n`);
      const { caFile } = authority;
      const primary = new Primary(accessTo(verified('localhost', caFile), file));
      const admin = new Primary(accessTo(verified('localhost', caFile, 'loteria'), null));
      try {
        const [row] = await primary.query('select pg_backend_pid() as pid');
        await admin.query("alter role centrals password 'another one'");
        await admin.query('select pg_terminate_backend($1)', [Number(row?.['pid'])]);
        let said = '';
        for (let i = 0; i < 50 && !said.includes('password authentication failed'); i++) {
          said = await primary.query('select 1').then(() => 'accepted', messageOf);
        }
        expect(said).to.include('password authentication failed');
        writeFileSync(file, 'another one\nand a note\n');
        expect(await primary.query('select 1 as one')).to.deep.equal([{ one: 1 }]);
      } finally {
        await admin.query(`alter role centrals password '${PASSWORD}'`);
        primary.close();
        admin.close();
      }
    });

    it('refuses another authority, another host name, another password, and no TLS', async () => {
      const [right = '', wrong = ''] = others;
      const folder = mkdtempSync(join(directory, 'other-'));
      const other = await Authority.create(folder, 'another authority');
      const { caFile } = authority;
      for (const [what, place, password] of [
        ['another authority', verified('localhost', other.caFile), right],
        ['another host name', verified('127.0.0.1', caFile), right],
        ['another password', verified('localhost', caFile), wrong],
        ['no TLS', url('centrals', 'localhost'), right],
      ] as const) {
        expect(await codeOf(storeStatus(place, password)), what).to.equal('STORE_IO');
      }
      const missing = storeStatus.bind(null, verified('localhost', caFile), `${right}.missing`);
      expect(missing).to.throw(LoteriaError).with.property('code', 'CONFIG_UNREADABLE');
    });
  });
});
