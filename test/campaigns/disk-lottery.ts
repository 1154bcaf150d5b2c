/**
 * A small lottery on a disk that fails: the central is a real process, the agencies are the tests'
 * own. After the fault: nothing acknowledged that is not there, one line of log with the code, an
 * exit code that is not 0; and a start on a disk that works finishes the lottery with exact data.
 */
import { checkLottery, type Inputs } from '../support/bets-check';
import { loteria, type Exit, type Program } from '../support/program';
import { RawAgency } from '../support/raw-agency';
import { NORA, rowText, type RowFields } from '../support/wire-builder';

const RUN_MS = 20_000;
const HAS_ENDED = Symbol('ended');

export interface DiskData {
  readonly agencies: number;
  readonly bets: number;
  /** Bets in a batch. */
  readonly batchBets: number;
  /** Makes a row longer than the usual 45 bytes. */
  readonly nameBytes?: number;
}

export const SMALL_DATA: DiskData = { agencies: 2, bets: 6, batchBets: 2 };

/** Settings of a central whose data are in `directory`. */
export function centralEnv(directory: string, agencies: number): Record<string, string> {
  return {
    SERVER_PORT: '0',
    SERVER_LISTEN_BACKLOG: '16',
    LOGGING_LEVEL: 'INFO',
    AGENCIES: String(agencies),
    DATA_DIR: directory,
    PARSE_WORKERS: '1',
    NODE_V8_COVERAGE: '',
  };
}

export class DiskLottery {
  readonly agencies: readonly RawAgency[];
  readonly problems: string[] = [];
  private readonly inputs: Inputs;
  private allFinished: () => void = () => undefined;

  constructor(
    readonly directory: string,
    readonly data: DiskData,
  ) {
    const rows = Array.from({ length: data.agencies }, (_, i) => rowsOf(i + 1, data));
    this.inputs = new Map(
      rows.map((of, i) => [i + 1, of.map((row) => row.slice(row.indexOf(',') + 1, -2))]),
    );
    this.agencies = rows.map(
      (of, i) =>
        new RawAgency(i + 1, {
          rows: of.map((row) => Buffer.from(row)),
          window: 1,
          batchBets: data.batchBets,
          onFinished: () => {
            this.allFinished();
          },
        }),
    );
  }

  /**
   * Lets the agencies talk to a central, one begins when the one before has finished, until they
   * have their winners or the central is gone; then asks it to stop.
   */
  async run(central: Program): Promise<Exit> {
    const ended = central.exited.then((): typeof HAS_ENDED => HAS_ENDED);
    const timer = setTimeout(() => {
      this.problems.push(`not over after ${String(RUN_MS)} ms`);
      central.signal('SIGKILL');
    }, RUN_MS);
    try {
      const line = await central.waitFor('action: listen').catch(() => '');
      const port = Number(/port: (\d+)/.exec(line)?.[1] ?? 0);
      if (port > 0) await Promise.race([this.talk(port), ended]);
      if (this.agencies.every(({ winners }) => winners !== null)) {
        await central.waitFor('action: acta ').catch(() => '');
      }
      central.signal('SIGTERM');
      return await central.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  private async talk(port: number): Promise<void> {
    const running: Promise<void>[] = [];
    for (const agency of this.agencies) {
      const finished = new Promise<void>((resolve) => {
        this.allFinished = resolve;
      });
      const over = agency.run(port);
      running.push(over);
      await Promise.race([finished, over]);
    }
    await Promise.all(running);
  }

  /** Starts again on a disk that works, and checks that all comes to a good end. */
  async finish(): Promise<string[]> {
    const { directory, data, agencies, problems } = this;
    const central = loteria(['server'], centralEnv(directory, data.agencies), directory);
    const exit = await this.run(central);
    if (exit.code !== 0) problems.push(`the next start ended: ${central.output}`);
    for (const { number, winners, problems: found } of agencies) {
      problems.push(...found);
      if (winners?.length !== 1) problems.push(`agency ${String(number)} has no winners`);
    }
    const verify = loteria(['verify', directory], { NODE_V8_COVERAGE: '' }, directory);
    if ((await verify.exited).code !== 0) problems.push(`loteria verify: ${verify.output}`);
    return [...problems, ...checkLottery(directory, this.inputs)];
  }
}

/**
 * What is wrong with how a central ended after a fault with this code. The acta alone may fail
 * without an end: nothing waits for it, and the next start writes it.
 */
export function judgeFailure(central: Program, exit: Exit, code: string): string[] {
  const problems: string[] = [];
  const errors = central.lines.filter((line) => line.includes('result: fail'));
  const isActa = errors[0]?.includes('action: acta ') ?? false;
  if (isActa ? exit.code !== 0 : exit.code !== 1) {
    problems.push(`it ended with ${JSON.stringify(exit)}`);
  }
  const strays = central.lines.filter((line) => !line.includes('action: '));
  if (errors.length !== 1 || strays.length > 0)
    problems.push(`not one clear line: ${central.output}`);
  if (
    !(errors[0] ?? '').includes(`code: STORE_IO | error: `) ||
    !(errors[0] ?? '').includes(code)
  ) {
    problems.push(`the line does not say STORE_IO and ${code}: ${errors[0] ?? ''}`);
  }
  return problems;
}

/** Rows of an agency; its second bet wins. */
function rowsOf(agency: number, { bets, nameBytes }: DiskData): string[] {
  const name: Partial<RowFields> =
    nameBytes === undefined
      ? {}
      : { firstName: 'a'.repeat(nameBytes), lastName: 'b'.repeat(nameBytes) };
  return Array.from({ length: bets }, (_, i) =>
    rowText({
      ...NORA,
      ...name,
      agency,
      document: String(20_000_000 + i),
      number: i === 1 ? 7574 : i % 7000,
    }),
  );
}
