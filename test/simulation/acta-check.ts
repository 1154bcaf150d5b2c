/** What an acta must say, worked out from the stored rows and docs/DRAW.md alone. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { StoreState } from '../../src/store/state';

/** What was drawn, as the simulation knows it. */
export interface Drawn {
  readonly number: number;
  /** Where the number comes from. */
  readonly origin: Readonly<Record<string, unknown>>;
  readonly agenciesChanges: readonly unknown[];
  /** The content of winners.csv. */
  readonly winnersCsv: string;
  readonly winnersOf: (agency: number) => number;
}

/** d(1), d(2), ... over the blocks of bets.csv; of an empty file the hash of nothing. */
export function digestOf(csv: Buffer, blockBytes: number): string[] {
  const sha256 = (...parts: Buffer[]): Buffer =>
    createHash('sha256').update(Buffer.concat(parts)).digest();
  let last = sha256();
  if (csv.length === 0) return [last.toString('hex')];
  const chain: string[] = [];
  for (let at = 0; at < csv.length; at += blockBytes) {
    last = sha256(last, sha256(csv.subarray(at, at + blockBytes)));
    chain.push(last.toString('hex'));
  }
  return chain;
}

/** The digest of an acta, which must be on the disk before it is. */
function actaDigestOf(
  bytes: number,
  blockBytes: number,
  chain: readonly string[],
  isEmpty: boolean,
): string {
  const lines = [String(bytes), String(blockBytes), ...(isEmpty ? [] : chain)];
  return createHash('sha256')
    .update(lines.map((line) => `${line}\n`).join(''))
    .digest('hex');
}

/**
 * @param files as they are after a draw
 * @returns what is wrong with the acta, or with its absence; null when all is well
 */
export function checkActa(
  files: ReadonlyMap<string, Buffer>,
  state: Readonly<StoreState>,
  drawId: string,
  { number, origin, agenciesChanges, winnersCsv, winnersOf }: Drawn,
): string | null {
  const text = files.get('/data/acta.json')?.toString('utf8');
  if (text === undefined) {
    return files.has('/data/acta.pending')
      ? null
      : 'it is missing, and nothing says that it will come';
  }
  const acta = JSON.parse(text) as Record<string, unknown>;
  const csv = files.get('/data/bets.csv') ?? Buffer.alloc(0);
  const rows = csv.toString('utf8').split('\r\n').slice(0, -1);
  const betsOf = (agency: number): number =>
    rows.filter((row) => Number.parseInt(row, 10) === agency).length;
  const agencies = [...state.agencies.values()]
    .map(({ agency, rejected }) => {
      return { agency, bets: betsOf(agency), winners: winnersOf(agency), rejected };
    })
    .sort((a, b) => a.agency - b.agency);
  const chain = digestOf(csv, Number(acta['block_bytes']));
  const expected: Record<string, unknown> = {
    draw_id: drawId,
    winning_number: number,
    ...origin,
    agencies_changes: agenciesChanges,
    bets: rows.length,
    winners: winnersCsv.split('\r\n').length - 1,
    winners_digest: createHash('sha256').update(winnersCsv, 'latin1').digest('hex'),
    rejected: agencies.reduce((sum, { rejected }) => sum + rejected, 0),
    agencies,
    csv_bytes: csv.length,
    digest: chain.at(-1),
    chain: csv.length === 0 ? [] : chain,
  };
  const recorded = actaDigestOf(csv.length, Number(acta['block_bytes']), chain, csv.length === 0);
  if (state.actaDigest !== recorded) {
    return `its digest is ${recorded}, and ${String(state.actaDigest)} is recorded`;
  }
  for (const [key, value] of Object.entries(expected)) {
    if (isDeepStrictEqual(acta[key], value)) continue;
    return `${key} is ${JSON.stringify(acta[key])}, not ${JSON.stringify(value)}`;
  }
  return null;
}
