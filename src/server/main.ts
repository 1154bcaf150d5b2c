/** The central as a program. */
import type { Logger } from '../base/log/log';
import { EXIT, exitNow, onStopSignal, type RunningServer } from '../base/process';
import { failedWith, runProgram, type OnFatal } from '../base/program/program';
import { readServerConfig, type ServerConfig } from './config';
import { startEchoServer } from './echo/echo-server';
import { startLotteryServer } from './lottery-server';

export interface ServerArguments {
  /** A configuration file that must exist. */
  readonly config?: string;
}

/** Runs until a signal ends it. @returns the exit code */
export function runServer(args: ServerArguments): Promise<number> {
  return runProgram('server', (logger, onFatal) => configureAndRun(args, logger, onFatal));
}

async function configureAndRun(
  args: ServerArguments,
  logger: Logger,
  onFatal: OnFatal,
): Promise<number> {
  let config: ServerConfig;
  try {
    config = readServerConfig(args.config, process.env);
  } catch (error) {
    return failedWith(logger, 'config', error);
  }
  logger.setLevel(config.logLevel);
  logger.debug('config', 'success', {
    port: config.texts.port,
    listen_backlog: config.texts.listenBacklog,
    logging_level: config.texts.logLevel,
  });
  return runUntilSignal(config, logger, onFatal);
}

async function runUntilSignal(
  config: ServerConfig,
  logger: Logger,
  onFatal: OnFatal,
): Promise<number> {
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
    return failedWith(logger, 'start', error);
  }
  await stopped;
  logger.info('stop', 'success');
  return EXIT.ok;
}
