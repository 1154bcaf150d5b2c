/** Conversations of the earlier dialects, from the tests' own builder, and what becomes of them. */
import { DIALECTS, type Dialect } from '../../src/protocol/conversion';
import * as builder from '../support/dialect-builder';
import { join, rowText, u16 } from '../support/wire-builder';
import { AGENCIES } from './corpus';
import { garbage } from './mutator';
import type { Random } from './random';

export interface DialectMessage {
  readonly bytes: Buffer;
  /** Rows that are stored if it is accepted. */
  readonly rows: readonly string[];
  /** `answer`: one is owed; `winners`: after the draw; `none`. */
  readonly owes: 'answer' | 'winners' | 'none';
}

export interface DialectConversation {
  readonly dialect: Dialect;
  readonly agency: number;
  /** What was meant; null when the bytes were changed afterwards. */
  readonly meant: readonly DialectMessage[] | null;
  readonly bytes: Buffer;
}

const NAMES = ['Nora', 'Ana María', 'Pérez, hijo', 'la "Negra"', '李雷', 'x'.repeat(60)];
const DATES = ['1988-04-23', '0001-01-01', '9999-12-31', '2000-02-29'];
const BAD_DATES = ['1999-02-29', '2000-13-01', '0000-01-01', '88-4-23'];
const BYTES = [0x00, 0x01, 0x0a, 0x0d, 0x22, 0x23, 0x24, 0x2c, 0x30, 0x39, 0x3b, 0x40, 0x7c, 0xff];
const NUMBERS = ['0', '1', '00', '30', '999', '1024', '65535', '99999999', '4294967295'];

export function converse(random: Random, nextDocument: () => number): DialectConversation {
  const dialect = random.pick(DIALECTS);
  const agency = random.oneIn(30) ? AGENCIES + 1 : 1 + random.below(AGENCIES);
  const meant = messagesOf(random, dialect, agency, nextDocument);
  const parts = meant.map(({ bytes }) => bytes);
  if (random.oneIn(3)) return { dialect, agency, meant, bytes: join(...parts) };
  const mutated = mutate(random, parts);
  return { dialect, agency, meant: null, bytes: join(...mutated) };
}

function messagesOf(
  random: Random,
  dialect: Dialect,
  agency: number,
  nextDocument: () => number,
): DialectMessage[] {
  const messages: DialectMessage[] = [];
  for (let count = random.below(6); count > 0; count--) {
    // In `tlv` every date is a number of seconds, and so a date that there is.
    const mayBeBad = dialect !== 'tlv';
    const bets = Array.from({ length: 1 + random.below(4) }, () =>
      anyBet(random, nextDocument(), mayBeBad),
    );
    messages.push(betsMessage(random, dialect, agency, bets));
  }
  if (random.oneIn(3)) messages.push(...ending(dialect, agency));
  return messages;
}

function anyBet(random: Random, document: number, mayBeBad: boolean): builder.DialectBet {
  return {
    first: random.pick(NAMES),
    last: random.pick(NAMES),
    document: String(document),
    birthdate: mayBeBad && random.oneIn(40) ? random.pick(BAD_DATES) : random.pick(DATES),
    number: String(random.oneIn(60) ? 10_000 : random.below(10_000)),
  };
}

function betsMessage(
  random: Random,
  dialect: Dialect,
  agency: number,
  bets: readonly builder.DialectBet[],
): DialectMessage {
  const id = String(agency);
  const rows = bets.map(({ first, last, document, birthdate, number }) =>
    rowText({ agency, firstName: first, lastName: last, document, birthdate, number }),
  );
  const [only] = bets;
  switch (dialect) {
    case 'pipe':
      return only !== undefined && bets.length === 1 && random.oneIn(3)
        ? { bytes: builder.pipeBet(id, only), rows, owes: 'answer' }
        : { bytes: builder.pipeBatch(id, bets, false), rows, owes: 'answer' };
    case 'tlv':
      return { bytes: builder.tlvBets(agency, bets), rows, owes: 'answer' };
    case 'opcode':
      return { bytes: builder.opcodeBatch(id, bets), rows, owes: 'answer' };
    case 'semicolon':
      return { bytes: builder.semicolonPacket(id, bets, 1), rows, owes: 'answer' };
  }
}

/** The end of the bets, and the question for winners. */
function ending(dialect: Dialect, agency: number): DialectMessage[] {
  const id = String(agency);
  const message = (bytes: Buffer, owes: DialectMessage['owes']): DialectMessage => ({
    bytes,
    rows: [],
    owes,
  });
  switch (dialect) {
    case 'pipe':
      return [
        message(builder.pipeBatch(id, [], true), 'answer'),
        message(builder.pipeAsk(id), 'winners'),
      ];
    case 'tlv':
      return [message(builder.TLV.allSent, 'none'), message(builder.TLV.ask, 'winners')];
    case 'opcode':
      return [
        message(builder.opcodePacket(5, [id]), 'answer'),
        message(builder.opcodePacket(6, [id]), 'winners'),
      ];
    case 'semicolon':
      return [
        message(builder.semicolonPacket(id, [], 0), 'answer'),
        message(join(u16(agency)), 'winners'),
      ];
  }
}

function mutate(random: Random, messages: readonly Buffer[]): Buffer[] {
  const parts = [...messages];
  if (parts.length === 0 || random.oneIn(40)) return [garbage(random)];
  for (let edits = 1 + random.below(3); edits > 0 && parts.length > 0; edits--) {
    const at = random.below(parts.length);
    const part = parts[at] ?? Buffer.alloc(0);
    switch (random.below(6)) {
      case 0:
        parts.splice(at, 0, part);
        break;
      case 1:
        parts.splice(at, 1);
        break;
      case 2:
        parts.reverse();
        break;
      default:
        parts[at] = mutateBytes(random, part, random.pick(parts));
    }
  }
  return parts;
}

function mutateBytes(random: Random, bytes: Buffer, other: Buffer): Buffer {
  if (bytes.length === 0) return garbage(random);
  const mutant = Buffer.from(bytes);
  // Lengths, counts and flags stand in front.
  const at = random.oneIn(2)
    ? random.below(Math.min(12, mutant.length))
    : random.below(mutant.length);
  switch (random.below(8)) {
    case 0:
    case 1:
      mutant[at] = (mutant[at] ?? 0) ^ (1 << random.below(8));
      return mutant;
    case 2:
    case 3:
      mutant[at] = random.pick(BYTES);
      return mutant;
    case 4:
      return mutant.subarray(0, at);
    case 5: // a number that stands there as text
      return Buffer.from(
        mutant.toString('latin1').replace(/\d+/g, (digits) => {
          return random.oneIn(4) ? random.pick(NUMBERS) : digits;
        }),
        'latin1',
      );
    case 6:
      return join(mutant.subarray(0, at), other.subarray(random.below(other.length + 1)));
    default:
      return join(mutant.subarray(0, at), garbage(random), mutant.subarray(at));
  }
}
