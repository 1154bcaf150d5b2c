/**
 * `strace -e inject=`: every call that the central makes on its data directory fails once, each in
 * a life of its own; in a new directory, and in one that a killed central has left.
 *
 * strace counts calls by thread. So a fault names the path and the index among the calls of its
 * thread on that path. Those of the main thread come first and are reached from the start on; the
 * others (libuv's one thread, told so, and the worker of the draw) are reached by a strace that
 * comes later: in a new directory when the first commit, the terms, is written and not yet synced; in one
 * that has its terms when the central listens.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loteria, type Program } from '../support/program';
import { centralEnv, DiskLottery, judgeFailure, SMALL_DATA } from './disk-lottery';
import { startTraced, traceFromListening, traceFromTerms } from './disk-strace';

const CALLS = [
  'openat',
  'write',
  'writev',
  'pwrite64',
  'pwritev',
  'fdatasync',
  'fsync',
  'rename',
  'ftruncate',
];
const NAMES = ['bets.csv', 'journal.a', 'journal.b', 'winners.csv', 'acta.json'];
/** What a call can fail with when a disk is broken, full, or a file too large. */
const CODES: Readonly<Record<string, readonly string[]>> = {
  pwrite64: ['EIO', 'ENOSPC', 'EFBIG'],
  pwritev: ['EIO', 'ENOSPC', 'EFBIG'],
  openat: ['EIO', 'ENOSPC'],
  rename: ['EIO', 'ENOSPC'],
};

/** `new`: an empty directory; `restart`: one whose central was killed in the middle. */
export type Scene = 'new' | 'restart';

export interface Injection {
  readonly scene: Scene;
  readonly call: string;
  /** In DATA_DIR; empty: the directory itself. */
  readonly name: string;
  readonly isMainThread: boolean;
  /** Which of the thread's calls on that path fails, from 1. */
  readonly index: number;
  readonly code: string;
}

interface MadeCall {
  readonly call: string;
  readonly name: string;
  readonly isMainThread: boolean;
  readonly index: number;
  readonly isZeros: boolean;
}

export class InjectionCampaign {
  private readonly root = mkdtempSync(join(tmpdir(), 'loteria-disk-'));
  private readonly prepared = join(this.root, 'prepared');
  private lives = 0;

  /** Makes the directory of the scene `restart`. */
  async prepare(): Promise<void> {
    mkdirSync(this.prepared);
    const lottery = new DiskLottery(this.prepared, SMALL_DATA);
    const central = loteria(['server'], centralEnv(this.prepared, 2), this.prepared);
    const [first, second] = lottery.agencies;
    const line = await central.waitFor('action: listen');
    const port = Number(/port: (\d+)/.exec(line)?.[1]);
    void first?.run(port);
    await central.waitFor('action: agency_finished');
    void second?.run(port);
    await central.waitFor('action: apuesta_recibida', 4);
    central.signal('SIGKILL');
    await central.exited;
    rmSync(join(this.prepared, 'lock'), { force: true });
  }

  /**
   * What calls are made when nothing fails. Each is counted as the strace sees it that is to make it fail: of
   * the other threads only those that come after it has.
   */
  async count(scene: Scene): Promise<MadeCall[]> {
    const fromTheStart = await this.countOnce(scene, true);
    const fromLater = await this.countOnce(scene, false);
    return [
      ...fromTheStart.filter(({ isMainThread }) => isMainThread),
      ...fromLater.filter(({ isMainThread }) => !isMainThread),
    ];
  }

  private async countOnce(scene: Scene, fromTheStart: boolean): Promise<MadeCall[]> {
    const { directory, trace } = this.directoryFor(scene);
    const options = traceOptions(directory, trace);
    const central = await this.start(scene, fromTheStart, directory, options);
    const lottery = new DiskLottery(directory, SMALL_DATA);
    const exit = await lottery.run(central);
    if (exit.code !== 0) throw new Error(`no lottery under strace: ${central.output}`);
    const made = madeCalls(readFileSync(trace, 'utf8'), directory, central.pid);
    this.forget(directory, trace);
    return made;
  }

