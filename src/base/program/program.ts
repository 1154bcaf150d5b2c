/** The frame of a program that logs: its log, what ends it at once, its exit code. */
import { createLogger, type Logger } from '../log/log';
import { StdoutSink } from '../log/log-sink';
import { exitCodeOf, exitNow, logFailure } from '../process';

/** Logs an error, and ends the process with its exit code. */
export type OnFatal = (error: unknown) => void;

/**
 * Runs a program to its end, with its log on standard output; an error that nobody handles ends the process.
 *
 * @param action of such an error
 * @param run returns the exit code
 * @returns the same, with the log written
 */
export async function runProgram(
  action: string,
  run: (logger: Logger, onFatal: OnFatal) => Promise<number>,
): Promise<number> {
  const logger = createLogger(new StdoutSink());
  const onFatal = (error: unknown): void => {
    logFailure(logger, action, error);
    exitNow(logger, exitCodeOf(error));
  };
  process.on('uncaughtException', onFatal);
  process.on('unhandledRejection', onFatal);
  const exitCode = await run(logger, onFatal);
  logger.drain();
  return exitCode;
}

/** Logs why a program ends. @returns its exit code */
export function failedWith(logger: Logger, action: string, error: unknown): number {
  logFailure(logger, action, error);
  return exitCodeOf(error);
}
