/** What was agreed before the first bet, and is kept with the store: nobody changes it afterwards. */
import { createHash } from 'node:crypto';

/** How the winning number is found. */
export type NumberTerms =
  | { readonly kind: 'fixed'; readonly number: number }
  | {
      readonly kind: 'random';
      /** 32 random bytes in hexadecimal; a secret until the draw. */
      readonly seed: string;
      /** What goes into the number beside seed and bets; fixed and published with the seed. */
      readonly salt: string | null;
    };

/** The terms of a lottery, beside its edition. */
export interface Terms {
  /** How many agencies take part; their numbers are 1 to this. */
  readonly agencies: number;
  /** Null in an edition without a draw. */
  readonly winningNumber: NumberTerms | null;
}

/** A change of the number of agencies, made on purpose while no central was running. */
export interface AgenciesChange {
  readonly from: number;
  readonly to: number;
  /** When it was made, milliseconds since 1970. */
  readonly timeMs: number;
}

/**
 * What is published of a seed before the draw: SHA-256 of its bytes, hexadecimal.
 *
 * @param seed hexadecimal
 */
export function commitmentOf(seed: string): string {
  return createHash('sha256').update(Buffer.from(seed, 'hex')).digest('hex');
}
