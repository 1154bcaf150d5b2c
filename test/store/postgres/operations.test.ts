/** Commands on a lottery in a PostgreSQL: status, export, import. */
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LoteriaError } from '../../../src/base/errors';
import { DirectoryLock } from '../../../src/store/file/directory/lock';
import { nodeFiles } from '../../../src/store/file/directory/files';
import { Store } from '../../../src/store/file/store';
import { commitmentOf } from '../../../src/store/terms';
import type { Winners } from '../../../src/store/bet-store';
import { accessTo, openPostgres } from '../../../src/store/postgres/open-postgres';
import { exportStore } from '../../../src/tools/database/export';
import { initStore } from '../../../src/tools/database/init';
import { importStore } from '../../../src/tools/database/import';
import { verifyDatabase } from '../../../src/tools/database/verify-database';
import { verifyStore } from '../../../src/tools/verify/verify';
import { reportOf } from '../../../src/tools/verify/verify-report';
import { statusText, storeStatus } from '../../../src/tools/database/status';
import { databaseForSuite } from '../../support/lottery-database';
import { postgresBinaries } from '../../support/postgres';
import { closed } from '../../support/file-engine';
import { recordingLogger } from '../../unit/helpers/recording-sink';
import { certify, close, load } from '../../support/stopped-directory';
import { makeDirectory, removeDirectories } from '../../support/store-directory';
import {
  BEACON,
  bets,
  draw,
  finished,
  RANDOM,
  rejected,
  terms,
  type Wish,
} from '../../support/store-ledger';

const LOADING: readonly (readonly Wish[])[] = [
  [terms(3)],
  ...Array.from({ length: 30 }, (_, i) => [bets(1 + (i % 3), 1 + (i % 7))]),
  [rejected(2, 5), finished(1)],
];
const DRAWN = [...LOADING, [finished(2), finished(3)], [draw]];

