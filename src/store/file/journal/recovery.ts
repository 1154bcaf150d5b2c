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
import { readJournal } from './journal-read';
import { SegmentFile } from './segment-file';
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

/**
 * @param segmentBytes size of a journal segment
 * @param edition of a new store, which an existing one must have; undefined: any, and a new store is for the
 *   lottery
 * @throws LoteriaError STORE_DAMAGED, or CONFIG_INVALID for another edition, with every file unchanged; or
 *   errors of `files`
 */
export function recover(
  files: Files,
  directory: string,
  segmentBytes: number,
  edition: Edition | undefined,
): Recovered {
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
  const openSegment = (path: string): SegmentFile => {
    if (!files.exists(path)) throw damaged(path, 0, 'the file is missing');
    return new SegmentFile(files, path, open(path, false));
  };
  try {
    const pair = [openSegment(first), openSegment(second)] as const;
    const contents = readJournal(pair);
    const { state, base, rows, torn, latest, end } = contents;
    if (edition !== undefined && state.edition !== edition) {
      throw otherEdition(directory, state.edition, edition);
    }
    if (base > 0 && !files.exists(csvPath)) throw damaged(csvPath, 0, 'the file is missing');
    const csv = open(csvPath, true);
    const restoredBytes = checkCsv(files, csv, csvPath, base, rows, state.csvBytes);

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
