/** Many worlds, one behind the other. */
import { Random } from './random';
import { FuzzFigures, fuzzWorld } from './session';

/** A world in which something went wrong. */
class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';

  constructor(
    readonly worldSeed: number,
    cause: unknown,
  ) {
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(
      `world ${String(worldSeed)}: ${text}\nonce more: npm run fuzz -- --world ${String(worldSeed)}`,
    );
  }
}

/**
 * Fuzzes until so many frames were sent.
 *
 * @param onWorld learns of the figures so far
 * @throws FuzzFailure
 */
export function fuzzInProcess(
  frames: number,
  seed: number,
  onWorld: (figures: FuzzFigures) => void = () => undefined,
): FuzzFigures {
  const seeds = new Random(seed);
  const figures = new FuzzFigures();
  while (figures.frames < frames) {
    fuzzOne(seeds.u32(), figures);
    onWorld(figures);
  }
  return figures;
}

/** @throws FuzzFailure */
export function fuzzOne(worldSeed: number, figures = new FuzzFigures()): FuzzFigures {
  try {
    fuzzWorld(worldSeed, figures);
    return figures;
  } catch (error) {
    throw new FuzzFailure(worldSeed, error);
  }
}
