/**
 * Bets in a replicated PostgreSQL, for any number of centrals. A claim raises the agency's epoch, and every commit
 * carries it, so that an earlier owner of the agency can store nothing more. This central caches only what it can
 * read again, and promises nothing that the database has not confirmed.
 */
import { LIMITS } from '../../base/limits';
import type { Logger } from '../../base/log/log';
import { actaBetsOf, type Acta } from '../acta';
import { differenceFromRecord } from '../acta-check';
import type {
  BetsDigest,
  BetStore,
  CommitGroup,
  CommitResult,
  DrawnWinners,
  StoreListener,
  Winners,
} from '../bet-store';
import { logRecovery } from '../log-recovery';
import type { AgencyTotals, LotteryState, StoreEntry } from '../state';
import { damagedTables } from '../store-error';
import { Commits } from './commits';
import { WAITS_FOR_STANDBY } from './connection/greet';
import { KnownState } from './known-state';
import { actaOf, loadGlobal } from './lottery-row';
import { OtherCentrals } from './other-centrals';
import { Primary, Timelines, type PrimaryOptions, type Query } from './connection/primary';
import { adviseCentral, failureOf, isLockTimeout } from './refusals';
import { Retries } from './retries';
import { demandSchema } from './schema';
import { scanBets } from './stored-bets';
import { hashWinners, loadStoredWinners, WinnersSaver } from './stored-winners';

export interface PostgresOptions extends Pick<PrimaryOptions, 'servers' | 'demandsStandby'> {
  /** Servers and database without the password, for errors and log lines. */
  readonly name: string;
  readonly logger: Logger;
}

export class PostgresBetStore implements BetStore {
  readonly kind = 'database';
  readonly name: string;
  /** For claims and commits; and for all bets, draw and acta, which must not hold those up. */
  private readonly primary: Primary;
  private readonly reader: Primary;
  private readonly retries: Retries;
  private readonly commits: Commits;
  private readonly others: OtherCentrals;
  private readonly known = new KnownState();
  private onFinished: (agencies: readonly number[]) => void = () => undefined;

  private constructor(
    options: PostgresOptions,
    private readonly listener: StoreListener,
  ) {
    const { name, logger, servers, demandsStandby } = options;
    this.name = name;
    this.retries = new Retries(logger, name, () => listener.onEvent?.('retry'));
    const { known, retries } = this;
    const timelines = new Timelines();
    this.primary = new Primary({
      ...{ servers, demandsStandby, timelines },
      onNotified: () => {
        this.others.ask();
      },
      onReconnected: () => {
        logger.warning('store', 'success', { operation: 'reconnect', store: name });
      },
      onPromoted: () => listener.onEvent?.('failover'),
    });
    this.reader = new Primary({
      ...{ servers, demandsStandby, timelines },
      answerTimeoutMs: LIMITS.storeReadTimeoutMs,
    });
    const { primary } = this;
    this.others = new OtherCentrals({
      ...{ name, primary, known, retries },
      onFinished: (agencies) => {
        for (const agency of agencies) known.apply({ kind: 'finished', agency });
        this.onFinished(agencies);
      },
      onFailure: listener.onFailure.bind(listener),
    });
    this.commits = new Commits({
      ...{ name, primary, known, retries },
      onNews: () => {
        this.others.ask();
      },
      onAllFinished: () => {
        this.others.ask();
        this.others.notify();
      },
    });
  }

  /** @throws LoteriaError STORE_IO when no primary answers; STORE_NOT_INITIALISED; STORE_REFUSED; STORE_DAMAGED */
  static async open(options: PostgresOptions, listener: StoreListener): Promise<PostgresBetStore> {
    const store = new PostgresBetStore(options, listener);
    try {
      await demandSchema(store.primary.query, store.name);
      await store.retries.run(() => store.load());
      logRecovery(options.logger, store.name, store.state);
      return store;
    } catch (error) {
      store.primary.close();
      throw failureOf(store.name, error, adviseCentral);
    }
  }

  get state(): Readonly<LotteryState> {
    return this.known.state;
  }

  claim(agency: number): Promise<Readonly<AgencyTotals> | null> {
    return this.commits.claim(agency);
  }

  commit(group: CommitGroup, done: (result: CommitResult) => void): void {
    this.commits.commit(group).then(done, (error: unknown) => {
      this.listener.onFailure(error);
    });
  }

