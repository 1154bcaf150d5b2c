/**
 * `loteria verify`: accounts for every bet of a directory, from its files alone. Journal, bets.csv,
 * winners.csv and acta must all say the same; the first difference is reported.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LoteriaError, messageOf } from '../base/errors';
import { checkContestantRows } from '../domain/contestant-rows';
import { checkRows } from '../domain/row-check';
import type { Winners } from '../domain/winners';
import { hashBlocks } from '../parsing/block-hash';
import { searchWinners } from '../parsing/winner-search';
import {
  ACTA_NAME,
  blockBytesFor,
  chainOf,
  checkActa,
  loadActa,
  outcomeOf,
  type Acta,
} from '../store/acta';
import { isActaExpected } from '../store/acta-pending';
import { auditCsv, type AgencyAudit } from '../store/audit';
import { checkCsv } from '../store/csv-check';
import { readOnlyFiles } from '../store/files';
import { SEGMENT_NAMES } from '../store/journal';
import { readJournal, type JournalContents, type SegmentFile } from '../store/journal-read';
import { DirectoryLock } from '../store/lock';
import { CSV_NAME } from '../store/recovery';
import { damaged } from '../store/replay';
import { incomplete } from './incomplete';
import type { StoreState } from '../store/state';
import { verifyPersistedWinners } from './verify-2020';
import { loadWinners, WINNERS_NAME } from '../store/winners-file';

export interface Verification {
  readonly state: Readonly<StoreState>;
  /** Null before the draw. */
  readonly winners: Winners | null;
  /** Of all bets, as the acta has it; hexadecimal. */
  readonly digest: string;
}

/**
 * @param digest what the digest must be, if somebody kept it
 * @throws LoteriaError STORE_DAMAGED, STORE_INCOMPLETE, STORE_IO, STORE_LOCKED, DATA_UNREADABLE
 */
export async function verifyStore(directory: string, digest?: string): Promise<Verification> {
  await refuseInUse(directory);
  const csvPath = join(directory, CSV_NAME);
  const { state, base, rows } = readSegments(directory);
  compareWithJournal(csvPath, base, rows, state.csvBytes);
  const isLottery = state.edition === 'lottery';
  const audits = auditCsv(csvPath, state.csvBytes, isLottery ? checkRows : checkContestantRows);
  const acta = loadActa(readOnlyFiles, directory);
  const found = await digestOf(csvPath, state.csvBytes, acta);
  compareTotals(csvPath, state, audits);
  const winners = isLottery
    ? await verifyDraw(directory, state, acta)
    : verifyPersistedWinners(directory, csvPath, state.csvBytes);
  if (digest !== undefined && digest.toLowerCase() !== found) {
    throw damaged(csvPath, 0, `the digest of all bets is ${found}, not ${digest}`);
  }
  return { state, winners, digest: found };
}

async function refuseInUse(directory: string): Promise<void> {
  let held: boolean;
  try {
    held = await DirectoryLock.isHeld(directory);
  } catch (error) {
    if (error instanceof LoteriaError) throw error;
    throw new LoteriaError('DATA_UNREADABLE', `${directory}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (!held) return;
  throw new LoteriaError(
    'STORE_LOCKED',
    `${directory}: a central is using this directory; stop it first, or verify a copy`,
  );
}

function readSegments(directory: string): JournalContents {
  const read = (name: string): SegmentFile => {
    const path = join(directory, name);
    if (!existsSync(path)) throw damaged(path, 0, 'the file is missing');
    return { path, bytes: readFileSync(path) };
  };
  return readJournal([read(SEGMENT_NAMES[0]), read(SEGMENT_NAMES[1])]);
}

function compareWithJournal(
  path: string,
  base: number,
  rows: readonly Buffer[],
  end: number,
): void {
  if (!existsSync(path)) throw damaged(path, 0, 'the file is missing');
  const fd = openSync(path, 'r');
  let missing: number;
  try {
    missing = checkCsv(readOnlyFiles, fd, path, base, rows, end);
  } finally {
    closeSync(fd);
  }
  if (missing > 0) {
    throw incomplete(path, `${String(missing)} bytes that the journal holds are not in it yet`);
  }
}

/** The digest of all bets; where there is an acta, they must be those that it was made from. */
async function digestOf(path: string, bytes: number, acta: Acta | null): Promise<string> {
  const blockBytes = acta?.block_bytes ?? blockBytesFor(bytes);
  const chain = chainOf(await hashBlocks(path, bytes, blockBytes, null));
  const digest = chain.at(-1) ?? createHash('sha256').digest('hex');
  if (acta === null) return digest;
  const wrong = chain.findIndex((link, i) => link !== acta.chain[i]);
  if (wrong >= 0) {
    const end = Math.min((wrong + 1) * blockBytes, bytes);
    throw damaged(path, wrong * blockBytes, `a bet before offset ${String(end)} is not as drawn`);
  }
  if (acta.csv_bytes !== bytes || acta.chain.length !== chain.length || acta.digest !== digest) {
    throw damaged(
      path,
      Math.min(acta.csv_bytes, bytes),
      'not the bets that the acta was made from',
    );
  }
  return digest;
}

function compareTotals(
  path: string,
  state: Readonly<StoreState>,
  audits: ReadonlyMap<number, AgencyAudit>,
): void {
  for (const number of new Set([...state.agencies.keys(), ...audits.keys()])) {
    const { stored = 0, checksum = 0 } = state.agencies.get(number) ?? {};
    const found = audits.get(number) ?? { bets: 0, checksum: 0 };
    if (found.bets !== stored) {
      const counts = `${String(found.bets)} bets of agency ${String(number)}, not ${String(stored)}`;
      throw damaged(path, 0, counts);
    }
    if (found.checksum !== checksum) {
      throw damaged(path, 0, `a bet of agency ${String(number)} is not as it was accepted`);
    }
  }
}

async function verifyDraw(
  directory: string,
  state: Readonly<StoreState>,
  acta: Acta | null,
): Promise<Winners | null> {
  const actaPath = join(directory, ACTA_NAME);
  if (state.bareDraw !== null) {
    const what = 'an earlier version recorded the draw without its outcome';
    throw incomplete(join(directory, SEGMENT_NAMES[0]), what);
  }
  if (state.draw === null) {
    if (acta !== null) throw damaged(actaPath, 0, 'an acta, but the journal knows of no draw');
    return null;
  }
  const winners = await searchWinners(join(directory, CSV_NAME), state.csvBytes, null);
  compareWinners(join(directory, WINNERS_NAME), winners, loadWinners(readOnlyFiles, directory));
  if (acta === null) throw withoutActa(directory, actaPath);
  checkActa(
    actaPath,
    acta,
    outcomeOf(state, state.draw, (agency) => winners.total(agency)),
  );
  return winners;
}

function withoutActa(directory: string, path: string): LoteriaError {
  if (isActaExpected(readOnlyFiles, directory)) {
    return incomplete(path, 'the draw was made, but its acta is not written yet');
  }
  return new LoteriaError(
    'STORE_DAMAGED',
    `${path}: the file is missing: it was written after the draw, and removed since. Nothing was ` +
      'changed. Restore it from a backup, or start the central on this directory once, which makes it ' +
      'anew from the bets; then compare its digest with the one that was logged (action: acta)',
  );
}

function compareWinners(path: string, found: Winners, saved: Winners | null): void {
  if (saved === null) throw incomplete(path, 'the file is missing');
  const all = JSON.stringify([...found.entries()]);
  if (all === JSON.stringify([...saved.entries()])) return;
  throw damaged(path, 0, 'not the winners among the bets');
}
