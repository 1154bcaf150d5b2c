/** A central that is killed, frozen and cut off: agencies and databases reach it, and it them, through proxies. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loteria, type Program } from '../support/program';
import { TcpProxy, type Cut } from '../support/tcp-proxy';
import type { ReplyLedger } from '../support/reply-ledger';

/** After a start that found no database, as a supervisor would. */
export const RESTART_MS = 500;

export interface CentralOptions {
  readonly name: string;
  readonly directory: string;
  /** Ports of the nodes. */
  readonly nodes: readonly number[];
  readonly passwordFile: string;
  readonly agencies: number;
  readonly ledger: ReplyLedger;
}

export class CampaignCentral {
  readonly problems: string[] = [];
  /** Lines of all lives. */
  readonly lines: string[] = [];
  /** Starts that ended because no primary answered. */
  refusedStarts = 0;
  private program: Program | null = null;
  private listens: number | null = null;
  private isWanted = false;

  private constructor(
    private readonly options: CentralOptions,
    private readonly front: TcpProxy,
    private readonly toNodes: readonly TcpProxy[],
  ) {}

  static async open(options: CentralOptions): Promise<CampaignCentral> {
    const opened: { central?: CampaignCentral } = {};
    const front = await TcpProxy.open({
      target: () => opened.central?.listens ?? null,
      tap: () => {
        const { fromAgency, fromCentral, end } = options.ledger.tap();
        return { fromClient: fromAgency, fromTarget: fromCentral, end };
      },
    });
    const toNodes = await Promise.all(
      options.nodes.map((port) => TcpProxy.open({ target: () => port })),
    );
    opened.central = new CampaignCentral(options, front, toNodes);
    return opened.central;
  }

  /** What agencies connect to, in all lives. */
  get port(): number {
    return this.front.port;
  }

  get isListening(): boolean {
    return this.listens !== null;
  }

  start(): void {
    this.isWanted = true;
    const { directory, passwordFile, agencies } = this.options;
    const hosts = this.toNodes.map(({ port }) => `127.0.0.1:${String(port)}`).join();
    const program = loteria(
      ['server'],
      {
        SERVER_PORT: '0',
        SERVER_LISTEN_BACKLOG: '64',
        LOGGING_LEVEL: 'DEBUG',
        AGENCIES: String(agencies),
        STORE: `postgres://loteria@${hosts}/loteria`,
        STORE_PASSWORD_FILE: passwordFile,
        NODE_V8_COVERAGE: '',
      },
      directory,
    );
    this.program = program;
    program.onLine((line) => {
      this.lines.push(line);
      if (line.includes('action: listen | result: success')) {
        this.listens = Number(/port: (\d+)/.exec(line)?.[1]);
      }
    });
    void program.exited.then(({ code, signal }) => {
      this.lines.push(`--- ended with ${JSON.stringify({ code, signal })}`);
      if (program !== this.program) return;
      this.program = null;
      const hasListened = this.listens !== null;
      this.listens = null;
      if (this.isWanted) void this.judge(program, hasListened);
    });
  }

  /** kill -9; agencies that connect are reset until it is started again. */
  async kill(): Promise<void> {
    this.isWanted = false;
    const { program } = this;
    // Frozen, it ends all the same.
    program?.signal('SIGKILL');
    await program?.exited;
  }

  freeze(): void {
    this.program?.signal('SIGSTOP');
  }

  resume(): void {
    this.program?.signal('SIGCONT');
  }

  /** Cuts its network to a node; without one to all. */
  cut(how: Cut, node?: number): void {
    for (const [i, proxy] of this.toNodes.entries()) if (i === (node ?? i)) proxy.cut(how);
  }

  heal(): void {
    for (const proxy of this.toNodes) proxy.heal();
  }

  /** In good order. */
  async stop(): Promise<void> {
    this.isWanted = false;
    const { program } = this;
    program?.signal('SIGTERM');
    const exit = await program?.exited;
    if (exit !== undefined && exit.code !== 0) {
      this.problems.push(
        `${this.options.name} was stopped, and ended with ${JSON.stringify(exit)}`,
      );
    }
  }

  close(): void {
    this.front.close();
    for (const proxy of this.toNodes) proxy.close();
  }

  /** It has ended, and nobody has killed it. */
  private async judge(program: Program, hasListened: boolean): Promise<void> {
    const last = program.lines.at(-1) ?? '';
    if (hasListened || !program.output.includes('STORE_IO')) {
      this.problems.push(`${this.options.name} ended by itself: ${last}`);
      return;
    }
    this.refusedStarts++;
    await sleep(RESTART_MS);
    // Meanwhile it may have been killed, and started again.
    if (this.isWanted && this.program === null) this.start();
  }
}
