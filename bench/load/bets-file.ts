/** Writes bets.csv, and the store around it, without a central: millions of bets take seconds. */
import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { LIMITS } from '../../src/base/limits';
import { SEGMENT_NAMES } from '../../src/store/file/journal/journal';
import { CSV_NAME } from '../../src/store/file/journal/recovery';
import { encodeSegmentHeader } from '../../src/store/file/journal/segment-header';
import { emptyState, type AgencyTotals } from '../../src/store/state';
import { rowTails } from './rows';

const BLOCK_ROWS = 100_000;
const AGENCIES = 5;
const BATCH_ROWS = 130;

export interface WrittenBets {
  readonly bytes: number;
  readonly bets: number;
  readonly agencies: readonly AgencyTotals[];
}

/**
 * A bets.csv of about this many bets, which come in batches as agencies send them.
 *
 * @param number on which every bet is; undefined: they are spread over all numbers
 */
export function writeBets(path: string, bets: number, number?: number): WrittenBets {
  const drawn = rowTails(Math.min(BLOCK_ROWS, bets));
  const tails =
    number === undefined
      ? drawn
      : drawn.map((tail) => tail.replace(/\d+\r\n$/, `${String(number)}\r\n`));
  const agencyOf = (row: number): number => (Math.floor(row / BATCH_ROWS) % AGENCIES) + 1;
  const text = tails.map((tail, i) => `${String(agencyOf(i))}${tail}`);
  const block = Buffer.from(text.join(''), 'utf8');
  const blocks = Math.ceil(bets / tails.length);
  const fd = openSync(path, 'w');
  for (let i = 0; i < blocks; i++) writeSync(fd, block);
  closeSync(fd);
  const agencies = Array.from({ length: AGENCIES }, (_, i) => {
    const rows = text.filter((_row, at) => agencyOf(at) === i + 1);
    const own = Buffer.from(rows.join(''), 'utf8');
    let checksum = 0;
    for (let repeat = 0; repeat < blocks; repeat++) checksum = crc32(own, checksum);
    const stored = rows.length * blocks;
    return { agency: i + 1, stored, checksum, finished: true, rejected: 0 };
  });
  return { bytes: block.length * blocks, bets: blocks * tails.length, agencies };
}

/**
 * A store whose agencies have all finished, so that a central that is started on it draws.
 *
 * @param number as {@link writeBets} has it
 */
export function writeDueStore(directory: string, bets: number, number?: number): WrittenBets {
  const path = join(directory, CSV_NAME);
  const written = writeBets(path, bets, number);
  // So that the central's first sync does not have to write it.
  const fd = openSync(path, 'r+');
  fsyncSync(fd);
  closeSync(fd);
  const state = emptyState('lottery');
  for (const totals of written.agencies) state.agencies.set(totals.agency, { ...totals });
  state.csvBytes = written.bytes;
  const header = encodeSegmentHeader(1, state, state.csvBytes).bytes;
  SEGMENT_NAMES.forEach((name, i) => {
    const segment = Buffer.alloc(LIMITS.journalSegmentBytes);
    if (i === 0) header.copy(segment);
    writeFileSync(join(directory, name), segment);
  });
  return written;
}
