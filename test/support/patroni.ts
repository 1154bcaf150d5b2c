/**
 * A replicated PostgreSQL that fails over by itself: one etcd and three nodes of Patroni on loopback, in a temporary
 * folder, from the packages of this machine and with the files of deploy/postgres. PostgreSQL refuses root: as root
 * all of it runs as the user `postgres`.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { processesIn, signalFolder } from './folder-processes';
import { freePorts } from './free-ports';
import { ROOT } from './program';

const run = promisify(execFile);
const FILES = ['entrypoint.sh', 'patroni.yml', 'make-database.sh'];
const PACKAGES = '/usr/lib/postgresql';
const NODES = 3;
const POLL_MS = 100;
const ASK_MS = 2_000;
const READY_MS = 60_000;
const STOP_MS = 10_000;
/** What entrypoint.sh ends with when it is started wrongly. */
const USAGE = 2;

/** What is missing for a cluster on this machine; undefined: nothing. */
export function clusterObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'it needs /proc, as Linux has it';
  const missing = ['patroni', 'etcd'].filter((name) => !existsSync(join('/usr/bin', name)));
  if (!existsSync(PACKAGES)) missing.unshift('postgresql-15');
  if (!existsSync('/usr/lib/python3/dist-packages/etcd')) missing.push('python3-etcd');
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
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

/** The parts of a cluster that can fail: all processes of a node, its PostgreSQL alone, etcd. */
export type Part = { readonly node: number; readonly postgresOnly?: boolean } | 'etcd';

interface Login {
  readonly user: string;
  readonly database: string;
  readonly password: string;
}

interface Ports {
  readonly port: number;
  readonly control: number;
}

