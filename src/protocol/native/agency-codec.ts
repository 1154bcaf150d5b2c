/** The agency's end of the native protocol: commands to frames, frames to replies. */
import { InvariantError, present, unreachable } from '../../base/invariant';
import { isDocument } from '../../domain/bet-fields';
import type { FrameBuffer } from '../../net/frame-buffer';
import { ERROR_NUMBER, nameOfNumber, REJECT_NUMBER, WireError } from '../codes';
import type { BetsCommand, Command, Reply } from '../commands';
import { FrameReader, malformed, takeFrame } from './frame-reader';
import { FrameWriter } from './frame-writer';
import {
  BATCH_ROWS_AT,
  BET_ROWS_AT,
  EDITION_NUMBER,
  HEADER_BYTES,
  PING_ECHO_BYTES,
  STAGES,
  TYPE,
} from './layout';

const LF = 0x0a;

/** A command as one frame, header included. */
export function encodeCommand(command: Command): Buffer {
  switch (command.kind) {
    case 'bets':
      return encodeBets(command);
    case 'introduce':
      return encodeIntroduce(command);
    case 'finished':
      return new FrameWriter(TYPE.finished, 8).u64(present(command.total, NO_TOTAL)).done();
    case 'ask_winners':
      return new FrameWriter(TYPE.askWinners, 9).u64(command.first).u8(Number(command.wait)).done();
    case 'ask_total':
      return new FrameWriter(TYPE.askTotal, 0).done();
    case 'ping':
      return new FrameWriter(TYPE.ping, command.echo.length).bytes(command.echo).done();
    case 'goodbye':
      return new FrameWriter(TYPE.goodbye, 0).done();
    case 'no_bets':
    case 'nothing':
    case 'untaken_bets':
      throw new InvariantError(`the native protocol does not say ${command.kind}`);
    default:
      return unreachable(command);
  }
}

function encodeIntroduce(command: Extract<Command, { kind: 'introduce' }>): Buffer {
  const { agency, token, edition } = command;
  const bodyBytes = 6 + token.length;
  const frame =
    edition === undefined
      ? new FrameWriter(TYPE.introduce, bodyBytes)
      : new FrameWriter(TYPE.introduceEdition, 2 + bodyBytes).u16(EDITION_NUMBER[edition]);
  return frame.u32(agency).u16(token.length).bytes(token).done();
}

const NO_TOTAL = 'FINISHED names the total';
const NO_OFFSET = 'a native batch has an offset and a checksum';

function encodeBets({ form, count, rows, ...bets }: BetsCommand): Buffer {
  const offset = present(bets.offset, NO_OFFSET);
  const checksum = present(bets.checksum, NO_OFFSET);
  if (form === 'bet') {
    const frame = new FrameWriter(TYPE.bet, BET_ROWS_AT - HEADER_BYTES + rows.length);
    return frame.u64(offset).u32(checksum).bytes(rows).done();
  }
  const frame = new FrameWriter(TYPE.batch, BATCH_ROWS_AT - HEADER_BYTES + rows.length);
  return frame.u64(offset).u32(checksum).u16(count).bytes(rows).done();
}

/** A reply of the central; unknown codes are plain numbers. */
export type ReceivedReply =
  Exclude<Reply, { kind: 'error' | 'reject' }> | ReceivedError | ReceivedReject;

export interface ReceivedError {
  readonly kind: 'error';
  /** Name of the code, or its number. */
  readonly code: string;
  readonly text: string;
}

export interface ReceivedReject {
  readonly kind: 'reject';
  readonly offset: number;
  readonly expected: number;
  readonly index: number;
  /** Name of the reason, or its number. */
  readonly reason: string;
}

/**
 * Takes the next whole reply off `input`.
 *
 * @returns undefined while it is incomplete
 * @throws WireError when the peer is not a central that speaks this protocol
 */
export function decodeReply(input: FrameBuffer): ReceivedReply | undefined {
  const frame = takeFrame(input);
  if (frame === undefined) return undefined;
  if (frame === 'BAD_FRAME_LENGTH') throw new WireError(frame, 'the central sent a bad frame');
  if (frame[3] !== 0) throw malformed('flags must be 0');
  const body = new FrameReader(frame);
  const reply = decodeBody(frame.readUInt8(2), body);
  body.end();
  return reply;
}

function decodeBody(type: number, body: FrameReader): ReceivedReply {
  switch (type) {
    case TYPE.ack:
      return { kind: 'ack', upTo: body.u64() };
    case TYPE.welcome:
      return decodeWelcome(body);
    case TYPE.reject:
      return decodeReject(body);
    case TYPE.winners:
      return decodeWinners(body);
    case TYPE.results:
      return decodeResults(body);
    case TYPE.total:
      return { kind: 'total', winners: body.u64(), pending: body.u32() };
    case TYPE.pong:
      return { kind: 'pong', echo: body.bytes(PING_ECHO_BYTES) };
    case TYPE.notYet:
      return { kind: 'not_yet', pending: body.u32(), retryAfterMs: body.u32() };
    case TYPE.busy:
      return { kind: 'busy', retryAfterMs: body.u32() };
    case TYPE.error:
      return decodeError(body);
    case TYPE.centralGoodbye:
      return { kind: 'goodbye', retryAfterMs: body.u32() };
    default:
      throw new WireError('UNKNOWN_MESSAGE', `message type ${String(type)} from the central`);
  }
}

function decodeWelcome(body: FrameReader): ReceivedReply {
  const stored = body.u64();
  const checksum = body.u32();
  const window = body.u16();
  const stage = STAGES[body.u8()];
  body.u8();
  if (stage === undefined || window === 0) throw malformed('a WELCOME that makes no sense');
  return { kind: 'welcome', stored, checksum, window, stage };
}

function decodeReject(body: FrameReader): ReceivedReply {
  const offset = body.u64();
  const expected = body.u64();
  const index = body.u16();
  const number = body.u16();
  const reason = nameOfNumber(REJECT_NUMBER, number) ?? String(number);
  return { kind: 'reject', offset, expected, index, reason };
}

function decodeWinners(body: FrameReader): ReceivedReply {
  const total = body.u64();
  const first = body.u64();
  const count = body.u16();
  const documents: string[] = [];
  for (let i = 0; i < count; i++) documents.push(decodeDocument(body));
  if (first + count > total) throw malformed('more winners than their total');
  return { kind: 'winners', total, first, documents };
}

function decodeDocument(body: FrameReader): string {
  const document = body.bytes(body.u8()).toString('latin1');
  if (!isDocument(document)) throw malformed('a winner whose document is none');
  return document;
}

function decodeResults(body: FrameReader): ReceivedReply {
  const upTo = body.u64();
  const winners = body.u64();
  const last = body.u8();
  const count = body.u16();
  const bytes = body.rest();
  if (bytes.length > 0 && bytes.at(-1) !== LF) throw malformed('RESULTS with a row without an end');
  const rows = splitRows(bytes);
  if (last > 1 || rows.length !== count) throw malformed('RESULTS that make no sense');
  return { kind: 'results', upTo, winners, isLast: last === 1, rows };
}

/** @param bytes whole rows. @returns each of them, with its end */
function splitRows(bytes: Buffer): Buffer[] {
  const rows: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(LF, start) + 1;
    rows.push(bytes.subarray(start, end));
    start = end;
  }
  return rows;
}

function decodeError(body: FrameReader): ReceivedReply {
  const number = body.u16();
  const text = body.rest().toString('utf8');
  return { kind: 'error', code: nameOfNumber(ERROR_NUMBER, number) ?? String(number), text };
}
