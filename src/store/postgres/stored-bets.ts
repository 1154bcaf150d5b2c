/** Reads all bets once more, in stored order: hashes them, accounts for them, finds winners. */
import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { LIMITS } from '../../base/limits';
import { RowAudit } from '../../domain/row-audit';
import { blockBytesFor, type BlockHashes } from '../acta';
import type { AgencyTotals } from '../state';
import { damagedTables } from '../store-error';
import type { Query, Row } from './connection/primary';

export interface BetsScan {
  /** As the agencies' rows have it, and as it was found. */
  readonly csvBytes: number;
  readonly blocks: BlockHashes;
}

export interface ScanOptions {
  /** Runs a reading statement. */
  readonly query: Query;
  /** Of the store, for errors. */
  readonly name: string;
  /** What must be found of each agency. */
  readonly totals: ReadonlyMap<number, Readonly<AgencyTotals>>;
  /** Whose bets win; null: none. */
  readonly number: number | null;
  /** Whether to stop. */
  readonly isAbandoned: () => boolean;
  /** Takes whole rows, in stored order, that are checked. */
  readonly onRows?: (rows: Buffer) => void;
  /** Takes winners, `agency,document` CR LF each, in stored order. */
  readonly onWinners?: (rows: Uint8Array) => Promise<void>;
}

/** Bets of an agency, and the CRC-32 of their rows, in the batches read so far. */
interface FoundTotals {
  readonly stored: number;
  readonly checksum: number;
}

/** @throws LoteriaError STORE_DAMAGED */
export async function scanBets(options: ScanOptions): Promise<BetsScan> {
  const { query, name, totals, number, isAbandoned, onRows, onWinners } = options;
  const [sum] = await query('select coalesce(sum(bytes), 0) as bytes from loteria.agency');
  const csvBytes = Number(sum?.['bytes']);
  const hashes = new BlockHasher(blockBytesFor(csvBytes));
  let foundBytes = 0;
  const found = new Map<number, FoundTotals>();
  for (let last = 0; ;) {
    const batches = await query(
      `select id, agency, first, count, rows from loteria.batch
       where id > $1 order by id limit ${String(LIMITS.batchesPerStatementMax)}`,
      [last],
    );
    if (isAbandoned()) throw new Error('the central was stopped');
    if (batches.length === 0) break;
    const audit = new RowAudit(number);
    for (const batch of batches) {
      last = Number(batch['id']);
      const rows = auditBatch(name, batch, audit, found);
      foundBytes += rows.length;
      hashes.add(rows);
      onRows?.(rows);
    }
    if (audit.winners.length > 0) await onWinners?.(audit.winners.take());
  }
  demandTotals(name, totals, found);
  if (foundBytes !== csvBytes) {
    const text = `${String(foundBytes)} bytes of rows are there, and ${String(csvBytes)} were stored`;
    throw damagedTables(name, text);
  }
  return { csvBytes, blocks: hashes.finish() };
}

/** Checks the rows of a batch, and adds them to the totals of its agency. @returns the rows */
function auditBatch(
  name: string,
  batch: Row,
  audit: RowAudit,
  found: Map<number, FoundTotals>,
): Buffer {
  const id = String(batch['id']);
  const { rows } = batch;
  if (!Buffer.isBuffer(rows)) throw new TypeError('rows are bytea');
  const owner = Number(batch['agency']);
  const stored = found.get(owner)?.stored ?? 0;
  demandBatch(name, batch, 'first', stored);
  const bad = audit.block(rows, ({ agency, start, end, bets }) => {
    const before = found.get(agency) ?? { stored: 0, checksum: 0 };
    const checksum = crc32(rows.subarray(start, end), before.checksum);
    found.set(agency, { stored: before.stored + bets, checksum });
    if (agency === owner) return;
    throw damagedTables(name, `batch ${id}: rows of agency ${String(agency)}`);
  });
  if (bad !== null) {
    const where = `batch ${id}, byte ${String(bad.at)}`;
    throw damagedTables(name, `${where}: a row that was never accepted`);
  }
  demandBatch(name, batch, 'count', (found.get(owner)?.stored ?? 0) - stored);
  return rows;
}

/** The number in a column of a batch must be what its rows say. */
function demandBatch(name: string, batch: Row, column: 'first' | 'count', expected: number): void {
  const there = Number(batch[column]);
  if (there === expected) return;
  const what = `${column} is ${String(there)}, but must be ${String(expected)}`;
  throw damagedTables(name, `batch ${String(batch['id'])}: ${what}`);
}

function demandTotals(
  name: string,
  totals: ScanOptions['totals'],
  found: ReadonlyMap<number, FoundTotals>,
): void {
  for (const agency of new Set([...totals.keys(), ...found.keys()])) {
    const { stored, checksum } = totals.get(agency) ?? { stored: 0, checksum: 0 };
    const own = found.get(agency) ?? { stored: 0, checksum: 0 };
    if (own.stored === stored && own.checksum === checksum) continue;
    const what =
      own.stored === stored
        ? `the bets of agency ${String(agency)} are not those that were stored`
        : `${String(own.stored)} bets of agency ${String(agency)} are there, and ${String(stored)} were stored`;
    throw damagedTables(name, what);
  }
}

class BlockHasher {
  private readonly hashes: Buffer[] = [];
  private hash: Hash | null = null;
  private left = 0;

  constructor(private readonly blockBytes: number) {}

  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      if (this.hash === null) {
        this.hash = createHash('sha256');
        this.left = this.blockBytes;
      }
      const part = bytes.subarray(at, at + this.left);
      this.hash.update(part);
      at += part.length;
      this.left -= part.length;
      if (this.left === 0) this.end();
    }
  }

  finish(): BlockHashes {
    this.end();
    return { blockBytes: this.blockBytes, hashes: this.hashes };
  }

  private end(): void {
    if (this.hash !== null) this.hashes.push(this.hash.digest());
    this.hash = null;
  }
}
