/** How the simulated central is set up. */
import type { Edition } from '../../src/domain/contest';
import type { WantedTerms } from '../../src/server/draw/agree-terms';
import type { CodecSettings, ScanSettings } from './central-parts';
import type { NumberPlan } from './winning-number';

export const DIRECTORY = '/data';

/** Within which a central must end that has met a failing disk, or was asked to stop. */
export const STOP_MS_MAX = 15_000;

export interface CentralSettings extends ScanSettings, CodecSettings {
  readonly edition: Edition;
  /** Agencies that bet. */
  readonly agencies: number;
  /** How many are expected at first, and then from one change to the next, down to `agencies`. */
  readonly agenciesPlan: readonly [number, ...number[]];
  readonly number: NumberPlan;
  readonly window: number;
  readonly commitBytesMax: number;
  readonly segmentBytes: number;
  readonly syncMsMax: number;
  /** Whether rows are sometimes checked elsewhere, and the turn goes on later. */
  readonly checksLater: boolean;
  readonly shortWrites: boolean;
  /** How long the store takes to answer at most, and others use it, too; null: it is this central's own. */
  readonly lateMsMax: number | null;
}

/** How a life ends. */
export type End = 'kill' | 'power' | 'exit';

/** The terms that a start asks for. */
export function wantedTerms(
  { edition, number }: Pick<CentralSettings, 'edition' | 'number'>,
  agencies: number,
): WantedTerms {
  return { agencies, winningNumber: edition === 'lottery' ? number : null };
}
