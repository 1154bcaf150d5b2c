/** Wires the central of the lottery together, and takes it apart in good order. */
import { randomBytes } from 'node:crypto';
import { systemClock } from '../base/clock';
import { LIMITS } from '../base/limits';
import type { Logger } from '../base/log';
import { openFilesMax } from '../base/open-files';
import type { RunningServer } from '../base/process';
import { readSendQueues } from '../net/tcp-table';
import { auditRanges } from '../parsing/audit-ranges';
import { WorkerPool } from '../parsing/pool';
import { InlineParser, PooledParser } from '../parsing/row-parser';
import { runSteps } from '../parsing/run-steps';
import { DetectingCodec } from '../protocol/dialects/detecting';
import { CREATE_CODEC } from '../protocol/dialects/dialects';
import { expectActa } from '../store/file/acta-pending';
import type { BetsAudit } from '../store/file/bets-audit';
import { createDirectory } from '../store/file/directory';
import { nodeFiles, type Files } from '../store/file/files';
import { guardedFiles, StoreGuard } from '../store/file/guard';
import { DirectoryLock } from '../store/file/lock';
import { Store } from '../store/file/store';
import {
  fitToDescriptors,
  handshakesFor,
  scarceLimits,
  type PeerLimits,
} from './admission/peer-limits';
import type { ServerConfig } from './config';
import { openContest } from './contest/open-contest';
import { ActaWriter } from './draw/acta-writer';
import { Drawing, type Outcome } from './draw/drawing';
import { findNumber } from './draw/find-number';
import { openListeners } from './listen/listeners';
import { closeJournalToOthers, warnIfOthersHaveAccess } from './listen/permissions';
import { readSecurity, type Security } from './listen/security';
import { openLottery } from './open-lottery';
import { StoreWatch } from './store-watch';
import { Central } from './turn/central';

/**
 * @param onFatal called when the central cannot go on
 * @throws LoteriaError STORE_LOCKED, STORE_DAMAGED, STORE_IO, LISTEN_FAILED, CONFIG_INVALID
 */
