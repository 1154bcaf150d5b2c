/** Takes up the lottery of a directory: under its own terms, with its draw, if there was one. */
import { randomBytes } from 'node:crypto';
import { LIMITS } from '../base/limits';
import type { Logger } from '../base/log';
import type { Winners } from '../domain/winners';
import { demandOwnActa } from '../store/file/acta';
import { demandOwnCommitment, publishCommitment } from '../store/file/commitment';
import type { Files } from '../store/file/files';
import { withStoreErrors } from '../store/file/store-error';
import type { Store } from '../store/file/store';
import { agreeOnTerms } from './draw/agree-terms';
import type { ServerConfig } from './config';
import type { Drawing } from './draw/drawing';
import { Lottery } from './session/lottery';
import type { Security } from './listen/security';

export interface OpenOptions {
  readonly config: ServerConfig;
  readonly security: Pick<Security, 'identity'>;
  readonly files: Files;
  readonly store: Store;
  readonly drawing: Drawing;
  readonly logger: Logger;
}

/** @throws LoteriaError CONFIG_INVALID for other terms than those that are stored; STORE_DAMAGED, STORE_IO */
export function openLottery(options: OpenOptions): Promise<Lottery> {
  return withStoreErrors(options.config.dataDirectory, () => takeUp(options));
}

async function takeUp(options: OpenOptions): Promise<Lottery> {
  const { config, files, store, drawing } = options;
  const { identity } = options.security;
  const { agencies, edition, dataDirectory: directory } = config;
  const terms = agreeOnTerms(directory, store.state, config, createSeed);
  demandOwnCommitment(files, directory, store.state.terms?.winningNumber ?? null);
  const winners = await winnersOfDraw(store, drawing);
  const window = LIMITS.windowBatchesDefault;
  const lottery = new Lottery({ agencies, window, identity, edition }, store.state);
  if (winners !== null) lottery.restoreDraw(winners);
  demandOwnActa(files, directory, store.state, (agency) => lottery.winnersOf(agency));
  if (terms !== null) await store.commitNow([{ kind: 'terms', terms }]);
  publish(options);
  return lottery;
}

/** Says what was promised of the winning number; the seed is durable by now. */
function publish({ config, files, store, logger }: OpenOptions): void {
  const { dataDirectory: directory } = config;
  const { terms, salt } = store.state;
  const published = publishCommitment(files, directory, terms?.winningNumber ?? null);
  if (published === null) return;
  const { commitment: sha256, salt_source: source } = published;
  const named = source === undefined ? {} : { salt_source: source };
  logger.info('commitment', 'success', { sha256, ...named });
  if (source === undefined || salt === null) return;
  logger.info('draw_salt', 'success', { source, value: salt.value });
}

/** The winners of a draw that was made; what came out of one of an earlier version is recorded. */
async function winnersOfDraw(store: Store, drawing: Drawing): Promise<Winners | null> {
  const { draw, bareDraw } = store.state;
  if (bareDraw === null) return draw === null ? null : drawing.reload(draw);
  const outcome = await drawing.repeat(bareDraw);
  await store.commitNow([{ kind: 'draw', draw: outcome.draw }]);
  return outcome.winners;
}

function createSeed(): string {
  return randomBytes(32).toString('hex');
}
