/** The central of the demo, which can be killed on the way and started again where it was. */
import { LIMITS } from '../../base/limits';
import { ChildProgram, type LogFields } from './child-program';

export interface DemoCentralOptions {
  readonly agencies: number;
  /** Of its store. */
  readonly dataDirectory: string;
  /** Of its live board; 0: the system chooses. */
  readonly boardPort: number;
}

/** What the central knew when it was back. */
export interface Recovery {
  readonly bets: number;
  /** From its end until it listened again. */
  readonly seconds: number;
}

export class DemoCentral {
  private isOver = false;

  private constructor(
    private readonly options: DemoCentralOptions,
    private program: ChildProgram,
    /** The port that it listens on, the same in each of its lives. */
    readonly port: string,
    /** Address of its board, the same too. */
    readonly boardUrl: string,
  ) {}

  /** @throws LoteriaError GAVE_UP */
  static async start(options: DemoCentralOptions): Promise<DemoCentral> {
    const program = startProgram(options, '0');
    const [{ port = '' }, board] = await Promise.all([
      program.waitFor('listen'),
      program.waitFor('board'),
    ]);
    const { url = '', port: boardPort = '' } = board;
    return new DemoCentral({ ...options, boardPort: Number(boardPort) }, program, port, url);
  }

  /** The central that runs, or ran last. */
  get current(): ChildProgram {
    return this.program;
  }

  /**
   * Kills it with SIGKILL, and starts it again.
   *
   * @returns null when it was stopped meanwhile
   * @throws LoteriaError GAVE_UP
   */
  async crash(): Promise<Recovery | null> {
    const startedMs = performance.now();
    this.program.kill();
    await this.program.exited;
    await new Promise((resolve) => setTimeout(resolve, LIMITS.demoAwayMs));
    if (this.isOver) return null;
    this.program = startProgram(this.options, this.port);
    const [recovered] = await Promise.all([
      this.program.waitFor('recover'),
      this.program.waitFor('listen'),
    ]);
    return { bets: betsOf(recovered), seconds: (performance.now() - startedMs) / 1_000 };
  }

  /** Requests a graceful shutdown; it does not come back. */
  stop(): void {
    this.isOver = true;
    this.program.stop();
  }
}

function betsOf({ bets = '' }: LogFields): number {
  return Number(bets);
}

function startProgram(
  { agencies, dataDirectory, boardPort }: DemoCentralOptions,
  port: string,
): ChildProgram {
  return new ChildProgram('central', ['server'], {
    SERVER_MODE: 'lottery',
    SERVER_PORT: port,
    SERVER_LISTEN_BACKLOG: '128',
    LOGGING_LEVEL: 'INFO',
    BIND_ADDRESS: '127.0.0.1',
    AGENCIES: String(agencies),
    DATA_DIR: dataDirectory,
    BOARD_PORT: String(boardPort),
  });
}
