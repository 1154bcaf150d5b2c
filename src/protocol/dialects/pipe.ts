/** The central's end of the `pipe` dialect: text between `|` and `$` (docs/DIALECTS.md, system 000). */
import { LIMITS } from '../../base/limits';
import type { FrameBuffer } from '../../net/frame-buffer';
import { WireError } from '../codes';
import type { ForeignMessage } from '../commands';
import type { Conversion } from '../conversion';
import { pipeBetOf, pipeSenderIn } from './bets/pipe-bets';
import { DialectCodec, NO_BYTES, type Answer, type Taken } from './dialect-codec';
import type { WinnersForm } from './winners-stream';

const BAR = '|';
const LINE_END = '\n';
const ASK = 'winners|';
const EXIT = 'exit|';
/** The number of an agency, with zeros in front perhaps. */
const ID = /^\d{1,15}$/;
/** `N LEN LAST`, or `LEN ` alone in front of the single bet of exercise 5. */
const HEADER = /^(?:\d{1,9} (\d{1,9}) ([01])|(\d{1,9}) )$/;
/** A header and what separates it from the bets. */
const FRONT = /^\d{1,9} (?:\d{1,9} [01]\|)?/;

/** Agencies take `err` alone for success: they go on without the rejected bets. */
const STORED: Answer = { accepted: message('ok'), rejected: message('err') };

export class PipeServerCodec extends DialectCodec {
  /** Its agencies of exercises 6 and 7 have a connection for each batch. */
  override readonly run = 'connections';
  /** The last batch came before the agency was named. */
  private finishedUnnamed = false;

  /** Only silence marks the end of a query for winners. */
  decodeRest(input: FrameBuffer): ForeignMessage | undefined {
    const text = head(input);
    const id = text.slice(ASK.length);
    if (!text.startsWith(ASK) || id === '') return undefined;
    // Part of the number that is known here: its rest will come.
    if (this.agencyText?.startsWith(id) === true) return undefined;
    return this.question(input, id);
  }

  override decode(input: FrameBuffer): Taken {
    const text = head(input);
    if (text === '') return undefined;
    if (/^\d/.test(text)) return this.takeBatch(input, text);
    if (ASK.startsWith(text) || EXIT.startsWith(text)) {
      if (text !== EXIT) return undefined;
    }
    if (text.startsWith(EXIT)) {
      input.take(input.length);
      return this.message(() => {
        this.emit({ kind: 'goodbye' });
      });
    }
    if (text.startsWith(ASK)) return this.takeQuestion(input, text.slice(ASK.length));
    throw new WireError('UNKNOWN_MESSAGE', 'neither a batch nor winners nor exit');
  }

  protected override senderIn(bytes: Buffer): string | null | undefined {
    const text = bytes.toString('latin1');
    if (!/^\d/.test(text)) return undefined;
    return pipeSenderIn(text.slice(FRONT.exec(text)?.[0].length ?? 0));
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

  private takeQuestion(input: FrameBuffer, id: string): Taken {
    // The number in it ends where that of the bets does.
    if (!this.isUpToDate) return 'later';
    const known = this.agencyText;
    if (known !== null && id.startsWith(known)) return this.question(input, known);
    if (id !== '' && !ID.test(id)) throw new WireError('MALFORMED_MESSAGE', 'not an agency');
    return undefined;
  }

  private question(input: FrameBuffer, id: string): ForeignMessage {
    input.take(ASK.length + id.length);
    return this.message(() => {
      this.introduce(id);
      if (this.finishedUnnamed) this.ask({ kind: 'finished', total: null }, 'none');
      this.finishedUnnamed = false;
      this.emit({ kind: 'ask_winners', first: 0, wait: true });
    });
  }

  private takeBatch(input: FrameBuffer, text: string): Taken {
    const bar = text.indexOf(BAR);
    if (bar < 0) {
      if (text.length < LIMITS.dialectHeaderBytesMax && /^[\d ]*$/.test(text)) return undefined;
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
    if (input.length < start + length) return undefined;
    const payload = input.take(start + length).subarray(start);
    if (batchLength === undefined) {
      return this.messageOfBets('pipe_bet', payload, (bets) => {
        this.readBet(payload, bets);
      });
    }
    return this.messageOfBets('pipe_batch', payload, (bets) => {
      this.readBatch(bets, last === '1');
    });
  }

  private readBatch(bets: Conversion, isLast: boolean): void {
    const { count, rows } = bets;
    const isNamed = bets.agency !== null && this.introduceSender(bets);
    if (rows === null || (count > 0 && !isNamed)) {
      const expected = isLast && this.agencyText !== null ? 'with_next' : STORED;
      this.askNothing('the records of the batch do not add up', expected, count);
    } else if (count > 0) {
      this.askForBets('batch', count, rows, isLast ? 'with_next' : STORED);
    } else if (!isLast || this.agencyText === null) this.askNothing(null, STORED);
    if (!isLast) return;
    if (this.agencyText === null) this.finishedUnnamed = true;
    else this.ask({ kind: 'finished', total: null }, STORED);
  }

  /** The one bet of exercise 5, whose answer repeats document and number. */
  private readBet(payload: Buffer, bets: Conversion): void {
    const bet = pipeBetOf(payload.toString('latin1'));
    const what = bet === null ? '0 0' : `${digitsOf(bet.document)} ${digitsOf(bet.number)}`;
    const answer = { accepted: message(`ack ${what}`), rejected: message(`err ${what}`) };
    if (bets.rows === null || !this.introduceSender(bets)) {
      this.askNothing('this is not a bet', answer, 1);
    } else this.askForBets('bet', 1, bets.rows, answer);
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

/** The length of a text and its line end, a bar, and both. */
function message(text: string): Buffer {
  return Buffer.from(`${String(text.length + LINE_END.length)}${BAR}${text}${LINE_END}`, 'latin1');
}
