/**
 * `make cluster` and `make cluster-kill`: brings deploy/compose/cluster.yaml up with empty volumes, waits for the draw,
 * and shows what is stored. Exit code 0 only if that is exactly what the agencies' files say. The containers stay;
 * `make cluster-down` removes them.
 *
 *   ts-node deploy/cluster/main.ts [--kill]
 *
 * PACE: how long the agencies take (with --kill: 20s). Variables of the Compose file, and COMPOSE_PROJECT_NAME, say
 * where else it runs.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LoteriaError } from '../../src/base/errors';
import { agencyFile } from '../../src/tools/data/generate-bets';
import { resultText } from '../../src/tools/demo/demo-table';
import { Containers } from './containers';
import { Database, NODES } from './database';
import { causeFaults } from './faults';
import { collectResults } from './outcomes';
import { differences, rowsOf } from './verdict';

const ROOT = join(__dirname, '..', '..');
const PROJECT = 'loteria-demo';
const AGENCIES = 5;
const CENTRALS = ['central1', 'central2', 'central3'];
const KILLING_PACE = '20s';
const UP_MS = 180_000;
const UP_ATTEMPTS = 3;
const DOWN_MS = 120_000;
const WRITABLE_MS = 60_000;
/** Beyond the pace, which is a matter of seconds. */
const DRAW_MS = 600_000;

interface Scene {
  readonly containers: Containers;
  readonly database: Database;
  readonly dataDirectory: string;
  readonly isKilling: boolean;
}

function sceneOf(args: readonly string[], env: NodeJS.ProcessEnv): Scene {
  const isKilling = args[0] === '--kill';
  if (args.length > (isKilling ? 1 : 0)) {
    throw new LoteriaError('USAGE', 'usage: ts-node deploy/cluster/main.ts [--kill]');
  }
  const dataDirectory = env['CLUSTER_DATA'] ?? join(ROOT, '.data');
  const secrets = env['CLUSTER_SECRETS'] ?? join(ROOT, 'secrets', 'cluster');
  const pace = env['PACE'] ?? (isKilling ? KILLING_PACE : undefined);
  makeSecrets(secrets);
  const containers = new Containers({
    project: env['COMPOSE_PROJECT_NAME'] ?? PROJECT,
    variables: {
      CLUSTER_DATA: dataDirectory,
      CLUSTER_SECRETS: secrets,
      // At this level an agency logs the documents of its winners.
      CLI_LOG_LEVEL: 'DEBUG',
      ...(pace === undefined ? {} : { CLI_PACE: pace }),
    },
  });
  return { containers, database: new Database(containers), dataDirectory, isKilling };
}

/** Only root of this machine, and the users in the containers, get into the directory. */
function makeSecrets(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const name of ['nodes', 'owner', 'store']) {
    try {
      const password = `${randomBytes(24).toString('base64url')}\n`;
      writeFileSync(join(directory, name), password, { flag: 'wx', mode: 0o644 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** @returns whether everything is exact */
async function play(scene: Scene): Promise<boolean> {
  const { containers, database, dataDirectory } = scene;
  await containers.compose(['down', '-v', '--remove-orphans', '-t', '5'], DOWN_MS);
  await untilNodesAreWell(containers);
  const primary = await database.untilWritable(WRITABLE_MS);
  print(`etcd and three nodes run; ${primary} is the primary, and takes writes.`);
  await containers.compose(['up', '-d'], UP_MS);
  print('Three centrals and five agencies run.');
  const startedMs = performance.now();
  await lottery(scene);
  const seconds = (performance.now() - startedMs) / 1_000;
  // Also with those that were killed on the way.
  await untilNodesAreWell(containers);
  const results = await collectResults(containers, dataDirectory, AGENCIES);
  const reports = results.map(({ report }) => report);
  const stored = results.map(({ outcome }) => [outcome.agency, outcome.stored.length] as const);
  print(resultText(reports, new Map(stored), 'are stored', seconds));
  const wrong = differences(results.map(({ outcome }) => outcome));
  for (const text of wrong) print(`NOT EXACT: ${text}`);
  return wrong.length === 0;
}

/**
 * Compose gives up when a container ends. A node may: on a machine with a busy disk the first start can take longer
 * than Patroni allows. Docker then starts it again, and so does this.
 */
async function untilNodesAreWell(containers: Containers): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await containers.compose(['up', '-d', '--wait', 'etcd', ...NODES], UP_MS);
      return;
    } catch (error) {
      if (attempt === UP_ATTEMPTS) throw error;
    }
  }
}

/** Waits until all agencies have ended, and causes faults meanwhile. */
async function lottery({ containers, database, dataDirectory, isKilling }: Scene): Promise<void> {
  const over = new AbortController();
  const note = (text: string): void => {
    print(`  ${text}`);
  };
  const bets = countBets(dataDirectory);
  const faults = isKilling
    ? causeFaults({ containers, database, bets, note }, over.signal)
    : Promise.resolve();
  const agencies = Array.from({ length: AGENCIES }, (_, i) =>
    containers.container(`agency${String(i + 1)}`),
  );
  const failed = new AbortController();
  const ended = containers.docker(['wait', ...agencies], DRAW_MS, failed.signal).finally(() => {
    over.abort();
  });
  try {
    await Promise.all([ended, faults]);
  } finally {
    failed.abort();
  }
}

function countBets(directory: string): number {
  let bets = 0;
  for (let agency = 1; agency <= AGENCIES; agency++) {
    bets += rowsOf(readFileSync(agencyFile(directory, agency), 'utf8')).length;
  }
  return bets;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** @returns whether everything is exact */
async function playOrExplain(scene: Scene): Promise<boolean> {
  try {
    return await play(scene);
  } catch (error) {
    const args = ['logs', '--no-color', '--tail', '20', 'etcd', ...NODES, 'init', ...CENTRALS];
    process.stderr.write(await scene.containers.compose(args, DOWN_MS).catch(String));
    throw error;
  }
}

async function main(): Promise<void> {
  try {
    const isExact = await playOrExplain(sceneOf(process.argv.slice(2), process.env));
    if (!isExact) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof LoteriaError)) throw error;
    process.stderr.write(`cluster: ${error.message}\n`);
    process.exitCode = error.code === 'USAGE' ? 2 : 1;
  }
}

void main();
