/** The central's end of the native protocol: frames to commands, replies to frames. */
import { unreachable } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { FrameBuffer } from '../../net/frame-buffer';
import { ERROR_NUMBER, REJECT_NUMBER, WireError } from '../codes';
import type { Command, Reply, ResultsReply, ServerCodec } from '../commands';
import { FrameReader, malformed, takeFrame } from './frame-reader';
import { FrameWriter } from './frame-writer';
import {
  EDITION_NUMBER,
  HEADER_BYTES,
  MAGIC,
  PING_ECHO_BYTES,
  PREFACE,
  STAGES,
  TYPE,
  VERSION,
  WINNERS_DOCUMENTS_AT,
  WINNERS_PAGE_BYTES_MAX,
} from './layout';

export class NativeServerCodec implements ServerCodec {
  readonly winnersPageBytesMax = WINNERS_PAGE_BYTES_MAX;
  readonly run = 'resumed';
  readonly inputBytesMax = LIMITS.inputBytesPerConnectionMax;
  private prefaceSeen = false;

  decode(input: FrameBuffer): Command | undefined {
    if (!this.prefaceSeen && !this.takePreface(input)) return undefined;
    const frame = takeFrame(input);
    if (frame === undefined) return undefined;
    if (frame === 'BAD_FRAME_LENGTH') {
      const length = String(input.uint16At(0));
      throw new WireError('BAD_FRAME_LENGTH', `a frame of ${length} bytes`);
    }
    return decodeCommand(frame);
  }

  encode(reply: Reply): Buffer {
    return encodeReply(reply);
  }

  private takePreface(input: FrameBuffer): boolean {
    const seen = input.peek(PREFACE.length);
    const magic = seen.subarray(0, MAGIC.length);
    if (!magic.equals(MAGIC.subarray(0, magic.length))) {
      throw new WireError('BAD_PREFACE', 'this is not the protocol of Loteria Nacional');
    }
    if (seen.length < PREFACE.length) return false;
    if (!seen.equals(PREFACE)) {
      throw new WireError('UNSUPPORTED_VERSION', `supported versions: ${String(VERSION)}`);
    }
    input.take(PREFACE.length);
    this.prefaceSeen = true;
    return true;
  }
}

/**
 * @param frame a whole frame, header included
 * @throws WireError UNKNOWN_MESSAGE, MALFORMED_MESSAGE
 */
function decodeCommand(frame: Buffer): Command {
  if (frame[3] !== 0) throw malformed('flags must be 0');
  const body = new FrameReader(frame);
  const command = decodeBody(frame.readUInt8(2), body);
  body.end();
  return command;
}

function decodeBody(type: number, body: FrameReader): Command {
  switch (type) {
    case TYPE.batch:
      return decodeBets('batch', body);
    case TYPE.bet:
      return decodeBets('bet', body);
    case TYPE.introduce:
      return decodeIntroduce(body);
    case TYPE.finished:
      return { kind: 'finished', total: body.u64() };
    case TYPE.askWinners:
      return { kind: 'ask_winners', first: body.u64(), wait: decodeFlag(body.u8()) };
    case TYPE.goodbye:
      return { kind: 'goodbye' };
    case TYPE.introduceEdition:
      return decodeIntroduceEdition(body);
    case TYPE.askTotal:
      return { kind: 'ask_total' };
    case TYPE.ping:
      return { kind: 'ping', echo: body.bytes(PING_ECHO_BYTES) };
    default:
      throw new WireError('UNKNOWN_MESSAGE', `message type ${String(type)}`);
  }
}

function decodeBets(form: 'bet' | 'batch', body: FrameReader): Command {
  const offset = body.u64();
  const checksum = body.u32();
  const count = form === 'bet' ? 1 : body.u16();
  const rows = body.rest();
  if (count === 0 || rows.length === 0) throw malformed('a batch without bets');
  return { kind: 'bets', form, offset, checksum, count, rows };
}

