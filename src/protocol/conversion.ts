/**
 * Messages of the legacy dialects (docs/DIALECTS.md), taken off the wire in two steps. The first finds
 * where a message ends. The second turns the bets in it into rows of bets.csv, which takes most of the
 * time, needs nothing but the message's bytes, and so can be done by a worker thread. What a message
 * leads to is said last, message by message, in the order in which they came.
 */

/** The names of the legacy dialects. */
export const DIALECTS = ['pipe', 'tlv', 'opcode', 'semicolon'] as const;

export type Dialect = (typeof DIALECTS)[number];

/** The ways in which dialects write bets. */
export const MESSAGE_FORMS = [
  'pipe_bet',
  'pipe_batch',
  'tlv_batch',
  'opcode_bet',
  'opcode_batch',
  'semicolon_packet',
] as const;

export type MessageForm = (typeof MESSAGE_FORMS)[number];

/** The bets of a message. */
export interface Conversion {
  /** The agency of the first bet, or whoever sent what cannot be read: as written; null: no number. */
  readonly agency: string | null;
  /** How many bets there are, or, where they cannot be read, seem to be. */
  readonly count: number;
  /**
   * They, written as rows of bets.csv, which may break the rules for rows; null: they cannot be read.
   */
  readonly rows: Buffer | null;
}
