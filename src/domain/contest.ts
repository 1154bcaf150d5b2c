/**
 * The 2020 edition of the exercise: people instead of bets, and the rule for winners
 * (docs/PROTOCOL.md, section 12).
 */
import { findFieldProblem, type BetText, type FieldProblem } from './bet-fields';
import { encodeField } from './row';

/** Which rules a central, its agencies and its store follow. */
export const EDITIONS = ['lottery', '2020'] as const;

export type Edition = (typeof EDITIONS)[number];

/** A contestant: the fields of a bet, without its number. */
export type Contestant = Omit<BetText, 'number'>;

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