export class PatroniCluster {
  /** The nodes: what `STORE` lists. Node 0 comes first. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly database = 'loteria';
  /** Hold the passwords of the roles `owner` and `loteria`; the second one is the STORE_PASSWORD_FILE of centrals. */
  readonly ownerPasswordFile: string;
  readonly storePasswordFile: string;
  private readonly passwords = {
    nodes: randomBytes(12).toString('hex'),
    owner: randomBytes(12).toString('hex'),
    store: randomBytes(12).toString('hex'),
  };
  private isStopped = false;
  private readonly onExit = (): void => {
    signalFolder(this.folder, 'SIGKILL');
    // What is about to end may still make a file.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  };

  private constructor(
    readonly folder: string,
    private readonly owner: User,
    private readonly etcd: Ports,
    private readonly nodes: readonly Ports[],
  ) {
    this.servers = nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
    this.ownerPasswordFile = join(folder, 'owner-password');
    this.storePasswordFile = join(folder, 'store-password');
    process.once('exit', this.onExit);
  }

  /** @returns when it takes writes, and both standbys stream */
  static async start(): Promise<PatroniCluster> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'loteria-cluster-')));
    const ports = await freePorts(2 * (NODES + 1));
    const [etcd, ...nodes] = Array.from({ length: NODES + 1 }, (_, i) => ({
      port: ports[2 * i] ?? 0,
      control: ports[2 * i + 1] ?? 0,
    }));
    if (etcd === undefined) throw new Error('no ports');
    const cluster = new PatroniCluster(folder, unprivilegedUser(), etcd, nodes);
    try {
      cluster.prepare();
      cluster.startPart('etcd');
      for (const node of nodes.keys()) cluster.startPart({ node });
      await cluster.waitUntilWhole();
    } catch (error) {
      const logs = cluster.logs();
      await cluster.stop();
      throw new Error(`${String(error)}\n${logs}`, { cause: error });
    }
    return cluster;
  }

  /** Ends all processes at once, and removes the folder. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.kill(this.folder);
    process.off('exit', this.onExit);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** kill -9 of a part. A node's Patroni starts its PostgreSQL again, if that alone was killed. */
  async killPart(part: Part): Promise<void> {
    await this.kill(this.folderOf(part));
  }

  /** @returns process ids */
  processesOf(part: Part): readonly number[] {
    return processesIn(this.folderOf(part));
  }

  /** SIGSTOP, until `resume`. */
  freeze(part: Part): void {
    signalFolder(this.folderOf(part), 'SIGSTOP');
  }

  resume(part: Part): void {
    signalFolder(this.folderOf(part), 'SIGCONT');
  }

  /** Starts etcd, or a node with what it has stored, after it was killed. */
  startPart(part: 'etcd' | { readonly node: number }): void {
    if (this.isStopped) return;
    const folder = this.folderOf(part);
    const ports = part === 'etcd' ? this.etcd : this.nodes[part.node];
    if (ports === undefined) throw new Error('no such node');
    const log = openSync(join(this.folder, `${this.nameOf(part)}.log`), 'a');
    const program = join(this.folder, 'entrypoint.sh');
    const child = spawn(program, [part === 'etcd' ? 'etcd' : 'patroni'], {
      ...this.owner,
      cwd: folder,
      detached: true,
      env: {
        PATH: process.env['PATH'],
        LANG: 'C.UTF-8',
        DATA: folder,
        ADDRESS: '127.0.0.1',
        PORT: String(ports.port),
        CONTROL_PORT: String(ports.control),
        ETCD: `127.0.0.1:${String(this.etcd.port)}`,
        NODES_PASSWORD_FILE: join(this.folder, 'nodes-password'),
        OWNER_PASSWORD_FILE: this.ownerPasswordFile,
        STORE_PASSWORD_FILE: this.storePasswordFile,
        ...(part === 'etcd' ? {} : { NODE: this.nameOf(part) }),
      },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.unref();
    // As Docker and systemd do: on a machine with a busy disk the first start can take longer than Patroni allows.
    child.once('exit', (code) => {
      if (code !== null && code !== USAGE && !this.isStopped) this.startPart(part);
    });
  }

  /** @returns the node that holds the key of the primary; null: none says so */
  async primary(): Promise<number | null> {
    const isPrimary = await Promise.all(this.nodes.map(({ control }) => answers(control)));
    const node = isPrimary.indexOf(true);
    return node < 0 ? null : node;
  }

  /**
   * Runs SQL on a node, as the owner of the database. Rejects when it takes longer than `timeoutMs`.
   *
   * @returns what psql prints, unaligned and without headings
   */
  query(node: number, sql: string, timeoutMs = 5_000): Promise<string> {
    const owner = { user: 'owner', database: this.database, password: this.passwords.owner };
    return this.queryAs(owner, node, sql, timeoutMs);
  }

  /** @returns the primary, as soon as a commit there has been acknowledged, which a standby also has */
  async waitUntilWritable(timeoutMs = READY_MS): Promise<number> {
    return this.waitFor('a primary that takes writes', timeoutMs, async (node) => {
      await this.query(node, "select pg_logical_emit_message(true, 'test', '')", ASK_MS);
      return true;
    });
  }

  /** @returns the primary, as soon as it takes writes and both other nodes stream from it */
  async waitUntilWhole(timeoutMs = READY_MS): Promise<number> {
    const streaming = 'select count(*) from pg_stat_get_wal_senders() where state = $$streaming$$';
    await this.waitFor('two standbys that stream', timeoutMs, async (node) => {
      const superuser = { user: 'postgres', database: 'postgres', password: this.passwords.nodes };
      return (await this.queryAs(superuser, node, streaming, ASK_MS)) === String(NODES - 1);
    });
    return this.waitUntilWritable(timeoutMs);
  }

  /** The end of each part's log. */
  logs(): string {
    const parts = ['etcd' as const, ...this.nodes.map((_, node) => ({ node }))];
    return parts
      .map((part) => {
        const name = this.nameOf(part);
        const text = readFileSync(join(this.folder, `${name}.log`), 'utf8');
        return `--- ${name}\n${text.split('\n').slice(-10).join('\n')}`;
      })
      .join('\n');
  }

  private prepare(): void {
    const { uid, gid } = this.owner;
    const passwords = Object.entries(this.passwords).map(
      ([name, password]) => [join(this.folder, `${name}-password`), password] as const,
    );
    for (const [file, password] of passwords) writeFileSync(file, `${password}\n`, { mode: 0o600 });
    // The project may be where that user may not go.
    for (const name of FILES) {
      copyFileSync(join(ROOT, 'deploy', 'postgres', name), join(this.folder, name));
    }
    const folders = ['etcd', ...this.nodes.map((_, node) => this.nameOf({ node }))];
    for (const name of folders) mkdirSync(join(this.folder, name), { mode: 0o700 });
    if (uid === undefined || gid === undefined) return;
    for (const [file] of passwords) chownSync(file, uid, gid);
    for (const name of ['', ...folders]) chownSync(join(this.folder, name), uid, gid);
  }

  private async queryAs(
    { user, database, password }: Login,
    node: number,
    sql: string,
    timeoutMs: number,
  ): Promise<string> {
    const server = this.servers[node];
    if (server === undefined) throw new Error('no such node');
    const where = `host=${server.host} port=${String(server.port)} user=${user} dbname=${database}`;
    const env = { PATH: process.env['PATH'], PGPASSWORD: password, PGCONNECT_TIMEOUT: '2' };
    const args = ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', where, '-c', sql];
    const options = { env, timeout: timeoutMs, killSignal: 'SIGKILL' } as const;
    return (await run(postgresProgram('psql'), args, options)).stdout.trim();
  }

  private nameOf(part: 'etcd' | { readonly node: number }): string {
    return part === 'etcd' ? part : `node${String(part.node + 1)}`;
  }

  private folderOf(part: Part): string {
    const folder = join(this.folder, this.nameOf(part));
    return part !== 'etcd' && part.postgresOnly === true ? join(folder, 'postgresql') : folder;
  }

  private async kill(folder: string): Promise<void> {
    const killed = new Set(processesIn(folder));
    const deadline = Date.now() + STOP_MS;
    signalFolder(folder, 'SIGKILL');
    // Patroni may have started PostgreSQL again.
    while (processesIn(folder).some((pid) => killed.has(pid))) {
      if (Date.now() > deadline) throw new Error(`${folder}: its processes do not end`);
      await sleep(POLL_MS / 10);
    }
  }

  /** Repeats a question to the primary until it is answered with yes. */
  private async waitFor(
    what: string,
    timeoutMs: number,
    ask: (primary: number) => Promise<boolean>,
  ): Promise<number> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      const node = await this.primary();
      if (node !== null && (await ask(node).catch(() => false))) return node;
      await sleep(POLL_MS);
    }
    throw new Error(`no ${what} after ${String(timeoutMs)} ms`);
  }
}

/** @returns the path of a program of the newest PostgreSQL that is installed */
function postgresProgram(name: string): string {
  const versions = readdirSync(PACKAGES).map(Number).filter(Number.isFinite);
  return join(PACKAGES, String(Math.max(...versions)), 'bin', name);
}

/** Whether Patroni's REST interface on this port says that its node is the primary. */
async function answers(port: number): Promise<boolean> {
  const url = `http://127.0.0.1:${String(port)}/primary`;
  return fetch(url, { signal: AbortSignal.timeout(ASK_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
