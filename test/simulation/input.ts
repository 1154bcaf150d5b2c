/** What agencies have to send, as small as it can be and still go wrong. */
import { crcOf, rowText, type RowFields } from '../support/wire-builder';
import type { SimRandom } from './random';

const WINNER = 7574;
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

/** One agency's bets, and what must come of them. */
export interface AgencyInput {
  readonly agency: number;
  /** Rows as they must be stored. */
  readonly rows: readonly string[];
  /** CRC-32 of the first n rows, for each n. */
  readonly checksums: readonly number[];
  /** Documents of its winners, in order. */
  readonly winners: readonly string[];
}

export function makeInput(random: SimRandom, agency: number, betsMax: number): AgencyInput {
  const count = random.chance(0.12) ? 0 : random.int(1, betsMax);
  const luck = random.pick([0, 0.1, 0.5]);
  const names = random.chance(0.2) ? LONG_NAMES : NAMES;
  const rows: string[] = [];
  const checksums = [0];
  const winners: string[] = [];
  for (let i = 0; i < count; i++) {
    const fields: RowFields = {
      agency,
      firstName: random.pick(names),
      lastName: random.pick(names),
      document: String(random.int(1, 10 ** random.int(1, 9)) * 10 + agency),
      birthdate: random.pick(['1988-04-23', '1970-01-01', '2000-02-29']),
      number: random.chance(luck) ? WINNER : random.int(0, 9_999),
    };
    if (fields.number === WINNER) winners.push(fields.document);
    const row = rowText(fields);
    rows.push(row);
    checksums.push(crcOf(Buffer.from(row), checksums[i] ?? 0));
  }
  return { agency, rows, checksums, winners };
}
