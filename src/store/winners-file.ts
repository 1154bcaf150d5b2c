/** `winners.csv`: the outcome of the draw, one `agency,document` row for each winner. */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Winners } from '../domain/winners';
import { readUpTo, writeAll, type Files } from './files';
import { damaged } from './replay';

export const WINNERS_NAME = 'winners.csv';

/** What a draw came to, as its record has it. */
export interface WinnersSummary {
  /** Of all agencies. */
  readonly winners: number;
  /** SHA-256 of winners.csv, hexadecimal. */
  readonly digest: string;
}

/** Replaces the file, whole or not at all, and durably. */
export function saveWinners(files: Files, directory: string, winners: Winners): WinnersSummary {
  let rows = '';
  let count = 0;
  for (const [agency, documents] of winners.entries()) {
    for (const document of documents) rows += `${String(agency)},${document}\r\n`;
    count += documents.length;
  }
  const bytes = Buffer.from(rows, 'latin1');
  replaceFile(files, join(directory, WINNERS_NAME), bytes);
  return { winners: count, digest: createHash('sha256').update(bytes).digest('hex') };
}

/**
 * The winners as they were saved, or null when there is no such file.
 *
 * @throws LoteriaError STORE_DAMAGED
 */
export function loadWinners(files: Files, directory: string): Winners | null {
  const path = join(directory, WINNERS_NAME);
  if (!files.exists(path)) return null;
  const fd = files.open(path, false);
  let text: string;
  try {
    text = readUpTo(files, fd, files.size(fd), 0).toString('latin1');
  } finally {
    files.close(fd);
  }
  const winners = new Winners();
  let at = 0;
  for (const row of text.split('\r\n').slice(0, -1)) {
    const match = /^([1-9]\d{0,4}),(\d{1,10})$/.exec(row);
    if (match === null) throw damaged(path, at, 'not a row `agency,document`');
    winners.add(Number(match[1]), match[2] ?? '');
    at += row.length + 2;
  }
  if (at !== text.length) throw damaged(path, at, 'the last row is not complete');
  return winners;
}

/** Writes a file under another name, syncs it, and puts it in place. */
export function replaceFile(files: Files, path: string, bytes: Buffer): void {
  const unfinished = `${path}.new`;
  files.remove(unfinished);
  const fd = files.open(unfinished, true);
  try {
    writeAll(files, fd, [bytes], 0);
    files.sync(fd);
  } finally {
    files.close(fd);
  }
  files.rename(unfinished, path);
  files.syncDirectory(dirname(path));
}
