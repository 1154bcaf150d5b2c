/** What agencies of every kind send, as the central's parser gets it: full messages, taken off the wire. */
import type { BetText } from '../../src/domain/bet-fields';
import type { Parsable } from '../../src/parsing/parsed';
import { agencyDialect } from '../../src/client/legacy/prepare';
import { FrameBuffer } from '../../src/net/frame-buffer';
import { DIALECTS, type Dialect } from '../../src/protocol/conversion';
import { CREATE_CODEC } from '../../src/protocol/dialects/dialects';
import { rowTail } from './rows';

export const KINDS = ['native', '2020', ...DIALECTS] as const;
export type MessageKind = (typeof KINDS)[number];

const AGENCY = 3;
const BETS_PER_MESSAGE = 130;
/** Enough that they do not all stay in the processor's cache. */
const MESSAGES = 128;

/** @returns messages of so many bets each, no two with the same */
export function messagesOf(kind: MessageKind): Parsable[] {
  return Array.from({ length: MESSAGES }, (_, i) => {
    const tails = Array.from({ length: BETS_PER_MESSAGE }, (__, j) =>
      rowTail(i * BETS_PER_MESSAGE + j),
    );
    if (kind === 'native') return rowsOf(tails);
    if (kind === '2020') return rowsOf(tails.map((tail) => tail.replace(/,\d+\r\n$/, '\r\n')));
    return foreign(kind, tails.map(betOf));
  });
}

function rowsOf(tails: readonly string[]): Parsable {
  const rows = Buffer.from(tails.map((tail) => `${String(AGENCY)}${tail}`).join(''), 'utf8');
  return { kind: 'bets', form: 'batch', offset: 0, checksum: 0, count: tails.length, rows };
}

function betOf(tail: string): BetText {
  const [, firstName = '', lastName = '', document = '', birthdate = '', number = ''] = tail
    .trimEnd()
    .split(',');
  return { firstName, lastName, document, birthdate, number };
}

function foreign(dialect: Dialect, bets: readonly BetText[]): Parsable {
  const agency = agencyDialect(dialect, AGENCY, bets.length);
  const input = new FrameBuffer();
  input.append(
    agency.encodeBatch(
      bets.map((bet, i) => agency.encodeRecord(bet, i)),
      false,
    ),
  );
  const taken = CREATE_CODEC[dialect]().decode(input);
  if (taken === undefined || taken === 'later' || taken.kind !== 'foreign' || taken.form === null) {
    throw new Error(`${dialect}: this is no message of bets`);
  }
  return { ...taken, form: taken.form };
}
