/** Reads and checks one range of bets.csv for an audit of all of it, on the main thread or in a worker. */
import * as fs from 'node:fs';
import { crc32 } from 'node:zlib';
import { LIMITS } from '../base/limits';
import { nodeCrypto } from '../base/node-crypto';
import { auditContestRows } from '../domain/contest-audit';
import { RowAudit, type BadRow, type Run } from '../domain/row-audit';
import type { AgencyPart, AuditRange, RangeAudit } from '../domain/range-audit';
import {
  forEachBlockOfRows,
  missingBehind,
  type FileDamage,
  type ReadAt,
} from '../domain/row-blocks';

const NO_HASHES = new Uint8Array(0);

/** @throws what the file system throws */
export function auditRange(range: AuditRange): RangeAudit {
  const read: ReadAt = (into, position) => fs.readSync(range.fd, into, 0, into.length, position);
  return auditRangeBy(read, range, LIMITS.scanChunkBytes);
}

/** @param chunkBytes of each read; more than the longest row */
export function auditRangeBy(read: ReadAt, range: AuditRange, chunkBytes: number): RangeAudit {
  const audit = new RowAudit(range.number);
  const parts = new Map<number, AgencyPart>();
  const check = (rows: Buffer, onRun: (run: Run) => void): BadRow | null =>
    range.edition === 'lottery' ? audit.block(rows, onRun) : auditContestRows(rows, onRun);
  const buffer = Buffer.allocUnsafe(chunkBytes);
  const rowsDamage = forEachBlockOfRows(read, range, buffer, (rows, offset) => {
    const bad = check(rows, (run) => {
      addRun(parts, run, rows, offset);
    });
    if (bad === null) return null;
    const what = `a row that was never accepted (${bad.problem})`;
    return { offset: offset + bad.at, what };
  });
  const { hashes, damage } = hashBlocks(read, range, buffer);
  return {
    damage: rowsDamage ?? damage,
    agencies: [...parts.values()],
    winners: audit.winners.take(),
    hashes,
  };
}

/** @param offset where the rows begin in the file */
function addRun(parts: Map<number, AgencyPart>, run: Run, rows: Buffer, offset: number): void {
  const { agency, start, end, bets, winners, winnerBytes } = run;
  let part = parts.get(agency);
  if (part === undefined) {
    const none = { bets: 0, bytes: 0, checksum: 0, winners: 0, winnerBytes: 0 };
    part = { agency, start: offset + start, end: offset + end, ...none };
    parts.set(agency, part);
  }
  part.end = offset + end;
  part.bets += bets;
  part.bytes += end - start;
  part.checksum = crc32(rows.subarray(start, end), part.checksum);
  part.winners += winners;
  part.winnerBytes += winnerBytes;
}

function hashBlocks(
  read: ReadAt,
  { start, end, fileBytes, blockBytes }: AuditRange,
  buffer: Buffer,
): { hashes: Uint8Array; damage: FileDamage | null } {
  const hashes: Buffer[] = [];
  for (let at = start; blockBytes !== null && at < end;) {
    const hash = nodeCrypto().createHash('sha256');
    for (const blockEnd = Math.min(at + blockBytes, end); at < blockEnd;) {
      const count = read(buffer.subarray(0, blockEnd - at), at);
      if (count === 0) return { hashes: NO_HASHES, damage: missingBehind(at, fileBytes) };
      hash.update(buffer.subarray(0, count));
      at += count;
    }
    hashes.push(hash.digest());
  }
  return { hashes: Uint8Array.prototype.slice.call(Buffer.concat(hashes)), damage: null };
}