function decodeIntroduceEdition(body: FrameReader): Command {
  const number = body.u16();
  if (number !== EDITION_NUMBER[2020]) {
    throw new WireError('WRONG_EDITION', `no edition ${String(number)} is known here`);
  }
  return { ...decodeIntroduce(body), edition: '2020' };
}

function decodeIntroduce(body: FrameReader): Extract<Command, { kind: 'introduce' }> {
  const agency = body.u32();
  const tokenBytes = body.u16();
  if (tokenBytes > LIMITS.tokenBytesMax) throw malformed('the token is too long');
  return { kind: 'introduce', agency, token: body.bytes(tokenBytes) };
}

function decodeFlag(value: number): boolean {
  if (value > 1) throw malformed(`${String(value)} is neither 0 nor 1`);
  return value === 1;
}

/** A reply as one frame, header included. */
export function encodeReply(reply: Reply): Buffer {
  switch (reply.kind) {
    case 'ack':
      return new FrameWriter(TYPE.ack, 8).u64(reply.upTo).done();
    case 'welcome':
      return new FrameWriter(TYPE.welcome, 16)
        .u64(reply.stored)
        .u32(reply.checksum)
        .u16(reply.window)
        .u8(STAGES.indexOf(reply.stage))
        .u8(VERSION)
        .done();
    case 'reject':
      return new FrameWriter(TYPE.reject, 20)
        .u64(reply.offset)
        .u64(reply.expected)
        .u16(reply.index)
        .u16(REJECT_NUMBER[reply.reason])
        .done();
    case 'winners':
      return encodeWinners(reply);
    case 'results':
      return encodeResults(reply);
    case 'total':
      return new FrameWriter(TYPE.total, 12).u64(reply.winners).u32(reply.pending).done();
    case 'pong':
      return new FrameWriter(TYPE.pong, reply.echo.length).bytes(reply.echo).done();
    case 'not_yet':
      return new FrameWriter(TYPE.notYet, 8).u32(reply.pending).u32(reply.retryAfterMs).done();
    case 'busy':
      return new FrameWriter(TYPE.busy, 4).u32(reply.retryAfterMs).done();
    case 'error':
      return encodeError(reply);
    case 'goodbye':
      return new FrameWriter(TYPE.centralGoodbye, 4).u32(reply.retryAfterMs).done();
    default:
      return unreachable(reply);
  }
}

function encodeWinners(reply: Extract<Reply, { kind: 'winners' }>): Buffer {
  const { total, first, documents } = reply;
  const bodyBytes = documents.reduce(
    (sum, document) => sum + 1 + document.length,
    WINNERS_DOCUMENTS_AT - HEADER_BYTES,
  );
  const frame = new FrameWriter(TYPE.winners, bodyBytes).u64(total).u64(first);
  frame.u16(documents.length);
  for (const document of documents) {
    frame.u8(document.length).bytes(Buffer.from(document, 'latin1'));
  }
  return frame.done();
}

function encodeResults({ upTo, winners, isLast, rows }: ResultsReply): Buffer {
  const rowBytes = rows.reduce((sum, row) => sum + row.length, 0);
  const frame = new FrameWriter(TYPE.results, 19 + rowBytes).u64(upTo).u64(winners);
  frame.u8(Number(isLast)).u16(rows.length);
  for (const row of rows) frame.bytes(row);
  return frame.done();
}

function encodeError(reply: Extract<Reply, { kind: 'error' }>): Buffer {
  const text = cutUtf8(Buffer.from(reply.text, 'utf8'), LIMITS.errorTextBytesMax);
  const frame = new FrameWriter(TYPE.error, 2 + text.length);
  return frame.u16(ERROR_NUMBER[reply.code]).bytes(text).done();
}

/** At most `bytesMax` bytes of a text, and no part of a character. */
function cutUtf8(text: Buffer, bytesMax: number): Buffer {
  let end = Math.min(bytesMax, text.length);
  while (end > 0 && end < text.length && (text.readUInt8(end) & 0xc0) === 0x80) end--;
  return text.subarray(0, end);
}
