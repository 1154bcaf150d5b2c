/** The bets in messages of the `tlv` dialect (docs/DIALECTS.md, system 001). */
import type { Conversion } from '../../conversion';
import { rowsOf, type WireBet } from './wire-bet';

export const TLV_TYPE_BYTES = 2;
/** Type and number of bets. */
export const TLV_BETS_AT = 6;
export const TLV_BET_LENGTH_BYTES = 8;
/** All of a bet but its names. */
export const TLV_BET_FIXED_BYTES = 28;
const FIRST_AGENCY_AT = TLV_BETS_AT + TLV_BET_LENGTH_BYTES;
const DAY_SECONDS = 86_400;
/** 0001-01-01 and 9999-12-31, in days from 1970-01-01. */
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;

/** @param message one or more bets, whose lengths add up to it, behind its type and their number */
export function convertTlvBatch(message: Buffer): Conversion {
  const agency = String(message.readUInt32BE(FIRST_AGENCY_AT));
  const bets = betsOf(message);
  if (bets === null) return { agency, count: message.readUInt32BE(TLV_TYPE_BYTES), rows: null };
  return { agency, count: bets.length, rows: rowsOf(bets) };
}

/** Whose bets a message brings, from its first bytes; null: they do not show it, or it says that it has none. */
export function tlvSenderIn(head: Buffer): string | null {
  if (head.length < FIRST_AGENCY_AT + 4 || head.readUInt32BE(TLV_TYPE_BYTES) === 0) return null;
  return String(head.readUInt32BE(FIRST_AGENCY_AT));
}

/** The bets of a whole message, or null when the lengths within one of them are wrong. */
function betsOf(message: Buffer): WireBet[] | null {
  const bets: WireBet[] = [];
  for (let at = TLV_BETS_AT; at < message.length;) {
    const end = at + TLV_BET_LENGTH_BYTES + message.readUInt32BE(at + 4);
    const bet = betOf(message.subarray(at + TLV_BET_LENGTH_BYTES, end));
    if (bet === null) return null;
    bets.push(bet);
    at = end;
  }
  return bets;
}

/** @param bytes at least TLV_BET_FIXED_BYTES */
function betOf(bytes: Buffer): WireBet | null {
  const names = bytes.length - TLV_BET_FIXED_BYTES;
  const firstBytes = bytes.readUInt32BE(4);
  if (firstBytes > names) return null;
  const lastAt = 8 + firstBytes;
  const lastBytes = bytes.readUInt32BE(lastAt);
  if (firstBytes + lastBytes !== names) return null;
  const documentAt = lastAt + 4 + lastBytes;
  return {
    agency: String(bytes.readUInt32BE(0)),
    firstName: bytes.toString('latin1', 8, lastAt),
    lastName: bytes.toString('latin1', lastAt + 4, documentAt),
    document: String(bytes.readUInt32BE(documentAt)),
    birthdate: dateOf(bytes.readBigInt64BE(documentAt + 4)),
    number: String(bytes.readUInt32BE(documentAt + 12)),
  };
}

/** The day in UTC that holds a second since 1970; what no calendar holds becomes no date. */
function dateOf(seconds: bigint): string {
  const day = Math.floor(Number(seconds) / DAY_SECONDS);
  if (day < FIRST_DAY || day > LAST_DAY) return String(seconds);
  return new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
}
