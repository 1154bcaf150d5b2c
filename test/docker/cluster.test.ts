/** The replicated PostgreSQL of deploy/ in real containers; skipped, with a notice, where there can be none. */
import { execFile } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { cleanUp, ROOT, temporaryDirectory } from '../support/program';
import { obstacle } from './stack';

const run = promisify(execFile);
const IMAGE = 'loteria-postgres:latest';
/** Not that of `make cluster`, which may run here too. */
const NET = '172.25.132';
const NODES = ['node1', 'node2', 'node3'];
const WRITABLE_MS = 60_000;

describe('a replicated PostgreSQL in containers', function () {
  this.timeout(120_000);
  let env: NodeJS.ProcessEnv = {};
  let isUp = false;

  async function compose(...args: readonly string[]): Promise<string> {
    const file = join(ROOT, 'deploy', 'compose', 'cluster.yaml');
    const all = ['compose', '-p', 'loteria-cluster-test', '-f', file, ...args];
    return (await run('docker', all, { env })).stdout;
  }

  /** Runs SQL on a node, as the centrals do: at its address, with the password of the store. */
  async function query(node: string, sql: string): Promise<string> {
    const address = `${NET}.1${node.slice(-1)}`;
    const where = `host=${address} user=loteria dbname=loteria connect_timeout=2`;
    const psql = [
      'env',
      'PGPASSWORD=store',
      'timeout',
      '3',
      'psql',
      '-XAtq',
      '-d',
      where,
      '-c',
      sql,
    ];
    return (await compose('exec', '-T', node, ...psql)).trim();
  }

  async function writableNode(): Promise<string> {
    const deadline = Date.now() + WRITABLE_MS;
    const emit = "select pg_logical_emit_message(true, 'test', '')";
    while (Date.now() < deadline) {
      for (const node of NODES) {
        const answer = await query(node, emit).catch(() => '');
        if (answer !== '') return node;
      }
      await sleep(200);
    }
    throw new Error(`no node takes writes:\n${await compose('logs', '--tail', '10')}`);
  }

  before(async function () {
    this.timeout(600_000);
    const reason = obstacle(['debian:bookworm-slim']);
    if (reason !== undefined) {
      console.log(`    Docker tests of the cluster are skipped: ${reason}`);
      this.skip();
    }
    // Whoever builds without a network has no packages either.
    const build = ['build', '-q', '--network', 'host', '-t', IMAGE, join(ROOT, 'deploy/postgres')];
    await run('docker', build);
    const secrets = temporaryDirectory();
    chmodSync(secrets, 0o755);
    for (const name of ['nodes', 'store']) writeFileSync(join(secrets, name), `${name}\n`);
    env = { ...process.env, CLUSTER_NET: NET, CLUSTER_SECRETS: secrets };
    isUp = true;
    await compose('up', '-d', '--wait', 'etcd', ...NODES);
  });
  after(async () => {
    if (isUp) await compose('down', '-v', '-t', '1');
    await cleanUp();
  });

  it('runs as a user without rights, on a root that is read-only', async () => {
    expect((await compose('exec', '-T', 'node1', 'id', '-un')).trim()).to.equal('postgres');
    const touched = compose('exec', '-T', 'node1', 'touch', '/var/lib/postgresql/file');
    expect(await touched.catch(String)).to.include('Read-only file system');
  });

  it('has another primary, with all that was acknowledged, after kill -9 of a container', async () => {
    const first = await writableNode();
    await query(first, 'create table kept (n integer)');
    await query(first, 'insert into kept select generate_series(1, 100)');
    await compose('kill', '-s', 'SIGKILL', first);
    const second = await writableNode();
    expect(second).to.not.equal(first);
    expect(await query(second, 'select count(*) from kept')).to.equal('100');
  });

  it('starts without passwords in no case', async () => {
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
    const refused = run('docker', [...args, IMAGE, 'patroni']).catch(String);
    expect(await refused).to.include('NODES_PASSWORD_FILE is not set');
  });
});
