/**
 * The rules for the fields of a bet (docs/PROTOCOL.md, section 6), for text that people wrote: an
 * agency's CSV file, the environment. `row-check.ts` holds the same rules for bytes that arrived;
 * a property test keeps the two together.
 */
import { LIMITS } from '../base/limits';
import { isCalendarDate } from './bet';
import { encodeField } from './row';

/** A field of a bet as the agency's files have it, in their column order. */
export type BetField = 'first_name' | 'last_name' | 'document' | 'birthdate' | 'number';

export const BET_FIELDS: readonly BetField[] = [
  'first_name',
  'last_name',
  'document',
  'birthdate',
  'number',
];

/** Why a field was refused, in words that help to correct it. */
export interface FieldProblem {
  readonly field: BetField;
  readonly reason: string;
}

/** The five fields of a bet as text. */
export interface BetText {
  readonly firstName: string;
  readonly lastName: string;
  readonly document: string;
  readonly birthdate: string;
  readonly number: string;
}

/** The first rule that a bet breaks, in column order, or undefined when it is good. */
export function findFieldProblem(bet: BetText): FieldProblem | undefined {
  const checks: readonly [BetField, string | undefined][] = [
    ['first_name', nameProblem(bet.firstName)],
    ['last_name', nameProblem(bet.lastName)],
    ['document', documentProblem(bet.document)],
    ['birthdate', birthdateProblem(bet.birthdate)],
    ['number', numberProblem(bet.number)],
  ];
  for (const [field, reason] of checks) if (reason !== undefined) return { field, reason };
  return undefined;
}

/**
 * A good bet as a row of `agency`.
 *
 * @param agency decimal digits
 * @param bet one for which {@link findFieldProblem} found nothing
 */
export function rowOfText(agency: string, bet: BetText): string {
  const names = `${encodeField(bet.firstName)},${encodeField(bet.lastName)}`;
  const number = String(Number(bet.number));
  return `${agency},${names},${bet.document},${bet.birthdate},${number}\r\n`;
}

function nameProblem(text: string): string | undefined {
  if (text === '') return 'is empty';
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u001f\u007f]/.test(text)) return 'has a control character or a line break';
  if (!text.isWellFormed()) return 'is not valid Unicode text';
  const bytes = text.length > LIMITS.nameBytesMax / 3 ? Buffer.byteLength(text) : text.length;
  return bytes > LIMITS.nameBytesMax
    ? `is longer than ${String(LIMITS.nameBytesMax)} bytes`
    : undefined;
}

/** Whether `text` is a document: 1 to 10 ASCII digits. */
export function isDocument(text: string): boolean {
  return /^\d{1,10}$/.test(text);
}

function documentProblem(text: string): string | undefined {
  return isDocument(text) ? undefined : `is not 1 to ${String(LIMITS.documentDigitsMax)} digits`;
}

function birthdateProblem(text: string): string | undefined {
  return isCalendarDate(text) ? undefined : 'is not a date YYYY-MM-DD';
}

/** Whether `text` is a number to bet on. Leading zeros, as quiniela numbers often have, are not stored. */
export function isBetNumber(text: string): boolean {
  return /^\d{1,15}$/.test(text) && Number(text) <= LIMITS.betNumberMax;
}

function numberProblem(text: string): string | undefined {
  return isBetNumber(text) ? undefined : `is not a number from 0 to ${String(LIMITS.betNumberMax)}`;
}
