/** The bets in packets of the `opcode` dialect (docs/DIALECTS.md, system 002). */
import type { Conversion } from '../../conversion';
import { agencyOrNull, decimalOf, rowsOf, type WireBet } from './wire-bet';

/** Ends each item of a list. */
export const OPCODE_END = '#';
/** `@i` and the six fields of a bet. */
const ITEMS_PER_BET = 7;
const NO_ROWS = Buffer.alloc(0);
/** Where the agency stands, though the rest may make no sense; the number of bets may be missing. */
const SENDER = { bet: /^(\d{1,15})#/, batch: /^(?:[^#@]{0,15}#)?@[^#@]{0,15}#(\d{1,15})#/ };

/** @param data the fields of a bet */
export function convertOpcodeBet(data: Buffer): Conversion {
  const text = data.toString('latin1');
  const items = itemsOf(text);
  const bet = items.length === ITEMS_PER_BET - 1 ? betAt(items, 0) : null;
  const rows = bet === null ? null : rowsOf([bet]);
  return { agency: opcodeSenderIn(text, 'bet'), count: 1, rows };
}

/** @param data how many bets there are, and they */
export function convertOpcodeBatch(data: Buffer): Conversion {
  const text = data.toString('latin1');
  const items = itemsOf(text);
  const count = decimalOf(items[0] ?? '');
  if (count === 0 && items.length === 1) return { agency: null, count: 0, rows: NO_ROWS };
  const agency = opcodeSenderIn(text, 'batch');
  const bets = count === null || count === 0 ? null : betsOf(items, count);
  if (bets !== null) return { agency, count: bets.length, rows: rowsOf(bets) };
  const parts = items.length > 0 ? items.length : text.split(OPCODE_END).length;
  const room = Math.max(1, Math.ceil((parts - 1) / ITEMS_PER_BET));
  return { agency, count: Math.max(1, Math.min(count ?? room, room)), rows: null };
}

/** Whose bet, or batch of them, a text begins with; null: it does not show. */
export function opcodeSenderIn(text: string, form: 'bet' | 'batch'): string | null {
  return SENDER[form].exec(text)?.[1] ?? null;
}

/** The items of a list; none when the data is no list. */
export function itemsOf(data: string): string[] {
  return data.endsWith(OPCODE_END) ? data.slice(0, -OPCODE_END.length).split(OPCODE_END) : [];
}

function betsOf(items: readonly string[], count: number): WireBet[] | null {
  if (items.length !== 1 + count * ITEMS_PER_BET) return null;
  const bets: WireBet[] = [];
  for (let i = 0; i < count; i++) {
    const at = 1 + i * ITEMS_PER_BET;
    const bet = betAt(items, at + 1);
    if (bet === null || items[at] !== `@${String(i)}`) return null;
    bets.push(bet);
  }
  return bets;
}

/** The bet whose agency is item `at`; null when it names none. */
function betAt(items: readonly string[], at: number): WireBet | null {
  const [agency = '', firstName = '', lastName = '', document = '', birthdate = '', number = ''] =
    items.slice(at, at + ITEMS_PER_BET - 1);
  if (agencyOrNull(agency) === null) return null;
  return { agency, firstName, lastName, document, birthdate, number };
}
