/**
 * One connection to whichever server of a replicated PostgreSQL is the primary. An answer counts only if the
 * transaction itself has waited for its synchronous standby: a wait that was cancelled is a failure, although the
 * server reports success (a notice says so just before).
 */
import { LIMITS } from '../../../base/limits';
import { greet, WAITS_FOR_STANDBY, type Greeted, type Link } from './greet';
import type { ServerConfig } from './place';

/** Notices after which nothing of the transaction is certain: a cancelled wait, a terminated backend. */
const UNCERTAIN: ReadonlySet<string> = new Set(['01000', '57P01']);

export type Row = Readonly<Record<string, unknown>>;
export type Parameter = Buffer | string | number | boolean | null;
export type Query = (text: string, parameters?: readonly Parameter[]) => Promise<readonly Row[]>;

export interface PrimaryOptions {
  /** One for each server. */
  readonly servers: readonly ServerConfig[];
  /** Whether commits must wait for a standby; without, a failover may lose what was acknowledged. */
  readonly demandsStandby: boolean;
  /** How long a statement may take. */
  readonly answerTimeoutMs?: number;
  /** What this program has seen of timelines, on any connection; undefined: on this one. */
  readonly timelines?: Timelines;
  /** Called at each notification on {@link CHANNEL}; undefined: it does not listen. */
  readonly onNotified?: () => void;
  /** Called at each connection but the first. */
  readonly onReconnected?: () => void;
  /** Called at a connection whose timeline is newer than the last one's. */
  readonly onPromoted?: () => void;
}

/**
 * SQL: its position in the log comes after everything that was read before it, so that its transaction ends when
 * a standby has that, too: a plain select would see what may still be lost.
 */
export const WAIT_FOR_STANDBY = "select pg_logical_emit_message(true, 'loteria', 'seen')";

/** A promoted standby begins a timeline; nothing is ever asked of a primary that such a one has followed. */
export class Timelines {
  /** 8 hexadecimal digits; empty before the first primary was seen. */
  newest = '';
}

/** What centrals notify each other on. */
export const CHANNEL = 'loteria';

export class Primary {
  private link: Link | null = null;
  private isClosed = false;
  /** Of the last connection; empty before the first one. */
  private timeline = '';
  private readonly timelines: Timelines;
  /** The end of what was asked for so far: one statement or transaction at a time. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: PrimaryOptions) {
    this.timelines = options.timelines ?? new Timelines();
  }

  /**
   * Runs one statement; connects first where that is necessary. A failure drops the connection. An answer with
   * `commit_waits` (see {@link WAITS_FOR_STANDBY}) that is false is a failure, if commits must wait for a standby.
   */
  readonly query: Query = (text, parameters) => this.inTurn(() => this.run(text, parameters));

  private readonly run: Query = async (text, parameters = []) => {
    const link = await this.connected();
    const beganMs = performance.now();
    try {
      const { rows } = await link.client.query<Row>(text, [...parameters]);
      if (this.options.demandsStandby) {
        demandWaits(rows);
        // A wait ends with a success, too, when the server is changed to wait for nobody.
        if (performance.now() - beganMs > LIMITS.storeDoubtMs) await this.demandStandbyOf(link);
      }
      if (link.isUncertain) throw new Error('the wait for the standby was interrupted');
      return rows;
    } catch (error) {
      this.drop(link);
      throw error;
    }
  };

