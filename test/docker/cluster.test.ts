/** `make cluster-kill` in real containers; skipped, with a notice, where there can be none. */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { openDataset, type Dataset } from '../support/dataset';
import { cleanUp, ROOT, temporaryDirectory } from '../support/program';
import { docker, obstacle } from './stack';

const run = promisify(execFile);
const IMAGE = 'loteria-postgres:latest';
const PROJECT = 'loteria-cluster-test';
const BUILD_MS = 600_000;
const RUN_MS = 300_000;

describe('several centrals on a replicated PostgreSQL, in containers', function () {
  this.timeout(RUN_MS);
  let data: Dataset;
  /** Not those of `make cluster`, which may run here too. */
  let env: NodeJS.ProcessEnv = {};
  let isUp = false;

  function compose(...args: readonly string[]): Promise<{ stdout: string }> {
    const file = join(ROOT, 'deploy', 'compose', 'cluster.yaml');
    return run('docker', ['compose', '-p', PROJECT, '-f', file, ...args], { env });
  }

  before(async function () {
    this.timeout(BUILD_MS);
    data = openDataset();
    const reason = obstacle(['node:24-slim', 'debian:bookworm-slim']);
    if (reason !== undefined) {
      console.log(`    Docker tests of the cluster are skipped: ${reason}`);
      this.skip();
    }
    for (const image of ['server', 'client']) {
      const dockerfile = join(ROOT, image, 'Dockerfile');
      await docker('build', '-q', '-f', dockerfile, '-t', `${image}:latest`, ROOT);
    }
    await docker('build', '-q', '-t', IMAGE, join(ROOT, 'deploy', 'postgres'));
    const directory = temporaryDirectory();
    // The users in the containers are not the one who runs the tests.
    chmodSync(directory, 0o755);
    env = {
      ...process.env,
      COMPOSE_PROJECT_NAME: PROJECT,
      CLUSTER_NET: '172.25.132',
      CLUSTER_DATA: join(directory, 'data'),
      CLUSTER_SECRETS: join(directory, 'secrets'),
      PACE: '15s',
    };
    mkdirSync(join(directory, 'data'));
    for (let id = 1; id <= 5; id++) {
      cpSync(data.file(id), join(directory, 'data', `agency-${String(id)}.csv`));
    }
    isUp = true;
  });
  after(async () => {
    if (isUp) await compose('down', '-v', '-t', '1');
    data.remove();
    await cleanUp();
  });

  it('stores everything once, and makes one draw, while the primary, a central and a connection are lost', async () => {
    const program = join(ROOT, 'deploy', 'cluster', 'main.ts');
    const tsNode = join(ROOT, 'node_modules', '.bin', 'ts-node');
    const { stdout } = await run(tsNode, [program, '--kill'], { env });
    for (const what of ['the primary, is killed', 'central1 is killed', 'agency3 is cut off']) {
      expect(stdout).to.include(what);
    }
    const rows = data.rows.reduce((sum, { length }) => sum + length, 0);
    const winners = data.winners.map(({ length }) => String(length)).join(', ');
    expect(stdout).to.include(`${String(rows)} rows are stored`);
    expect(stdout).to.include(`winners by agency: ${winners}\n`);
  });

  it('runs PostgreSQL as a user without rights, on a root that is read-only', async () => {
    const user = await compose('exec', '-T', 'node1', 'id', '-un');
    expect(user.stdout.trim()).to.equal('postgres');
    const touched = compose('exec', '-T', 'node1', 'touch', '/var/lib/postgresql/file');
    const refused = await touched.then(() => 'it was made', String);
    expect(refused).to.include('Read-only file system');
  });

  it('starts no node without its passwords', async () => {
    const args = [
      'run',
      '--rm',
      '-e',
      'ADDRESS=127.0.0.1',
      '-e',
      'NODE=node1',
      '-e',
      'ETCD=127.0.0.1:1',
    ];
    const refused = await docker(...args, IMAGE, 'patroni').catch(String);
    expect(refused).to.include('NODES_PASSWORD_FILE is not set');
  });
});
