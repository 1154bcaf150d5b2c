/** The central's end of the `pipe` dialect: text between `|` and `$` (docs/DIALECTS.md, system 000). */
import { LIMITS } from '../../base/limits';
import type { FrameBuffer } from '../../net/frame-buffer';
import { WireError } from '../codes';
import type { Command } from '../commands';
import { DialectCodec, NO_BYTES, type Answer } from './dialect-codec';
import { betsCommand, type WireBet } from './wire-bet';
import type { WinnersForm } from './winners-stream';

const BAR = '|';
const LINE_END = '\n';
const ASK = 'winners|';
const EXIT = 'exit|';
/** The number of an agency, with zeros in front perhaps. */
const ID = /^\d{1,15}$/;
/** `N LEN LAST`, or `LEN ` alone in front of the single bet of exercise 5. */
const HEADER = /^(?:\d{1,9} (\d{1,9}) ([01])|(\d{1,9}) )$/;
const RECORD_LENGTH = /(\d{1,7})\|/y;
const RECORD_END = '|$';

/** Agencies take `err` alone for success: they go on without the rejected bets. */
const STORED: Answer = { accepted: message('ok'), rejected: message('err') };

/** Whose first record a payload brings, though the rest of it may make no sense. */
const SENDER = /^\d{1,7}\|(\d{1,15})\|/;

export class PipeServerCodec extends DialectCodec {
  /** Its agencies of exercises 6 and 7 have a connection for each batch. */
  override readonly run = 'connections';
  /** The last batch came before the agency was named. */
  private finishedUnnamed = false;

  /** Only silence marks the end of a query for winners. */
  decodeRest(input: FrameBuffer): Command | undefined {
    const text = head(input);
    const id = text.slice(ASK.length);
    if (!text.startsWith(ASK) || id === '') return undefined;
    // Part of the number that is known here: its rest will come.
    if (this.agencyText?.startsWith(id) === true) return undefined;
    this.readQuestion(input, id);
    return this.decode(input);
  }

  protected override takeMessage(input: FrameBuffer): boolean {
    const text = head(input);
    if (text === '') return false;
    if (/^\d/.test(text)) return this.takeBatch(input, text);
    if (ASK.startsWith(text) || EXIT.startsWith(text)) {
      if (text !== EXIT) return false;
    }
    if (text.startsWith(EXIT)) {
      input.take(input.length);
      this.say({ kind: 'goodbye' });
      return true;
    }
    if (text.startsWith(ASK)) return this.takeQuestion(input, text.slice(ASK.length));
    throw new WireError('UNKNOWN_MESSAGE', 'neither a batch nor winners nor exit');
  }

  protected override formOfWinners(total: number, digits: number): WinnersForm {
    const start = total === 0 ? 'winners: ' : `winners:  ${String(total)}  `;
    const length = start.length + digits + Math.max(0, total - 1) + LINE_END.length;
    return {
      head: Buffer.from(`${String(length)}${BAR}${start}`, 'latin1'),
      part: (documents, isFirst) =>
        Buffer.from(`${isFirst ? '' : ' '}${documents.join(' ')}`, 'latin1'),
      tail: Buffer.from(LINE_END, 'latin1'),
    };
  }

  protected override encodeError(): Buffer {
    return this.owesAnswer ? STORED.rejected : NO_BYTES;
  }

  private takeQuestion(input: FrameBuffer, id: string): boolean {
    const known = this.agencyText;
    if (known !== null && id.startsWith(known)) {
      this.readQuestion(input, known);
      return true;
    }
    if (id !== '' && !ID.test(id)) throw new WireError('MALFORMED_MESSAGE', 'not an agency');
    return false;
  }

  private readQuestion(input: FrameBuffer, id: string): void {
    input.take(ASK.length + id.length);
    this.introduce(id);
    if (this.finishedUnnamed) this.ask({ kind: 'finished', total: null }, 'none');
    this.finishedUnnamed = false;
    this.say({ kind: 'ask_winners', first: 0, wait: true });
  }

