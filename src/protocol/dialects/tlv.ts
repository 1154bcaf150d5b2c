/** The central's end of the `tlv` dialect: typed binary messages (docs/DIALECTS.md, system 001). */
import { LIMITS } from '../../base/limits';
import type { FrameBuffer } from '../../net/frame-buffer';
import { WireError } from '../codes';
import { DialectCodec, NO_BYTES, type Answer } from './dialect-codec';
import { betsCommand, type WireBet } from './wire-bet';
import type { WinnersForm } from './winners-stream';

const TYPE = { registerBets: 1, ack: 4, allBetsSent: 5, requestWinners: 6, informWinners: 7 };
const TYPE_BYTES = 2;
/** Type and number of bets. */
const BETS_AT = 6;
const BET_LENGTH_BYTES = 8;
const FIRST_AGENCY_AT = BETS_AT + BET_LENGTH_BYTES;
/** All of a bet but its names. */
const BET_FIXED_BYTES = 28;
const U32_MAX = 0xffff_ffff;
const DOCUMENT_BYTES = 4;
const DAY_SECONDS = 86_400;
/** 0001-01-01 and 9999-12-31, in days from 1970-01-01. */
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;

const STORED: Answer = {
  accepted: Buffer.from([0, 2]),
  // The form of 4 bytes, which is the one that agencies read.
  rejected: Buffer.from([0, 3, 0, 2]),
};

export class TlvServerCodec extends DialectCodec {
  /** How far the bets of an incomplete message were looked at, and how many of them are missing. */
  private scan = { position: BETS_AT, missing: 0 };

  protected override takeMessage(input: FrameBuffer): boolean {
    if (input.length < TYPE_BYTES) return false;
    const type = input.uint16At(0);
    if (type === TYPE.registerBets) return this.takeBets(input);
    input.take(TYPE_BYTES);
    switch (type) {
      case TYPE.ack:
        return true;
      case TYPE.allBetsSent:
        if (this.agencyText === null) this.say({ kind: 'no_bets' });
        else this.ask({ kind: 'finished', total: null }, 'none');
        return true;
      case TYPE.requestWinners:
        this.say({ kind: 'ask_winners', first: 0, wait: true });
        return true;
      default:
        throw new WireError('UNKNOWN_MESSAGE', `message type ${String(type)}`);
    }
  }

  protected override formOfWinners(total: number): WinnersForm {
    const head = Buffer.alloc(TYPE_BYTES + 8);
    head.writeUInt16BE(TYPE.informWinners);
    head.writeUInt32BE(total, 6);
    const part = (documents: readonly string[]): Buffer => {
      const bytes = Buffer.alloc(DOCUMENT_BYTES * documents.length);
      documents.forEach((document, i) => {
        // A document that another dialect brought may be too large: the count stays right.
        bytes.writeUInt32BE(Math.min(Number(document), U32_MAX), DOCUMENT_BYTES * i);
      });
      return bytes;
    };
    return { head, part, tail: NO_BYTES };
  }

  protected override encodeError(): Buffer {
    return this.owesAnswer ? STORED.rejected : NO_BYTES;
  }

  private takeBets(input: FrameBuffer): boolean {
    const length = this.lengthOfBets(input);
    if (length === null) return false;
    this.scan = { position: BETS_AT, missing: 0 };
    const message = input.take(length);
    const bets = readBets(message);
    const first = bets?.[0];
    if (bets === null || first === undefined) {
      this.introduce(this.agencyText ?? String(message.readUInt32BE(FIRST_AGENCY_AT)));
      const count = message.readUInt32BE(TYPE_BYTES);
      this.askNothing('the lengths within a bet do not add up', STORED, count);
    } else {
      this.introduceSender(first);
      this.ask(betsCommand('batch', bets), STORED);
    }
    return true;
  }

  /** Bytes of the current message, which has no length field; null while it is incomplete. */
  private lengthOfBets(input: FrameBuffer): number | null {
    if (input.length < BETS_AT) return null;
    const { scan } = this;
    if (scan.position === BETS_AT) {
      scan.missing = uint32At(input, TYPE_BYTES);
      const room = LIMITS.dialectMessageBytesMax / (BET_LENGTH_BYTES + BET_FIXED_BYTES);
      if (scan.missing === 0 || scan.missing > room) {
        throw new WireError('MALFORMED_MESSAGE', `${String(scan.missing)} bets in one message`);
      }
    }
    while (scan.missing > 0 && input.length >= scan.position + BET_LENGTH_BYTES) {
      const high = uint32At(input, scan.position);
      const length = uint32At(input, scan.position + 4);
      if (high > 0 || length < BET_FIXED_BYTES || length > LIMITS.dialectBetBytesMax) {
        throw new WireError('BAD_FRAME_LENGTH', 'a bet of impossible length');
      }
      scan.position += BET_LENGTH_BYTES + length;
      scan.missing--;
      if (scan.position > LIMITS.dialectMessageBytesMax) {
        throw new WireError('BAD_FRAME_LENGTH', 'a message that is too long');
      }
    }
    return scan.missing === 0 && input.length >= scan.position ? scan.position : null;
  }
}

function uint32At(input: FrameBuffer, at: number): number {
  return input.uint16At(at) * 0x1_0000 + input.uint16At(at + 2);
}

/** The bets of a whole message, or null when the lengths within one of them are wrong. */
function readBets(message: Buffer): WireBet[] | null {
  const bets: WireBet[] = [];
  for (let at = BETS_AT; at < message.length;) {
    const end = at + BET_LENGTH_BYTES + message.readUInt32BE(at + 4);
    const bet = readBet(message.subarray(at + BET_LENGTH_BYTES, end));
    if (bet === null) return null;
    bets.push(bet);
    at = end;
  }
  return bets;
}

/** @param bytes at least BET_FIXED_BYTES */
function readBet(bytes: Buffer): WireBet | null {
  const names = bytes.length - BET_FIXED_BYTES;
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
