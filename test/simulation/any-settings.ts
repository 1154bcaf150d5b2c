/** What a simulation is about, by chance: agencies and their bets, the number, the central's settings. */
import type { Edition } from '../../src/domain/contest';
import { DIALECTS } from '../../src/protocol/conversion';
import type { CentralSettings } from './central-settings';
import { makeInput, type AgencyInput } from './input';
import type { SimRandom } from './random';
import type { NumberPlan } from './winning-number';

/** Whose bets win if nobody says otherwise. */
const COURSE_NUMBER = 7574;
export const COURSE: NumberPlan = { kind: 'fixed', number: COURSE_NUMBER };

export function anyInputs(
  random: SimRandom,
  edition: Edition,
  areMany: boolean,
  number: NumberPlan,
): AgencyInput[] {
  const count = areMany ? random.int(16, 26) : random.int(1, 4);
  const speakDialects = edition === 'lottery' && !areMany && random.chance(0.4);
  const allWin = random.chance(0.1);
  const lucky = number.kind === 'fixed' ? number.number : COURSE_NUMBER;
  return Array.from({ length: count }, (_, i) => {
    const isLegacy = speakDialects && random.chance(0.6);
    const dialect = isLegacy ? random.pick(DIALECTS) : null;
    const betsMax = areMany ? 1 : random.chance(0.2) ? 40 : 14;
    return makeInput(random, i + 1, betsMax, { edition, dialect, allWin, lucky });
  });
}

/** The number of the course, another one, or one that nobody knows before the last bet. */
export function anyNumber(random: SimRandom): NumberPlan {
  if (random.chance(0.08)) return { kind: 'beacon', source: 'a beacon, round 4711' };
  if (random.chance(0.25)) {
    return { kind: 'random', salt: random.pick([null, 'a salt', 'drand 4711']) };
  }
  return { kind: 'fixed', number: random.pick([COURSE_NUMBER, COURSE_NUMBER, 0, 9_999, 42]) };
}

/** Sometimes an agency is expected that never bets, until the operator says so. */
function anyPlan(random: SimRandom, agencies: number): readonly [number, ...number[]] {
  if (random.chance(0.85)) return [agencies];
  const first = agencies + random.int(1, 2);
  return random.chance(0.3) ? [first, first + 1, agencies] : [first, agencies];
}

/** Bounds as small as the input allows, so that they are met. */
export function anySettings(
  random: SimRandom,
  edition: Edition,
  inputs: readonly AgencyInput[],
  batchBetsMax: number,
  number: NumberPlan,
): CentralSettings {
  let rowBytesMax = 64;
  for (const { rows } of inputs) {
    for (const row of rows) rowBytesMax = Math.max(rowBytesMax, Buffer.byteLength(row));
  }
  const frameBytesMax = batchBetsMax * rowBytesMax + 18;
  const window = random.pick([1, 2, 3, 6, 20, 20]);
  const commitBytesMax = random.pick([1, frameBytesMax, 4 * frameBytesMax]);
  // One connection may go over the bound with what it has in one turn.
  const shareBytes = Math.min(16, window) * (frameBytesMax + 72);
  // In the dialects a bet may be twice as long, and its message says more about it.
  const legacyBytesMax = batchBetsMax * (2 * rowBytesMax + 80) + 100;
  const commitMax = 750 + 30 * inputs.length + commitBytesMax + shareBytes;
  return {
    edition,
    agencies: inputs.length,
    agenciesPlan: edition === 'lottery' ? anyPlan(random, inputs.length) : [inputs.length],
    number,
    window,
    commitBytesMax,
    detects: edition === 'lottery' && random.chance(0.3),
    inputBounds: {
      native: 2 * frameBytesMax + random.int(0, 200),
      legacy: 2 * legacyBytesMax + random.int(0, 200),
    },
    segmentBytes: Math.ceil(commitMax * (1 + random.next())),
    winnersPageBytesMax: random.pick([12, 40, 8_170]),
    scanChunkBytes: 2 * rowBytesMax + random.int(0, 200),
    scanRangeBytes: random.pick([rowBytesMax, 500, 100_000]),
    syncMsMax: random.pick([0, 2, 20, 300]),
    checksLater: random.chance(0.3),
    shortWrites: random.chance(0.3),
    lateMsMax: random.chance(0.5) ? null : random.pick([0, 5, 100, 700]),
  };
}
