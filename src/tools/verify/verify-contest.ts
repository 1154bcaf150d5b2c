/** Verifies the file of winners of the 2020 edition against the stored contestants. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { winnerLine } from '../../domain/contest';
import { agencyOfRow } from '../../domain/contest-rows';
import { readOnlyFiles, readWhole } from '../../store/file/directory/files';
import { blocksInFile, PERSISTED_WINNERS_NAME } from '../../store/file/winners/persist-winners';
import { damaged, incomplete } from '../../store/store-error';

/**
 * @param csvBytes how much of bets.csv to look at
 * @returns how many winners each agency has so far
 * @throws LoteriaError STORE_DAMAGED, STORE_INCOMPLETE
 */
export function verifyPersistedWinners(
  directory: string,
  csvPath: string,
  csvBytes: number,
): ReadonlyMap<number, number> {
  const path = join(directory, PERSISTED_WINNERS_NAME);
  if (!existsSync(path)) throw incomplete(path, 'the file is missing');
  const saved = readWhole(readOnlyFiles, path);
  const winners = new Map<number, number>();
  let at = 0;
  for (const { winners: found } of blocksInFile(readOnlyFiles, csvPath, csvBytes)) {
    for (const { contestant, row } of found) {
      const line = Buffer.from(winnerLine(contestant), 'utf8');
      const there = saved.subarray(at, at + line.length);
      if (!line.subarray(0, there.length).equals(there)) {
        throw damaged(path, at, 'not the winner that is stored');
      }
      if (there.length < line.length) throw incomplete(path, 'not all winners are in it yet');
      at += line.length;
      const agency = agencyOfRow(row);
      winners.set(agency, (winners.get(agency) ?? 0) + 1);
    }
  }
  if (at < saved.length) throw damaged(path, at, 'more winners than are stored');
  return winners;
}
