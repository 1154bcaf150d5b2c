/** The course's data set where it is at hand, made-up data with the same properties elsewhere. */
import { existsSync, mkdtempSync, readFileSync, rmSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { present } from '../../src/base/invariant';
import { agencyFile } from '../../src/tools/data/generate-bets';
import { prepareData } from '../../src/tools/data/prepare-data';
import { ROOT } from './program';

const ARCHIVE = join(ROOT, '..', 'shared', 'data', 'dataset.zip');
const AGENCIES = 5;
const MADE_UP_BETS = 3_000;

export interface Dataset {
  readonly isReal: boolean;
  /** Rows of each agency's file, agency 1 first. */
  readonly rows: readonly (readonly string[])[];
  /** Winning documents of each agency, in the order of its file. */
  readonly winners: readonly (readonly string[])[];
  file(agency: number): string;
  remove(): void;
}

export function openDataset(): Dataset {
  const directory = mkdtempSync(join(tmpdir(), 'loteria-dataset-'));
  const isReal = existsSync(ARCHIVE);
  if (isReal) copyFileSync(ARCHIVE, join(directory, 'dataset.zip'));
  prepareData({ directory, agencies: AGENCIES, bets: MADE_UP_BETS, seed: undefined });
  const file = (agency: number): string => agencyFile(directory, agency);
  const rows = Array.from({ length: AGENCIES }, (_, i) =>
    readFileSync(file(i + 1), 'utf8')
      .split('\r\n')
      .filter((row) => row !== ''),
  );
  // Neither data set quotes a field: the plainest reading of the rows is the right one.
  const winners = rows.map((of) =>
    of.filter((row) => row.endsWith(',7574')).map((row) => row.split(',')[2] ?? ''),
  );
  return {
    isReal,
    rows,
    winners,
    file,
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The data set for the tests of a suite. @returns it, in a test */
export function datasetForSuite(): () => Dataset {
  let data: Dataset | undefined;
  before(() => {
    data = openDataset();
  });
  after(() => {
    data?.remove();
  });
  return () => present(data, 'tests begin after it is there');
}

/** The rows of a bets.csv, by agency, in stored order and without the agency's number. */
export function rowsByAgency(csvPath: string): Map<number, string[]> {
  const byAgency = new Map<number, string[]>();
  for (const row of readFileSync(csvPath, 'utf8').split('\r\n')) {
    if (row === '') continue;
    const comma = row.indexOf(',');
    const agency = Number(row.slice(0, comma));
    const rows = byAgency.get(agency) ?? [];
    rows.push(row.slice(comma + 1));
    byAgency.set(agency, rows);
  }
  return byAgency;
}
