import type * as fc from 'fast-check';
import type { BetText } from '../../../src/domain/bet-fields';
import { goodBet } from './arbitraries';

/** The bet of the specifications' examples. */
export const NORA_TEXT: BetText = {
  firstName: 'Nora',
  lastName: 'Ibáñez',
  document: '30000031',
  birthdate: '1988-04-23',
  number: '500',
};

/** Good bets whose names hold none of these characters. */
export function betWithout(forbidden: RegExp): fc.Arbitrary<BetText> {
  const plain = (name: string): string => name.replaceAll(forbidden, 'x');
  return goodBet.map((bet) => ({
    ...bet,
    firstName: plain(bet.firstName),
    lastName: plain(bet.lastName),
  }));
}
