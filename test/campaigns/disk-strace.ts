/** Centrals under strace: from their start on, or from a later moment. */
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOTERIA, loteria, Program } from '../support/program';

type Env = Readonly<Record<string, string>>;

const COMMAND = [process.execPath, LOTERIA, 'server'];
const WAIT_MS = 15_000;
const POLL_MS = 5;

/** A central that is traced from the beginning; its process is the program that is returned. */
export function startTraced(env: Env, options: readonly string[]): Program {
  return new Program('strace', ['-D', ...options, ...COMMAND], env, tmpdir());
}

/** A central that is traced from the moment on at which it listens. */
export async function traceFromListening(env: Env, options: readonly string[]): Promise<Program> {
  const central = loteria(['server'], env, tmpdir());
  await central.waitFor('action: listen');
  await attach(central, options);
  return central;
}

/**
 * A central in a new directory that is traced from the moment on at which its first commit, the terms, is
 * written but not yet synced. A first strace stops it there: the main thread's first write to `journal.b` is the
 * header of the segment, its second one the commit.
 */
export async function traceFromTerms(
  env: Env,
  directory: string,
  options: readonly string[],
): Promise<Program> {
  const trace = `${directory}.stop.strace`;
  const stop = 'inject=pwrite64:signal=SIGSTOP:when=2';
  const path = ['-P', join(directory, 'journal.b')];
  const central = startTraced(env, ['-o', trace, '-e', 'trace=pwrite64', '-e', stop, ...path]);
  await until(
    () => existsSync(trace) && readFileSync(trace, 'utf8').includes('stopped by SIGSTOP'),
  );
  process.kill(tracerOf(central), 'SIGKILL');
  await until(() => tracerOf(central) === 0);
  await attach(central, options);
  central.signal('SIGCONT');
  return central;
}

async function attach(central: Program, options: readonly string[]): Promise<void> {
  const strace = new Program('strace', [...options, '-p', String(central.pid)], {}, tmpdir());
  await strace.waitFor('attached');
}

/** The process that traces a central; 0 when none does. */
function tracerOf({ pid }: Program): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^TracerPid:\s*(\d+)$/m.exec(status)?.[1]);
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!holds()) {
    if (Date.now() > deadline)
      throw new Error('a traced central was not where it should be in time');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
