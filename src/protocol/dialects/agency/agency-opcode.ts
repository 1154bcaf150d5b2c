/**
 * The agency's end of dialect `opcode` (system 002): u8 opcode, u32 length, text whose items are
 * each followed by `#`; one connection for each request, and `busy` until the draw.
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
import { itemsBetween } from './agency-winners';

const OPCODE = {
  closed: 0,
  acknowledged: 2,
  batch: 3,
  error: 4,
  ready: 5,
  askWinners: 6,
  winners: 7,
  busy: 8,
} as const;

const HEADER_BYTES = 5;
/** What may come as a reply to what. */
const DUE: Readonly<Record<Awaited, ReadonlySet<number>>> = {
  answer: new Set([OPCODE.acknowledged, OPCODE.error, OPCODE.closed, OPCODE.busy]),
  winners: new Set([OPCODE.winners, OPCODE.busy, OPCODE.error, OPCODE.closed]),
};

export class OpcodeAgency extends AgencyCodecBase {
  readonly name = 'opcode';
  override readonly connectionPerRequest = true;
  override readonly asksOnAnyConnection = true;
  override readonly holdsQuestion = false;

  findProblem(bet: BetText): FieldProblem | undefined {
    return (
      findForbidden(bet, this.name, /#/, 'holds #') ??
      findForbidden(bet, this.name, /^@\d+$/, 'looks like the mark between two bets')
    );
  }

  encodeRecord(bet: BetText, index: number): Buffer {
    const { firstName, lastName, document, birthdate } = bet;
    const agency = String(this.agency);
    const fields = [agency, firstName, lastName, document, birthdate, plainNumber(bet)];
    return Buffer.from(listOf(`@${String(index)}`, ...fields));
  }

  /** The original central garbles what does not come in one read, so packets stay small. */
  fit(recordBytes: number, count: number): Fit {
    const bytes = HEADER_BYTES + listOf(String(count)).length + recordBytes;
    return bytes <= LIMITS.legacyMessageBytesMax ? 'fits' : 'too_long';
  }

  encodeBatch(records: readonly Buffer[]): Buffer {
    const count = Buffer.from(listOf(String(records.length)));
    return packet(OPCODE.batch, Buffer.concat([count, ...records]));
  }

  encodeFinish(): Buffer {
    return packet(OPCODE.ready, Buffer.from(listOf(String(this.agency))));
  }

  encodeQuestion(): Buffer {
    return packet(OPCODE.askWinners, Buffer.from(listOf(String(this.agency))));
  }

  protected decodeNext(input: FrameBuffer, awaited: Awaited): LegacyReply | undefined {
    if (input.length < HEADER_BYTES) return undefined;
    const header = input.peek(HEADER_BYTES);
    const opcode = header.readUInt8(0);
    const length = header.readUInt32BE(1);
    if (!DUE[awaited].has(opcode)) throw nonsense(`opcode ${String(opcode)} is not due`);
    const { legacyReplyBytesMax, legacyAnswerBytesMax } = LIMITS;
    const most = opcode === OPCODE.winners ? legacyReplyBytesMax : legacyAnswerBytesMax;
    if (length > most) throw nonsense(`a reply of ${String(length)} bytes`);
    if (length > legacyAnswerBytesMax) {
      input.take(HEADER_BYTES);
      this.long.open(length, itemsBetween('#'));
      return this.long.take(input);
    }
    if (input.length < HEADER_BYTES + length) return undefined;
    input.take(HEADER_BYTES);
    return decodeBody(opcode, input.take(length).toString('utf8'), awaited);
  }
}

function decodeBody(opcode: number, text: string, awaited: Awaited): LegacyReply {
  switch (opcode) {
    case OPCODE.acknowledged:
      return { kind: 'stored' };
    case OPCODE.busy:
      return awaited === 'winners'
        ? { kind: 'busy' }
        : { kind: 'not_taken', why: 'the central has no place' };
    case OPCODE.winners:
      return decodeWinners(text);
    case OPCODE.error:
      return { kind: 'refused', text };
    default:
      // Original centrals never send this. Ours does when it stops, after the answers to all accepted bets.
      return { kind: 'not_taken', why: 'the central stops' };
  }
}

function listOf(...items: readonly string[]): string {
  return items.map((item) => `${item}#`).join('');
}

function packet(opcode: number, data: Buffer): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt8(opcode, 0);
  header.writeUInt32BE(data.length, 1);
  return Buffer.concat([header, data]);
}

/** Nobody has won when there is nothing but the `#` of an empty list. */
function decodeWinners(text: string): LegacyReply {
  const list = text.endsWith('#') ? text.slice(0, -1) : text;
  const documents = list === '' ? [] : list.split('#');
  return { kind: 'winners', documents: checkedDocuments(documents) };
}
