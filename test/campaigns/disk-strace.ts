/** Centrals under strace: from their start on, or from a later moment. */
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOTERIA, loteria, Program } from '../support/program';
import { tracerOf } from '../support/strace';
import { until } from '../support/until';

type Env = Readonly<Record<string, string>>;

const COMMAND = [process.execPath, LOTERIA, 'server'];
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
  const isStopped = (): boolean =>
    existsSync(trace) && readFileSync(trace, 'utf8').includes('stopped by SIGSTOP');
  await until('the central is stopped at its terms', isStopped, { pollMs: POLL_MS });
  process.kill(tracerOf(central.pid), 'SIGKILL');
  await until('it is traced no more', () => tracerOf(central.pid) === 0, { pollMs: POLL_MS });
  await attach(central, options);
  central.signal('SIGCONT');
  return central;
}

async function attach(central: Program, options: readonly string[]): Promise<void> {
  const strace = new Program('strace', [...options, '-p', String(central.pid)], {}, tmpdir());
  await strace.waitFor('attached');
}
