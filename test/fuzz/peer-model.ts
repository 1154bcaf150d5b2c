/**
 * What the central may answer to the bytes of one connection: the table of docs/PROTOCOL.md,
 * section 7, read from the bytes by a parser that shares no code with `src/`.
 */
import { crc32 } from 'node:zlib';
import { AGENCIES } from './corpus';
import { countRows } from './rows-model';

const TYPE = {
  welcome: 0x81,
  ack: 0x82,
  reject: 0x83,
  winners: 0x84,
  notYet: 0x85,
  busy: 0x86,
  pong: 0x8b,
};
const ERROR = 0x87;
const CENTRAL_GOODBYE = 0x88;
const REPLACED = 9;
const TOO_SLOW = 12;
/** Batches that may be unanswered. */
export const WINDOW = 8;

interface Sent {
  readonly kind: 'introduce' | 'bets' | 'finished' | 'ask' | 'ping' | 'wrong';
  readonly frame: Buffer;
  /** Codes of the errors that it deserves whatever the state is. */
  readonly codes: readonly number[];
}

/** What all agencies of a world share. */
export interface Truth {
  /** Rows that were committed, in order. */
  committed(agency: number): number;
  /** Checksum of the first `count` rows, where a commit ended with them; undefined: not known. */
  checksumAt(agency: number, count: number): number | undefined;
  isFinished(agency: number): boolean;
  readonly isDrawn: boolean;
  /** Winners of an agency; null: not known. */
  winnersOf(agency: number): readonly string[] | null;
  /** Handshakes of an agency so far, one for each of its connections. */
  introductions(agency: number): number;
  noteIntroduction(agency: number): void;
  /** @param count what the batch says that it holds */
  noteBets(agency: number, checksum: number, count: number): void;
}

export class Violation extends Error {
  override readonly name = 'Violation';
}

export class PeerModel {
  /** The agency that this connection speaks for. */
  agency: number | null = null;
  private unread: Buffer = Buffer.alloc(0);
  private phase: 'preface' | 'greeting' | 'introduced' | 'over' = 'preface';
  private readonly unanswered: Sent[] = [];
  private betsSent = 0;
  /** The offset of the last ACK to bets. */
  private acknowledged = 0;
  private isHeld = false;
  private welcomed = false;
  private ended = false;

  constructor(
    private readonly truth: Truth,
    /** Whether a deadline of this connection may have passed. */
    private readonly mayBeSlow: () => boolean,
    private readonly mayBeBusy: boolean,
    /** Learns of each answer: what it was, and to what. */
    private readonly note: (answer: string) => void = () => undefined,
  ) {}

  /** Messages that the central owes an answer. */
  get owed(): number {
    return this.ended ? 0 : this.unanswered.length;
  }

  get lastWordWasSaid(): boolean {
    return this.ended;
  }

  /** The agency that this connection was welcomed as and still speaks for. */
  get speaksFor(): number | null {
    return this.welcomed && !this.ended && this.phase !== 'over' ? this.agency : null;
  }

  /** Whether it has not said who it is. */
  get isUnauthenticated(): boolean {
    return this.phase === 'preface' || this.phase === 'greeting';
  }

  /** The agency sent these bytes. */
  sent(bytes: Buffer): void {
    if (this.phase === 'over') return;
    this.unread = this.unread.length === 0 ? bytes : Buffer.concat([this.unread, bytes]);
    if (this.phase === 'preface' && !this.takePreface()) return;
    while (this.unread.length >= 2 && this.isTalking()) {
      const length = this.unread.readUInt16BE(0);
      if (length < 4 || length > 8192) {
        this.expectError(this.unread, [3]);
        return;
      }
      if (this.unread.length < length) return;
      const frame = this.unread.subarray(0, length);
      this.unread = this.unread.subarray(length);
      this.takeFrame(frame);
    }
  }

  private isTalking(): boolean {
    return this.phase !== 'over';
  }

  private takePreface(): boolean {
    const expected = [0xa5, 0x4c, 0x4e, 0x01];
    const seen = [...this.unread.subarray(0, 4)];
    const wrong = seen.findIndex((byte, i) => byte !== expected[i]);
    if (wrong >= 0) this.expectError(this.unread, [wrong === 3 ? 2 : 1]);
    else if (seen.length === 4) {
      this.phase = 'greeting';
      this.unread = this.unread.subarray(4);
      return true;
    }
    return false;
  }

  private takeFrame(frame: Buffer): void {
    const type = frame[2] ?? 0;
    const codes: number[] = [];
    if (frame[3] !== 0) codes.push(5);
    if (type < 1 || type > 9) codes.push(4);
    else if (!hasRightSize(type, frame)) codes.push(5);
    // The agency asks for another edition than the lottery, wherever that is known.
    if (type === 7 && frame.length >= 6 && frame.readUInt16BE(4) !== 2020) codes.push(15);
    if (codes.length > 0) this.expectError(frame, codes);
    else if (type === 6) this.phase = 'over';
    else if (this.phase === 'greeting') this.greet(type, frame);
    else if (type === 1 || type === 7 || type === 8) this.expectError(frame, [6]);
    else this.expectAnswer(type, frame);
  }

