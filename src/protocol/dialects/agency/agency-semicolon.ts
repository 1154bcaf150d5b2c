/**
 * The agency's end of dialect `semicolon` (system 003): u16 size, text with `;` between fields,
 * u16 continue; one connection for both stages, the bets and the winners.
 */
import { LIMITS } from '../../../base/limits';
import type { BetText, FieldProblem } from '../../../domain/bet-fields';
import type { FrameBuffer } from '../../../net/frame-buffer';
import { AgencyCodecBase } from './agency-codec-base';
import {
  checkedDocuments,
  findForbidden,
  nonsense,
  plainNumber,
  type Awaited,
  type Fit,
  type LegacyReply,
} from './agency-dialect';
import { itemsBetween, type LongWinners } from './agency-winners';

const SEMICOLON = 0x3b;
const FLAG_BYTES = 2;
const STORED = 1;
const LENGTH_DIGITS_MAX = String(LIMITS.legacyReplyBytesMax).length;

export class SemicolonAgency extends AgencyCodecBase {
  readonly name = 'semicolon';
  private readonly prefix: Buffer;

  /** @param messageBytesMax a message must come to the original central in one read */
  constructor(
    agency: number,
    betsMax: number,
    private readonly messageBytesMax: number = LIMITS.legacyMessageBytesMax,
  ) {
    super(agency, betsMax);
    this.prefix = Buffer.from(`${String(agency)};`);
  }

  findProblem(bet: BetText): FieldProblem | undefined {
    return findForbidden(bet, this.name, /;/, 'holds ;');
  }

  encodeRecord(bet: BetText, index: number): Buffer {
    const { firstName, lastName, document, birthdate } = bet;
    const text = [firstName, lastName, document, birthdate, plainNumber(bet)].join(';');
    return Buffer.from(index === 0 ? text : `;${text}`);
  }

  fit(recordBytes: number): Fit {
    const bytes = 2 + this.prefix.length + recordBytes + FLAG_BYTES;
    return bytes <= this.messageBytesMax ? 'fits' : 'too_long';
  }

  encodeBatch(records: readonly Buffer[]): Buffer {
    return this.packet(records, true);
  }

  /** The original central drops the bets of the last packet, so the last one holds none. */
  encodeFinish(): Buffer {
    return this.packet([], false);
  }

  encodeQuestion(): Buffer {
    const out = Buffer.allocUnsafe(2);
    out.writeUInt16BE(this.agency, 0);
    return out;
  }

  protected decodeNext(input: FrameBuffer, awaited: Awaited): LegacyReply | undefined {
    if (awaited === 'winners') return takeWinners(input, this.long);
    if (input.length < 2) return undefined;
    const answer = input.take(2).readUInt16BE(0);
    return answer === STORED
      ? { kind: 'stored' }
      : { kind: 'refused', text: `answer ${String(answer)}` };
  }

  private packet(records: readonly Buffer[], more: boolean): Buffer {
    const body = Buffer.concat([
      Buffer.alloc(2),
      this.prefix,
      ...records,
      Buffer.alloc(FLAG_BYTES),
    ]);
    body.writeUInt16BE(body.length - 2, 0);
    body.writeUInt16BE(Number(more), body.length - FLAG_BYTES);
    return body;
  }
}

/** A lone `;`, or the bytes of the list in decimal digits, `;`, and the list. */
function takeWinners(input: FrameBuffer, long: LongWinners): LegacyReply | undefined {
  const end = input.indexOf(SEMICOLON);
  const digits = input.peek(end < 0 ? LENGTH_DIGITS_MAX + 1 : end).toString('latin1');
  if (!/^\d*$/.test(digits) || digits.length > LENGTH_DIGITS_MAX) {
    throw nonsense(`winners that begin with "${digits.slice(0, LIMITS.legacyItemCharsMax)}"`);
  }
  if (end < 0) return undefined;
  const length = Number(digits);
  if (length > LIMITS.legacyReplyBytesMax) throw nonsense(`a reply of ${digits} bytes`);
  if (length > LIMITS.legacyAnswerBytesMax) {
    input.take(end + 1);
    long.open(length, itemsBetween(';'));
    return long.take(input);
  }
  if (input.length < end + 1 + length) return undefined;
  input.take(end + 1);
  const list = input.take(length).toString('latin1');
  return { kind: 'winners', documents: checkedDocuments(list === '' ? [] : list.split(';')) };
}
