/**
 * The agency's end of dialect `tlv` (system 001): binary, big-endian, messages that begin with a
 * u16 type and have no length of their own; one connection for everything.
 */
import { LIMITS } from '../../../base/limits';
import type { BetText, FieldProblem } from '../../../domain/bet-fields';
import type { FrameBuffer } from '../../../net/frame-buffer';
import { AgencyCodecBase } from './agency-codec-base';
import {
  inexpressible,
  nonsense,
  type Awaited,
  type Fit,
  type LegacyReply,
} from './agency-dialect';
import type { LongWinners, ReadDocuments } from './agency-winners';

const TYPE = {
  registerBets: 1,
  registerBetOk: 2,
  registerBetFailed: 3,
  acknowledgement: 4,
  allBetsSent: 5,
  requestWinners: 6,
  informWinners: 7,
} as const;

const HEADER_BYTES = 6;
const WINNERS_AT = 10;
const DOCUMENT_BYTES = 4;
const DOCUMENT_MAX = 0xffff_ffff;

export class TlvAgency extends AgencyCodecBase {
  readonly name = 'tlv';
  override readonly ignoresEmptyAgencies = true;
  override readonly acknowledgement = types(TYPE.acknowledgement);
  /** The winners are acknowledged like bets. */
  override readonly farewell = types(TYPE.acknowledgement);

  findProblem(bet: BetText): FieldProblem | undefined {
    if (String(Number(bet.document)) !== bet.document) {
      const reason = inexpressible(this.name, 'zeros in front of it would be lost');
      return { field: 'document', reason };
    }
    if (Number(bet.document) > DOCUMENT_MAX) {
      const reason = inexpressible(this.name, `it is above ${String(DOCUMENT_MAX)}`);
      return { field: 'document', reason };
    }
    return undefined;
  }

  /** A bet after its length, which counts 28 bytes and both names. */
  encodeRecord(bet: BetText): Buffer {
    const first = Buffer.from(bet.firstName);
    const last = Buffer.from(bet.lastName);
    const bytes = 28 + first.length + last.length;
    const out = Buffer.allocUnsafe(8 + bytes);
    out.writeBigUInt64BE(BigInt(bytes), 0);
    out.writeUInt32BE(this.agency, 8);
    let at = putText(out, first, 12);
    at = putText(out, last, at);
    at = out.writeUInt32BE(Number(bet.document), at);
    at = out.writeBigInt64BE(BigInt(Date.parse(`${bet.birthdate}T00:00:00Z`) / 1000), at);
    out.writeUInt32BE(Number(bet.number), at);
    return out;
  }

  fit(recordBytes: number): Fit {
    return HEADER_BYTES + recordBytes <= LIMITS.legacyMessageBytesMax ? 'fits' : 'too_long';
  }

  encodeBatch(records: readonly Buffer[]): Buffer {
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt16BE(TYPE.registerBets, 0);
    header.writeUInt32BE(records.length, 2);
    return Buffer.concat([header, ...records]);
  }

  encodeFinish(): null {
    return null;
  }

  /** The end of the bets has no reply, so both messages are sent together. */
  encodeQuestion(): Buffer {
    return types(TYPE.allBetsSent, TYPE.requestWinners);
  }

  protected decodeNext(input: FrameBuffer, awaited: Awaited): LegacyReply | undefined {
    if (input.length < 2) return undefined;
    const type = input.uint16At(0);
    if (type === TYPE.registerBetFailed) return takeFailure(input);
    if (type === TYPE.registerBetOk && awaited === 'answer') {
      input.take(2);
      return { kind: 'stored' };
    }
    if (type === TYPE.informWinners && awaited === 'winners') return takeWinners(input, this.long);
    throw nonsense(`message type ${String(type)} is no reply that is due`);
  }
}

function types(...numbers: readonly number[]): Buffer {
  return Buffer.concat(numbers.map((number) => Buffer.from([number >> 8, number & 0xff])));
}

function putText(out: Buffer, text: Buffer, at: number): number {
  const behind = out.writeUInt32BE(text.length, at);
  return behind + text.copy(out, behind);
}

/**
 * The original central writes type, u32 payload length (2) and u16 code; its agencies read type and
 * code. Codes are 1 and 2 and the upper half of that length is 0, so the third and fourth byte tell
 * which form it is.
 */
function takeFailure(input: FrameBuffer): LegacyReply | undefined {
  if (input.length < 4) return undefined;
  const isLong = input.uint16At(2) === 0;
  const bytes = isLong ? 8 : 4;
  if (input.length < bytes) return undefined;
  if (isLong && input.uint16At(4) !== 2) throw nonsense('a failure of a length that none has');
  const code = input.uint16At(bytes - 2);
  input.take(bytes);
  return { kind: 'refused', text: `error code ${String(code)}` };
}

function takeWinners(input: FrameBuffer, long: LongWinners): LegacyReply | undefined {
  if (input.length < WINNERS_AT) return undefined;
  const count = Number(input.peek(WINNERS_AT).readBigUInt64BE(2));
  const bytes = DOCUMENT_BYTES * count;
  if (bytes > LIMITS.legacyReplyBytesMax) throw nonsense(`${String(count)} winners`);
  if (bytes <= LIMITS.legacyAnswerBytesMax && input.length < WINNERS_AT + bytes) return undefined;
  input.take(WINNERS_AT);
  long.open(bytes, documentsOf());
  return long.take(input);
}

/** Documents of 32 bits, in pieces that may end within one. */
function documentsOf(): ReadDocuments {
  let begun: Buffer = Buffer.alloc(0);
  return (bytes) => {
    const all = Buffer.concat([begun, bytes]);
    const count = Math.floor(all.length / DOCUMENT_BYTES);
    begun = all.subarray(count * DOCUMENT_BYTES);
    return Array.from({ length: count }, (_, i) => String(all.readUInt32BE(DOCUMENT_BYTES * i)));
  };
}
