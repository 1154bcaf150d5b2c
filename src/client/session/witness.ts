/**
 * Remembers what the central has reported as stored. Reports never shrink: acknowledged bets stay stored, and
 * a finished agency never loads again. If the central reports less later in the same run, its store went
 * back: it was restored from a copy, emptied, or replaced.
 */
import type { AgencyStage } from '../../protocol/commands';

/** The first bets of an agency, as the central holds them. */
export interface Holding {
  readonly stored: number;
  /** CRC-32 of their rows. */
  readonly checksum: number;
}

const RANK: Readonly<Record<AgencyStage, number>> = { loading: 0, finished: 1, drawn: 2 };

export class Witness {
  private known: Holding | null = null;
  private stage: AgencyStage = 'loading';

  /** The latest report; null: none yet. */
  get holding(): Holding | null {
    return this.known;
  }

  /**
   * Compares a report with the previous one, and keeps it if it is no less.
   *
   * @returns what went back, for the log; undefined: nothing
   */
  observe(now: Holding, stage: AgencyStage): string | undefined {
    const problem = this.compare(now, stage);
    if (problem !== undefined) {
      const todo = 'nothing more is sent to it; compare its bets with this log';
      return `the store of the central went back: ${problem}; ${todo}`;
    }
    this.known = { stored: now.stored, checksum: now.checksum };
    this.stage = stage;
    return undefined;
  }

  /** Bets are acknowledged. */
  noteStored(now: Holding): void {
    this.known = now;
  }

  noteStage(stage: AgencyStage): void {
    if (RANK[stage] > RANK[this.stage]) this.stage = stage;
  }

  private compare(now: Holding, stage: AgencyStage): string | undefined {
    const { known } = this;
    if (known !== null && now.stored < known.stored) {
      return `it said that it holds ${describe(known)}, and now ${describe(now)}`;
    }
    if (now.stored === known?.stored && now.checksum !== known.checksum) {
      return `it holds ${describe(now)}, and said checksum ${hexOf(known.checksum)} before`;
    }
    if (RANK[stage] < RANK[this.stage]) {
      return `it said that the agency is "${this.stage}", and now "${stage}"`;
    }
    return undefined;
  }
}

/** A checksum as logs show it. */
export function hexOf(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}

function describe({ stored, checksum }: Holding): string {
  return `${String(stored)} bets (checksum ${hexOf(checksum)})`;
}
