import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../src/base/errors';
import { accessTo, initialise, openPostgres } from '../../../src/store/postgres/open-postgres';
import { PostgresBetStore } from '../../../src/store/postgres/postgres-bet-store';
import { Primary } from '../../../src/store/postgres/connection/primary';
import type { CommitResult, StoreEvent } from '../../../src/store/bet-store';
import { composeActa, outcomeOf } from '../../../src/store/acta';
import { closed, commitTo } from '../../support/file-engine';
import { PostgresCluster, type PostgresNode } from '../../support/postgres';
import { bets, Ledger, terms } from '../../support/store-ledger';
import { until } from '../../support/until';
import { DRAW } from '../../unit/helpers/scene';
import { recordingLogger } from '../../unit/helpers/recording-sink';

describe('PostgreSQL with standbys', function () {
  this.timeout(120_000);
  let cluster: PostgresCluster | null = null;
  let store: PostgresBetStore | null = null;
  let events: StoreEvent[] = [];

  beforeEach(async function () {
    cluster = await PostgresCluster.startIfInstalled(3);
    if (cluster === null) this.skip();
    const [first] = cluster.nodes;
    // A setting of the role must not hide that a wait was cancelled.
    if (first !== undefined)
      await first.query('alter role loteria set client_min_messages = error');
    const servers = cluster.nodes.map(({ port }) => ({
      ...{ host: '127.0.0.1', port, user: 'loteria', database: 'postgres' },
    }));
    const place = { name: 'postgres', servers, demandsStandby: true };
    await initialise(place, null);
    events = [];
    store = await PostgresBetStore.open(
      {
        ...place,
        logger: recordingLogger('CRITICAL').logger,
      },
      {
        onFailure: (error) => {
          throw error;
        },
        onEvent: (event) => events.push(event),
      },
    );
  });
  afterEach(async () => {
    if (store !== null) await closed(store);
    await cluster?.stop();
  });

  function current(): { readonly store: PostgresBetStore } & Readonly<
    Record<'first' | 'second' | 'third', PostgresNode>
  > {
    const [first, second, third] = cluster?.nodes ?? [];
    if (store === null || first === undefined || second === undefined || third === undefined) {
      throw new Error('nothing was started');
    }
    return { store, first, second, third };
  }

  /** A commit that waits for a standby while there is none. */
  async function commitWithoutStandbys(): Promise<
    ReturnType<typeof current> & { readonly commit: Promise<CommitResult> }
  > {
    const all = current();
    await all.store.claim(1);
    const ledger = Ledger.empty;
    await commitTo(all.store, ledger.entries([terms(2)]));
    for (const standby of [all.second, all.third]) await standby.stop('SIGQUIT');
    return { ...all, commit: commitTo(all.store, ledger.entries([bets(1, 3)])) };
  }

  it('goes on with a promoted standby, and has all that was acknowledged', async () => {
    const { store: open, first, second, third } = current();
    await open.claim(1);
    let ledger = Ledger.empty;
    for (const wishes of [[terms(2)], [bets(1, 4)]]) {
      const entries = ledger.entries(wishes);
      await commitTo(open, entries);
      ledger = ledger.after(entries);
    }
    await first.stop('SIGQUIT');
    const lost = await commitTo(open, ledger.entries([bets(1, 1)]));
    expect([...lost.refused]).to.deep.equal([1]);
    expect(await open.claim(1)).to.equal(null);
    const lsn = 'select pg_last_wal_replay_lsn() as lsn';
    const [a, b] = await Promise.all([second.query(lsn), third.query(lsn)]);
    const [next, other] =
      JSON.stringify(a) >= JSON.stringify(b) ? [second, third] : [third, second];
    await next.promote();
    await next.query("alter system set synchronous_standby_names = 'ANY 1 (node2, node3)'");
    await next.query('select pg_reload_conf()');
    const source = `host=127.0.0.1 port=${String(next.port)} user=loteria application_name=${other === second ? 'node2' : 'node3'}`;
    await other.query(`alter system set primary_conninfo = '${source}'`);
    await other.query('select pg_reload_conf()');
    let totals: Awaited<ReturnType<typeof open.claim>> = null;
    await until('a claim has an answer', async () => (totals = await open.claim(1)) !== null);
    expect(totals).to.deep.equal(ledger.totals[0]);
    expect(events).to.deep.equal(['failover']);
    const entries = ledger.entries([bets(1, 2)]);
    expect([...(await commitTo(open, entries)).refused]).to.deep.equal([]);
  });

  it('takes a cancelled wait for a standby for a failure, and never for a success', async () => {
    const { store: open, first, second, third, commit } = await commitWithoutStandbys();
    const cancel =
      "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'";
    await until('a wait is cancelled', async () => (await first.query(cancel)).length > 0);
    expect([...(await commit).refused]).to.deep.equal([1]);
    for (const standby of [second, third]) await standby.start();
    // It was written here all the same: the next claim says so, when a standby has it.
    expect(await open.claim(1)).to.include({ stored: 3 });
  });

  async function waitForNobody(node: PostgresNode): Promise<void> {
    await node.query("alter system set synchronous_standby_names = ''");
    await node.query('select pg_reload_conf()');
    const now = "select 1 where current_setting('synchronous_standby_names') = ''";
    await until('the setting is read', async () => (await node.query(now)).length > 0);
    // Servers of other connections may be a moment later.
    await sleep(200);
  }

  it('takes a wait that has become one for nobody for a failure', async () => {
    const { store: open, first, commit } = await commitWithoutStandbys();
    const waiting = "select pid from pg_stat_activity where wait_event = 'SyncRep'";
    await until('a commit waits', async () => (await first.query(waiting)).length > 0);
    // The server lets it go on, with a success and without a notice.
    await sleep(100);
    await waitForNobody(first);
    expect([...(await commit).refused]).to.deep.equal([1]);
    expect(await open.claim(1)).to.equal(null);
  });

  it('has no answer where nobody waits for a standby any more', async () => {
    const { store: open, first } = current();
    await open.claim(1);
    const ledger = Ledger.empty;
    await commitTo(open, ledger.entries([terms(2)]));
    await waitForNobody(first);
    const { refused } = await commitTo(open, ledger.entries([bets(1, 3)]));
    expect([...refused]).to.deep.equal([1]);
    await first.query('alter system reset synchronous_standby_names');
    await first.query('select pg_reload_conf()');
    await until('a claim has an answer', async () => (await open.claim(1)) !== null);
    await waitForNobody(first);
    expect(await open.claim(2)).to.equal(null);
  });

  it('takes a transaction for a failure whose commit waited for nobody, however it began', async () => {
    const { first } = current();
    const servers = [
      { host: '127.0.0.1', port: first.port, user: 'loteria', database: 'postgres' },
    ];
    const primary = new Primary({ servers, demandsStandby: true });
    const written = primary.transaction(async (query) => {
      await primary.demandStandby(query);
      await waitForNobody(first);
      await query('update loteria.lottery set finished = finished');
    });
    expect(await written.then(() => 'a success', messageOf)).to.include('does not wait');
    primary.close();
  });

  it('keeps asking for an acta to be stored until a standby has it', async () => {
    const { store: open, first } = current();
    const acta = composeActa(
      outcomeOf(open.state, DRAW, () => 0),
      0,
      { blockBytes: 1, hashes: [] },
    );
    await open.loadActa();
    await waitForNobody(first);
    let isSaved = false;
    const saving = open.saveActa(acta).then(() => (isSaved = true));
    await until('it is tried again', () => events.includes('retry'));
    expect(isSaved).to.equal(false);
    await first.query('alter system reset synchronous_standby_names');
    await first.query('select pg_reload_conf()');
    await saving;
    expect(await open.loadActa()).to.deep.equal(acta);
  });

  it('warns at one address of a primary with standbys, unless the URL says what is wanted', async () => {
    const { first } = current();
    const url = `postgres://loteria@127.0.0.1:${String(first.port)}/postgres`;
    const warnings = async (options: string): Promise<readonly string[]> => {
      const { logger, lines } = recordingLogger('WARNING');
      const access = accessTo(`${url}${options}`, null);
      await closed(await openPostgres(access, logger, { onFailure: () => undefined }));
      return lines.filter((line) => line.includes('operation: open'));
    };
    const [warning = '', ...more] = await warnings('');
    expect(warning).to.include('action: store | result: in_progress | operation: open | store: ');
    expect(warning).to.include('advice: synchronous=required in STORE');
    expect(more).to.deep.equal([]);
    expect(await warnings('?synchronous=required')).to.deep.equal([]);
    expect(await warnings('?synchronous=off')).to.deep.equal([]);
  });

  it('never goes back to a primary that another one has followed', async () => {
    const { first, second } = current();
    const servers = [first, second].map(({ port }) => ({
      ...{ host: '127.0.0.1', port, user: 'loteria', database: 'postgres' },
    }));
    const primary = new Primary({ servers, demandsStandby: false });
    const ask = (): Promise<unknown> => primary.query("select current_setting('port') as port");
    expect(await ask()).to.deep.equal([{ port: String(first.port) }]);
    await second.promote();
    // The old one lives on, and takes itself for the primary.
    await first.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $$loteria$$',
    );
    let found = await ask().catch(() => null);
    found ??= await ask();
    expect(found).to.deep.equal([{ port: String(second.port) }]);
    await second.stop('SIGQUIT');
    for (let i = 0; i < 2; i++) {
      const error = await ask().then(
        () => expect.fail('the old one was asked'),
        (reason: unknown) => messageOf(reason),
      );
      if (i === 1) expect(error).to.include(`127.0.0.1:${String(first.port)}: an old primary`);
    }
    primary.close();
  });
});
