/** Reads all ranges of an audit: in the pool, or, if they are few, on the main thread between turns. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LIMITS } from '../base/limits';
import type { AuditRange, RangeAudit, RangesAudit } from '../domain/range-audit';
import { auditRange } from './audit-range';
import type { WorkerPool } from './pool';

/**
 * @param pool null: reads on the main thread, which serves peers between two ranges
 * @throws LoteriaError STORE_DAMAGED; what the file system throws
 */
export function auditRanges(audit: RangesAudit, pool: WorkerPool | null): Promise<void> {
  const isWorthIt = audit.ranges >= LIMITS.pooledScanRangesMin;
  return new Promise((resolve, reject) => {
    if (pool === null || !isWorthIt) readRanges(audit, auditHere, 1, resolve, reject);
    else {
      const read = (range: AuditRange): Promise<RangeAudit> => pool.auditRange(range);
      // Twice as many as threads, so that none of them waits for its next range.
      readRanges(audit, read, pool.threads * 2, resolve, reject);
    }
  });
}

async function auditHere(range: AuditRange): Promise<RangeAudit> {
  await nextTurn();
  return auditRange(range);
}

/**
 * @param read reads one range
 * @param lanes ranges read concurrently
 * @param onRead called when all are read and accounted for
 * @param onFailure called once, if a range cannot be read or is damaged
 */
export function readRanges(
  audit: RangesAudit,
  read: (range: AuditRange) => PromiseLike<RangeAudit>,
  lanes: number,
  onRead: () => void,
  onFailure: (error: unknown) => void,
): void {
  let underWay = 0;
  let failed = false;
  const fail = (error: unknown): void => {
    if (!failed) onFailure(error);
    failed = true;
  };
  const readNext = (): void => {
    while (!failed && underWay < lanes) {
      const range = audit.next();
      if (range === null) break;
      underWay++;
      read(range).then((outcome) => {
        underWay--;
        if (failed) return;
        try {
          audit.take(range, outcome);
          readNext();
        } catch (error) {
          fail(error);
        }
      }, fail);
    }
    if (underWay === 0 && !failed) onRead();
  };
  readNext();
}
