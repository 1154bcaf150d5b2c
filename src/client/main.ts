/** An agency as a program. */
import { systemClock } from '../base/clock';
import { LIMITS } from '../base/limits';
import type { Logger } from '../base/log/log';
import { EXIT, onStopSignal } from '../base/process';
import { failedWith, runProgram } from '../base/program/program';
import type { BetText } from '../domain/bet-fields';
import { dial } from '../net/dial';
import { readClientConfig, type ClientConfig } from './config';
import { readCredentials, type Credentials } from './credentials';
import { runEchoLoop } from './echo/echo-client';
import { prepareLegacy } from './legacy/prepare';
import { prepareNative } from './prepare-native';
import type { AcknowledgedCount, PreparedAgency } from './prepared-agency';
import { createProgress } from './progress';
import type { AgencyOutcome } from './session/agency-action';
import { hexOf, type Holding } from './session/witness';

export interface ClientArguments {
  /** A configuration file that must exist. */
  readonly config?: string;
  /** Leave out bad rows instead of stopping at them. */
  readonly skipInvalid?: boolean;
  /** The protocol of the central; overrides file and environment. */
  readonly dialect?: string;
  /** How long sending the file takes, as a duration; overrides file and environment. */
  readonly pace?: string;
}

/** Runs an agency to its end. @returns the exit code */
export function runClient(args: ClientArguments): Promise<number> {
  return runProgram('client', (logger) => configureAndRun(args, logger));
}

async function configureAndRun(args: ClientArguments, logger: Logger): Promise<number> {
  let config: ClientConfig;
  let credentials: Credentials | null;
  try {
    const { dialect, pace } = args;
    config = readClientConfig(args.config, {
      ...process.env,
      ...(dialect === undefined ? {} : { CLI_DIALECT: dialect }),
      ...(pace === undefined ? {} : { CLI_PACE: pace }),
    });
    credentials = config.mode === 'echo' ? null : readCredentials(config);
  } catch (error) {
    return failedWith(logger, 'config', error);
  }
  logger.setLevel(config.logLevel);
  logger.info('config', 'success', {
    client_id: config.texts.id,
    server_address: config.texts.servers,
    loop_amount: config.texts.loopAmount,
    loop_period: config.texts.loopPeriodMs,
    log_level: config.texts.logLevel,
  });
  if (credentials === null) return runEcho(config, logger);
  return runAgency(config, credentials, args.skipInvalid ?? false, logger);
}

async function runEcho(config: ClientConfig, logger: Logger): Promise<number> {
  const stop = new AbortController();
  onStopSignal(logger, () => {
    stop.abort();
  });
  try {
    if (await runEchoLoop(config, logger, stop.signal)) return EXIT.ok;
    logger.info('close_socket', 'success', { client_id: config.texts.id });
    logger.info('stop', 'success');
    return EXIT.ok;
  } catch (error) {
    return failedWith(logger, 'receive_message', error);
  }
}

async function runAgency(
  config: ClientConfig,
  credentials: Credentials,
  skipInvalid: boolean,
  logger: Logger,
): Promise<number> {
  const action = actionOf(config);
  try {
    const agency =
      config.dialect === 'native'
        ? prepareNative(config, credentials.token, skipInvalid, logger)
        : prepareLegacy(config, skipInvalid, logger);
    const outcome = await run(agency, config, credentials, logger);
    if (outcome === null) logger.info('stop', 'success');
    else report(config, agency, outcome, logger);
    return EXIT.ok;
  } catch (error) {
    return failedWith(logger, action, error);
  }
}

/** The action of a failed run, for the log. */
function actionOf({ edition, bet }: ClientConfig): string {
  if (edition === '2020') return bet === null ? 'consulta_total' : 'consulta_ganador';
  return bet === null ? 'consulta_ganadores' : 'apuesta_enviada';
}

async function run(
  prepared: PreparedAgency,
  config: ClientConfig,
  { tls }: Credentials,
  logger: Logger,
): Promise<AgencyOutcome | null> {
  const progress = await createProgress(logger, config.id, prepared.totalBytes);
  const client = prepared.create({
    agency: config.id,
    finish: config.bet === null,
    servers: config.servers,
    dial: ({ host, port }) =>
      dial(host, port, LIMITS.connectTimeoutMs, { tls, gathers: config.dialect === 'native' }),
    clock: systemClock,
    random: Math.random,
    logger,
    retryForMs: config.retryForMs,
    onProgress: (stored, sourceBytes) => {
      progress.update(stored, sourceBytes);
    },
    onWinners: (documents) => {
      logger.debug('winners', 'success', { documents: documents.join(' ') });
    },
  });
  onStopSignal(logger, () => {
    client.stop();
  });
  let outcome: AgencyOutcome | null = null;
  try {
    outcome = await client.run();
    return outcome;
  } finally {
    progress.end();
    if (client.holding !== null) {
      logAcknowledged(config.id, client.holding, logger, outcome !== null);
    }
  }
}

/**
 * Logs what the central has acknowledged, before the last line: at INFO, and after a failure or a stop, when an
 * operator may have to compare, at the level of the log where that is higher.
 */
function logAcknowledged(
  agency: number,
  holding: Holding | AcknowledgedCount,
  logger: Logger,
  isDone: boolean,
): void {
  const { stored } = holding;
  const sum = 'checksum' in holding ? { checksum: hexOf(holding.checksum) } : {};
  const details = { agency, stored, ...sum };
  if (isDone || logger.shows('INFO')) logger.info('acknowledged', 'success', details);
  else if (logger.shows('WARNING')) logger.warning('acknowledged', 'success', details);
  else logger.error('acknowledged', 'success', details);
}

function report(
  config: ClientConfig,
  agency: PreparedAgency,
  outcome: AgencyOutcome,
  logger: Logger,
): void {
  // In the 2020 edition the session has logged the result.
  const isLottery = config.edition === 'lottery';
  if (config.bet !== null) {
    if (isLottery) reportBet(config.bet, logger);
    return;
  }
  const skippedRows = agency.skippedRows();
  if (skippedRows > 0) logger.warning('skip_rows', 'success', { cantidad: skippedRows });
  if (!isLottery) return;
  logger.info('consulta_ganadores', 'success', { cant_ganadores: outcome.winners ?? 0 });
}

function reportBet(bet: BetText, logger: Logger): void {
  logger.info('apuesta_enviada', 'success', { dni: bet.document, numero: bet.number });
}
