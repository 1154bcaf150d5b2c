import { randomOf } from '../support/store-random';

/** The same choices for the same seed. */
export class Random {
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = randomOf(seed);
  }

  u32(): number {
    return this.next() * 2 ** 32;
  }

  /** From 0 up to `end`, exclusive. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** True one time in `n`. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }
}
