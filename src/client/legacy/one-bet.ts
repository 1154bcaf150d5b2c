import type { BetText } from '../../domain/bet-fields';
import type { BetAt, BetReader } from './packer';

/** The one bet of the environment (exercise 5). */
export class OneBet implements BetReader {
  readonly path = 'environment';
  private given = false;

  constructor(private readonly bet: BetText) {}

  read(): BetAt | undefined {
    if (this.given) return undefined;
    this.given = true;
    return { bet: this.bet, line: 1, bytes: 0 };
  }

  wait(): Promise<boolean> {
    return Promise.resolve(!this.given);
  }

  close(): void {
    this.given = true;
  }
}
