/** What all programs have: signals, fatal errors, exit codes, a terminal, the limit on files, their version. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LoteriaError, messageOf } from './errors';
import { InvariantError } from './invariant';
import type { Logger } from './log/log';

/** Exit codes (sysexits.h has the idea: one for the user, one for us). */
export const EXIT = Object.freeze({ ok: 0, failure: 1, usage: 2, internal: 70 });

/**
 * Calls `stop` at the first SIGTERM or SIGINT; a second one ends the process at once.
 *
 * @returns a function that stops listening
 */
export function onStopSignal(logger: Logger, stop: (signal: NodeJS.Signals) => void): () => void {
  let asked = false;
  const handler = (signal: NodeJS.Signals): void => {
    if (asked) {
      logger.warning('stop', 'fail', { signal, reason: 'asked twice, not waiting' });
      exitNow(logger, 128 + (signal === 'SIGINT' ? 2 : 15));
    }
    asked = true;
    logger.info('stop', 'in_progress', { signal });
    stop(signal);
  };
  // From here on a stop has to be in good order; bin/loteria need not care any more. There is a
  // listener at all times: a signal that is pending while there is none would be lost.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const before = process.listeners(signal);
    process.on(signal, handler);
    for (const listener of before) process.off(signal, listener);
  }
  return () => {
    process.off('SIGTERM', handler);
    process.off('SIGINT', handler);
  };
}

/** Logs a fatal error. */
export function logFailure(logger: Logger, action: string, error: unknown): void {
  const code = error instanceof LoteriaError ? error.code : 'INTERNAL';
  logger.error(action, 'fail', { code, error: messageOf(error) });
  if (code === 'INTERNAL' && error instanceof Error) {
    logger.debug(action, 'fail', { stack: error.stack ?? '' });
  }
}

/** The exit code for an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof InvariantError) return EXIT.internal;
  if (!(error instanceof LoteriaError)) return EXIT.internal;
  return error.code === 'USAGE' ? EXIT.usage : EXIT.failure;
}

/** Ends the process with its log written. */
export function exitNow(logger: Logger, code: number): never {
  logger.drain();
  process.exit(code);
}

/**
 * Whether bars, colours and cursor movements may be written to a stream: it is a terminal, `TERM` is not
 * `dumb`, and `NO_COLOR` is unset or empty.
 */
export function takesEscapes(
  out: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return out.isTTY === true && env['TERM'] !== 'dumb' && (env['NO_COLOR'] ?? '') === '';
}

/** A server that is up. */
export interface RunningServer {
  /** The port that it listens on. */
  readonly port: number;
  /** Stops it in good order; every resource is closed, with a log line each. */
  stop(): Promise<void>;
}

/**
 * The process's limit on open descriptors; Node raises its soft limit to this when it starts.
 *
 * @param limits the text of `/proc/self/limits`
 * @returns Infinity where it is unknown
 */
export function openFilesMax(limits: string = readLimits()): number {
  const found = /^Max open files +(\d+) /m.exec(limits);
  return found === null ? Infinity : Number(found[1]);
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'latin1');
  } catch {
    return '';
  }
}

/** The version in package.json, which is two folders up both from the bundles and from here. */
export function packageVersion(): string {
  try {
    const text = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return 'unknown';
  }
}