  /** On the connection that holds up no claims and no commits. */
  async record(entries: readonly StoreEntry[]): Promise<readonly StoreEntry[]> {
    await this.commits.record(this.reader, entries);
    return [];
  }

  followOthers(onFinished: (agencies: readonly number[]) => void): void {
    this.onFinished = onFinished;
    this.others.start();
  }

  publishTerms(): void {
    // They are in the database, for everybody who may read it.
  }

  recall(): void {
    // Only the 2020 edition needs it, which this engine does not keep.
  }

  loadWinners(): Promise<Winners | null> {
    const { draw } = this.state;
    if (draw === null) return Promise.resolve(null);
    this.commits.beginDrawn();
    return this.winnersOf(draw.digest, draw.winners);
  }

  /** Of several centrals that draw at once one looks for winners, and the others wait for what it finds. */
  async findWinners(number: number): Promise<DrawnWinners> {
    const digest = await this.retries.run(() =>
      this.reader.transaction(async (query) => {
        await loadGlobal(query, this.name, this.known.state);
        const found = 'select found_number, found_digest from loteria.lottery';
        const [row] = await query(found);
        if (row?.['found_number'] === number) return String(row['found_digest']);
        return this.findAndSave(query, number);
      }),
    );
    return this.winnersOf(digest, null);
  }

  digest(): Promise<BetsDigest> {
    return this.retries.run(async () => {
      const { csvBytes, blocks } = await this.scan(this.reader.query, null);
      const { state } = this;
      const difference = differenceFromRecord(actaBetsOf(csvBytes, blocks), state);
      if (difference !== null) throw damagedTables(this.name, difference);
      return { csvBytes, blocks, state };
    });
  }

  async loadActa(): Promise<Acta | null> {
    const [row] = await this.reading('select acta from loteria.lottery');
    return actaOf(this.name, row?.['acta']);
  }

  async saveActa(acta: Acta): Promise<void> {
    const record = `update loteria.lottery set acta = $1::json returning ${WAITS_FOR_STANDBY} as commit_waits`;
    await this.reading(record, [JSON.stringify(acta)]);
  }

  abandon(): void {
    this.retries.abandon();
    this.others.close();
  }

  close(done: () => void): void {
    this.abandon();
    this.primary.close();
    this.reader.close();
    done();
  }

  /** Runs a statement, which must be safe to repeat, until it is answered. */
  private readonly reading: Query = (text, parameters) =>
    this.retries.run(() => this.reader.query(text, parameters));

  /** @param count of winners that the draw has recorded; null: it is not recorded yet */
  private async winnersOf(digest: string, count: number | null): Promise<DrawnWinners> {
    const winners = await loadStoredWinners(this.reading, this.name, digest);
    if (count === null || count === winners.winners) return winners;
    const what = `${String(winners.winners)} winners are stored, and ${String(count)} were drawn`;
    throw damagedTables(this.name, what);
  }

  /** A draw or an import holds the lock as long as it takes. */
  private async load(): Promise<void> {
    const { name, known } = this;
    const load = this.primary.transaction(async (query) => {
      await query(`set local lock_timeout = ${String(LIMITS.storeLockTimeoutMs)}`);
      await loadGlobal(query, name, known.state);
      await known.loadAgencies(query);
    });
    await load.catch((error: unknown) => {
      if (!isLockTimeout(error)) throw error;
      throw new Error('a draw or an import has locked the lottery', { cause: error });
    });
  }

  private async findAndSave(query: Query, number: number): Promise<string> {
    const saver = new WinnersSaver(query);
    await saver.begin();
    await this.scan(query, number, saver);
    const digest = await hashWinners(query);
    const record = 'update loteria.lottery set found_number = $1, found_digest = $2';
    await query(record, [number, digest]);
    return digest;
  }

  private async scan(
    query: Query,
    number: number | null,
    saver?: WinnersSaver,
  ): ReturnType<typeof scanBets> {
    await this.known.loadAgencies(query);
    return scanBets({
      ...{ query, name: this.name, totals: this.state.agencies, number },
      isAbandoned: () => this.retries.isAbandoned,
      ...(saver === undefined ? {} : { onWinners: (rows) => saver.add(rows) }),
    });
  }
}