  private takeBatch(input: FrameBuffer, text: string): boolean {
    const bar = text.indexOf(BAR);
    if (bar < 0) {
      if (text.length < LIMITS.dialectHeaderBytesMax && /^[\d ]*$/.test(text)) return false;
      throw new WireError('MALFORMED_MESSAGE', 'a batch without a header');
    }
    const [isHeader, batchLength, last, betLength] = HEADER.exec(text.slice(0, bar)) ?? [];
    if (isHeader === undefined) throw new WireError('MALFORMED_MESSAGE', 'a header of no message');
    // The length of a single bet counts the bar, too.
    const start = batchLength === undefined ? bar : bar + 1;
    const length = Number(batchLength ?? betLength);
    if (length > LIMITS.dialectMessageBytesMax) {
      throw new WireError('BAD_FRAME_LENGTH', `a message of ${String(length)} bytes`);
    }
    if (input.length < start + length) return false;
    const payload = input.take(start + length).toString('latin1', start);
    if (batchLength === undefined) this.readBet(payload);
    else this.readBatch(payload, last === '1');
    return true;
  }

  private readBatch(payload: string, isLast: boolean): void {
    const bets = betsOf(payload);
    const first = bets?.[0];
    if (bets === null || (first !== undefined && !this.introduceSender(first))) {
      const [, sender = null] = SENDER.exec(payload) ?? [];
      if (sender !== null) this.introduce(this.agencyText ?? sender);
      const expected = isLast && this.agencyText !== null ? 'with_next' : STORED;
      const count = Math.max(1, payload.split(RECORD_END).length - 1);
      this.askNothing('the records of the batch do not add up', expected, count);
    } else if (first !== undefined) {
      this.ask(betsCommand('batch', bets), isLast ? 'with_next' : STORED);
    } else if (!isLast || this.agencyText === null) this.askNothing(null, STORED);
    if (!isLast) return;
    if (this.agencyText === null) this.finishedUnnamed = true;
    else this.ask({ kind: 'finished', total: null }, STORED);
  }

  /** The one bet of exercise 5, whose answer repeats document and number. */
  private readBet(payload: string): void {
    const bet = betOf(payload.split(BAR));
    const what = bet === null ? '0 0' : `${digitsOf(bet.document)} ${digitsOf(bet.number)}`;
    const answer = { accepted: message(`ack ${what}`), rejected: message(`err ${what}`) };
    if (bet === null || !this.introduceSender(bet)) this.askNothing('this is not a bet', answer, 1);
    else this.ask(betsCommand('bet', [bet]), answer);
  }
}

/** What may be repeated to the peer. */
function digitsOf(text: string): string {
  return ID.test(text) ? text : '0';
}

/** The beginning of the input that identifies the message, one character for each byte. */
function head(input: FrameBuffer): string {
  return input.peek(LIMITS.dialectHeaderBytesMax).toString('latin1');
}

/** The bets of a payload, or null when its records do not add up to it. */
function betsOf(payload: string): WireBet[] | null {
  const bets: WireBet[] = [];
  for (let at = 0; at < payload.length;) {
    RECORD_LENGTH.lastIndex = at;
    const match = RECORD_LENGTH.exec(payload);
    if (match === null) return null;
    const start = RECORD_LENGTH.lastIndex - BAR.length;
    const end = start + Number(match[1]);
    const record = payload.slice(start, end);
    const bet =
      record.endsWith(RECORD_END) && end <= payload.length ? betOf(record.split(BAR)) : null;
    if (bet === null) return null;
    bets.push(bet);
    at = end;
  }
  return bets;
}

/** @param pieces an empty one, the six fields, and ignored ones */
function betOf(pieces: readonly string[]): WireBet | null {
  const [, agency, firstName, lastName, document, birthdate, number] = pieces;
  if (agency === undefined || firstName === undefined || lastName === undefined) return null;
  if (document === undefined || birthdate === undefined || number === undefined) return null;
  if (!ID.test(agency)) return null;
  return { agency, firstName, lastName, document, birthdate, number };
}

/** The length of a text and its line end, a bar, and both. */
function message(text: string): Buffer {
  return Buffer.from(`${String(text.length + LINE_END.length)}${BAR}${text}${LINE_END}`, 'latin1');
}
