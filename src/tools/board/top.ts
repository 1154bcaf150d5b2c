/** `loteria top`: the board in a terminal, again and again; elsewhere a plain line each time. */
import { LoteriaError, messageOf } from '../../base/errors';
import { takesEscapes } from '../../base/process';
import { statusLine, statusLines, type SortKey } from './board-text';
import { readBoard, type BoardStatus } from './read-board';

export interface TopOptions {
  readonly url: URL;
  readonly periodMs: number;
  /** How often it is shown; null: until somebody ends it. */
  readonly updates: number | null;
  readonly sort: SortKey;
}

/** Escapes: the other screen without a cursor, and back; home; the rest of a line, of the screen. */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const REST_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';
/** Lines above the agencies at most, and the line with what is wrong. */
const HEAD_LINES = 10;

/**
 * Shows the board until `stop` says so. A central that goes away may come back.
 *
 * @throws LoteriaError BOARD_UNREACHABLE when no board answers at the beginning
 */
export async function runTop(options: TopOptions, stop: AbortSignal): Promise<void> {
  const { status: first } = await readBoard(options.url);
  const screen = takesEscapes(process.stdout) ? new Screen(options) : new Lines();
  const rates = new AgencyRates();
  screen.open();
  try {
    screen.show(first, rates.note(first, performance.now()));
    for (let shown = 1; shown !== options.updates; shown++) {
      await pause(options.periodMs, stop);
      if (stop.aborted) return;
      try {
        const { status } = await readBoard(options.url);
        screen.show(status, rates.note(status, performance.now()));
      } catch (error) {
        if (!(error instanceof LoteriaError)) throw error;
        screen.showLoss(`${error.code}: ${messageOf(error)}`);
      }
    }
  } finally {
    screen.close();
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    }
    stop.addEventListener('abort', done);
    if (stop.aborted) done();
  });
}

/** Bets a second of each agency, from one answer to the next. */
class AgencyRates {
  private before: ReadonlyMap<number, number> | null = null;
  private beforeMs = 0;

  /** @returns null for the first answer */
  note({ agencies }: BoardStatus, nowMs: number): ReadonlyMap<number, number> | null {
    const { before } = this;
    const seconds = (nowMs - this.beforeMs) / 1_000;
    this.before = new Map(agencies.map(({ agency, stored }) => [agency, stored]));
    this.beforeMs = nowMs;
    if (before === null) return null;
    return new Map(
      agencies.map(({ agency, stored }) => {
        const added = stored - (before.get(agency) ?? stored);
        return [agency, Math.max(0, added) / seconds];
      }),
    );
  }
}

interface Display {
  open(): void;
  show(status: BoardStatus, rates: ReadonlyMap<number, number> | null): void;
  /** The board does not answer now. */
  showLoss(reason: string): void;
  close(): void;
}

class Screen implements Display {
  private lines: readonly string[] = [];

  constructor(private readonly options: TopOptions) {}

  open(): void {
    process.stdout.write(ENTER);
  }

  show(status: BoardStatus, rates: ReadonlyMap<number, number> | null): void {
    const { url, sort } = this.options;
    const rowsMax = Math.max(process.stdout.rows - HEAD_LINES, 1);
    const nowMs = Date.now();
    this.lines = statusLines(status, { url: url.href, nowMs, rates, sort, rowsMax });
    this.draw(this.lines);
  }

  showLoss(reason: string): void {
    this.draw([...this.lines.slice(0, process.stdout.rows - 2), '', reason]);
  }

  close(): void {
    process.stdout.write(LEAVE);
    process.stdout.write(this.lines.map((line) => `${line}\n`).join(''));
  }

  private draw(lines: readonly string[]): void {
    const { columns } = process.stdout;
    const drawn = lines.map((line) => `${line.slice(0, columns)}${REST_OF_LINE}`);
    process.stdout.write(`${HOME}${drawn.join('\n')}${REST_OF_SCREEN}`);
  }
}

class Lines implements Display {
  open(): void {
    return undefined;
  }

  show(status: BoardStatus): void {
    this.write(statusLine(status));
  }

  showLoss(reason: string): void {
    this.write(reason);
  }

  close(): void {
    return undefined;
  }

  private write(line: string): void {
    process.stdout.write(`${new Date().toISOString()} ${line}\n`);
  }
}
