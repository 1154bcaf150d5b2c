/** The terms of the lottery: fixed before the first bet, and stored. */
import { nodeCrypto } from '../base/node-crypto';

/** How the winning number is found. */
export type NumberTerms =
  | { readonly kind: 'fixed'; readonly number: number }
  | {
      readonly kind: 'random';
      /** 32 random bytes in hexadecimal; a secret until the draw. */
      readonly seed: string;
      /** What goes into the number beside seed and bets; fixed and published with the seed. */
      readonly salt: string | null;
    }
  | {
      readonly kind: 'beacon';
      /** As above. */
      readonly seed: string;
      /** What will publish the salt, as people read it; fixed and published with the seed. */
      readonly source: string;
    };

/** Terms by which the number follows from all bets. */
export type RandomTerms = Exclude<NumberTerms, { kind: 'fixed' }>;

/** The value that the source of the salt published, recorded by an operator after the last bet. */
export interface RecordedSalt {
  readonly value: string;
  /** When it was recorded, milliseconds since 1970. */
  readonly timeMs: number;
}

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

/** Terms by which the number is random; null for others. */
export function randomTerms(terms: NumberTerms | null): RandomTerms | null {
  return terms === null || terms.kind === 'fixed' ? null : terms;
}

/** What goes into a random number beside seed and bets. */
export type Salt =
  | { readonly kind: 'known'; readonly value: string | null }
  /** It is not recorded yet: there can be no draw. */
  | { readonly kind: 'awaited'; readonly source: string };

/**
 * The salt of a draw: of the terms, unless they name a source; then what was recorded of it.
 *
 * @param recorded null: nothing yet
 */
export function saltOf(terms: RandomTerms, recorded: RecordedSalt | null): Salt {
  if (terms.kind === 'random') return { kind: 'known', value: terms.salt };
  if (recorded === null) return { kind: 'awaited', source: terms.source };
  return { kind: 'known', value: recorded.value };
}

/**
 * The commitment to a seed, published before the draw: SHA-256 of its bytes, hexadecimal.
 *
 * @param seed hexadecimal
 */
export function commitmentOf(seed: string): string {
  return nodeCrypto().createHash('sha256').update(Buffer.from(seed, 'hex')).digest('hex');
}
