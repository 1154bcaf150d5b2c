/**
 * The file `winners` of the 2020 edition: a line for each winner, in the order in which contestants
 * were stored, as the course's `persist_winners` writes it.
 *
 * It follows from the stored contestants. So it is written without a sync of its own, and made anew
 * when the central starts: however the one before ended, each winner is in it once.
 */
import { dirname, join } from 'node:path';
import { LIMITS } from '../base/limits';
import { winningRowsOf, type WinningRow } from '../domain/contestant-rows';
import { winnerLine } from '../domain/edition-2020';
import { readUpTo, writeAll, type FileDescriptor, type Files } from './files';
import type { StoreGuard } from './guard';
import { damaged } from './replay';

export const PERSISTED_WINNERS_NAME = 'winners';

const LF = 0x0a;

/** How many winners each agency has. */
export type WinnerCounts = Map<number, number>;

export class PersistedWinners {
  private constructor(
    private readonly files: Files,
    private readonly path: string,
    private readonly fd: FileDescriptor,
    private position: number,
  ) {}

  /**
   * Makes the file what the stored contestants say, whole or not at all.
   *
   * @param csvBytes how much of bets.csv to look at
   * @param counts gets the winners of each agency
   * @throws what the file system throws
   */
  static rebuild(
    files: Files,
    directory: string,
    csvPath: string,
    csvBytes: number,
    counts: WinnerCounts,
  ): PersistedWinners {
    const path = join(directory, PERSISTED_WINNERS_NAME);
    const unfinished = `${path}.new`;
    files.remove(unfinished);
    const fd = files.open(unfinished, true);
    try {
      const persisted = new PersistedWinners(files, path, fd, 0);
      for (const winners of winnersInFile(files, csvPath, csvBytes)) {
        persisted.append(winners);
        for (const { row } of winners) {
          const agency = agencyOfRow(row);
          counts.set(agency, (counts.get(agency) ?? 0) + 1);
        }
      }
      files.sync(fd);
      files.rename(unfinished, path);
      files.syncDirectory(dirname(path));
      return persisted;
    } catch (error) {
      files.close(fd);
      throw error;
    }
  }

  /** The course's `persistWinners`; one call at a time. */
  append(winners: readonly WinningRow[]): void {
    if (winners.length === 0) return;
    const lines = Buffer.from(
      winners.map(({ contestant }) => winnerLine(contestant)).join(''),
      'utf8',
    );
    writeAll(this.files, this.fd, [lines], this.position);
    this.position += lines.length;
  }

  /** Lets `guard` watch the file. @throws LoteriaError STORE_IO */
  watchedBy(guard: StoreGuard): void {
    guard.watch(this.path, this.fd);
  }

  /** Brings the file to the disk and lets go of it. */
  close(): void {
    this.files.sync(this.fd);
    this.files.close(this.fd);
  }
}

/** The number of the agency in front of a checked row. */
export function agencyOfRow(row: Buffer): number {
  return Number.parseInt(row.toString('latin1', 0, 6), 10);
}

/**
 * The winners among stored contestants, in stored order, block by block.
 *
 * @param bytes how much of the file to look at
 * @throws LoteriaError STORE_DAMAGED; what the file system throws
 */
export function* winnersInFile(files: Files, path: string, bytes: number): Generator<WinningRow[]> {
  const fd = files.open(path, false);
  try {
    for (let at = 0; at < bytes;) {
      const block = readUpTo(files, fd, Math.min(LIMITS.scanChunkBytes, bytes - at), at);
      const whole = block.lastIndexOf(LF) + 1;
      if (whole === 0) throw damaged(path, at, 'a row without an end');
      yield winningRowsOf(block.subarray(0, whole));
      at += whole;
    }
  } finally {
    files.close(fd);
  }
}
