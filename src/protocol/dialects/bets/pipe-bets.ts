/** The bets in messages of the `pipe` dialect (docs/DIALECTS.md, system 000). */
import type { Conversion } from '../../conversion';
import { agencyOrNull, rowsOf, type WireBet } from './wire-bet';

const BAR = '|';
const RECORD_LENGTH = /(\d{1,7})\|/y;
const RECORD_END = '|$';
/** Whose first record comes first, though the rest may make no sense; its length may be missing. */
const SENDER = /^(?:\d{1,7})?\|(\d{1,15})\|/;

/** @param payload records, each with its length in front */
export function convertPipeBatch(payload: Buffer): Conversion {
  const text = payload.toString('latin1');
  const bets = betsOf(text);
  if (bets === null) {
    const agency = pipeSenderIn(text);
    return { agency, count: Math.max(1, text.split(RECORD_END).length - 1), rows: null };
  }
  return { agency: bets[0]?.agency ?? null, count: bets.length, rows: rowsOf(bets) };
}

/** @param payload the one bet of exercise 5 */
export function convertPipeBet(payload: Buffer): Conversion {
  const text = payload.toString('latin1');
  const bet = pipeBetOf(text);
  return { agency: pipeSenderIn(text), count: 1, rows: bet === null ? null : rowsOf([bet]) };
}

/** Whose bets a text begins with, behind its header; null: it does not show. */
export function pipeSenderIn(text: string): string | null {
  return SENDER.exec(text)?.[1] ?? null;
}

/**
 * The bet of a record; null when it holds none.
 *
 * @param record an empty piece, the six fields, and what nobody needs, between bars
 */
export function pipeBetOf(record: string): WireBet | null {
  const [, agency, firstName, lastName, document, birthdate, number] = record.split(BAR);
  if (agency === undefined || firstName === undefined || lastName === undefined) return null;
  if (document === undefined || birthdate === undefined || number === undefined) return null;
  if (agencyOrNull(agency) === null) return null;
  return { agency, firstName, lastName, document, birthdate, number };
}

/** The bets of a payload, or null when its records do not add up to it. */
function betsOf(payload: string): WireBet[] | null {
  const bets: WireBet[] = [];
  for (let at = 0; at < payload.length;) {
    RECORD_LENGTH.lastIndex = at;
    const match = RECORD_LENGTH.exec(payload);
    if (match === null) return null;
    const start = RECORD_LENGTH.lastIndex - BAR.length;
    const end = start + Number(match[1]);
    const record = payload.slice(start, end);
    const bet = record.endsWith(RECORD_END) && end <= payload.length ? pipeBetOf(record) : null;
    if (bet === null) return null;
    bets.push(bet);
    at = end;
  }
  return bets;
}
