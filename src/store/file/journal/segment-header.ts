/**
 * The header of a journal segment: its generation, and a snapshot of the state at its start. All integers are
 * big-endian; `journal-record.ts` describes the records after it.
 *
 *      0  8  "LNJRNL03"; "LNJRNL04" where the salt comes from a source, which versions that know 03 only
 *            must not draw without; "LNJRNL05" where a digest is recorded, of all bets or of the acta, which
 *            earlier versions would drop; "LNJRNL02" is what versions without terms wrote, and is read
 *      8  8  generation of the segment
 *     16  8  bytes of bets.csv before it
 *     24  8  number of its first commit
 *     32  8  bytes of bets.csv that are known to be on disk
 *     40  4  bytes of the snapshot
 *     44  4  CRC-32 of 0..44 and the snapshot
 *     48     snapshot, JSON
 */
import { crc32 } from 'node:zlib';
import type { Edition } from '../../../domain/contest';
import { emptyState, type BareDraw, type DrawRecord, type StoreState } from '../../state';
import type { AgenciesChange, RecordedSalt, Terms } from '../../terms';

const SEGMENT_MAGIC = 'LNJRNL03';
const BEACON_MAGIC = 'LNJRNL04';
const DIGEST_MAGIC = 'LNJRNL05';
const MAGICS: readonly string[] = ['LNJRNL02', SEGMENT_MAGIC, BEACON_MAGIC, DIGEST_MAGIC];
const MAGIC_BYTES = 8;
const SEGMENT_CRC_AT = 44;
/** What stands in front of the snapshot. */
export const SNAPSHOT_AT = 48;

export interface SegmentHeader {
  readonly generation: number;
  /** The state before the segment's first commit. */
  readonly state: StoreState;
  /** Bytes of bets.csv that were known to be on disk when the segment began. */
  readonly csvSyncedBytes: number;
  readonly crc: number;
  /** Where the first record begins. */
  readonly bytes: number;
}

type SnapshotAgency = [
  agency: number,
  stored: number,
  checksum: number,
  finished: 0 | 1,
  /** Left out when there is none. */
  rejected?: number,
];

interface Snapshot {
  readonly agencies: readonly SnapshotAgency[];
  /** One without a digest is of an earlier version. */
  readonly draw: DrawRecord | BareDraw | null;
  /** Left out for the lottery. */
  readonly edition?: Edition;
  /** Left out when there are none. */
  readonly terms?: Terms;
  /** Left out when there is none. */
  readonly agenciesChanges?: readonly AgenciesChange[];
  /** Left out when there is none. */
  readonly salt?: RecordedSalt;
  /** Left out when there is none. */
  readonly betsDigest?: string;
  /** Left out when there is none. */
  readonly actaDigest?: string;
}

export interface EncodedHeader {
  readonly bytes: Buffer;
  readonly crc: number;
}

/** @param csvSyncedBytes how much of bets.csv is known to be on disk */
export function encodeSegmentHeader(
  generation: number,
  state: StoreState,
  csvSyncedBytes: number,
): EncodedHeader {
  const snapshot = Buffer.from(JSON.stringify(snapshotOf(state)), 'utf8');
  const header = Buffer.alloc(SNAPSHOT_AT);
  header.write(magicFor(state), 'latin1');
  header.writeBigUInt64BE(BigInt(generation), 8);
  header.writeBigUInt64BE(BigInt(state.csvBytes), 16);
  header.writeBigUInt64BE(BigInt(state.sequence), 24);
  header.writeBigUInt64BE(BigInt(csvSyncedBytes), 32);
  header.writeUInt32BE(snapshot.length, 40);
  const crc = crc32(snapshot, crc32(header.subarray(0, SEGMENT_CRC_AT)));
  header.writeUInt32BE(crc, SEGMENT_CRC_AT);
  return { bytes: Buffer.concat([header, snapshot]), crc };
}

/** The oldest version of the format that has everything in `state`. */
function magicFor({ terms, betsDigest, actaDigest }: StoreState): string {
  if (betsDigest !== null || actaDigest !== null) return DIGEST_MAGIC;
  return terms?.winningNumber?.kind === 'beacon' ? BEACON_MAGIC : SEGMENT_MAGIC;
}

function snapshotOf({ agencies, draw, bareDraw, edition, ...state }: StoreState): Snapshot {
  return {
    agencies: [...agencies.values()].map((totals): SnapshotAgency => [
      totals.agency,
      totals.stored,
      totals.checksum,
      totals.finished ? 1 : 0,
      ...(totals.rejected === 0 ? ([] as const) : ([totals.rejected] as const)),
    ]),
    draw: draw ?? bareDraw,
    ...(edition === 'lottery' ? {} : { edition }),
    ...(state.terms === null ? {} : { terms: state.terms }),
    ...(state.agenciesChanges.length === 0 ? {} : { agenciesChanges: state.agenciesChanges }),
    ...(state.salt === null ? {} : { salt: state.salt }),
    ...(state.betsDigest === null ? {} : { betsDigest: state.betsDigest }),
    ...(state.actaDigest === null ? {} : { actaDigest: state.actaDigest }),
  };
}

/**
 * The generation of the header at the start of `segment`, which need not be whole: a header is torn
 * between sectors, so that its first bytes are those of an old one or of a new one. Null when no header
 * begins there.
 */
export function generationBegun(segment: Buffer): number | null {
  if (segment.length < SNAPSHOT_AT) return null;
  if (!MAGICS.includes(segment.toString('latin1', 0, MAGIC_BYTES))) return null;
  return Number(segment.readBigUInt64BE(8));
}

/** How long the header at the start of `segment` says that it is; null when none begins there. */
export function headerBytes(segment: Buffer): number | null {
  return generationBegun(segment) === null ? null : SNAPSHOT_AT + segment.readUInt32BE(40);
}

/** The header at the start of `segment`, or null when no whole one is there. */
export function decodeSegmentHeader(segment: Buffer): SegmentHeader | null {
  const generation = generationBegun(segment);
  const bytes = headerBytes(segment);
  if (generation === null || bytes === null) return null;
  const crc = segment.readUInt32BE(SEGMENT_CRC_AT);
  if (bytes > segment.length) return null;
  const snapshot = segment.subarray(SNAPSHOT_AT, bytes);
  if (crc32(snapshot, crc32(segment.subarray(0, SEGMENT_CRC_AT))) !== crc) return null;
  // The checksum holds: this is JSON that encodeSegmentHeader wrote.
  const state = stateOf(JSON.parse(snapshot.toString('utf8')) as Snapshot);
  state.csvBytes = Number(segment.readBigUInt64BE(16));
  state.sequence = Number(segment.readBigUInt64BE(24));
  const csvSyncedBytes = Number(segment.readBigUInt64BE(32));
  return { generation, state, csvSyncedBytes, crc, bytes };
}

function stateOf({ agencies, draw, edition, ...snapshot }: Snapshot): StoreState {
  const state = emptyState(edition);
  if (draw !== null && 'digest' in draw) state.draw = draw;
  else state.bareDraw = draw;
  state.terms = snapshot.terms ?? null;
  state.agenciesChanges.push(...(snapshot.agenciesChanges ?? []));
  state.salt = snapshot.salt ?? null;
  state.betsDigest = snapshot.betsDigest ?? null;
  state.actaDigest = snapshot.actaDigest ?? null;
  for (const [agency, stored, checksum, finished, rejected = 0] of agencies) {
    state.agencies.set(agency, { agency, stored, checksum, finished: finished === 1, rejected });
  }
  return state;
}
