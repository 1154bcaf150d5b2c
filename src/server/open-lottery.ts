/** Takes up the lottery of a directory: under its own terms, with its draw, if there was one. */
import { randomBytes } from 'node:crypto';
import { LIMITS } from '../base/limits';
import { LOTTERY_WINNER_NUMBER } from '../domain/bet';
import { demandOwnActa } from '../store/acta';
import { agreeOnTerms, type WantedTerms } from './agree-terms';
import type { ServerConfig } from './config';
import { recordOutcome, reloadWinners, type DrawOptions } from './draw';
import type { Identity } from './identity';
import { Lottery } from './lottery';

/**
 * @param identity who may speak for an agency
 * @throws LoteriaError CONFIG_INVALID for other terms than those that are stored; STORE_DAMAGED, STORE_IO
 */
export async function openLottery(
  config: ServerConfig,
  identity: Identity,
  drawOptions: DrawOptions,
): Promise<Lottery> {
  const { agencies, edition } = config;
  const { files, directory, store } = drawOptions;
  const terms = agreeOnTerms(directory, store.state, wantedTerms(config), createSeed);
  const { bareDraw } = store.state;
  if (bareDraw !== null) await recordOutcome(drawOptions, bareDraw);
  const window = LIMITS.windowBatchesDefault;
  const lottery = new Lottery({ agencies, window, identity, edition }, store.state);
  if (store.state.draw !== null) lottery.restoreDraw(await reloadWinners(drawOptions));
  demandOwnActa(files, directory, store.state, (agency) => lottery.winnersOf(agency));
  if (terms !== null) await store.commitNow([{ kind: 'terms', terms }]);
  return lottery;
}

function wantedTerms({ agencies, edition }: ServerConfig): WantedTerms {
  const winningNumber = { kind: 'fixed', number: LOTTERY_WINNER_NUMBER } as const;
  return { agencies, winningNumber: edition === 'lottery' ? winningNumber : null };
}

function createSeed(): string {
  return randomBytes(32).toString('hex');
}
