/** What agencies have to send, as small as it can be and still go wrong. */
import { hash } from 'node:crypto';
import type { Edition } from '../../src/domain/contest';
import { contestantRow, crcOf, rowText, type RowFields } from '../support/wire-builder';
import type { Dialect } from '../../src/protocol/conversion';
import type { SimRandom } from './random';

const NAMES: readonly [string, ...string[]] = [
  'Nora',
  'Ana María',
  'Pérez, hijo',
  'la "Negra"',
  'X',
  'Ñandú 🍀',
  '7574,',
];
const LONG_NAMES: typeof NAMES = [...NAMES, 'z'.repeat(120)];
/** How many contestants are thought up at most for one that has won. */
const TRIES_MAX = 60;

/** One agency's bets, and what must come of them. */
export interface AgencyInput {
  readonly agency: number;
  /** null: it speaks the native protocol. */
  readonly dialect: Dialect | null;
  /** The bets of `rows`. */
  readonly bets: readonly RowFields[];
  /** Rows as they must be stored. */
  readonly rows: readonly string[];
  /** CRC-32 of the first n rows, for each n. */
  readonly checksums: readonly number[];
  /** 2020 edition: documents of its winners, in order. */
  readonly winners: readonly string[];
  /** 2020 edition: winners among the first n rows, for each n. */
  readonly winnersUpTo: readonly number[];
}

export interface InputKind {
  readonly edition: Edition;
  readonly dialect: Dialect | null;
  /** Every bet is on the lucky number. */
  readonly allWin: boolean;
  /** On which bets are more often than on others: the winning one, if it is fixed. */
  readonly lucky: number;
}

export function makeInput(
  random: SimRandom,
  agency: number,
  betsMax: number,
  { edition, dialect, allWin, lucky }: InputKind,
): AgencyInput {
  // Whoever has no bets cannot say in `tlv` who it is: somebody late could be taken for it.
  const isEmpty = random.chance(0.12) && dialect !== 'tlv';
  const count = isEmpty ? 0 : random.int(1, betsMax);
  const luck = allWin ? 1 : random.pick([0, 0.1, 0.5]);
  const names = random.chance(0.2) ? LONG_NAMES : NAMES;
  const bets = Array.from({ length: count }, (_, i) => {
    const wins = random.chance(luck);
    if (edition === '2020') return anyContestant(random, agency, names, wins);
    return anyBet(random, agency, names, wins ? lucky : null, dialect === null ? null : i);
  });
  return inputOf(agency, dialect, edition, bets);
}

function anyBet(
  random: SimRandom,
  agency: number,
  names: typeof NAMES,
  /** null: any. */
  number: number | null,
  /** Makes the document, and so the row, one that no other bet of the agency has. */
  unique: number | null,
): RowFields {
  const part = random.int(1, 10 ** random.int(1, unique === null ? 9 : 6));
  return {
    agency,
    firstName: random.pick(names),
    lastName: random.pick(names),
    document: String((unique === null ? part : part * 100 + unique) * 10 + agency),
    birthdate: random.pick(['1988-04-23', '1970-01-01', '2000-02-29']),
    number: number ?? random.int(0, 9_999),
  };
}

function anyContestant(
  random: SimRandom,
  agency: number,
  names: typeof NAMES,
  wins: boolean,
): RowFields {
  let contestant = anyBet(random, agency, names, null, null);
  for (let tries = 0; wins && tries < TRIES_MAX && !hasWon(contestant); tries++) {
    contestant = anyBet(random, agency, names, null, null);
  }
  return contestant;
}

/** The rule of docs/PROTOCOL.md, section 12, with the whole number that it speaks of. */
function hasWon({ firstName, lastName, document, birthdate }: RowFields): boolean {
  const digest = hash('sha256', [firstName, lastName, document, birthdate].join('|'), 'hex');
  return BigInt(`0x${digest.slice(0, 16)}`) % 17n === 0n;
}

function inputOf(
  agency: number,
  dialect: Dialect | null,
  edition: Edition,
  bets: readonly RowFields[],
): AgencyInput {
  const rows: string[] = [];
  const checksums = [0];
  const winners: string[] = [];
  const winnersUpTo = [0];
  for (const [i, bet] of bets.entries()) {
    const row = edition === '2020' ? contestantRow(bet).toString('utf8') : rowText(bet);
    if (edition === '2020' && hasWon(bet)) winners.push(bet.document);
    rows.push(row);
    checksums.push(crcOf(Buffer.from(row), checksums[i] ?? 0));
    winnersUpTo.push(winners.length);
  }
  return { agency, dialect, bets, rows, checksums, winners, winnersUpTo };
}

/** The line of the file `winners` for a contestant (docs/PROTOCOL.md, section 12, and the course). */
export function winnerLineOf({ firstName, lastName, document, birthdate }: RowFields): string {
  const day = birthdate.split('-').reverse().join('/');
  return `Full name: ${firstName} ${lastName} | Document: ${document} | Date of Birth: ${day}\n`;
}

/** What is stored of each agency, in order. */
export type RowsByAgency = ReadonlyMap<number, readonly string[]>;

/** The rows of bets.csv by the number in front of them, in stored order. */
export function rowsByAgency(csv: Buffer): RowsByAgency {
  const rows = new Map<number, string[]>();
  for (const row of csv.toString('utf8').split(/(?<=\r\n)/)) {
    if (row === '') continue;
    const agency = Number.parseInt(row, 10);
    const own = rows.get(agency);
    if (own === undefined) rows.set(agency, [row]);
    else own.push(row);
  }
  return rows;
}
