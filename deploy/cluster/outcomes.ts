/** Collects what became of the agencies: their files, the export of the store, their logs and containers. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { agencyFile } from '../../src/tools/data/generate-bets';
import { parseLogLine } from '../../src/tools/demo/child-program';
import { follow, type AgencyReport } from '../../src/tools/demo/demo-agencies';
import type { Containers } from './containers';
import { rowsByAgency, rowsOf, type AgencyOutcome } from './verdict';

const DOCKER_MS = 60_000;
const EXPORT_MS = 300_000;

/** An outcome, and the report that the table shows: its winners are those that are stored. */
export interface Result {
  readonly outcome: AgencyOutcome;
  readonly report: AgencyReport;
}

/** @throws LoteriaError GAVE_UP; errors of Node when a file cannot be read */
export async function collectResults(
  containers: Containers,
  dataDirectory: string,
  agencies: number,
): Promise<Result[]> {
  const { bets, winners } = await exported(containers);
  const results: Result[] = [];
  for (let agency = 1; agency <= agencies; agency++) {
    const rows = rowsOf(readFileSync(agencyFile(dataDirectory, agency), 'utf8'));
    const storedWinners = winners.get(agency) ?? [];
    const service = `agency${String(agency)}`;
    const logged: AgencyReport = { agency, bets: rows.length, sent: 0, winners: null };
    const log = await containers.docker(['logs', containers.container(service)], DOCKER_MS);
    for (const line of log.split('\n')) follow(logged, parseLogLine(line));
    const outcome: AgencyOutcome = {
      agency,
      rows,
      stored: bets.get(agency) ?? [],
      storedWinners,
      receivedWinners: logged.winners,
      ...(await lifeOf(containers, containers.container(service), log)),
    };
    results.push({ outcome, report: { ...logged, winners: [...storedWinners] } });
  }
  return results;
}

type ByAgency = ReadonlyMap<number, readonly string[]>;

/** Everything that is stored, as `loteria store export` writes it. */
async function exported(containers: Containers): Promise<{ bets: ByAgency; winners: ByAgency }> {
  const directory = mkdtempSync(join(tmpdir(), 'loteria-export-'));
  try {
    const { uid, gid } = userInfo();
    const user = ['--user', `${String(uid)}:${String(gid)}`];
    const args = [
      'run',
      '--rm',
      '--no-deps',
      '-T',
      ...user,
      '-v',
      `${directory}:/export`,
      'export',
    ];
    await containers.compose(args, EXPORT_MS);
    const read = (name: string): ByAgency =>
      rowsByAgency(readFileSync(join(directory, 'stored', name), 'utf8'));
    return { bets: read('bets.csv'), winners: read('winners.csv') };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function lifeOf(
  containers: Containers,
  container: string,
  log: string,
): Promise<Pick<AgencyOutcome, 'exitCode' | 'starts'>> {
  const format = '{{.State.ExitCode}} {{.RestartCount}}';
  const state = await containers.docker(['inspect', '-f', format, container], DOCKER_MS);
  const [exitCode = '1', restarts = '0'] = state.trim().split(' ');
  const configs = log.split('action: config | ').length - 1;
  return { exitCode: Number(exitCode), starts: Math.max(configs, 1 + Number(restarts)) };
}
