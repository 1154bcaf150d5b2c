/** The winners of the draw: saved in the order in which they are found, read by agency. */
import { createHash } from 'node:crypto';
import { LIMITS } from '../../base/limits';
import { forEachAgency } from '../../domain/winner-rows';
import type { DrawnWinners, Winners } from '../bet-store';
import { int4Array, int8Array, textArray } from './connection/binary-arrays';
import { damagedTables } from '../store-error';
import type { Query } from './connection/primary';

const CRLF = '\r\n';

/** Adds winners behind those of the same agency that were added before. */
export class WinnersSaver {
  private readonly counts = new Map<number, number>();

  constructor(private readonly query: Query) {}

  /** Takes out what an earlier draw has left that came to no end. */
  async begin(): Promise<void> {
    await this.query('delete from loteria.winner');
  }

  /** @param rows `agency,document` CR LF each, in stored order */
  async add(rows: Uint8Array): Promise<void> {
    const agencies: number[] = [];
    const ordinals: number[] = [];
    const documents: string[] = [];
    forEachAgency(rows, (agency, start, end) => {
      let ordinal = this.counts.get(agency) ?? 0;
      const lines = Buffer.from(rows.subarray(start, end)).toString('latin1').split(CRLF);
      for (const line of lines) {
        if (line === '') continue;
        agencies.push(agency);
        ordinals.push(ordinal++);
        documents.push(line.slice(line.indexOf(',') + 1));
      }
      this.counts.set(agency, ordinal);
    });
    await this.query(
      `insert into loteria.winner (agency, ordinal, document)
       select * from unnest($1::int4[], $2::int8[], $3::text[])`,
      [int4Array(agencies), int8Array(ordinals), textArray(documents)],
    );
  }
}

/**
 * Reads all winners by agency, each agency's in stored order.
 *
 * @returns SHA-256 of winners.csv, as the engine `file` would write it, hexadecimal
 */
export async function hashWinners(
  query: Query,
  onRows: (rows: string) => void = () => undefined,
): Promise<string> {
  const digest = createHash('sha256');
  for (let [agency, ordinal] = [0, -1]; ;) {
    const rows = await query(
      `select agency, ordinal, document from loteria.winner
       where (agency, ordinal) > ($1, $2) order by agency, ordinal
       limit ${String(LIMITS.winnersPerStatementMax)}`,
      [agency, ordinal],
    );
    const last = rows.at(-1);
    if (last === undefined) return digest.digest('hex');
    const text = rows.map((row) => `${String(row['agency'])},${String(row['document'])}${CRLF}`);
    digest.update(text.join(''));
    onRows(text.join(''));
    [agency, ordinal] = [Number(last['agency']), Number(last['ordinal'])];
  }
}

interface WinnersCount {
  readonly total: number;
  /** Of all documents together. */
  readonly digits: number;
}

/**
 * Counts the winners of each agency, which must be numbered from 0 on: pages of them are read by number.
 *
 * @param name of the store, for errors
 * @throws LoteriaError STORE_DAMAGED
 */
export async function countStoredWinners(
  query: Query,
  name: string,
): Promise<ReadonlyMap<number, WinnersCount>> {
  const rows = await query(
    `select agency, count(*) as total, sum(length(document)) as digits, min(ordinal) as first, max(ordinal) as last
     from loteria.winner group by agency order by agency`,
  );
  const counts = new Map<number, WinnersCount>();
  for (const { agency, total, digits, first, last } of rows) {
    if (Number(first) !== 0 || Number(last) !== Number(total) - 1) {
      const what = `the winners of agency ${String(agency)} are not numbered from 0 on`;
      throw damagedTables(name, what);
    }
    counts.set(Number(agency), { total: Number(total), digits: Number(digits) });
  }
  return counts;
}

/**
 * Reads all winners once, which must be those that are recorded.
 *
 * @param query runs a reading statement until it is answered
 * @param name of the store, for errors
 * @param digest of winners.csv
 * @throws LoteriaError STORE_DAMAGED
 */
export async function loadStoredWinners(
  query: Query,
  name: string,
  digest: string,
): Promise<DrawnWinners> {
  const stored = await hashWinners(query);
  if (stored !== digest) {
    throw damagedTables(
      name,
      `the digest of the stored winners is ${stored}, but ${digest} was recorded`,
    );
  }
  const counts = await countStoredWinners(query, name);
  const winners = [...counts.values()].reduce((sum, { total }) => sum + total, 0);
  const page: Winners['page'] = async (agency, first, bytesMax) => {
    const most = Math.min(Math.ceil(bytesMax / 2), counts.get(agency)?.total ?? 0);
    const found = await query(
      `select document from loteria.winner
       where agency = $1 and ordinal >= $2 order by ordinal limit $3`,
      [agency, Math.min(first, Number.MAX_SAFE_INTEGER), most],
    );
    let bytes = 0;
    const documents = found.map(({ document }) => String(document));
    const end = documents.findIndex((document) => (bytes += 1 + document.length) > bytesMax);
    return end < 0 ? documents : documents.slice(0, end);
  };
  return {
    winners,
    digest,
    total: (agency) => counts.get(agency)?.total ?? 0,
    digits: (agency) => counts.get(agency)?.digits ?? 0,
    page,
  };
}
