/** The central's end of the `tlv` dialect: typed binary messages (docs/DIALECTS.md, system 001). */
import { LIMITS } from '../../base/limits';
import type { FrameBuffer } from '../../net/frame-buffer';
import { WireError } from '../codes';
import {
  TLV_BET_FIXED_BYTES,
  TLV_BET_LENGTH_BYTES,
  TLV_BETS_AT,
  TLV_TYPE_BYTES,
  tlvSenderIn,
} from './bets/tlv-bets';
import { DialectCodec, NO_BYTES, type Answer, type Taken } from './dialect-codec';
import type { WinnersForm } from './winners-stream';

const TYPE = { registerBets: 1, ack: 4, allBetsSent: 5, requestWinners: 6, informWinners: 7 };
const WITHOUT_BETS: ReadonlySet<number> = new Set([
  TYPE.ack,
  TYPE.allBetsSent,
  TYPE.requestWinners,
]);
const U32_MAX = 0xffff_ffff;
const DOCUMENT_BYTES = 4;

const STORED: Answer = {
  accepted: Buffer.from([0, 2]),
  // The form of 4 bytes, which is the one that agencies read.
  rejected: Buffer.from([0, 3, 0, 2]),
};

export class TlvServerCodec extends DialectCodec {
  /** How far the bets of an incomplete message were looked at, and how many of them are missing. */
  private scan = { position: TLV_BETS_AT, missing: 0 };

  override decode(input: FrameBuffer): Taken {
    if (input.length < TLV_TYPE_BYTES) return undefined;
    const type = input.uint16At(0);
    if (type === TYPE.registerBets) return this.takeBets(input);
    if (!WITHOUT_BETS.has(type)) {
      throw new WireError('UNKNOWN_MESSAGE', `message type ${String(type)}`);
    }
    input.take(TLV_TYPE_BYTES);
    return this.message(() => {
      this.readType(type);
    });
  }

  protected override senderIn(head: Buffer): string | null | undefined {
    if (head.length < TLV_TYPE_BYTES) return undefined;
    return head.readUInt16BE(0) === TYPE.registerBets ? tlvSenderIn(head) : undefined;
  }

  protected override formOfWinners(total: number): WinnersForm {
    const head = Buffer.alloc(TLV_TYPE_BYTES + 8);
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

  private readType(type: number): void {
    if (type === TYPE.requestWinners) this.emit({ kind: 'ask_winners', first: 0, wait: true });
    if (type !== TYPE.allBetsSent) return;
    if (this.agencyText === null) this.emit({ kind: 'no_bets' });
    else this.ask({ kind: 'finished', total: null }, 'none');
  }

  private takeBets(input: FrameBuffer): Taken {
    const length = this.lengthOfBets(input);
    if (length === null) return undefined;
    this.scan = { position: TLV_BETS_AT, missing: 0 };
    return this.messageOfBets('tlv_batch', input.take(length), (bets) => {
      const { count, rows } = bets;
      this.introduceSender(bets);
      if (rows !== null) this.askForBets('batch', count, rows, STORED);
      else this.askNothing('the lengths within a bet do not add up', STORED, count);
    });
  }

  /** Bytes of the current message, which has no length field; null while it is incomplete. */
  private lengthOfBets(input: FrameBuffer): number | null {
    if (input.length < TLV_BETS_AT) return null;
    const { scan } = this;
    if (scan.position === TLV_BETS_AT) {
      scan.missing = uint32At(input, TLV_TYPE_BYTES);
      const room = LIMITS.dialectMessageBytesMax / (TLV_BET_LENGTH_BYTES + TLV_BET_FIXED_BYTES);
      if (scan.missing === 0 || scan.missing > room) {
        throw new WireError('MALFORMED_MESSAGE', `${String(scan.missing)} bets in one message`);
      }
    }
    while (scan.missing > 0 && input.length >= scan.position + TLV_BET_LENGTH_BYTES) {
      const high = uint32At(input, scan.position);
      const length = uint32At(input, scan.position + 4);
      if (high > 0 || length < TLV_BET_FIXED_BYTES || length > LIMITS.dialectBetBytesMax) {
        throw new WireError('BAD_FRAME_LENGTH', 'a bet of impossible length');
      }
      scan.position += TLV_BET_LENGTH_BYTES + length;
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
