/**
 * `loteria verify`: accounts for every bet of a directory, from its files alone. Journal, bets.csv,
 * winners.csv and acta must agree; the first difference is reported.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LoteriaError, messageOf } from '../../base/errors';
import { auditRanges } from '../../parsing/audit-ranges';
import { actaBetsOf, blockBytesFor, type Acta, type ActaBets } from '../../store/acta';
import { checkChain, differenceFromRecord } from '../../store/acta-check';
import { directoryAt } from '../../store/engines';
import { ACTA_NAME, loadActa } from '../../store/file/acta/acta-file';
import { BetsAudit } from '../../store/file/bets/bets-audit';
import { readOnlyFiles, readWhole, type FileDescriptor } from '../../store/file/directory/files';
import { DirectoryLock } from '../../store/file/directory/lock';
import { checkCsv } from '../../store/file/journal/csv-check';
import { SEGMENT_NAMES } from '../../store/file/journal/journal';
import { readJournal, type JournalContents } from '../../store/file/journal/journal-read';
import { CSV_NAME } from '../../store/file/journal/recovery';
import { Segment } from '../../store/file/journal/segment';
import type { StoreState } from '../../store/state';
import {
  damaged,
  damageIn,
  incomplete,
  otherThanPublished,
  type DamageAt,
  withStoreErrors,
} from '../../store/store-error';
import { demandJournal } from '../missing-journal';
import { verifyPersistedWinners } from './verify-contest';
import { verifyDraw } from './verify-draw';
import { verifyCommitment, verifyNumber } from './verify-number';
import { WinnersDigests } from './winners-digests';

export interface Verification {
  readonly state: Readonly<StoreState>;
  /** Of each agency, by its number; null before the draw. */
  readonly winners: ReadonlyMap<number, number> | null;
  /** Of all bets, as the acta has it; hexadecimal. */
  readonly digest: string;
}

/** The published value, if kept; hexadecimal. */
export interface Published {
  /** Of all bets. */
  readonly digest?: string | undefined;
  /** To a random number. */
  readonly commitment?: string | undefined;
}

/**
 * @param place the directory of a central
 * @param published what must come out
 * @throws LoteriaError CONFIG_INVALID, STORE_DAMAGED, STORE_INCOMPLETE, STORE_IO, STORE_LOCKED, DATA_UNREADABLE
 */
export async function verifyStore(place: string, published: Published = {}): Promise<Verification> {
  const directory = directoryAt(place);
  if (existsSync(directory)) await refuseInUse(directory);
  demandJournal(directory);
  return withStoreErrors(directory, async () => {
    const journal = readSegments(directory);
    const csvPath = join(directory, CSV_NAME);
    if (!existsSync(csvPath)) throw withoutBets(csvPath, journal);
    const csv = readOnlyFiles.open(csvPath, false);
    try {
      return await verifyFiles(directory, journal, csvPath, csv, published);
    } finally {
      readOnlyFiles.close(csv);
    }
  });
}

/** The error for a missing bets.csv, which a start makes again when the journal holds all of it. */
function withoutBets(path: string, { base }: JournalContents): LoteriaError {
  const what = 'the file is missing';
  return base > 0 ? damaged(path, 0, what) : incomplete(path, what);
}

async function verifyFiles(
  directory: string,
  { state, base, rows }: JournalContents,
  csvPath: string,
  csv: FileDescriptor,
  published: Published,
): Promise<Verification> {
  compareWithJournal(csvPath, csv, base, rows, state.csvBytes);
  const isLottery = state.edition === 'lottery';
  const acta = loadActa(readOnlyFiles, directory);
  // Before hashing, or an acta could have every byte hashed alone.
  if (acta !== null && state.draw !== null) {
    checkChain(damageIn(join(directory, ACTA_NAME)), acta, state);
  }
  const found = new WinnersDigests();
  const blockBytes = blockBytesFor(state.csvBytes);
  const audit = new BetsAudit({
    path: csvPath,
    fd: csv,
    size: () => readOnlyFiles.size(csv),
    state,
    number: state.draw?.winningNumber ?? null,
    blockBytes,
    onWinners: (winnerRows) => {
      found.add(winnerRows);
    },
  });
  await auditRanges(audit, null);
  const bets = actaBetsOf(state.csvBytes, { blockBytes, hashes: audit.hashes });
  const inBets = damageIn(csvPath);
  if (acta !== null) demandDrawnBets(inBets, bets, acta);
  const totals = audit.finish();
  const difference = differenceFromRecord(bets, state);
  if (difference !== null) throw inBets(difference);
  verifyCommitment(directory, state, published.commitment);
  verifyNumber(damageIn(join(directory, ACTA_NAME)), state, bets.digest);
  const winners = isLottery
    ? verifyDraw(directory, state, acta, found, countsOf(totals))
    : verifyPersistedWinners(directory, csvPath, state.csvBytes);
  const { digest } = bets;
  demandDigest(csvPath, digest, published);
  return { state, winners, digest };
}

/** @param where the bets are, for the error. @throws LoteriaError STORE_DAMAGED */
export function demandDigest(where: string, digest: string, published: Published): void {
  const wanted = published.digest?.toLowerCase() ?? digest;
  if (digest === wanted) return;
  throw otherThanPublished(where, `the digest of all bets is ${digest}`, wanted);
}

function countsOf(totals: ReadonlyMap<number, { winners: number }>): Map<number, number> {
  return new Map([...totals].map(([agency, { winners }]) => [agency, winners]));
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
  const read = (name: string): Segment => {
    const path = join(directory, name);
    if (!existsSync(path)) throw damaged(path, 0, 'the file is missing');
    const bytes = readWhole(readOnlyFiles, path);
    return new Segment(path, bytes.length, (into, position) =>
      into.subarray(0, bytes.copy(into, 0, position)),
    );
  };
  return readJournal([read(SEGMENT_NAMES[0]), read(SEGMENT_NAMES[1])]);
}

function compareWithJournal(
  path: string,
  csv: FileDescriptor,
  base: number,
  rows: readonly Buffer[],
  end: number,
): void {
  const missing = checkCsv(readOnlyFiles, csv, path, base, rows, end);
  if (missing > 0) {
    throw incomplete(path, `${String(missing)} bytes that the journal holds are not in it yet`);
  }
}

/**
 * The bets must be those that the acta was made from.
 *
 * @param inBets makes the error
 * @throws LoteriaError STORE_DAMAGED
 */
export function demandDrawnBets(inBets: DamageAt, bets: ActaBets, acta: Acta): void {
  const { csv_bytes: bytes, chain } = bets;
  const wrong = chain.findIndex((link, i) => link !== acta.chain[i]);
  if (wrong >= 0) {
    const end = Math.min((wrong + 1) * acta.block_bytes, bytes);
    throw inBets(`a bet before offset ${String(end)} is not as drawn`, wrong * acta.block_bytes);
  }
  if (
    acta.csv_bytes !== bytes ||
    acta.chain.length !== chain.length ||
    acta.digest !== bets.digest
  ) {
    throw inBets('not the bets that the acta was made from', Math.min(acta.csv_bytes, bytes));
  }
}
