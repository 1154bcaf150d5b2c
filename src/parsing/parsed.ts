/** Messages with bets, which are parsed before their session handles them, and the results. */
import type { Edition } from '../domain/contest';
import { checkContestRows } from '../domain/contest-rows';
import { checkRows, type ParsedRows, type RowsVerdict } from '../domain/row-check';
import type { BetsCommand, ForeignMessage } from '../protocol/commands';
import type { Conversion, MessageForm } from '../protocol/conversion';
import { CONVERT } from '../protocol/dialects/bets/convert';

/** A message of a legacy dialect that holds bets. */
export type ForeignBets = ForeignMessage & { readonly form: MessageForm };

/** Rows as received, or a dialect message that is converted to rows. */
export type Parsable = BetsCommand | ForeignBets;

/** What a message came to: the verdict on its rows, with which its session goes on. */
export interface Parsed extends ParsedRows {
  /** Of a dialect message. */
  readonly conversion?: Conversion;
}

/** For a message without rows. */
export const NO_ROWS_VERDICT: RowsVerdict = { ok: false, index: 0, problem: 'MALFORMED_ROW' };

/** Parses on the calling thread. */
export function parseHere(message: Parsable, edition: Edition): Parsed {
  if (message.kind === 'bets') {
    const { rows } = message;
    return { verdict: edition === 'lottery' ? checkRows(rows) : checkContestRows(rows) };
  }
  const conversion = CONVERT[message.form](message.bytes);
  const { rows } = conversion;
  const hasRows = rows !== null && rows.length > 0;
  return { verdict: hasRows ? checkRows(rows) : NO_ROWS_VERDICT, conversion };
}
