/**
 * Recounts the bets of `bets.csv` from its bytes alone: for each agency how many, and the CRC-32 of
 * its rows, to be compared with what the journal says. Rows are checked by the rules by which they
 * were accepted.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { LIMITS } from '../base/limits';
import type { RowsVerdict } from '../domain/row-check';
import { damaged } from './replay';

export interface AgencyAudit {
  bets: number;
  checksum: number;
}

const LF = 0x0a;
const COMMA = 0x2c;

/**
 * @param bytes how much of the file to read
 * @param check the rules by which rows were accepted
 * @returns what each agency has, by its number
 * @throws LoteriaError STORE_DAMAGED with the offset of the first bad row
 */
export function auditCsv(
  path: string,
  bytes: number,
  check: (rows: Buffer) => RowsVerdict,
): Map<number, AgencyAudit> {
  const audits = new Map<number, AgencyAudit>();
  const buffer = Buffer.allocUnsafe(LIMITS.scanChunkBytes);
  const fd = openSync(path, 'r');
  try {
    for (let at = 0; at < bytes;) {
      const count = readSync(fd, buffer, 0, Math.min(buffer.length, bytes - at), at);
      const whole = buffer.subarray(0, count).lastIndexOf(LF) + 1;
      if (whole === 0) throw damaged(path, at, 'a row without an end');
      auditRows(path, at, buffer.subarray(0, whole), audits, check);
      at += whole;
    }
  } finally {
    closeSync(fd);
  }
  return audits;
}

/** @param rows whole rows, of any agencies */
function auditRows(
  path: string,
  offset: number,
  rows: Buffer,
  audits: Map<number, AgencyAudit>,
  check: (rows: Buffer) => RowsVerdict,
): void {
  for (let at = 0; at < rows.length;) {
    const end = runEnd(rows, at);
    const run = rows.subarray(at, end);
    const verdict = check(run);
    if (!verdict.ok) {
      const bad = offset + at + rowStart(run, verdict.index);
      throw damaged(path, bad, `a row that was never accepted (${verdict.problem})`);
    }
    const audit = audits.get(verdict.agency) ?? { bets: 0, checksum: 0 };
    audit.bets += verdict.count;
    audit.checksum = crc32(run, audit.checksum);
    audits.set(verdict.agency, audit);
    at = end;
  }
}

/** Where the rows of the agency at `start` end, and those of another one begin. */
function runEnd(rows: Buffer, start: number): number {
  const prefix = rows.subarray(start, rows.indexOf(COMMA, start) + 1);
  let at = start;
  while (at < rows.length && rows.compare(prefix, 0, prefix.length, at, at + prefix.length) === 0) {
    at = rows.indexOf(LF, at) + 1;
  }
  // A row without a comma has no prefix; the check says what is wrong with it.
  return prefix.length === 0 || at === start ? rows.indexOf(LF, start) + 1 : at;
}

function rowStart(rows: Buffer, index: number): number {
  let at = 0;
  for (let i = 0; i < index; i++) at = rows.indexOf(LF, at) + 1;
  return at;
}