export async function startLotteryServer(
  config: ServerConfig,
  logger: Logger,
  onFatal: (error: unknown) => void,
): Promise<RunningServer> {
  const security = readSecurity(config);
  const directory = config.dataDirectory;
  createDirectory(nodeFiles, directory);
  const lock = await DirectoryLock.acquire(directory);
  try {
    const store = Store.open({
      directory,
      files: nodeFiles,
      segmentBytes: LIMITS.journalSegmentBytes,
      edition: config.edition,
      onFailure: onFatal,
    });
    logRecovery(logger, directory, store);
    const isRandom = config.winningNumber !== null && config.winningNumber.kind !== 'fixed';
    if (isRandom) closeJournalToOthers(directory);
    warnIfOthersHaveAccess(logger, directory);
    const guard = guardOf(lock, store);
    return await startCentral({ config, security, logger, onFatal, store, lock, guard });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface CentralParts {
  readonly config: ServerConfig;
  readonly security: Security;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
  readonly store: Store;
  readonly lock: DirectoryLock;
  readonly guard: StoreGuard;
}

async function startCentral(parts: CentralParts): Promise<RunningServer> {
  const { config, security, logger, onFatal, store, lock, guard } = parts;
  const { edition, dataDirectory: directory } = config;
  const pool = config.parseWorkers > 0 ? new WorkerPool(config.parseWorkers) : null;
  const files = guardedFiles(nodeFiles, guard);
  const readRanges = (audit: BetsAudit): Promise<void> => auditRanges(audit, pool);
  const drawing = createDrawing(parts, files, readRanges);
  const lottery = await openLottery({ ...parts, files, drawing });
  const clock = systemClock;
  const acta = new ActaWriter({ ...parts, files, directory, readRanges, lottery, clock });
  const own = openContest({ edition, files, directory, store, guard, onFatal });
  if (own !== null) logger.info('recover_winners', 'success', { ganadores: own.winners });
  const handshakesMax = security.tls === null ? 0 : handshakesFor(openFilesMax());
  const peerLimits = limitPeers(config, handshakesMax, logger);
  const watch = new StoreWatch({ guard, clock, onFatal });
  const central = new Central({
    clock,
    logger,
    parser: pool === null ? new InlineParser() : new PooledParser(pool),
    lottery,
    createCodec: config.detect ? () => new DetectingCodec() : CREATE_CODEC.native,
    peerLimits,
    readSendQueues,
    draw: () => drawAndExpectActa(drawing, files, directory),
    onDrawn: () => {
      acta.begin();
    },
    onFatal,
    ...own?.parts,
    store: { commit: watch.commitOf(own?.parts.store ?? store) },
  });
  const connectionsMax = peerLimits.connectionsMax + peerLimits.connectionsAboveMax;
  const ports = { config, security, connectionsMax, handshakesMax };
  const listeners = await openListeners(ports, logger, (transport, createCodec) => {
    central.accept(transport, createCodec);
  });
  logger.info('accept_connections', 'in_progress');
  central.start();
  watch.start();
  acta.begin();
  return {
    port: listeners.port,
    stop: async () => {
      listeners.close();
      await stopServing(central, acta);
      watch.stop();
      drawing.end();
      own?.close();
      await closeStore(config.dataDirectory, logger, pool, store, lock);
    },
  };
}

/** Answers what was accepted, and waits a while for the acta. */
async function stopServing(central: Central, acta: ActaWriter): Promise<void> {
  await new Promise<void>((resolve) => {
    central.stop(resolve);
  });
  await new Promise<void>((resolve) => {
    acta.finish(resolve);
  });
}

async function closeStore(
  directory: string,
  logger: Logger,
  pool: WorkerPool | null,
  store: Store,
  lock: DirectoryLock,
): Promise<void> {
  if (pool !== null) {
    await pool.close();
    logger.info('close_workers', 'success', { threads: pool.threads });
  }
  await new Promise<void>((resolve) => {
    store.close(resolve);
  });
  logger.info('close_store', 'success', { directory });
  await lock.release();
  logger.info('close_lock', 'success', { directory });
}

/** Keeps connections from taking the descriptors that the central's own files need. */
function limitPeers(
  { peerLimits: wanted, agencies }: ServerConfig,
  handshakesMax: number,
  logger: Logger,
): PeerLimits {
  const limits = fitToDescriptors(wanted, openFilesMax(), handshakesMax);
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

function guardOf(lock: DirectoryLock, store: Store): StoreGuard {
  const guard = new StoreGuard(nodeFiles);
  lock.watchedBy(guard);
  store.watchedBy(guard);
  guard.check();
  return guard;
}

function createDrawing(
  { config, store, logger, guard }: CentralParts,
  files: Files,
  readRanges: (audit: BetsAudit) => Promise<void>,
): Drawing {
  const onSaltAwaited = (source: string, digest: string): void => {
    logger.info('draw_salt', 'in_progress', { source, digest });
    logger.flush();
  };
  return new Drawing({
    files,
    directory: config.dataDirectory,
    store,
    clock: systemClock,
    findNumber: () => findNumber({ files, store, readRanges, onSaltAwaited }),
    readRanges,
    runSteps,
    createId: () => randomBytes(8).toString('hex'),
    onWinnersLost: (reason) => {
      logger.warning('winners_file', 'in_progress', { reason });
    },
    onServed: (path, fd) => {
      guard.watch(path, fd);
    },
  });
}

/** Notes that an acta has to follow before the draw can become durable. */
function drawAndExpectActa(
  drawing: Drawing,
  files: Files,
  directory: string,
): PromiseLike<Outcome | null> {
  return drawing.make().then((outcome) => {
    if (outcome !== null) expectActa(files, directory);
    return outcome;
  });
}

function logRecovery(logger: Logger, directory: string, store: Store): void {
  const { state, recovery } = store;
  let bets = 0;
  let finished = 0;
  for (const totals of state.agencies.values()) {
    bets += totals.stored;
    finished += Number(totals.finished);
  }
  logger.info('recover', 'success', {
    directory,
    bets,
    agencies_finished: finished,
    drawn: state.draw === null && state.bareDraw === null ? 'no' : 'yes',
    restored_bytes: recovery.restoredBytes,
    torn_commit: recovery.torn ? 'cut' : 'none',
  });
}
