import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import { auditRange } from '../../../src/parsing/audit-range';
import { auditRanges, readRanges } from '../../../src/parsing/audit-ranges';
import type { AuditRange } from '../../../src/domain/range-audit';
import { BetsAudit } from '../../../src/store/file/bets/bets-audit';
import { NORA, row } from '../../support/wire-builder';
import { InlinePool } from '../helpers/inline-pool';

const ROW = row(NORA);
const ROWS_PER_RANGE = 10;
const RANGE_BYTES = ROWS_PER_RANGE * ROW.length;

describe('where ranges of bets.csv are read', () => {
  let directory: string;
  let fd: number;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'audit-ranges-'));
  });

  afterEach(() => {
    closeSync(fd);
    rmSync(directory, { recursive: true });
  });

  /** A file that takes so many ranges. */
  function auditOf(ranges: number): BetsAudit {
    const stored = ranges * ROWS_PER_RANGE;
    const csv = Buffer.concat(Array.from({ length: stored }, () => ROW));
    const path = join(directory, 'bets.csv');
    writeFileSync(path, csv);
    fd = openSync(path, 'r');
    const totals = { agency: 3, stored, checksum: crc32(csv), finished: true, rejected: 0 };
    const state = {
      edition: 'lottery' as const,
      csvBytes: csv.length,
      agencies: new Map([[3, totals]]),
    };
    const size = (): number => csv.length;
    const number = Number(NORA.number);
    return new BetsAudit({
      path,
      fd,
      size,
      state,
      number,
      blockBytes: null,
      rangeBytes: RANGE_BYTES,
    });
  }

  it('few in this thread: a worker would take longer to start', async () => {
    const pool = new InlinePool(2);
    const audit = auditOf(LIMITS.pooledScanRangesMin - 1);
    await auditRanges(audit, pool);
    expect(pool.scanned).to.deep.equal([]);
    const winners = (LIMITS.pooledScanRangesMin - 1) * ROWS_PER_RANGE;
    expect(audit.finish().get(3)?.winners).to.equal(winners);
  });

  it('many in the pool, as many at a time as keep all workers busy', async () => {
    const pool = new InlinePool(2);
    const ranges = 2 * LIMITS.pooledScanRangesMin;
    const audit = auditOf(ranges);
    await auditRanges(audit, pool);
    expect(pool.scanned).to.deep.equal(Array.from({ length: ranges }, (_, i) => i * RANGE_BYTES));
    expect(pool.answered.slice(0, 4)).to.deep.equal([3, 2, 1, 0].map((i) => i * RANGE_BYTES));
    expect(audit.finish().get(3)?.winners).to.equal(ranges * ROWS_PER_RANGE);
  });

  it('none behind one that failed, which is said once', async () => {
    const audit = auditOf(6);
    const asked: { readonly range: AuditRange; readonly end: (error: Error | null) => void }[] = [];
    const failures: unknown[] = [];
    const taken: number[] = [];
    const take = audit.take.bind(audit);
    audit.take = (range, outcome) => {
      taken.push(range.index);
      take(range, outcome);
    };
    readRanges(
      audit,
      (range) =>
        new Promise((resolve, reject) => {
          const end = (error: Error | null): void => {
            if (error === null) resolve(auditRange(range));
            else reject(error);
          };
          asked.push({ range, end });
        }),
      4,
      () => expect.fail('not all were read'),
      (error) => failures.push(error),
    );
    const failure = new Error('EIO');
    for (const error of [null, failure, new Error('EIO once more'), null]) {
      asked.shift()?.end(error);
      await nextTurn();
    }
    expect(failures).to.deep.equal([failure]);
    expect(taken).to.deep.equal([0]);
    expect(asked.map(({ range }) => range.index)).to.deep.equal([4]);
  });

  it('all in this thread where there is no pool', async () => {
    const audit = auditOf(2 * LIMITS.pooledScanRangesMin);
    await auditRanges(audit, null);
    expect(audit.finish().get(3)?.winners).to.equal(2 * LIMITS.pooledScanRangesMin * 10);
  });
});
