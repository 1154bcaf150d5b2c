/** Counts of values in fixed buckets: to observe one allocates nothing, whatever was observed before. */

/** How often what was observed, at some moment. */
export interface HistogramCounts {
  /** Values in each bucket; the last one has no upper bound. */
  readonly counts: Float64Array;
  readonly sum: number;
}

export class Histogram {
  private readonly counts: Float64Array;
  private total = 0;

  /** @param bounds upper bounds of the buckets, ascending; a value on a bound is below it */
  constructor(readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** @param times how often it was seen */
  observe(value: number, times = 1): void {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (this.bounds[middle] ?? Infinity)) high = middle;
      else low = middle + 1;
    }
    this.counts[low] = (this.counts[low] ?? 0) + times;
    this.total += value * times;
  }

  /** A copy, which later values do not change. */
  snapshot(): HistogramCounts {
    return { counts: this.counts.slice(), sum: this.total };
  }

  /**
   * What was observed after `before` was taken.
   *
   * @param before undefined: everything
   */
  since(before: HistogramCounts | undefined): HistogramCounts {
    const counts = this.counts.map((count, i) => count - (before?.counts[i] ?? 0));
    return { counts, sum: this.total - (before?.sum ?? 0) };
  }
}

/** How many values were observed. */
export function countOf({ counts }: HistogramCounts): number {
  return counts.reduce((all, count) => all + count, 0);
}

/**
 * An estimate of the value below which a part of the others is; 0 when there is none. Inside a bucket
 * values are taken as evenly spread; above the last bound the bound itself stands for them.
 *
 * @param part 0 to 1
 */
export function quantileOf(
  bounds: readonly number[],
  counted: HistogramCounts,
  part: number,
): number {
  const rank = countOf(counted) * part;
  if (rank === 0) return 0;
  let below = 0;
  for (const [i, bound] of bounds.entries()) {
    const count = counted.counts[i] ?? 0;
    if (count > 0 && below + count >= rank) {
      const lower = bounds[i - 1] ?? 0;
      return lower + ((bound - lower) * (rank - below)) / count;
    }
    below += count;
  }
  return bounds.at(-1) ?? 0;
}

/** Bounds at 1, 1.5, 2, 3, 5 and 7 times each power of ten from `first` on, up to `last`. */
export function decades(first: number, last: number): number[] {
  const bounds: number[] = [];
  for (let power = Math.round(Math.log10(first)); 10 ** power <= last; power++) {
    for (const step of [1, 1.5, 2, 3, 5, 7])
      bounds.push(Number(`${String(step)}e${String(power)}`));
  }
  return bounds.filter((bound) => bound <= last);
}
