/**
 * The file `winners` of the 2020 edition: a line for each winner, in the order in which contestants
 * were stored, as the course's `persist_winners` writes it.
 *
 * It follows from the stored contestants. So it is written without a sync of its own, and rebuilt when the
 * central starts: however the previous run ended, it holds each winner once.
 */
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { LIMITS } from '../../../base/limits';
import { winnerLine } from '../../../domain/contest';
import { agencyOfRow, rowsIn, winningRowsOf, type WinningRow } from '../../../domain/contest-rows';
import type { StoredBlock } from '../../bet-store';
import type { StoreState } from '../../state';
import { damaged } from '../../store-error';
import type { AgencyPart } from '../../../domain/range-audit';
import { demandTotals } from '../bets/bets-audit';
import { readUpTo, writeAll, type FileDescriptor, type Files } from '../directory/files';
import type { StoreGuard } from '../directory/guard';

export const PERSISTED_WINNERS_NAME = 'winners';

const LF = 0x0a;

export class PersistedWinners {
  private constructor(
    private readonly files: Files,
    private readonly path: string,
    private readonly fd: FileDescriptor,
    private position: number,
  ) {}

  /**
   * Rebuilds the file from the stored contestants, atomically.
   *
   * @param state expected content of bets.csv
   * @param onBlock receives the stored contestants, in stored order
   * @throws LoteriaError STORE_DAMAGED when bets.csv is not what was stored, with the file unchanged;
   *   errors of the file system
   */
  static rebuild(
    files: Files,
    directory: string,
    csvPath: string,
    state: Pick<StoreState, 'csvBytes' | 'agencies'>,
    onBlock: (block: StoredBlock) => void,
  ): PersistedWinners {
    const path = join(directory, PERSISTED_WINNERS_NAME);
    const unfinished = `${path}.new`;
    files.remove(unfinished);
    const fd = files.open(unfinished, true);
    try {
      const persisted = new PersistedWinners(files, path, fd, 0);
      const totals: RowTotals = new Map();
      let at = 0;
      for (const block of blocksInFile(files, csvPath, state.csvBytes)) {
        countRows(totals, block.rows, at);
        at += block.rows.length;
        persisted.append(block.winners);
        onBlock(block);
      }
      demandTotals(csvPath, state, totals);
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

  /** Syncs and closes the file. */
  close(): void {
    this.files.sync(this.fd);
    this.files.close(this.fd);
  }
}

type RowTotals = Map<number, Pick<AgencyPart, 'start' | 'end' | 'bets' | 'checksum'>>;

/** @param offset where the rows begin in the file */
function countRows(totals: RowTotals, rows: Buffer, offset: number): void {
  let at = offset;
  for (const row of rowsIn(rows)) {
    const agency = agencyOfRow(row);
    const { start = at, bets = 0, checksum = 0 } = totals.get(agency) ?? {};
    at += row.length;
    totals.set(agency, { start, end: at, bets: bets + 1, checksum: crc32(row, checksum) });
  }
}

/**
 * The stored contestants, in stored order, and which of them have won.
 *
 * @param bytes of the file to read
 * @throws LoteriaError STORE_DAMAGED; errors of the file system
 */
export function* blocksInFile(files: Files, path: string, bytes: number): Generator<StoredBlock> {
  const fd = files.open(path, false);
  try {
    for (let at = 0; at < bytes;) {
      const block = readUpTo(files, fd, Math.min(LIMITS.scanChunkBytes, bytes - at), at);
      const whole = block.lastIndexOf(LF) + 1;
      if (whole === 0) throw damaged(path, at, 'a row without an end');
      const rows = block.subarray(0, whole);
      yield { rows, winners: winningRowsOf(rows) };
      at += whole;
    }
  } finally {
    files.close(fd);
  }
}
