/** csv-parse alone over an agency's file, set up as the agency does. Prints one line of JSON. */
import { CsvRows } from '../../src/client/csv/csv-rows';

export interface CsvReport {
  readonly rows: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

async function main(): Promise<void> {
  const path = process.argv[2] ?? '';
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  const source = new CsvRows(path, { bytes: 0, lines: 0 });
  let rows = 0;
  do while (source.read() !== undefined) rows++;
  while (await source.wait());
  const { user, system } = process.cpuUsage(cpuBefore);
  const report: CsvReport = {
    rows,
    seconds: (performance.now() - startedMs) / 1000,
    cpuSeconds: (user + system) / 1e6,
  };
  console.log(JSON.stringify(report));
}

void main();
