/** Bets on a disk in memory, a journal that accounts for them, and draws over both. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { runSteps } from '../../../src/base/eventual';
import { auditRangeBy } from '../../../src/parsing/audit-range';
import { readRanges } from '../../../src/parsing/audit-ranges';
import type { BetsAudit } from '../../../src/store/file/bets/bets-audit';
import { Drawing, type DrawOptions } from '../../../src/store/file/drawing';
import { emptyState, type DrawRecord, type StoreState } from '../../../src/store/state';
import { MemoryFiles } from '../../support/memory-files';
import { NORA, row, type RowFields } from '../../support/wire-builder';

export const DIRECTORY = '/data';
export const CSV = `${DIRECTORY}/bets.csv`;
export const WINNERS = `${DIRECTORY}/winners.csv`;
const CHUNK_BYTES = 4_096;

/** Bets of agencies that take turns; every third wins with 7574, every fifth with 42. */
export function someBets(count: number): RowFields[] {
  return Array.from({ length: count }, (_, i) => ({
    ...NORA,
    agency: [3, 1, 20][i % 3] ?? 3,
    document: String(1_000 + i),
    number: i % 5 === 0 ? 42 : i % 4 === 0 ? 7574 : i,
  }));
}

/** What winners.csv must hold: agencies in ascending order, each with its winners as they came. */
export function winnersAmong(bets: readonly RowFields[], number: number): string {
  return bets
    .filter((bet) => bet.number === number)
    .sort((a, b) => Number(a.agency) - Number(b.agency))
    .map(({ agency, document }) => `${String(agency)},${document}\r\n`)
    .join('');
}

/** What the journal says of a draw whose winners are in this text. */
export function recordOf(winners: string, winningNumber = 7574): DrawRecord {
  return {
    id: '00000000000000aa',
    timeMs: 17,
    winningNumber,
    winners: winners.split('\r\n').length - 1,
    digest: createHash('sha256').update(winners).digest('hex'),
  };
}

function bytesOf(bets: readonly RowFields[]): Buffer {
  return Buffer.concat(bets.map(row));
}

function stateOf(bets: readonly RowFields[]): StoreState {
  const state = { ...emptyState('lottery'), csvBytes: bytesOf(bets).length };
  for (const bet of bets) {
    const agency = Number(bet.agency);
    const { stored = 0, checksum = 0 } = state.agencies.get(agency) ?? {};
    const now = { stored: stored + 1, checksum: crc32(row(bet), checksum) };
    state.agencies.set(agency, { agency, ...now, finished: true, rejected: 0 });
  }
  return state;
}

export class DrawScene {
  readonly state: StoreState;
  readonly files: MemoryFiles;
  readonly csvDescriptor: number;
  /** Why winners.csv was made anew. */
  readonly lost: string[] = [];
  readonly served: (readonly [path: string, fd: number])[] = [];

  /**
   * @param bets what the journal accounts for
   * @param contents files of the directory; bets.csv holds the bets unless it is among them
   */
  constructor(
    bets: readonly RowFields[],
    contents: Readonly<Record<string, string | Buffer>> = {},
  ) {
    this.state = stateOf(bets);
    const all = new Map([[CSV, bytesOf(bets)]]);
    for (const [path, bytes] of Object.entries(contents)) all.set(path, Buffer.from(bytes));
    this.files = MemoryFiles.holding(all);
    this.csvDescriptor = this.files.open(CSV, false);
  }

  drawing(options: Partial<DrawOptions> = {}): Drawing {
    const { state, files, csvDescriptor } = this;
    return new Drawing({
      files,
      directory: DIRECTORY,
      store: { state, csvPath: CSV, csvDescriptor },
      readRanges: (audit) => this.readRanges(audit),
      runSteps,
      onWinnersLost: (reason) => this.lost.push(reason),
      onServed: (path, fd) => this.served.push([path, fd]),
      rangeBytes: 500,
      ...options,
    });
  }

  readonly readRanges = (audit: BetsAudit): Promise<void> =>
    new Promise((resolve, reject) => {
      readRanges(
        audit,
        (range) =>
          Promise.resolve().then(() =>
            auditRangeBy((into, at) => this.files.read(range.fd, into, at), range, CHUNK_BYTES),
          ),
        2,
        resolve,
        reject,
      );
    });

  /** What a file holds; undefined when it is not there. */
  textOf(path: string): string | undefined {
    return this.files.contents().get(path)?.toString();
  }

  /** Names in the directory. */
  get names(): string[] {
    return [...this.files.contents().keys()].sort();
  }
}
