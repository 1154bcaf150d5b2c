/** Runs the central of the lottery on sockets, files and worker threads, and ends it in good order. */
import { systemClock } from '../base/clock';
import { runSteps } from '../base/eventual';
import { LIMITS } from '../base/limits';
import type { Logger } from '../base/log/log';
import { openFilesMax, type RunningServer } from '../base/process';
import { readSendQueues } from '../net/tcp-table';
import { auditRanges } from '../parsing/audit-ranges';
import { InlineParser } from '../parsing/parser';
import { WorkerPool } from '../parsing/pool';
import { PooledParser } from '../parsing/pooled-parser';
import { DetectingCodec } from '../protocol/dialects/detecting';
import { CREATE_CODEC } from '../protocol/dialects/dialects';
import type { OpenStore } from '../store/bet-store';
import { openStore, storeWords } from '../store/engines';
import {
  fitToDescriptors,
  handshakesFor,
  scarceLimits,
  type PeerLimits,
} from './admission/peer-limits';
import type { ServerConfig } from './config';
import { createCentral, type CentralWiring, type WiredCentral } from './create-central';
import type { Board } from '../board/board-server';
import { Telemetry } from '../telemetry/telemetry';
import { lineCounter } from './board/measured';
import { openCentralBoard } from './board/open-board';
import { demandTerms } from './draw/agree-terms';
import { openListeners } from './listen/listeners';
import { readSecurity, warnIfBoardExposed, type Security } from './listen/security';

/**
 * @param onFatal called when the central cannot go on
 * @throws LoteriaError STORE_LOCKED, STORE_NOT_INITIALISED, STORE_REFUSED, STORE_DAMAGED, STORE_IO, LISTEN_FAILED,
 *   CONFIG_INVALID, CONFIG_UNREADABLE
 */
export async function startLotteryServer(
  config: ServerConfig,
  logger: Logger,
  onFatal: (error: unknown) => void,
): Promise<RunningServer> {
  const security = readSecurity(config);
  const threads = config.parseWorkers;
  const logStart = (): void => {
    logger.info('start_workers', 'success', { threads });
  };
  const pool = threads > 0 ? new WorkerPool(threads, onFatal, logStart) : null;
  const telemetry = config.board === null ? null : new Telemetry(systemClock);
  const opened = await openStore(
    config,
    {
      edition: config.edition,
      demandTerms: (place, state) => {
        demandTerms(place, state, config);
      },
      keepsSecret: config.winningNumber !== null && config.winningNumber.kind !== 'fixed',
      clock: systemClock,
      logger,
      readRanges: (audit) => auditRanges(audit, pool),
      runSteps,
      ...(telemetry === null ? {} : { onSync: telemetry.synced.bind(telemetry) }),
    },
    {
      onFailure: onFatal,
      onEvent: (event) => {
        if (telemetry !== null) telemetry.storeEvents[event]++;
      },
    },
  );
  try {
    return await serve({ config, security, logger, onFatal, pool, opened, telemetry });
  } catch (error) {
    opened.store.abandon();
    await opened.release();
    throw error;
  }
}

interface ServerParts {
  readonly config: ServerConfig;
  readonly security: Security;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
  readonly pool: WorkerPool | null;
  readonly opened: OpenStore;
  /** Null: there is no board. */
  readonly telemetry: Telemetry | null;
}

async function serve(parts: ServerParts): Promise<RunningServer> {
  const { config, security, logger, pool, telemetry } = parts;
  const { edition, parseWorkers: workers } = config;
  const parser = pool === null ? new InlineParser(edition) : new PooledParser(pool, edition);
  const filesMax = openFilesMax();
  const handshakesMax = security.tls === null ? 0 : handshakesFor(filesMax);
  const peerLimits = limitPeers(config, filesMax, handshakesMax, logger);
  const central = await centralOf(parts, parser, peerLimits);
  const board = await boardOf(parts, central);
  const connectionsMax = peerLimits.connectionsMax + peerLimits.connectionsAboveMax;
  // Of peers that have not reached the central, as failed TLS handshakes.
  const counting = telemetry === null ? {} : { onLine: lineCounter(telemetry) };
  const ports = { config, security, connectionsMax, handshakesMax, ...counting };
  const listeners = await openListeners(ports, logger, central.accept).catch((error: unknown) => {
    board?.close();
    throw error;
  });
  logger.info('accept_connections', 'in_progress');
  central.start();
  return {
    port: listeners.port,
    stop: async () => {
      listeners.close();
      await new Promise<void>((resolve) => {
        central.stop(resolve);
      });
      board?.close();
      logger.info('parse', 'success', { ...parser.counts, workers });
      await closeAll(parts);
    },
  };
}

/** The board, where one is wanted and can be opened. */
async function boardOf(
  { config, logger }: ServerParts,
  { source }: WiredCentral,
): Promise<Board | null> {
  if (config.board === null || source === null) return null;
  const { board: wanted } = config;
  const board = await openCentralBoard({ config: wanted, source, clock: systemClock, logger });
  if (board !== null) warnIfBoardExposed(logger, wanted.address, config.trustedNetworks);
  return board;
}

/** A central that has loaded its stored state. */
function centralOf(
  { config, security, logger, onFatal, opened, telemetry }: ServerParts,
  parser: CentralWiring['parser'],
  peerLimits: PeerLimits,
): Promise<WiredCentral> {
  const wiring: CentralWiring = {
    store: opened.store,
    storeWords: storeWords(config),
    terms: config,
    edition: config.edition,
    identity: security.identity,
    clock: systemClock,
    logger,
    parser,
    createCodec: config.detect ? () => new DetectingCodec() : CREATE_CODEC.native,
    peerLimits,
    readSendQueues,
    onFatal,
    ...(telemetry === null ? {} : { telemetry }),
  };
  return new Promise((resolve, reject) => {
    createCentral(wiring, resolve, reject);
  });
}

async function closeAll({ pool, opened, logger }: ServerParts): Promise<void> {
  if (pool !== null) {
    await pool.close();
    logger.info('close_workers', 'success', { threads: pool.threads });
  }
  await new Promise<void>((resolve) => {
    opened.store.close(resolve);
  });
  logger.info('close_store', 'success', { directory: opened.store.name });
  await opened.release();
}

/** Keeps connections from taking the descriptors that the central's own files need. */
function limitPeers(
  { peerLimits: wanted, agencies, board }: ServerConfig,
  filesMax: number,
  handshakesMax: number,
  logger: Logger,
): PeerLimits {
  const boardMax = board === null ? 0 : LIMITS.boardConnectionsMax;
  const limits = fitToDescriptors(wanted, filesMax, handshakesMax + boardMax);
  if (limits.connectionsMax < wanted.connectionsMax) {
    logger.warning('limit_connections', 'success', {
      connections: limits.connectionsMax,
      wanted: wanted.connectionsMax,
      reason: 'the limit on open files (ulimit -n)',
    });
  }
  const scarce = scarceLimits(limits, agencies);
  if (scarce !== null) logger.warning('limit_connections', 'in_progress', scarce);
  return limits;
}
