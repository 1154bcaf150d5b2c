/** The bets in packets of the `semicolon` dialect (docs/DIALECTS.md, system 003). */
import type { Conversion } from '../../conversion';
import { agencyOrNull, rowsOf, type WireBet } from './wire-bet';

const SEPARATOR = ';';
const SEMICOLON_FIELDS_PER_BET = 5;

/** @param text an agency, and the fields of any number of bets */
export function convertSemicolonPacket(text: Buffer): Conversion {
  const [agency = '', ...fields] = text.toString('latin1').split(SEPARATOR);
  const bets = betsOf(agency, fields);
  if (bets !== null) {
    return { agency: agencyOrNull(agency), count: bets.length, rows: rowsOf(bets) };
  }
  const count = Math.max(1, Math.ceil(fields.length / SEMICOLON_FIELDS_PER_BET));
  return { agency: agencyOrNull(agency), count, rows: null };
}

/** Whose bets a text begins with; null: it does not show. */
export function semicolonSenderIn(text: string): string | null {
  const [agency, end] = text.split(SEPARATOR, 2);
  return end === undefined ? null : agencyOrNull(agency);
}

/** @param fields one empty one when there are no bets */
function betsOf(agency: string, fields: readonly string[]): WireBet[] | null {
  if (fields.length === 1 && fields[0] === '') return [];
  if (fields.length === 0 || fields.length % SEMICOLON_FIELDS_PER_BET !== 0) return null;
  const bets: WireBet[] = [];
  for (let at = 0; at < fields.length; at += SEMICOLON_FIELDS_PER_BET) {
    const [firstName = '', lastName = '', document = '', birthdate = '', number = ''] =
      fields.slice(at, at + SEMICOLON_FIELDS_PER_BET);
    bets.push({ agency, firstName, lastName, document, birthdate, number });
  }
  return bets;
}
