/** bets.csv of a directory as batches of a database, in stored order. */
import { crc32 } from 'node:zlib';
import { LIMITS } from '../../base/limits';
import { RowAudit } from '../../domain/row-audit';
import { nodeFiles, readUpTo } from '../../store/file/directory/files';
import type { Store } from '../../store/file/store';
import { byteaArray, int4Array, int8Array } from '../../store/postgres/connection/binary-arrays';
import type { Query } from '../../store/postgres/connection/primary';
import type { WinnersSaver } from '../../store/postgres/stored-winners';
import type { AgencyTotals } from '../../store/state';
import { damaged } from '../../store/store-error';

const LF = 0x0a;

const INSERT = `
insert into loteria.batch (agency, first, count, rows)
select agency, first, count, rows
from unnest($1::int4[], $2::int8[], $3::int4[], $4::bytea[])
  with ordinality as batch (agency, first, count, rows, place)
order by place`;

interface Progress {
  stored: number;
  bytes: number;
  checksum: number;
}

/** Rows of one agency; no more than a central takes in one message, or the table would hold larger ones. */
interface Batch {
  readonly agency: number;
  readonly first: number;
  readonly count: number;
  readonly rows: Uint8Array;
}

/**
 * Checks every row, and the total of each agency.
 *
 * @param winners gets the winners of the draw, if there was one
 * @returns bytes of the rows of each agency
 * @throws LoteriaError STORE_DAMAGED
 */
export async function importBets(
  query: Query,
  { csvPath, csvDescriptor, state }: Pick<Store, 'csvPath' | 'csvDescriptor' | 'state'>,
  winners: WinnersSaver,
): Promise<ReadonlyMap<number, number>> {
  const progress = new Map<number, Progress>();
  for (let at = 0; at < state.csvBytes;) {
    const bytes = Math.min(LIMITS.importBlockBytes, state.csvBytes - at);
    const block = readUpTo(nodeFiles, csvDescriptor, bytes, at);
    const rows = block.subarray(0, block.lastIndexOf(LF) + 1);
    if (rows.length === 0) throw damaged(csvPath, at, 'a row without an end');
    const batches: Batch[] = [];
    const audit = new RowAudit(state.draw?.winningNumber ?? null);
    const bad = audit.block(rows, ({ agency, start, end }) => {
      batches.push(...batchesOf(progress, agency, rows.subarray(start, end)));
    });
    if (bad !== null) throw damaged(csvPath, at + bad.at, 'a row that was never accepted');
    await insert(query, batches);
    if (audit.winners.length > 0) await winners.add(audit.winners.take());
    at += rows.length;
  }
  demandTotals(csvPath, state.agencies, progress);
  return new Map([...progress].map(([agency, { bytes }]) => [agency, bytes]));
}

/** Cuts a run of rows of one agency, and counts them as stored. */
function batchesOf(progress: Map<number, Progress>, agency: number, run: Uint8Array): Batch[] {
  const total = progress.get(agency) ?? { stored: 0, bytes: 0, checksum: 0 };
  progress.set(agency, total);
  total.bytes += run.length;
  total.checksum = crc32(run, total.checksum);
  const batches: Batch[] = [];
  let start = 0;
  let count = 0;
  for (let end = run.indexOf(LF) + 1; end > 0;) {
    count++;
    const next = run.indexOf(LF, end) + 1;
    if (next === 0 || next - start > LIMITS.importBatchBytes) {
      batches.push({ agency, first: total.stored, count, rows: run.subarray(start, end) });
      total.stored += count;
      start = end;
      count = 0;
    }
    end = next;
  }
  return batches;
}

async function insert(query: Query, batches: readonly Batch[]): Promise<void> {
  await query(INSERT, [
    int4Array(batches.map(({ agency }) => agency)),
    int8Array(batches.map(({ first }) => first)),
    int4Array(batches.map(({ count }) => count)),
    byteaArray(batches.map(({ rows }) => rows)),
  ]);
}

function demandTotals(
  path: string,
  agencies: ReadonlyMap<number, Readonly<AgencyTotals>>,
  found: ReadonlyMap<number, Progress>,
): void {
  for (const agency of new Set([...agencies.keys(), ...found.keys()])) {
    const { stored, checksum } = agencies.get(agency) ?? { stored: 0, checksum: 0 };
    const own = found.get(agency) ?? { stored: 0, checksum: 0 };
    if (own.stored === stored && own.checksum === checksum) continue;
    throw damaged(path, 0, `the bets of agency ${String(agency)} are not those that were stored`);
  }
}
