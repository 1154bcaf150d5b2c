import { expect } from 'chai';
import { initialise, type PostgresAccess } from '../../../src/store/postgres/open-postgres';
import type { StoreEntry } from '../../../src/store/state';
import type { ServerConfig } from '../../../src/store/postgres/connection/place';
import { Primary } from '../../../src/store/postgres/connection/primary';
import { PostgresBetStore } from '../../../src/store/postgres/postgres-bet-store';
import { PostgresCluster } from '../../support/postgres';
import { expectFailure } from '../../unit/helpers/failures';
import { recordingLogger } from '../../unit/helpers/recording-sink';
import { closed, commitTo } from '../../support/file-engine';
import { bets, finished, Ledger, terms } from '../../support/store-ledger';
import { until } from '../../support/until';
import { describeEngine } from '../conformance';

for (const nodes of [1, 3] as const) {
  describe(`${String(nodes)} PostgreSQL nodes`, function () {
    this.timeout(60_000);
    let cluster: PostgresCluster | null = null;

    before(async function () {
      cluster = await PostgresCluster.startIfInstalled(nodes);
      if (cluster === null) this.skip();
    });
    after(() => cluster?.stop());

    /** An empty place; databases of their own would be some thousand files each. */
    async function makePlace(): Promise<PostgresAccess> {
      const servers = Array.from({ length: nodes }, (_, i) => serverAt(i));
      const place = { name: 'postgres', servers, demandsStandby: nodes > 1 };
      await cluster?.nodes[0]?.query('drop schema if exists loteria cascade');
      await initialise(place, null);
      return place;
    }

    function serverAt(index: number): ServerConfig {
      const port = cluster?.nodes[index]?.port ?? 0;
      return { host: '127.0.0.1', port, user: 'loteria', database: 'postgres' };
    }

    function openAt(
      place: PostgresAccess,
      onFailure = (error: unknown): void => {
        throw error;
      },
    ): Promise<PostgresBetStore> {
      const { logger } = recordingLogger('CRITICAL');
      return PostgresBetStore.open({ ...place, logger }, { onFailure });
    }

    describeEngine('PostgreSQL', { isShared: true }, () => {
      const place = makePlace();
      return { open: async () => openAt(await place) };
    });

    describe('what other centrals do', () => {
      const stores: PostgresBetStore[] = [];
      const failures: unknown[] = [];
      const connections: Primary[] = [];

      beforeEach(async () => {
        const place = await makePlace();
        failures.length = 0;
        const open = (): Promise<PostgresBetStore> =>
          openAt(place, (error) => failures.push(error));
        stores.push(await open(), await open());
      });
      afterEach(async () => {
        for (const connection of connections.splice(0)) connection.close();
        await Promise.all(stores.splice(0).map(closed));
        expect(failures).to.deep.equal([]);
      });

      function both(): readonly [PostgresBetStore, PostgresBetStore] {
        const [first, second] = stores;
        if (first === undefined || second === undefined) throw new Error('nothing is open');
        return [first, second];
      }

      /** A connection of no central. */
      function connect(onNotified?: () => void): Primary {
        const demands = { servers: [serverAt(0)], demandsStandby: false };
        const connection = new Primary({ ...demands, ...(onNotified && { onNotified }) });
        connections.push(connection);
        return connection;
      }

      it('is reported once an agency has finished there, and only then', async () => {
        const [first, second] = both();
        const news: (readonly number[])[] = [];
        second.followOthers((agencies) => news.push(agencies));
        first.followOthers(() => expect.fail('it has finished them itself'));
        await first.claim(1);
        let ledger = Ledger.empty;
        for (const wishes of [[terms(2), bets(1, 2)], [finished(1)], [finished(2)]]) {
          const entries = ledger.entries(wishes);
          await commitTo(first, entries);
          ledger = ledger.after(entries);
        }
        await until('two agencies are reported', () => news.flat().length >= 2);
        expect(news.flat()).to.have.members([1, 2]);
        expect(second.state.agencies.get(2)?.finished).to.equal(true);
      });

      it('is reported also when the notification came before anybody asked for reports', async () => {
        const [first, second] = both();
        let notifications = 0;
        await connect(() => notifications++).query('select 1');
        await first.claim(1);
        let ledger = Ledger.empty;
        // It notifies the others once it knows how many agencies there are.
        for (const wishes of [[terms(1)], [bets(1, 1), finished(1)]]) {
          const entries = ledger.entries(wishes);
          await commitTo(first, entries);
          ledger = ledger.after(entries);
        }
        await until('the notification', () => notifications > 0);
        // By its next answer it has arrived here, too; and by those behind it whatever it makes this central ask.
        for (let i = 0; i < 5; i++) await second.claim(2);
        const news: number[] = [];
        second.followOthers((agencies) => news.push(...agencies));
        await until('an agency is reported', () => news.length > 0);
        expect(news).to.deep.equal([1]);
      });

      it('never waits for a commit that waits for it: both lock agencies by their number', async () => {
        const [first, second] = both();
        // So that their rows lie in the other order, as do the entries.
        for (const agency of [2, 1]) await first.claim(agency);
        const ledger = Ledger.empty.after(Ledger.empty.entries([terms(2)]));
        await commitTo(first, Ledger.empty.entries([terms(2)]));
        const blocker = connect();
        const { claims, commit } = await blocker.transaction(async (query) => {
          const untilWaiting = (count: number): Promise<void> =>
            until(`${String(count)} wait for a lock`, async () => {
              const waiting = await query('select pid from pg_locks where not granted');
              return waiting.length >= count;
            });
          await query('select from loteria.agency where agency = 1 for update');
          const asked = Promise.all([second.claim(1), second.claim(2)]);
          await untilWaiting(1);
          const group = commitTo(first, ledger.entries([bets(2, 3), bets(1, 3)]));
          await untilWaiting(2);
          return { claims: () => asked, commit: () => group };
        });
        for (const totals of await claims()) expect(totals).to.include({ stored: 0 });
        const { refused, isUnavailable } = await commit();
        expect([...refused]).to.have.members([1, 2]);
        expect(isUnavailable).to.equal(false);
      });

      it('has no answer to a claim where a draw is not known that another one has made', async () => {
        const [first, second] = both();
        await first.claim(1);
        const ledger = Ledger.empty;
        await commitTo(first, ledger.entries([terms(1), bets(1, 1), finished(1)]));
        const { winners, digest } = await first.findWinners(7574);
        const drawn = (id: string): StoreEntry[] => {
          const draw = { id, timeMs: 5, winningNumber: 7574, winners, digest };
          return [{ kind: 'draw', draw }];
        };
        await commitTo(first, drawn('0123456789abcdef'));
        expect(await second.claim(1)).to.equal(null);
        expect((await second.findWinners(7574)).digest).to.equal(digest);
        await commitTo(second, drawn('fedcba9876543210'));
        expect(second.state.draw).to.include({ id: '0123456789abcdef' });
        expect(await second.claim(1)).to.include({ stored: 1, finished: true });
      });

      it('is not what this central does itself: its own claim, asked before a commit, refuses nothing', async () => {
        const [first] = both();
        let ledger = Ledger.empty.after(Ledger.empty.entries([terms(2)]));
        await commitTo(first, Ledger.empty.entries([terms(2)]));
        await first.claim(1);
        for (let round = 0; round < 3; round++) {
          const entries = ledger.entries([bets(1, 2)]);
          expect([...(await commitTo(first, entries)).refused]).to.deep.equal([]);
          ledger = ledger.after(entries);
          const claim = first.claim(1);
          const promised = await commitTo(first, [], [1]);
          expect([...promised.refused]).to.deep.equal([]);
          expect(await claim).to.deep.equal(ledger.totals[0]);
        }
      });

      it('replaces no terms that are stored: with others there is no claim and no commit', async () => {
        const [first, second] = both();
        await commitTo(first, Ledger.empty.entries([terms(5)]));
        for (const agency of [1, 2]) await first.claim(agency);
        const begun = Ledger.empty.after(Ledger.empty.entries([terms(5)]));
        // It was opened before there were any.
        second.commit({ entries: begun.entries([terms(2)]), promises: new Set() }, () =>
          expect.fail('other terms are stored'),
        );
        await until('it fails', () => failures.length > 0);
        expectFailure(failures.pop(), 'CONFIG_INVALID', 'other settings');

        await connect().query(
          `update loteria.lottery set state = jsonb_set(state, '{terms,agencies}', '2')`,
        );
        const { refused } = await commitTo(first, begun.entries([bets(1, 3)]), [2]);
        expect([...refused]).to.have.members([1, 2]);
        expect((await commitTo(first, [finished(3)] as StoreEntry[])).refused).to.include(3);
        const claim = await first.claim(1).catch((error: unknown) => error);
        expectFailure(claim, 'CONFIG_INVALID', 'other settings');
        const drawing = await first.findWinners(7574).catch((error: unknown) => error);
        expectFailure(drawing, 'CONFIG_INVALID', 'other settings');
        first.followOthers(() => expect.fail('nobody has finished'));
        await until('it asks', () => failures.length > 0);
        expectFailure(failures.pop(), 'CONFIG_INVALID', 'other settings');
        const rows =
          'select from loteria.batch union all select from loteria.agency where finished';
        expect(await connect().query(rows)).to.deep.equal([]);
      });

      it('takes no more bets and no more ends once there is a draw, and still keeps promises', async () => {
        const [first, second] = both();
        await commitTo(first, Ledger.empty.entries([terms(3)]));
        for (const agency of [1, 2]) await first.claim(agency);
        let ledger = Ledger.empty.after(Ledger.empty.entries([terms(3)]));
        const before = ledger.entries([bets(1, 3)]);
        await commitTo(first, before);
        ledger = ledger.after(before);
        const { winners, digest } = await second.findWinners(7574);
        const draw = {
          ...{ id: 'fedcba9876543210', timeMs: 5 },
          ...{ winningNumber: 7574, winners, digest },
        };
        await commitTo(second, [{ kind: 'draw', draw }]);
        const late = await commitTo(first, ledger.entries([bets(1, 2), finished(2), finished(3)]));
        expect([...late.refused].sort()).to.deep.equal([1, 2, 3]);
        await commitTo(first, [{ kind: 'draw', draw }]);
        expect(await first.claim(1)).to.deep.equal(ledger.totals[0]);
        expect((await commitTo(first, [], [1])).refused.size).to.equal(0);
      });
    });
  });
}
