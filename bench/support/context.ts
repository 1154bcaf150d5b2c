/** What every figure is given. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface BenchOptions {
  readonly quick: boolean;
  /** Also what takes many minutes. */
  readonly full: boolean;
  readonly repeat: number;
  /** Where data are written: the disk that is measured. */
  readonly directory: string;
  /** The course's data. */
  readonly sharedDirectory: string;
  /** Overrides how many bets a figure uses. */
  readonly bets: number | null;
  /** Only settings that contain this text. */
  readonly only: string;
  /** Programs of other versions of Node. */
  readonly nodes: readonly string[];
}

export class BenchContext {
  private readonly root: string;
  private readonly elsewhere = new Set<string>();

  constructor(
    readonly options: BenchOptions,
    private readonly report: (text: string) => void,
  ) {
    mkdirSync(options.directory, { recursive: true });
    this.root = mkdtempSync(join(options.directory, 'loteria-bench-'));
  }

  /** Says what is going on, on standard error. */
  say(text: string): void {
    this.report(text);
  }

  /** Bets for a figure: what was asked for, else one of these. */
  bets(normal: number, quick: number): number {
    return this.options.bets ?? (this.options.quick ? quick : normal);
  }

  /**
   * A new directory.
   *
   * @param parent where; undefined: on the disk that is measured
   */
  newDirectory(parent = this.root): string {
    const path = mkdtempSync(join(parent, 'loteria-bench-'));
    if (parent !== this.root) this.elsewhere.add(path);
    return path;
  }

  removeDirectory(path: string): void {
    rmSync(path, { recursive: true, force: true });
  }

  /** Removes all that is left. */
  close(): void {
    for (const path of [this.root, ...this.elsewhere]) this.removeDirectory(path);
  }
}

/**
 * Measures the floor and ours in turns, so that whatever else the machine does meets both.
 *
 * @param rounds how often
 */
export async function inTurns<F, O>(
  rounds: number,
  floor: () => Promise<F>,
  ours: () => Promise<O>,
): Promise<{ readonly floor: F[]; readonly ours: O[] }> {
  const result = { floor: [] as F[], ours: [] as O[] };
  for (let i = 0; i < rounds; i++) {
    result.floor.push(await floor());
    result.ours.push(await ours());
  }
  return result;
}
