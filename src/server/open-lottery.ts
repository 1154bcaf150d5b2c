/** Takes up the lottery of a directory: under its own terms, with its draw, if there was one. */
import { randomBytes } from 'node:crypto';
import { LIMITS } from '../base/limits';
import { LOTTERY_WINNER_NUMBER } from '../domain/bet';
import { demandOwnActa } from '../store/acta';
import type { Files } from '../store/files';
import type { Store } from '../store/store';
import type { WinnersFile } from '../store/winners-file';
import { agreeOnTerms, type WantedTerms } from './agree-terms';
import type { ServerConfig } from './config';
import type { Drawing } from './draw';
import type { Identity } from './identity';
import { Lottery } from './lottery';

export interface StoredLottery {
  readonly files: Files;
  readonly store: Store;
  readonly drawing: Drawing;
}

/**
 * @param identity who may speak for an agency
 * @throws LoteriaError CONFIG_INVALID for other terms than those that are stored; STORE_DAMAGED, STORE_IO
 */
export async function openLottery(
  config: ServerConfig,
  identity: Identity,
  { files, store, drawing }: StoredLottery,
): Promise<Lottery> {
  const { agencies, edition, dataDirectory: directory } = config;
  const terms = agreeOnTerms(directory, store.state, wantedTerms(config), createSeed);
  const winners = await loadWinners(store, drawing);
  const window = LIMITS.windowBatchesDefault;
  const lottery = new Lottery({ agencies, window, identity, edition }, store.state);
  if (winners !== null) lottery.restoreDraw(winners);
  demandOwnActa(files, directory, store.state, (agency) => lottery.winnersOf(agency));
  if (terms !== null) await store.commitNow([{ kind: 'terms', terms }]);
  return lottery;
}

/** The winners of a draw that was made; what came out of one of an earlier version is recorded. */
async function loadWinners(store: Store, drawing: Drawing): Promise<WinnersFile | null> {
  const { draw, bareDraw } = store.state;
  if (bareDraw === null) return draw === null ? null : drawing.reload(draw);
  const outcome = await drawing.repeat(bareDraw);
  await store.commitNow([{ kind: 'draw', draw: outcome.draw }]);
  return outcome.winners;
}

function wantedTerms({ agencies, edition }: ServerConfig): WantedTerms {
  const winningNumber = { kind: 'fixed', number: LOTTERY_WINNER_NUMBER } as const;
  return { agencies, winningNumber: edition === 'lottery' ? winningNumber : null };
}

function createSeed(): string {
  return randomBytes(32).toString('hex');
}
