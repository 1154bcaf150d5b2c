/** All chance of a simulation comes from here: the same seed gives the same numbers. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Seeds that are neighbours begin alike; what they begin with is thrown away. */
const WARM_UP = 16;

export class SimRandom {
  private readonly generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number) {
    this.generator = xoroshiro128plus(seed);
    for (let i = 0; i < WARM_UP; i++) this.generator.next();
  }

  /** From 0 up to, not including, 1; can be handed out as a function. */
  readonly next = (): number => (this.generator.next() >>> 0) / 2 ** 32;

  /** A whole number, both ends included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.int(0, list.length - 1)] ?? list[0];
  }

  /** Any of a list, or undefined when it is empty. */
  any<T>(list: readonly T[]): T | undefined {
    return list[this.int(0, list.length - 1)];
  }
}