describe('commands on a lottery in a PostgreSQL', function () {
  this.timeout(60_000);
  const database = databaseForSuite();

  beforeEach(() => database().renew());
  afterEach(removeDirectories);

  async function refusalOf(work: Promise<unknown>): Promise<LoteriaError> {
    try {
      await work;
    } catch (error) {
      if (error instanceof LoteriaError) return error;
      throw error;
    }
    return expect.fail('it was accepted');
  }

  /** @returns its parent as well, which has nothing else */
  function place(): { readonly parent: string; readonly exported: string } {
    const parent = makeDirectory();
    return { parent, exported: join(parent, 'exported') };
  }

  it('import and export keep every byte of a drawn lottery', async () => {
    const directory = makeDirectory();
    await load(directory, DRAWN);
    await certify(directory);
    const imported = await importStore(directory, database().url(), null);
    expect(imported.winners?.size).to.be.greaterThan(0);
    const { exported } = place();
    await exportStore(database().url(), null, exported);
    const names = ['acta.json', 'bets.csv', 'winners.csv'];
    expect(readdirSync(exported).sort()).to.deep.equal(names);
    for (const name of names) {
      const [found, expected] = [exported, directory].map((at) => readFileSync(join(at, name)));
      expect(found?.toString('latin1'), name).to.equal(expected?.toString('latin1'));
    }
    const [here, files] = [
      await verifyDatabase(database().url(), null),
      await verifyStore(directory),
    ];
    expect(reportOf(here)).to.deep.equal(reportOf(files));
    const again = await refusalOf(importStore(directory, database().url(), null));
    expect(again.code).to.equal('CONFIG_INVALID');
    expect(again.message).to.include('a lottery has begun there');
  });

  it('import takes totals, terms and refused bets of a lottery that has not ended', async () => {
    const directory = makeDirectory();
    const ledger = await load(directory, [[terms(4, RANDOM)], ...LOADING.slice(1)]);
    await importStore(directory, database().url(), null);
    const rows = await database().query(
      'select agency, stored, checksum, finished, rejected, epoch from loteria.agency order by 1',
    );
    expect(rows).to.deep.equal(
      ledger.totals.map((totals) => ({
        ...{ agency: totals.agency, finished: totals.finished, epoch: '0' },
        ...{ stored: String(totals.stored), checksum: String(totals.checksum) },
        rejected: String(totals.rejected),
      })),
    );
    const commitment = RANDOM.kind === 'random' ? commitmentOf(RANDOM.seed) : '';
    const status = await storeStatus(database().url(), null);
    expect(status).to.deep.include({
      ...{ schemaVersion: 1, expectedAgencies: 4, agencies: 3, finished: 1, rejected: 5 },
      ...{ bytes: ledger.csv.length, draw: null, number: { kind: 'random', commitment } },
      ...{ waitsForStandby: false, standbys: [] },
    });
    expect(status.primary).to.include({ address: '127.0.0.1', port: database().port });
    const text = statusText(status);
    expect(text).to.include(`bets: ${String(status.bets)} in `);
    expect(text).to.include('4 expected, 3 took part, 1 finished').and.include(commitment);
    expect(text).not.to.include(RANDOM.kind === 'random' ? RANDOM.seed : '');
    const { exported } = place();
    await exportStore(database().url(), null, exported);
    expect(readdirSync(exported).sort()).to.deep.equal(['bets.csv', 'commitment.json']);
    expect(readFileSync(join(exported, 'bets.csv')).equals(ledger.csv)).to.equal(true);
  });

  it('import leaves nothing behind of a directory that is in use, damaged, or of 2020', async () => {
    const directory = makeDirectory();
    await load(directory, LOADING);
    const lock = await DirectoryLock.acquire(directory);
    const locked = await refusalOf(importStore(directory, database().url(), null));
    expect(locked.code).to.equal('STORE_LOCKED');
    await lock.release();

    const csv = join(directory, 'bets.csv');
    const bytes = readFileSync(csv);
    // Another document in the last row: a right row, which nobody has stored.
    bytes[bytes.lastIndexOf(',1988') - 1] = (bytes[bytes.lastIndexOf(',1988') - 1] ?? 0) ^ 1;
    writeFileSync(csv, bytes);
    const damaged = await refusalOf(importStore(directory, database().url(), null));
    expect(damaged.code).to.equal('STORE_DAMAGED');

    const old = makeDirectory();
    await close(
      Store.open({
        ...{ directory: old, files: nodeFiles, segmentBytes: 2048, edition: '2020' },
        onFailure: (error) => {
          throw error;
        },
      }),
    );
    const other = await refusalOf(importStore(old, database().url(), null));
    expect(other.message).to.include('2020');
    const status = await storeStatus(database().url(), null);
    expect(status).to.include({ agencies: 0, bets: 0, expectedAgencies: null });
    expect(await database().query('select from loteria.batch')).to.deep.equal([]);
  });

  it('import refuses a lottery whose number waits for a beacon: no central could go on with it', async () => {
    const directory = makeDirectory();
    await load(directory, [[terms(3, BEACON)], ...LOADING.slice(1)]);
    const { code, message } = await refusalOf(importStore(directory, database().url(), null));
    expect(code).to.equal('CONFIG_INVALID');
    expect(message).to.include(directory).and.include('DRAW_SALT_SOURCE').and.include('STORE=file');
    const status = await storeStatus(database().url(), null);
    expect(status).to.include({ agencies: 0, bets: 0, expectedAgencies: null });
  });

  it('export has left its transaction when it makes files durable, which may take long', async () => {
    const directory = makeDirectory();
    await load(directory, [[terms(3, RANDOM)], ...LOADING.slice(1)]);
    await importStore(directory, database().url(), null);
    const psql = join(postgresBinaries() ?? '', 'psql');
    const text =
      "select count(*) from pg_stat_activity where application_name = 'loteria' and xact_start is not null";
    const own = { ...nodeFiles };
    const open: string[] = [];
    nodeFiles.sync = (fd) => {
      const found = execFileSync(psql, [database().url(), '-Atc', text], { encoding: 'utf8' });
      open.push(found.trim());
      own.sync(fd);
    };
    try {
      await exportStore(database().url(), null, place().exported);
    } finally {
      Object.assign(nodeFiles, own);
    }
    // bets.csv and commitment.json.
    expect(open).to.deep.equal(['0', '0']);
  });

  /** What a start reads, too. */
  const WINNERS_DAMAGES: Readonly<Record<string, string>> = {
    'a winner is missing':
      'delete from loteria.winner where ordinal = 0 and agency = (select min(agency) from loteria.winner)',
    'a winner is edited':
      'update loteria.winner set document = document || 0 where agency = (select max(agency) from loteria.winner)',
    'winners are numbered otherwise': 'update loteria.winner set ordinal = ordinal + 5',
    'the draw counts others':
      "update loteria.lottery set state = jsonb_set(state, '{draw,winners}', '77')",
  };
  const DAMAGES: Readonly<Record<string, string>> = {
    'a batch is missing': 'delete from loteria.batch where id = 2',
    'a byte is changed':
      "update loteria.batch set rows = overlay(rows placing 'X' from 4) where id = 1",
    'a batch is counted as a larger one': 'update loteria.batch set count = count + 1',
    'a batch is elsewhere': 'update loteria.batch set first = first + 1000 where id = 1',
    'rows are of another agency': 'update loteria.batch set agency = 9 where id = 3',
    'bets are counted that are not there': 'update loteria.agency set stored = stored + 1',
    'bytes are counted that are not there': 'update loteria.agency set bytes = bytes + 1',
    'more have finished than did': 'update loteria.lottery set finished = 2',
    ...WINNERS_DAMAGES,
    'another number was drawn':
      "update loteria.lottery set state = jsonb_set(state, '{draw,winningNumber}', '1')",
    'the acta is of another draw':
      "update loteria.lottery set acta = jsonb_set(acta::jsonb, '{draw_id}', '\"0123456789abcdef\"')::json",
    'the acta has no draw': "update loteria.lottery set state = state - 'draw'",
  };

  it('export leaves nothing behind of a lottery that is damaged in any way', async () => {
    const directory = makeDirectory();
    await load(directory, DRAWN);
    await certify(directory);
    await importStore(directory, database().url(), null);
    const { parent, exported } = place();
    for (const [what, sql] of Object.entries(DAMAGES)) {
      await database().renew();
      await importStore(directory, database().url(), null);
      await database().query(sql);
      const refusal = await refusalOf(exportStore(database().url(), null, exported));
      expect(refusal.code, `${what}: ${refusal.message}`).to.equal('STORE_DAMAGED');
      expect(refusal.message, what).to.include('Keep a copy of the database, and restore it');
      expect(refusal.message, what).not.to.match(/offset|DATA_DIR|directory|\bfile|journal/);
      const same = await refusalOf(verifyDatabase(database().url(), null));
      expect(same.message, what).to.equal(refusal.message);
      expect(readdirSync(parent), what).to.deep.equal([]);
    }
  });

  it('a central refuses stored winners that are not those of the draw', async () => {
    const directory = makeDirectory();
    await load(directory, DRAWN);
    await certify(directory);
    const { logger } = recordingLogger('CRITICAL');
    const start = async (): Promise<Winners | null> => {
      const store = await openPostgres(accessTo(database().url(), null), logger, {
        onFailure: (error) => {
          throw error;
        },
      });
      try {
        return await store.loadWinners();
      } finally {
        await closed(store);
      }
    };
    for (const [what, sql] of Object.entries(WINNERS_DAMAGES)) {
      await database().renew();
      await importStore(directory, database().url(), null);
      expect((await start())?.total(1), what).to.be.greaterThan(0);
      await database().query(sql);
      const refusal = await refusalOf(start());
      expect(refusal.code, `${what}: ${refusal.message}`).to.equal('STORE_DAMAGED');
      expect(refusal.message, what).to.include('Keep a copy of the database, and restore it');
    }
  });

  it('verify compares with what was published, and says that an acta is still to be written', async () => {
    const directory = makeDirectory();
    await load(directory, [[terms(4, RANDOM)], ...LOADING.slice(1)]);
    await importStore(directory, database().url(), null);
    const { digest } = await verifyDatabase(database().url(), null);
    const commitment = commitmentOf(RANDOM.kind === 'random' ? RANDOM.seed : '');
    await verifyDatabase(database().url(), null, { digest, commitment: commitment.toUpperCase() });
    for (const other of [{ digest: '0'.repeat(64) }, { commitment: '0'.repeat(64) }]) {
      const refusal = await refusalOf(verifyDatabase(database().url(), null, other));
      expect(refusal.code).to.equal('STORE_DAMAGED');
    }

    const drawn = makeDirectory();
    await load(drawn, DRAWN);
    await certify(drawn);
    await database().renew();
    await importStore(drawn, database().url(), null);
    await database().query('update loteria.lottery set acta = null');
    const refusal = await refusalOf(verifyDatabase(database().url(), null));
    expect(refusal.code).to.equal('STORE_INCOMPLETE');
  });

  it('export refuses a directory that is there', async () => {
    const { exported } = place();
    mkdirSync(exported);
    const refusal = await refusalOf(exportStore(database().url(), null, exported));
    expect(refusal.code).to.equal('DATA_EXISTS');
  });

  it('init says what the server refuses, and advises nothing that fails again', async () => {
    const { name } = accessTo(database().url(), null);
    const typo = await refusalOf(initStore(database().url(), null, 'typo'));
    expect(typo).to.include({
      ...{ code: 'STORE_REFUSED', message: `${name}: 42704: role "typo" does not exist` },
    });
    await database().query('drop schema loteria cascade');
    await database().query('create role plain login');
    const denied = await refusalOf(initStore(database().url('plain'), null, 'plain'));
    expect(denied.code).to.equal('STORE_REFUSED');
    expect(denied.message)
      .to.include(`${name}: 42501: permission denied for database postgres. Use a user that may`)
      .and.not.match(/store init|start again/);
  });

  it('init makes the tables in a schema that was made for it, also without a right on the database', async () => {
    await database().query('drop schema loteria cascade; create role maker login');
    await database().query('create schema loteria authorization maker');
    expect((await refusalOf(storeStatus(database().url(), null))).code).to.equal(
      'STORE_NOT_INITIALISED',
    );
    expect((await initStore(database().url('maker'), null, null)).isNew).to.equal(true);
    expect((await initStore(database().url('maker'), null, null)).isNew).to.equal(false);
    expect((await storeStatus(database().url(), null)).schemaVersion).to.equal(1);

    await database().query('drop schema loteria cascade; create schema loteria');
    await database().query('create table loteria.batch (a int)');
    const taken = await refusalOf(initStore(database().url(), null, null));
    expect(taken.code).to.equal('STORE_REFUSED');
    expect(taken.message).to.match(/42P07: .*"batch" already exists\. .*schema loteria/);
    expect(await database().query('select * from loteria.batch')).to.deep.equal([]);
  });

  it('say of tables of another version, and of none of any, what they are', async () => {
    const { name } = accessTo(database().url(), null);
    const both = async (): Promise<readonly LoteriaError[]> => [
      await refusalOf(initStore(database().url(), null, null)),
      await refusalOf(storeStatus(database().url(), null)),
    ];
    await database().query('update loteria.lottery set version = 2');
    for (const { code, message } of await both()) {
      expect(code).to.equal('STORE_REFUSED');
      expect(message).to.equal(
        `${name}: tables of version 2, expected 1; use the program that made them`,
      );
    }
    await database().query('delete from loteria.lottery');
    for (const { code, message } of await both()) {
      expect(code).to.equal('STORE_DAMAGED');
      expect(message).to.include(`${name}: loteria.lottery has no row`);
    }
  });

  it('that read or import advise what mends the tables or the rights, and no start', async () => {
    const directory = makeDirectory();
    await load(directory, LOADING);
    await database().query('create role reader login');
    const { parent, exported } = place();
    const refusals = async (user: string): Promise<readonly LoteriaError[]> => {
      const url = database().url(user);
      return [
        await refusalOf(storeStatus(url, null)),
        await refusalOf(exportStore(url, null, exported)),
        await refusalOf(verifyDatabase(url, null)),
        await refusalOf(importStore(directory, url, null)),
      ];
    };
    for (const { code, message } of await refusals('reader')) {
      expect(code).to.equal('STORE_REFUSED');
      expect(message).to.match(/42501: permission denied for schema loteria\. .*store init URL/);
      expect(message).not.to.include('start again');
    }
    await database().query('drop table loteria.agency');
    for (const { code, message } of await refusals('loteria')) {
      expect(code).to.equal('STORE_REFUSED');
      expect(message).to.match(/42P01: .* does not exist\. Restore the tables from a backup/);
      expect(message).not.to.include('start again');
    }
    expect(readdirSync(parent)).to.deep.equal([]);
  });

  it('refuse a database without a lottery, and one that nobody answers for', async () => {
    await database().query('drop schema loteria cascade');
    const { exported } = place();
    for (const work of [
      () => storeStatus(database().url(), null),
      () => exportStore(database().url(), null, exported),
    ]) {
      expect((await refusalOf(work())).code).to.equal('STORE_NOT_INITIALISED');
    }
    expect(existsSync(exported)).to.equal(false);
    const nobody = await refusalOf(storeStatus('postgres://a@127.0.0.1:1/b', null));
    expect(nobody.code).to.equal('STORE_IO');
  });
});
