/** Outcomes of draws from lists, in the form in which the central has them: a file, here in memory. */
import type { WinnerTotals } from '../../src/store/file/bets/bets-audit';
import type { Files } from '../../src/store/file/directory/files';
import type { WinnersFile } from '../../src/store/file/winners/winners-file';
import { WinnersReader } from '../../src/store/file/winners/winners-reader';
import { WinnersSpool } from '../../src/store/file/winners/winners-spool';
import { WinnersWriter } from '../../src/store/file/winners/winners-writer';
import { MemoryFiles } from './memory-files';

export type WinnerList = readonly (readonly [agency: number, document: string])[];

/** What the winners are by themselves, for comparisons. */
export function rowsOfWinners(list: WinnerList): Buffer {
  return Buffer.from(
    list.map(([agency, document]) => `${String(agency)},${document}\r\n`).join(''),
  );
}

function totalsOfWinners(list: WinnerList): Map<number, WinnerTotals> {
  const totals = new Map<number, WinnerTotals>();
  for (const winner of list) {
    const { winners, winnerBytes } = totals.get(winner[0]) ?? { winners: 0, winnerBytes: 0 };
    const { length } = rowsOfWinners([winner]);
    totals.set(winner[0], { winners: winners + 1, winnerBytes: winnerBytes + length });
  }
  return totals;
}

/** Writes winners as the draw does. @param list in stored order */
export function writeWinners(files: Files, path: string, list: WinnerList): void {
  const spool = new WinnersSpool(files, `${path}.spool`);
  if (list.length > 0) spool.add(rowsOfWinners(list));
  const writer = new WinnersWriter(files, path, spool, totalsOfWinners(list));
  while (!writer.step());
  spool.close();
}

export function readWinners(files: Files, path: string): WinnersFile {
  const reader = new WinnersReader(files, path, path);
  try {
    while (!reader.step());
  } catch (error) {
    reader.close();
    throw error;
  }
  return reader.finish();
}

/** @param list in stored order */
export function winnersOf(list: WinnerList): WinnersFile {
  const files = MemoryFiles.withDirectory('/data');
  writeWinners(files, '/data/winners.csv', list);
  return readWinners(files, '/data/winners.csv');
}

/** All winners of an agency. */
export function allOf(winners: WinnersFile, agency: number): string[] {
  return winners.page(agency, 0, Infinity);
}
