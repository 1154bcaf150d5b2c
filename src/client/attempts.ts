/**
 * The attempts of an agency to get on: which of its centrals is in use, which one is next, and after what
 * pause.
 *
 * A round is one attempt at each central. Within a round the agency goes on at the next central at once;
 * after it, it waits.
 */
import { addressText, type AddressList, type ServerAddress } from '../base/address-list';
import { present } from '../base/invariant';
import type { LogDetails } from '../base/log/log';

export interface Failure {
  /** The pause that the central asked for. */
  readonly afterMs?: number | undefined;
  /** Whether another central may do better; else the agency stays at the one in use. */
  readonly elsewhere: boolean;
  /** What to do about it, for the error of an agency that gives up. */
  readonly advice?: string;
}

/** After a round. */
export interface RoundPause {
  /** Rounds since there was progress, from 1. */
  readonly round: number;
  /** The shortest pause that a central of the round asked for. */
  readonly askedMs: number | undefined;
}

export class Attempts {
  private index: number;
  private failures = 0;
  private rounds = 0;
  private failedInRound = 0;
  private askedMs: number | undefined;

  /** @param agency its number, which spreads agencies over the centrals that they begin with */
  constructor(
    private readonly servers: AddressList,
    agency: number,
  ) {
    this.index = agency % servers.length;
  }

  /** Failed attempts since there was progress. */
  get failed(): number {
    return this.failures;
  }

  get inUse(): ServerAddress {
    return present(this.servers[this.index], 'the index is below the length of the list');
  }

  /** The central in use, for lines of the log; nothing where there is only one. */
  get logDetails(): LogDetails {
    return this.servers.length === 1 ? {} : { server_address: addressText(this.inUse) };
  }

  /** The central in use, for a message: ", at 10.0.0.1:12345"; nothing where there is only one. */
  get named(): string {
    return this.servers.length === 1 ? '' : `, at ${addressText(this.inUse)}`;
  }

  /** There was progress: the next failure is the first of a round, and of all. */
  restart(): void {
    this.failures = 0;
    this.rounds = 0;
    this.startRound();
  }

  /**
   * The attempt at the central in use has failed; the next one is in use.
   *
   * @returns the pause at the end of a round; null: none
   */
  fail({ afterMs, elsewhere }: Failure): RoundPause | null {
    this.failures++;
    if (afterMs !== undefined) this.askedMs = Math.min(afterMs, this.askedMs ?? afterMs);
    if (elsewhere) {
      this.index = (this.index + 1) % this.servers.length;
      if (++this.failedInRound < this.servers.length) return null;
    }
    const pause = { round: ++this.rounds, askedMs: elsewhere ? this.askedMs : afterMs };
    this.startRound();
    return pause;
  }

  private startRound(): void {
    this.failedInRound = 0;
    this.askedMs = undefined;
  }
}