  /** Every injection; those that differ only in which block of zeros they hit may be left out. */
  async plan(quick: boolean): Promise<Injection[]> {
    const all: Injection[] = [];
    for (const scene of ['new', 'restart'] as const) {
      for (const [i, { isZeros, ...made }] of (await this.count(scene)).entries()) {
        const codes = CODES[made.call] ?? ['EIO'];
        if (quick && isZeros && made.index % 32 !== 1) continue;
        const chosen = quick ? [codes[i % codes.length] ?? 'EIO'] : codes;
        for (const code of chosen) all.push({ scene, ...made, code });
      }
    }
    return all;
  }

  /** @returns what is wrong; empty when the fault was borne as it should be */
  async run(injection: Injection): Promise<string[]> {
    const { scene, isMainThread, index, code } = injection;
    const { directory, trace } = this.directoryFor(scene);
    const lottery = new DiskLottery(directory, SMALL_DATA);
    const options = faultOptions(directory, trace, injection);
    const central = await this.start(scene, isMainThread, directory, options);
    const exit = await lottery.run(central);
    const problems: string[] = [];
    if (!readFileSync(trace, 'utf8').includes('(INJECTED)')) problems.push('it was never injected');
    const isTerms = scene === 'new' && !isMainThread && index === 1;
    if (isTerms && central.matching('action: listen').length > 0) {
      problems.push('it listens, and its terms are not stored');
    }
    problems.push(...judgeFailure(central, exit, code), ...(await lottery.finish()));
    if (problems.length === 0) this.forget(directory, trace);
    return problems.map((problem) => `${JSON.stringify(injection)}, ${directory}: ${problem}`);
  }

  private start(
    scene: Scene,
    fromTheStart: boolean,
    directory: string,
    options: readonly string[],
  ): Promise<Program> {
    const env = { ...centralEnv(directory, SMALL_DATA.agencies), UV_THREADPOOL_SIZE: '1' };
    if (fromTheStart) return Promise.resolve(startTraced(env, options));
    return scene === 'new'
      ? traceFromTerms(env, directory, options)
      : traceFromListening(env, options);
  }

  close(failed: boolean): void {
    if (!failed) rmSync(this.root, { recursive: true, force: true });
  }

  private directoryFor(scene: Scene): { readonly directory: string; readonly trace: string } {
    const directory = join(this.root, `life-${String(this.lives++)}`);
    if (scene === 'restart') cpSync(this.prepared, directory, { recursive: true });
    else mkdirSync(directory);
    return { directory, trace: `${directory}.strace` };
  }

  private forget(directory: string, trace: string): void {
    rmSync(directory, { recursive: true, force: true });
    if (existsSync(trace)) rmSync(trace);
  }
}

/** The calls on the directory that a trace holds, numbered for each thread and path. */
function madeCalls(trace: string, directory: string, mainThread: number): MadeCall[] {
  const made: MadeCall[] = [];
  const seen = new Map<string, number>();
  for (const line of trace.split('\n')) {
    const [, thread = '', call = '', args = ''] = /^(\d+)\s+(\w+)\((.*)$/.exec(line) ?? [];
    if (!CALLS.includes(call)) continue;
    const [path = ''] = /\/[^<>"]*life-\d+[^<>"]*/.exec(args.replace('AT_FDCWD', '')) ?? [];
    const name = path.slice(directory.length + 1);
    const key = `${thread} ${call} ${name}`;
    const index = (seen.get(key) ?? 0) + 1;
    seen.set(key, index);
    const isMainThread = Number(thread) === mainThread;
    made.push({ call, name, isMainThread, index, isZeros: args.includes(', 262144, ') });
  }
  return made;
}

/** Traces calls on the directory. */
function traceOptions(directory: string, trace: string): string[] {
  const names = NAMES.flatMap((name) => [name, `${name}.new`]);
  const paths = ['', ...names].map((name) => join(directory, name));
  const options = ['-f', '-y', '-s', '16', '-o', trace, '-e', `trace=${CALLS.join(',')}`];
  return [...options, ...paths.flatMap((path) => ['-P', path])];
}

/** Traces calls on the one path whose call fails. */
function faultOptions(directory: string, trace: string, injection: Injection): string[] {
  const { call, code, index, name } = injection;
  const fault = `inject=${call}:error=${code}:when=${String(index)}`;
  return ['-f', '-y', '-o', trace, '-e', `trace=${call}`, '-e', fault, '-P', join(directory, name)];
}
