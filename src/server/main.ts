/** The central as a program. */
import { createLogger, type Logger } from '../base/log/log';
import { StdoutSink } from '../base/log/log-sink';
import {
  EXIT,
  exitCodeOf,
  exitNow,
  logFailure,
  onStopSignal,
  type RunningServer,
} from '../base/process';
import { readServerConfig, type ServerConfig } from './config';
import { startEchoServer } from './echo/echo-server';
import { startLotteryServer } from './lottery-server';

export interface ServerArguments {
  /** A configuration file that must exist. */
  readonly config?: string;
}

/** Runs until a signal ends it. @returns the exit code */
export async function runServer(args: ServerArguments): Promise<number> {
  const logger = createLogger(new StdoutSink());
  const exitCode = await configureAndRun(args, logger);
  logger.drain();
  return exitCode;
}

async function configureAndRun(args: ServerArguments, logger: Logger): Promise<number> {
  let config: ServerConfig;
  try {
    config = readServerConfig(args.config, process.env);
  } catch (error) {
    logFailure(logger, 'config', error);
    return exitCodeOf(error);
  }
  logger.setLevel(config.logLevel);
  logger.debug('config', 'success', {
    port: config.texts.port,
    listen_backlog: config.texts.listenBacklog,
    logging_level: config.texts.logLevel,
  });
  return runUntilSignal(config, logger);
}

async function runUntilSignal(config: ServerConfig, logger: Logger): Promise<number> {
  const onFatal = (error: unknown): void => {
    logFailure(logger, 'server', error);
    exitNow(logger, exitCodeOf(error));
  };
  process.on('uncaughtException', onFatal);
  process.on('unhandledRejection', onFatal);
  let server: RunningServer | null = null;
  const stopped = new Promise<void>((resolve) => {
    onStopSignal(logger, () => {
      // A signal during start-up: nothing was accepted that would have to be made durable.
      if (server === null) exitNow(logger, EXIT.ok);
      server.stop().then(resolve, onFatal);
    });
  });
  try {
    server = await (config.mode === 'echo'
      ? startEchoServer(config, logger)
      : startLotteryServer(config, logger, onFatal));
  } catch (error) {
    logFailure(logger, 'start', error);
    return exitCodeOf(error);
  }
  await stopped;
  logger.info('stop', 'success');
  return EXIT.ok;
}
