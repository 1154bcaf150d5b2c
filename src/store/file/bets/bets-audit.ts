/**
 * Accounts for every stored bet from the bytes of bets.csv. The file is read in ranges, in parallel and in any
 * order (parsing/audit-range.ts reads one); the results are joined in stored order. The bets of each agency
 * must match the journal: the same number, with the same running CRC-32. The same pass finds the winners and
 * hashes the blocks of the file for the acta.
 */
import { invariant } from '../../../base/invariant';
import { LIMITS } from '../../../base/limits';
import { combineCrc32 } from '../../../domain/crc32-combine';
import type { AgencyPart, AuditRange, RangeAudit, RangesAudit } from '../../../domain/range-audit';
import { missingBehind } from '../../../domain/row-blocks';
import type { StoreState } from '../../state';
import { damaged } from '../../store-error';
import type { FileDescriptor } from '../directory/files';

/** How many winners an agency has, and bytes of their rows in winners.csv. */
export interface WinnerTotals {
  readonly winners: number;
  readonly winnerBytes: number;
}

export interface AuditOptions {
  readonly path: string;
  readonly fd: FileDescriptor;
  /** How long the file is now. */
  readonly size: () => number;
  /** The totals in the journal. */
  readonly state: Pick<StoreState, 'edition' | 'csvBytes' | 'agencies'>;
  readonly number: number | null;
  readonly blockBytes: number | null;
  /** Receives the winners of one range after the other, in stored order. */
  readonly onWinners?: (rows: Uint8Array) => void;
  /** Bytes of a range; undefined: as LIMITS has it. */
  readonly rangeBytes?: number;
}

const HASH_BYTES = 32;

export class BetsAudit implements RangesAudit {
  private readonly rangeBytes: number;
  private readonly totals = new Map<number, Omit<AgencyPart, 'bytes'>>();
  /** SHA-256 of each block of the ranges that were taken, in order. */
  readonly hashes: Buffer[] = [];
  /** Outcomes that wait for one of a range before theirs. */
  private readonly early = new Map<number, RangeAudit>();
  private handedOut = 0;
  private joined = 0;
  private isClosed = false;

  /** @throws LoteriaError STORE_DAMAGED when the file has another length than was stored */
  constructor(private readonly options: AuditOptions) {
    const { rangeBytes = LIMITS.scanRangeBytes, blockBytes } = options;
    const blocks = blockBytes === null ? 1 : Math.max(1, Math.floor(rangeBytes / blockBytes));
    this.rangeBytes = blockBytes === null ? rangeBytes : blocks * blockBytes;
    this.demandSize();
  }

  get ranges(): number {
    return Math.ceil(this.options.state.csvBytes / this.rangeBytes);
  }

  /** No more ranges are to be read: the file may be closed. */
  close(): void {
    this.isClosed = true;
  }

  next(): AuditRange | null {
    if (this.isClosed) throw new Error('the audit of bets.csv was given up');
    const { fd, state, number, blockBytes } = this.options;
    const start = this.handedOut * this.rangeBytes;
    if (start >= state.csvBytes) return null;
    if (this.handedOut - this.joined >= LIMITS.scanRangesUnderWayMax) return null;
    return {
      index: this.handedOut++,
      fd,
      start,
      end: Math.min(start + this.rangeBytes, state.csvBytes),
      fileBytes: state.csvBytes,
      edition: state.edition,
      number,
      blockBytes,
    };
  }

  take({ index }: AuditRange, outcome: RangeAudit): void {
    this.early.set(index, outcome);
    for (;;) {
      const next = this.early.get(this.joined);
      if (next === undefined) return;
      this.early.delete(this.joined++);
      this.join(next);
    }
  }

  /**
   * Compares with the journal, when all ranges were taken.
   *
   * @returns the winners of agencies that have bets
   * @throws LoteriaError STORE_DAMAGED
   */
  finish(): ReadonlyMap<number, WinnerTotals> {
    const { path, state } = this.options;
    invariant(this.joined * this.rangeBytes >= state.csvBytes, 'an audit ended before its ranges');
    this.demandSize();
    demandTotals(path, state, this.totals);
    return this.totals;
  }

  private join({ damage, agencies, winners, hashes }: RangeAudit): void {
    if (damage !== null) throw damaged(this.options.path, damage.offset, damage.what);
    for (const part of agencies) {
      const total = this.totals.get(part.agency);
      if (total === undefined) {
        this.totals.set(part.agency, { ...part });
        continue;
      }
      total.bets += part.bets;
      total.checksum = combineCrc32(total.checksum, part.checksum, part.bytes);
      total.end = part.end;
      total.winners += part.winners;
      total.winnerBytes += part.winnerBytes;
    }
    for (let at = 0; at < hashes.length; at += HASH_BYTES) {
      this.hashes.push(Buffer.from(hashes.subarray(at, at + HASH_BYTES)));
    }
    if (winners.length > 0) this.options.onWinners?.(winners);
  }

  private demandSize(): void {
    const { path, size, state } = this.options;
    const found = size();
    const expected = state.csvBytes;
    if (found > expected) {
      const extra = String(found - expected);
      throw damaged(path, expected, `${extra} bytes more than were stored`);
    }
    if (found === expected) return;
    const { offset, what } = missingBehind(found, expected);
    throw damaged(path, offset, what);
  }
}

/**
 * Compares the bets of each agency in bets.csv with the journal.
 *
 * @param path of bets.csv, for errors
 * @throws LoteriaError STORE_DAMAGED
 */
export function demandTotals(
  path: string,
  { agencies }: Pick<StoreState, 'agencies'>,
  totals: ReadonlyMap<number, Pick<AgencyPart, 'start' | 'end' | 'bets' | 'checksum'>>,
): void {
  for (const agency of new Set([...agencies.keys(), ...totals.keys()])) {
    const { stored = 0, checksum = 0 } = agencies.get(agency) ?? {};
    const found = totals.get(agency) ?? { start: 0, end: 0, bets: 0, checksum: 0 };
    const refuse = (what: string): never => {
      const where = `; its rows lie between here and offset ${String(found.end)}`;
      throw damaged(path, found.start, found.bets === 0 ? what : `${what}${where}`);
    };
    if (found.bets !== stored) {
      refuse(`${String(found.bets)} bets of agency ${String(agency)}, not ${String(stored)}`);
    }
    if (found.checksum !== checksum) {
      refuse(`a bet of agency ${String(agency)} is not as it was accepted`);
    }
  }
}
