/** `loteria top`: the board in a terminal, again and again; elsewhere a plain line each time. */
import { LoteriaError, messageOf } from '../../base/errors';
import { takesEscapes } from '../../base/process';
import type { SortKey } from './agency-table';
import { statusLine, statusLines } from './board-text';
import { readBoard, type BoardStatus } from './read-board';
import { linesOn, rowsOf, type ScreenSize } from './screen';

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

  /** @returns nothing for the first answer */
  note({ agencies }: BoardStatus, nowMs: number): ReadonlyMap<number, number> {
    const { before } = this;
    const seconds = (nowMs - this.beforeMs) / 1_000;
    this.before = new Map(agencies.map(({ agency, stored }) => [agency, stored]));
    this.beforeMs = nowMs;
    if (before === null) return new Map();
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
  show(status: BoardStatus, rates: ReadonlyMap<number, number>): void;
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

  show(status: BoardStatus, rates: ReadonlyMap<number, number>): void {
    const { url, sort } = this.options;
    const screen = screenSize();
    this.lines = statusLines(status, { url: url.href, nowMs: Date.now(), rates, sort, screen });
    this.draw(this.lines, screen);
  }

  showLoss(reason: string): void {
    const { rows, columns } = screenSize();
    const loss = ['', reason];
    const above = linesOn(this.lines, { rows: rows - rowsOf(loss, columns), columns });
    this.draw([...above, ...loss], { rows, columns });
  }

  close(): void {
    process.stdout.write(LEAVE);
    process.stdout.write(this.lines.map((line) => `${line}\n`).join(''));
  }

  private draw(lines: readonly string[], screen: ScreenSize): void {
    // The rest of a line that is full begins with its last character: it would be erased.
    const drawn = linesOn(lines, screen).map((line) =>
      line.length > 0 && line.length % screen.columns === 0 ? line : `${line}${REST_OF_LINE}`,
    );
    process.stdout.write(`${HOME}${drawn.join('\n')}${REST_OF_SCREEN}`);
  }
}

/** Of the terminal now; one of no size is taken for the smallest that is usual. */
function screenSize(): ScreenSize {
  const { rows, columns } = process.stdout;
  return { rows: rows || 24, columns: columns || 80 };
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
