/**
 * The 2020 edition of the exercise: people instead of bets, and the rule for winners
 * (docs/PROTOCOL.md, section 12).
 */
import { hash } from 'node:crypto';
import { findFieldProblem, type BetText, type FieldProblem } from './bet-fields';
import { encodeField } from './row';

/** Which rules a central, its agencies and its store follow. */
export const EDITIONS = ['lottery', '2020'] as const;

export type Edition = (typeof EDITIONS)[number];

/** A contestant: the fields of a bet, without its number. */
export type Contestant = Omit<BetText, 'number'>;

/** About one contestant in this many wins. */
const WINNER_MODULUS = 17;

/**
 * The rule of the edition: the first 8 bytes of SHA-256 over `first|last|document|YYYY-MM-DD`, as an
 * unsigned big-endian integer, are a multiple of 17.
 */
export function isWinner({ firstName, lastName, document, birthdate }: Contestant): boolean {
  const digest = hash('sha256', `${firstName}|${lastName}|${document}|${birthdate}`);
  const high = Number.parseInt(digest.slice(0, 8), 16);
  const low = Number.parseInt(digest.slice(8, 16), 16);
  // 2^32 leaves 1 when divided by 17, so that no number above 2^53 is needed.
  return (high + low) % WINNER_MODULUS === 0;
}

/** The first rule that a contestant breaks, in column order; a number, if there is one, is ignored. */
export function findContestantProblem(contestant: Contestant): FieldProblem | undefined {
  return findFieldProblem({ ...contestant, number: '0' });
}

/** A good contestant as a row of `agency`: that of a bet, without the last column. */
export function rowOfContestant(agency: string, contestant: Contestant): string {
  const { firstName, lastName, document, birthdate } = contestant;
  const names = `${encodeField(firstName)},${encodeField(lastName)}`;
  return `${agency},${names},${document},${birthdate}\r\n`;
}

/** A winner as the course's `persist_winners` writes it, line end included. */
export function winnerLine({ firstName, lastName, document, birthdate }: Contestant): string {
  const [year = '', month = '', day = ''] = birthdate.split('-');
  const name = `Full name: ${firstName} ${lastName}`;
  return `${name} | Document: ${document} | Date of Birth: ${day}/${month}/${year}\n`;
}