  /**
   * Runs statements as one transaction. The server may be changed meanwhile to wait for nobody: what counts is
   * whether commits wait behind its own one.
   */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.inTurn(async () => {
      await this.run('begin');
      const { link } = this;
      // Of one connection: behind a lost one it would be half of a transaction.
      const query: Query = (text, parameters) => {
        if (link === null || this.link !== link) throw new Error('the connection was lost');
        return this.run(text, parameters);
      };
      try {
        const result = await work(query);
        await query('commit');
        await this.demandStandby(query);
        return result;
      } catch (error) {
        if (link !== null) this.drop(link);
        throw error;
      }
    });
  }

  /** Runs `work` when it is its turn: what it asks for next is asked at once. */
  inTurn<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const own = (): Promise<T> => work(this.run);
    const result = this.last.then(own, own);
    this.last = result.catch(() => undefined);
    return result;
  }

  /**
   * Makes sure that commits wait for a standby now, if that is demanded.
   *
   * @throws Error where they do not, and drops the connection
   */
  async demandStandby(query: Query): Promise<void> {
    if (this.options.demandsStandby) await query(`select ${WAITS_FOR_STANDBY} as commit_waits`);
  }

  close(): void {
    this.isClosed = true;
    if (this.link !== null) this.drop(this.link);
  }

  private async demandStandbyOf({ client }: Link): Promise<void> {
    demandWaits((await client.query<Row>(`select ${WAITS_FOR_STANDBY} as commit_waits`)).rows);
  }

  private drop(link: Link): void {
    if (link === this.link) this.link = null;
    // Without a goodbye: the server may be frozen, or in the middle of a statement.
    link.socket.destroy();
  }

  private async connected(): Promise<Link> {
    this.demandOpen();
    if (this.link !== null) return this.link;
    const link = await this.findPrimary();
    try {
      await this.listen(link);
      this.demandOpen();
    } catch (error) {
      this.drop(link);
      throw error;
    }
    this.watch(link);
    this.link = link;
    if (this.timeline !== '') this.options.onReconnected?.();
    if (this.timeline !== '' && link.timeline > this.timeline) this.options.onPromoted?.();
    this.timeline = link.timeline;
    return link;
  }

  private demandOpen(): void {
    if (this.isClosed) throw new Error('the store is closed');
  }

  private async listen({ client }: Link): Promise<void> {
    const { onNotified } = this.options;
    if (onNotified === undefined) return;
    client.on('notification', onNotified);
    await client.query(`listen ${CHANNEL}`);
  }

  private watch(link: Link): void {
    const { client } = link;
    client.on('notice', ({ code }) => {
      if (UNCERTAIN.has(code ?? '')) link.isUncertain = true;
    });
    const forget = (): void => {
      if (link === this.link) this.link = null;
    };
    client.on('error', forget);
    client.on('end', forget);
  }

  /** Asks all servers at once; of two that take themselves for the primary, the higher timeline is it. */
  private async findPrimary(): Promise<Greeted> {
    const { servers } = this.options;
    const timeoutMs = this.options.answerTimeoutMs ?? LIMITS.storeAnswerTimeoutMs;
    const found = await Promise.all(servers.map((server) => greet(server, timeoutMs)));
    const { timelines } = this;
    for (const one of found) {
      if (typeof one !== 'string' && one.timeline > timelines.newest) {
        timelines.newest = one.timeline;
      }
    }
    const problems = found.map((one) => (typeof one === 'string' ? one : this.problemOf(one)));
    const primary = found.find(
      (one, i): one is Greeted => problems[i] === null && typeof one !== 'string',
    );
    for (const one of found) if (typeof one !== 'string' && one !== primary) this.drop(one);
    if (primary !== undefined) return primary;
    const reasons = servers.map(
      ({ host, port }, i) => `${host}:${String(port)}: ${problems[i] ?? ''}`,
    );
    throw new Error(`no primary: ${reasons.join(', ')}`);
  }

  /** Why a server is not the primary; null: it is. */
  private problemOf({ isStandby, waits, timeline }: Greeted): string | null {
    if (isStandby) return 'a standby';
    if (timeline < this.timelines.newest) return 'an old primary';
    return waits || !this.options.demandsStandby ? null : 'does not wait for a standby';
  }
}

function demandWaits(rows: readonly Row[]): void {
  if (rows[0]?.['commit_waits'] !== false) return;
  throw new Error('the primary does not wait for a standby any more');
}
