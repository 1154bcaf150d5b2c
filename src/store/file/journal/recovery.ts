/**
 * Recovers a store after any end of the central: replays the journal's commits, and completes bets.csv from
 * them. A torn last commit is cut off; any other contradiction is refused (docs/ARCHITECTURE.md,
 * "Recovery").
 *
 * The data read may be in the page cache only: the last central may have been killed before a sync, or a
 * sync may have failed, after which the system takes its cache for written. So everything relied upon is
 * written again and synced first.
 */
import { join } from 'node:path';
import { LoteriaError } from '../../../base/errors';
import type { Edition } from '../../../domain/contest';
import { emptyState, type StoreState } from '../../state';
import { damaged } from '../../store-error';
import {
  closeQuietly,
  readUpTo,
  writeAll,
  type FileDescriptor,
  type Files,
} from '../directory/files';
import { checkCsv } from './csv-check';
import { createSegments, Journal, SEGMENT_NAMES } from './journal';
import { readJournal, type JournalContents } from './journal-read';
import { Segment } from './segment';
import { decodeSegmentHeader } from './segment-header';

export const CSV_NAME = 'bets.csv';

export interface Recovered {
  readonly state: StoreState;
  readonly journal: Journal;
  readonly csv: FileDescriptor;
  /** Every file that is open, by its path. */
  readonly open: readonly OpenFile[];
  /** Bytes of bets.csv that were missing and came back from the journal. */
  readonly restoredBytes: number;
  /** Whether a commit that was never completed was cut off. */
  readonly torn: boolean;
}

export interface OpenFile {
  readonly path: string;
  readonly fd: FileDescriptor;
}

export interface RecoveryOptions {
  readonly files: Files;
  readonly directory: string;
  /** Size of a journal segment. */
  readonly segmentBytes: number;
  /** Of a new store, which an existing one must have; undefined: any, and a new store is for the lottery. */
  readonly edition?: Edition;
  /** Called with what is stored before a file of it is changed; throws to refuse it. */
  readonly demand?: (state: Readonly<StoreState>) => void;
}

/**
 * @throws LoteriaError STORE_DAMAGED, CONFIG_INVALID for another edition, or what `demand` throws, with every
 *   file unchanged; or errors of `files`
 */
export function recover(options: RecoveryOptions): Recovered {
  const { files, directory, segmentBytes, demand } = options;
  const [first, second] = SEGMENT_NAMES.map((name) => join(directory, name)) as [string, string];
  const csvPath = join(directory, CSV_NAME);
  if (!files.exists(first)) {
    refuseWithoutJournal(files, first, second, csvPath);
    createSegments(files, directory, segmentBytes, emptyState(options.edition));
  }
  const open: OpenFile[] = [];
  try {
    const a = openSegment(files, first, open);
    const b = openSegment(files, second, open);
    const contents = readJournal([a.segment, b.segment]);
    const { state, torn, latest } = contents;
    refuseOtherEdition(options, state);
    const found = files.exists(csvPath) ? openFile(files, csvPath, false, open) : null;
    const restoredBytes = restorable(files, found, csvPath, contents);
    demand?.(state);

    const csv = found ?? openFile(files, csvPath, true, open);
    const [inUse, spare] = latest === 0 ? [a, b] : [b, a];
    rewrite(options, inUse, csv, contents);
    const journal = new Journal(files, segmentBytes, inUse.fd, spare.fd, contents);
    beginGeneration(journal, state);
    return { state, journal, csv, open, restoredBytes, torn };
  } catch (error) {
    closeQuietly(
      files,
      open.map(({ fd }) => fd),
    );
    throw error;
  }
}

interface OpenSegment {
  readonly fd: FileDescriptor;
  readonly segment: Segment;
}

function openSegment(files: Files, path: string, open: OpenFile[]): OpenSegment {
  if (!files.exists(path)) throw damaged(path, 0, 'the file is missing');
  const fd = openFile(files, path, false, open);
  return { fd, segment: Segment.of(files, fd, path) };
}

/** @param open gets the file */
function openFile(files: Files, path: string, create: boolean, open: OpenFile[]): FileDescriptor {
  const fd = files.open(path, create);
  open.push({ path, fd });
  return fd;
}

/**
 * Compares bets.csv with the journal.
 *
 * @param csv null: it is not there
 * @returns bytes that are missing and come back from the journal
 */
function restorable(
  files: Files,
  csv: FileDescriptor | null,
  path: string,
  { state, base, rows }: JournalContents,
): number {
  if (csv !== null) return checkCsv(files, csv, path, base, rows, state.csvBytes);
  if (base > 0) throw damaged(path, 0, 'the file is missing');
  return state.csvBytes;
}

/** Writes what was relied upon again, and makes it durable. */
function rewrite(
  { files, directory }: RecoveryOptions,
  { fd, segment }: OpenSegment,
  csv: FileDescriptor,
  { base, rows, end }: JournalContents,
): void {
  writeAll(files, fd, [segment.upTo(end)], 0);
  files.sync(fd);
  writeAll(files, csv, rows, base);
  files.sync(csv);
  files.syncDirectory(directory);
}

/** Continues in the other file, which nothing may need by then. */
function beginGeneration(journal: Journal, state: StoreState): void {
  if (journal.needsOther) {
    journal.append(state, [{ kind: 'csv_synced', bytes: state.csvBytes }]);
    state.sequence++;
    journal.sync();
  }
  journal.startSegment(state, state.csvBytes);
  journal.sync();
}

function refuseOtherEdition({ directory, edition }: RecoveryOptions, stored: StoreState): void {
  if (edition === undefined || stored.edition === edition) return;
  throw new LoteriaError(
    'CONFIG_INVALID',
    `DATA_DIR ${directory} was begun with EDITION=${stored.edition}, but EDITION is ${edition}: ` +
      'expected the same, or another directory',
  );
}

/** Without `journal.a` the directory must be new, or creating the journal was interrupted. */
function refuseWithoutJournal(files: Files, first: string, second: string, csvPath: string): void {
  const bytesOf = (path: string): Buffer => {
    if (!files.exists(path)) return Buffer.alloc(0);
    const fd = files.open(path, false);
    try {
      return readUpTo(files, fd, files.size(fd), 0);
    } finally {
      files.close(fd);
    }
  };
  if (!isAsCreated(bytesOf(second))) {
    throw damaged(first, 0, `the file is missing, but ${second} is in use`);
  }
  const { length } = bytesOf(csvPath);
  if (length > 0) throw damaged(csvPath, 0, `${String(length)} bytes, but no journal beside it`);
}

/** Whether the second file of a journal is what making it left there; earlier versions left zeros. */
function isAsCreated(second: Buffer): boolean {
  const header = decodeSegmentHeader(second);
  if (header === null) return second.every((byte) => byte === 0);
  return header.generation === 1 && second.subarray(header.bytes).every((byte) => byte === 0);
}
