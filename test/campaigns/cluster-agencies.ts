/** The agencies of a cluster campaign: programs that know all centrals, and are never started again. */
import { winnersOf, type Inputs } from '../support/bets-check';
import { loteria, type Exit, type Program } from '../support/program';
import type { CampaignCentral } from './cluster-central';

const BATCH_BETS = 10;

export interface AgenciesOptions {
  readonly directory: string;
  readonly inputs: Inputs;
  readonly file: (agency: number) => string;
  /** Seconds over which they spread their bets. */
  readonly paceSeconds: number;
}

export class CampaignAgencies {
  readonly problems: string[] = [];
  /** Their lines of the log are kept when something went wrong. */
  readonly programs = new Map<number, Program>();
  private readonly done = new Set<number>();
  private isStopped = false;

  constructor(private readonly options: AgenciesOptions) {}

  /** Whether all have ended. */
  get isOver(): boolean {
    return this.done.size === this.options.inputs.size;
  }

  /**
   * Starts all; each begins at another central.
   *
   * @param windowOf batches on their way at most
   */
  start(centrals: readonly CampaignCentral[], windowOf: () => number): void {
    for (const agency of this.options.inputs.keys()) {
      const addresses = centrals.map((_, i) => {
        const central = centrals[(i + agency) % centrals.length];
        return `127.0.0.1:${String(central?.port)}`;
      });
      const program = this.startOne(agency, addresses.join(), windowOf());
      this.programs.set(agency, program);
      void program.exited.then((exit) => {
        if (!this.isStopped) this.judge(agency, program, exit);
        this.done.add(agency);
      });
    }
  }

  /** Ends those that are left. */
  kill(): void {
    this.isStopped = true;
    for (const program of this.programs.values()) program.signal('SIGKILL');
  }

  private startOne(agency: number, addresses: string, window: number): Program {
    const { directory, file, paceSeconds } = this.options;
    return loteria(
      ['client'],
      {
        CLI_ID: String(agency),
        CLI_SERVER_ADDRESS: addresses,
        CLI_LOOP_AMOUNT: '1',
        CLI_LOOP_PERIOD: '1ms',
        CLI_LOG_LEVEL: 'DEBUG',
        CLI_DATA: file(agency),
        CLI_BATCH_MAXAMOUNT: String(BATCH_BETS),
        CLI_BATCH_WINDOW: String(window),
        CLI_RETRY_FOR: '1h',
        CLI_PACE: `${String(paceSeconds)}s`,
        NODE_V8_COVERAGE: '',
      },
      directory,
    );
  }

  private judge(agency: number, program: Program, exit: Exit): void {
    const who = `agency ${String(agency)}`;
    if (exit.code !== 0) {
      const last = program.lines.at(-1) ?? '';
      this.problems.push(`${who} ended with ${JSON.stringify(exit)}: ${last}`);
    }
    // A line for each page of winners.
    const received = program
      .matching('action: winners |')
      .flatMap((line) => /documents: (.+)$/.exec(line)?.[1]?.split(' ') ?? [])
      .sort()
      .join(' ');
    const expected = winnersOf(this.options.inputs.get(agency) ?? [])
      .sort()
      .join(' ');
    if (received !== expected) {
      this.problems.push(`${who} received the winners "${received}", expected "${expected}"`);
    }
  }
}