  private greet(type: number, frame: Buffer): void {
    if (type !== 1) {
      this.expectError(frame, [type === 7 ? 15 : 6]);
      return;
    }
    const agency = frame.readUInt32BE(4);
    if (agency < 1 || agency > AGENCIES) {
      this.expectError(frame, [7]);
      return;
    }
    this.phase = 'introduced';
    this.agency = agency;
    this.truth.noteIntroduction(agency);
    this.unanswered.push({ kind: 'introduce', frame, codes: [] });
  }

  private expectAnswer(type: number, frame: Buffer): void {
    if (type === 9) {
      this.unanswered.push({ kind: 'ping', frame, codes: [] });
      return;
    }
    if (type <= 3) {
      this.betsSent++;
      this.truth.noteBets(this.agency ?? 0, frame.readUInt32BE(12), countOf(frame));
    }
    const kind = type === 4 ? 'finished' : type === 5 ? 'ask' : 'bets';
    this.unanswered.push({ kind, frame, codes: [] });
  }

  private expectError(frame: Buffer, codes: readonly number[]): void {
    this.unanswered.push({ kind: 'wrong', frame, codes });
    this.phase = 'over';
  }

  /** The central answered with these bytes, which are whole frames. */
  answered(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      const length = at + 2 <= bytes.length ? bytes.readUInt16BE(at) : 0;
      check(length >= 4 && length <= 8192 && at + length <= bytes.length, 'a broken frame');
      check(bytes[at + 3] === 0, 'flags in a reply');
      this.receive(bytes.subarray(at, at + length));
      at += length;
    }
  }

  private receive(reply: Buffer): void {
    check(!this.ended, 'a reply behind the last word');
    const type = reply[2] ?? 0;
    if (type === ERROR) this.handleError(reply);
    else if (type === TYPE.busy || type === CENTRAL_GOODBYE) {
      check(this.mayBeBusy && reply.length === 8, 'BUSY or GOODBYE without a reason');
      this.ended = true;
    } else if (type === TYPE.notYet && this.isHeld) this.checkNotYet(reply);
    else if (type === TYPE.winners && this.isHeld) {
      this.checkWinners(reply, 0);
      this.isHeld = false;
    } else this.hearAnswer(type, reply);
  }

  private handleError(reply: Buffer): void {
    const code = reply.readUInt16BE(4);
    check(reply.length <= 6 + 256, 'a long text in an ERROR');
    const next = this.unanswered[0];
    const agency = this.agency ?? 0;
    // Another connection may have taken over while this answer waited for the disk.
    const isRival = this.truth.introductions(agency) > 1;
    const allowed =
      (code === TOO_SLOW && this.mayBeSlow()) ||
      (code === REPLACED && isRival) ||
      next?.codes.includes(code) === true ||
      (next?.kind === 'bets' && code === 13 && this.betsSent > WINDOW) ||
      (next?.kind === 'finished' && code === 10) ||
      (next?.kind === 'ask' && code === 11 && (isRival || !this.truth.isFinished(agency))) ||
      (next?.kind === 'ask' && code === 6 && this.isHeld);
    this.note(`ERROR ${String(code)}`);
    check(allowed, `ERROR ${String(code)} to ${next?.kind ?? 'nothing'}`);
    this.ended = true;
  }

  private hearAnswer(type: number, reply: Buffer): void {
    const next = this.unanswered.shift();
    const agency = this.agency ?? 0;
    const committed = this.truth.committed(agency);
    const what = `reply ${type.toString(16)} to ${next?.kind ?? 'nothing'}`;
    this.note(what);
    if (next?.kind === 'introduce' && type === TYPE.welcome) {
      check(!this.welcomed && reply.length === 20, 'a wrong WELCOME');
      this.welcomed = true;
      check(u64(reply, 4) <= committed, 'WELCOME names bets that are not on disk');
      check((reply[18] ?? 9) <= this.stage(agency), 'WELCOME names a stage that is not on disk');
    } else if (next?.kind === 'bets' && type === TYPE.ack) {
      const end = u64(next.frame, 4) + countOf(next.frame);
      const upTo = u64(reply, 4);
      check(reply.length === 12 && upTo <= committed, 'ACK of what is not on disk');
      check(upTo === Math.max(end, this.acknowledged), 'ACK of another batch');
      check(countRows(rowsOf(next.frame), agency) === countOf(next.frame), 'ACK of bad rows');
      this.acknowledged = upTo;
    } else if (next?.kind === 'bets' && type === TYPE.reject) {
      this.checkReject(next.frame, reply, agency);
    } else if (next?.kind === 'finished' && type === TYPE.ack) {
      check(u64(reply, 4) === u64(next.frame, 4) && u64(reply, 4) <= committed, 'a wrong total');
      check(this.truth.isFinished(agency), 'FINISHED is not on disk');
    } else if (next?.kind === 'ask' && type === TYPE.notYet) {
      check(this.truth.isFinished(agency) && !this.isHeld, what);
      this.checkNotYet(reply);
      this.isHeld = next.frame[12] === 1;
      check((reply.readUInt32BE(8) === 0) === this.isHeld, 'NOT_YET with a wrong pause');
    } else if (next?.kind === 'ping' && type === TYPE.pong) {
      check(reply.subarray(4).equals(next.frame.subarray(4)), 'PONG to another PING');
    } else if (next?.kind === 'ask' && type === TYPE.winners) {
      this.checkWinners(reply, u64(next.frame, 4));
    } else throw new Violation(what);
  }

  private stage(agency: number): number {
    if (this.truth.isDrawn) return 2;
    return this.truth.isFinished(agency) ? 1 : 0;
  }

  private checkNotYet(reply: Buffer): void {
    check(reply.length === 12 && reply.readUInt32BE(4) <= AGENCIES, 'a wrong NOT_YET');
  }

  private checkWinners(reply: Buffer, first: number): void {
    check(this.truth.isDrawn, 'winners before the draw');
    const all = this.truth.winnersOf(this.agency ?? 0);
    if (all === null) return;
    const from = u64(reply, 12);
    const documents: string[] = [];
    let at = 22;
    for (let i = 0; i < reply.readUInt16BE(20); i++) {
      const length = reply[at] ?? 0;
      documents.push(reply.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    check(at === reply.length && u64(reply, 4) === all.length, 'a wrong page of winners');
    // A held question may have asked for a later page.
    check(first === 0 || from === Math.min(first, all.length), 'winners that were not asked for');
    check(
      documents.join() === all.slice(from, from + documents.length).join(),
      "another agency's winners",
    );
  }

  private checkReject(frame: Buffer, reply: Buffer, agency: number): void {
    const [offset, expected] = [u64(reply, 4), u64(reply, 12)];
    const reason = reply.readUInt16BE(22);
    check(reply.length === 24 && offset === u64(frame, 4), 'REJECT of another batch');
    check(expected <= this.truth.committed(agency), 'REJECT names bets that are not on disk');
    this.note(`REJECT ${String(reason)}`);
    const rows = rowsOf(frame);
    const isKnown = offset + countOf(frame) <= expected;
    if (reason === 123) {
      check(!isKnown && this.truth.isFinished(agency), 'it has not finished');
    } else if (reason === 121) check(!isKnown && offset !== expected, 'the offset is right');
    else {
      check(isKnown || offset === expected, 'another offset comes first');
      const before = this.truth.checksumAt(agency, offset);
      const isDamaged =
        !isKnown && before !== undefined && crc32(rows, before) !== frame.readUInt32BE(12);
      check((reason === 122) === isDamaged || before === undefined, 'the checksum comes first');
      if (reason === 122) check(!isKnown, 'the checksum of known bets');
      else if (reason === 120) {
        const counted = countRows(rows, agency);
        check(counted !== null && counted !== countOf(frame), 'the count is right');
      } else check(reason <= 109 && countRows(rows, agency) === null, 'valid rows are rejected');
    }
  }
}

/** Rows of a BET or a BATCH. */
function rowsOf(frame: Buffer): Buffer {
  return frame.subarray(frame[2] === 2 ? 16 : 18);
}

function check(condition: boolean, message: string): void {
  if (!condition) throw new Violation(message);
}

function countOf(frame: Buffer): number {
  return frame[2] === 2 ? 1 : frame.readUInt16BE(16);
}

function u64(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

/** Whether a body is what its type calls for (docs/PROTOCOL.md, section 4). */
function hasRightSize(type: number, frame: Buffer): boolean {
  const { length } = frame;
  const isSafe = length < 12 || u64(frame, 4) <= Number.MAX_SAFE_INTEGER;
  switch (type) {
    case 1: {
      const token = length < 10 ? Infinity : frame.readUInt16BE(8);
      return token <= 256 && length === 10 + token;
    }
    case 2:
      return length > 16 && isSafe;
    case 3:
      return length > 18 && isSafe && frame.readUInt16BE(16) > 0;
    case 4:
      return length === 12 && isSafe;
    case 9:
      return length === 12;
    case 7: {
      const token = length < 12 ? Infinity : frame.readUInt16BE(10);
      return token <= 256 && length === 12 + token;
    }
    case 5:
      return length === 13 && isSafe && (frame[12] ?? 2) <= 1;
    default:
      return length === 4;
  }
}
