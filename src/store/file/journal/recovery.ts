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
import { readJournal, type SegmentBytes } from './journal-read';
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
  const { files, directory, segmentBytes, edition, demand } = options;
  const [first, second] = SEGMENT_NAMES.map((name) => join(directory, name)) as [string, string];
  const csvPath = join(directory, CSV_NAME);
  if (!files.exists(first)) {
    refuseWithoutJournal(files, first, second, csvPath);
    createSegments(files, directory, segmentBytes, emptyState(edition));
  }
  const opened: OpenFile[] = [];
  const open = (path: string, create: boolean): FileDescriptor => {
    const fd = files.open(path, create);
    opened.push({ path, fd });
    return fd;
  };
  const openSegment = (path: string): SegmentBytes & OpenFile => {
    if (!files.exists(path)) throw damaged(path, 0, 'the file is missing');
    const fd = open(path, false);
    return { path, fd, bytes: readUpTo(files, fd, files.size(fd), 0) };
  };
  try {
    const pair = [openSegment(first), openSegment(second)] as const;
    const contents = readJournal(pair);
    const { state, base, rows, torn, latest, end } = contents;
    if (edition !== undefined && state.edition !== edition) {
      throw otherEdition(directory, state.edition, edition);
    }
    const found = files.exists(csvPath) ? open(csvPath, false) : null;
    if (base > 0 && found === null) throw damaged(csvPath, 0, 'the file is missing');
    const restoredBytes =
      found === null ? state.csvBytes : checkCsv(files, found, csvPath, base, rows, state.csvBytes);
    demand?.(state);

    const csv = found ?? open(csvPath, true);
    const [inUse, spare] = latest === 0 ? pair : [pair[1], pair[0]];
    writeAll(files, inUse.fd, [inUse.bytes.subarray(0, end)], 0);
    files.sync(inUse.fd);
    writeAll(files, csv, rows, base);
    files.sync(csv);
    files.syncDirectory(directory);

    const journal = new Journal(files, segmentBytes, inUse.fd, spare.fd, contents);
    if (journal.needsOther) {
      journal.append(state, [{ kind: 'csv_synced', bytes: state.csvBytes }]);
      state.sequence++;
      journal.sync();
    }
    journal.startSegment(state, state.csvBytes);
    journal.sync();
    return { state, journal, csv, open: opened, restoredBytes, torn };
  } catch (error) {
    closeQuietly(
      files,
      opened.map(({ fd }) => fd),
    );
    throw error;
  }
}

function otherEdition(directory: string, stored: Edition, wanted: Edition): LoteriaError {
  return new LoteriaError(
    'CONFIG_INVALID',
    `DATA_DIR ${directory} was begun with EDITION=${stored}, but EDITION is ${wanted}: ` +
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
