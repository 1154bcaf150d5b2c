/**
 * PostgreSQL nodes on loopback in a temporary folder, from the packages of this machine: one alone, or a primary and
 * two standbys of which one must have each commit. As root they run as the user `postgres`, because PostgreSQL
 * refuses root.
 */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PACKAGES = '/usr/lib/postgresql';
const READY_MS = 30_000;

/** Where the programs are; null: they are not installed. */
export function postgresBinaries(): string | null {
  if (!existsSync(PACKAGES)) return null;
  const versions = readdirSync(PACKAGES)
    .map(Number)
    .filter((version) => version >= 15);
  if (versions.length === 0) return null;
  return join(PACKAGES, String(Math.max(...versions)), 'bin');
}

interface User {
  readonly uid?: number;
  readonly gid?: number;
}

function unprivilegedUser(): User {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export class PostgresNode {
  private child: ChildProcess | null = null;

  constructor(
    private readonly bin: string,
    private readonly user: User,
    readonly directory: string,
    readonly port: number,
  ) {}

  /** Of the process that the others are children of; 0: it does not run. */
  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** Starts it. @returns when it takes connections */
  async start(): Promise<void> {
    const options = ['-D', this.directory, '-p', String(this.port), '-h', '127.0.0.1', '-k', ''];
    this.child = spawn(join(this.bin, 'postgres'), options, { ...this.user, stdio: 'ignore' });
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline) {
      if (await this.isReady()) return;
      await sleep(50);
    }
    throw new Error(`${this.directory}: PostgreSQL does not become ready`);
  }

  private async isReady(): Promise<boolean> {
    const where = ['-h', '127.0.0.1', '-p', String(this.port), '-q'];
    return run(join(this.bin, 'pg_isready'), where).then(
      () => true,
      () => false,
    );
  }

  /** @param signal SIGINT: at once, in good order; SIGQUIT: without that */
  async stop(signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  }

  async promote(): Promise<void> {
    await run(join(this.bin, 'pg_ctl'), ['promote', '-D', this.directory, '-w'], this.user);
  }

  /** Runs a statement as the owner of everything. */
  async query(text: string): Promise<readonly Record<string, unknown>[]> {
    const { Client } = (await import('pg')).default;
    const where = { host: '127.0.0.1', port: this.port, user: 'loteria', database: 'postgres' };
    const client = new Client(where);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  configure(text: string): void {
    appendFileSync(join(this.directory, 'postgresql.conf'), text);
  }
}

export class PostgresCluster {
  private constructor(
    private readonly folder: string,
    readonly nodes: readonly PostgresNode[],
  ) {}

  /** {@link start}, with the programs of this machine. @returns null: they are not installed, which is printed */
  static async startIfInstalled(count: 1 | 3): Promise<PostgresCluster | null> {
    const bin = postgresBinaries();
    if (bin !== null) return PostgresCluster.start(bin, count);
    console.log(`      skipped: PostgreSQL 15 or newer is not installed in ${PACKAGES}`);
    return null;
  }

  /** @param count 1: a node alone; 3: a primary, which comes first, and two standbys */
  static async start(bin: string, count: 1 | 3): Promise<PostgresCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'loteria-postgres-'));
    const user = unprivilegedUser();
    if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
    const nodes: PostgresNode[] = [];
    for (let i = 0; i < count; i++) {
      const directory = join(folder, `node${String(i + 1)}`);
      nodes.push(new PostgresNode(bin, user, directory, await freePort()));
    }
    const cluster = new PostgresCluster(folder, nodes);
    try {
      await cluster.startNodes(bin, user);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop('SIGQUIT')));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async startNodes(bin: string, user: User): Promise<void> {
    const [primary, ...standbys] = this.nodes;
    if (primary === undefined) return;
    const options = ['-D', primary.directory, '-U', 'loteria', '-A', 'trust', '--no-sync'];
    await run(join(bin, 'initdb'), options, user);
    primary.configure('wal_keep_size = 256MB\nhot_standby = on\n');
    for (const { directory } of standbys) {
      await run('cp', ['-a', primary.directory, directory], user);
      // A node must own it.
      await run('touch', [join(directory, 'standby.signal')], user);
    }
    standbys.forEach((standby, i) => {
      const name = `node${String(i + 2)}`;
      const source = `host=127.0.0.1 port=${String(primary.port)} user=loteria application_name=${name}`;
      standby.configure(`primary_conninfo = '${source}'\n`);
    });
    if (standbys.length > 0) {
      primary.configure("synchronous_standby_names = 'ANY 1 (node2, node3)'\n");
    }
    await Promise.all(this.nodes.map((node) => node.start()));
  }
}
