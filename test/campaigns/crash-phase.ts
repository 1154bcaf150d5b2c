/** In which part of its life a central was killed, from its log. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const PHASES = [
  'starting',
  'recovering',
  'opening',
  'idle',
  'loading',
  'drawing',
  'winners saved, draw not committed',
  'drawn',
] as const;
export type Phase = (typeof PHASES)[number];

/** How far the lottery is, as far as logs show. */
export type Stage = 'loading' | 'drawing' | 'drawn';

/**
 * @param lines what the central has logged, at level DEBUG
 * @param stage of the lottery
 * @param inFlight batches that were on their way
 */
export function phaseOf(
  lines: readonly string[],
  stage: Stage,
  inFlight: number,
  directory: string,
): Phase {
  const has = (action: string): boolean =>
    lines.some((line) => line.includes(`action: ${action} `));
  if (!has('config')) return 'starting';
  if (!has('recover')) return 'recovering';
  if (!has('listen')) return 'opening';
  if (stage === 'drawn') return 'drawn';
  if (stage === 'loading') return inFlight > 0 ? 'loading' : 'idle';
  return existsSync(join(directory, 'winners.csv'))
    ? 'winners saved, draw not committed'
    : 'drawing';
}

/** In which part of its life an agency was killed. */
export function agencyPhaseOf(lines: readonly string[]): string {
  const last =
    lines.findLast((line) => /action: (introduce|batch_stored|connect) /.test(line)) ?? '';
  if (last === '') return 'starting';
  if (last.includes('action: connect')) return 'connecting';
  return last.includes('batch_stored') ? 'loading or waiting' : 'introduced';
}
