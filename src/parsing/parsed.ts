/** What is parsed before the session sees it, and what comes out. */
import type { Edition } from '../domain/contest';
import { checkContestRows } from '../domain/contest-rows';
import { checkRows, type ParsedRows, type RowsVerdict } from '../domain/row-check';
import type { BetsCommand, ForeignMessage } from '../protocol/commands';
import type { Conversion, MessageForm } from '../protocol/conversion';
import { CONVERT } from '../protocol/dialects/bets/convert';

/** A message of a legacy dialect that brings bets. */
export type ForeignBets = ForeignMessage & { readonly form: MessageForm };

/** Rows as they came, or a message that is turned into rows. */
export type Parsable = BetsCommand | ForeignBets;

export interface Parsed extends ParsedRows {
  /** What a message was turned into. */
  readonly conversion?: Conversion;
}

/** Of a message in which there are no rows. */
export const NO_ROWS_VERDICT: RowsVerdict = { ok: false, index: 0, problem: 'MALFORMED_ROW' };

/** Parses in this thread. */
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
