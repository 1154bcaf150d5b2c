/**
 * The agency's end of dialect `pipe` (system 000): text, one connection for everything.
 *
 * Batch: `N LEN LAST|` and records `RLEN|agency|first|last|document|birthdate|number|$`; replies:
 * `LEN|payload`, the payload ended by a line feed.
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
import { itemsBetween, type ReadDocuments } from './agency-winners';

const PIPE = 0x7c;
const LF = 0x0a;
const NO_LINE_FEED = 'a reply without a line feed at its end';
const LENGTH_DIGITS_MAX = String(LIMITS.legacyReplyBytesMax).length;

export class PipeAgency extends AgencyCodecBase {
  readonly name = 'pipe';
  override readonly marksLast = true;
  override readonly asksOnAnyConnection = true;
  override readonly farewell: Buffer;

  constructor(agency: number, betsMax: number) {
    super(agency, Math.min(betsMax, LIMITS.pipeBetsMax));
    this.farewell = Buffer.from(`exit|${String(agency)}`);
  }

  findProblem(bet: BetText): FieldProblem | undefined {
    return findForbidden(bet, this.name, /[|$]/, 'holds | or $');
  }

  encodeRecord(bet: BetText): Buffer {
    const { firstName, lastName, document, birthdate } = bet;
    const agency = String(this.agency);
    const fields = [agency, firstName, lastName, document, birthdate, plainNumber(bet)];
    const text = `|${fields.join('|')}|$`;
    return Buffer.from(`${String(Buffer.byteLength(text))}${text}`);
  }

  /**
   * The original central reads blocks of 1024 bytes and compares their sum with LEN, header not
   * counted: it cuts what is longer than two blocks, and what is longer than one while LEN is not.
   */
  fit(recordBytes: number, count: number): Fit {
    const block = LIMITS.pipeBlockBytes;
    const total = this.header(count, recordBytes, false).length + recordBytes;
    if (total > 2 * block) return 'too_long';
    return total > block && recordBytes <= block ? 'misread' : 'fits';
  }

  /**
   * The original central wants exactly N records, but for the last batch, where the original
   * agencies write the N of a full one.
   */
  encodeBatch(records: readonly Buffer[], last: boolean): Buffer {
    const payload = Buffer.concat(records);
    const count = last ? this.betsMax : records.length;
    return Buffer.concat([Buffer.from(this.header(count, payload.length, last)), payload]);
  }

  encodeFinish(): Buffer {
    return this.encodeBatch([], true);
  }

  encodeQuestion(): Buffer {
    return Buffer.from(`winners|${String(this.agency)}`);
  }

  protected decodeNext(input: FrameBuffer, awaited: Awaited): LegacyReply | undefined {
    const { legacyReplyBytesMax, legacyAnswerBytesMax } = LIMITS;
    const isAnswer = awaited === 'answer';
    const length = takeLength(input, isAnswer ? legacyAnswerBytesMax : legacyReplyBytesMax);
    if (length === undefined) return undefined;
    if (length.bytes > legacyAnswerBytesMax) {
      input.take(length.prefixBytes);
      this.long.open(length.bytes, documentsOfPayload());
      return this.long.take(input);
    }
    const payload = takePayload(input, length);
    if (payload === undefined) return undefined;
    // The original central writes `err`, which its agencies take for success: they search for the word
    // followed by a space, and then send again.
    if (payload === 'err\n') return { kind: 'refused', text: 'err' };
    if (payload.startsWith('err ')) return { kind: 'try_again' };
    if (awaited === 'answer' && payload === 'ok\n') return { kind: 'stored' };
    if (awaited === 'winners' && payload.startsWith('winners:')) return decodeWinners(payload);
    throw nonsense(`"${payload.slice(0, LIMITS.valueShownCharsMax)}" is no reply that is due`);
  }

  private header(count: number, bytes: number, last: boolean): string {
    return `${String(count)} ${String(bytes)} ${last ? '1' : '0'}|`;
  }
}

interface PayloadLength {
  readonly prefixBytes: number;
  readonly bytes: number;
}

function takeLength(input: FrameBuffer, bytesMax: number): PayloadLength | undefined {
  const pipe = input.indexOf(PIPE);
  const prefix = input.peek(pipe < 0 ? LENGTH_DIGITS_MAX + 1 : pipe).toString('latin1');
  if (!/^\d*$/.test(prefix) || prefix.length > LENGTH_DIGITS_MAX || pipe === 0) {
    throw nonsense(`a reply that begins with "${prefix.slice(0, LIMITS.legacyItemCharsMax)}"`);
  }
  if (pipe < 0) return undefined;
  if (Number(prefix) > bytesMax) throw nonsense(`a reply of ${prefix} bytes`);
  return { prefixBytes: pipe + 1, bytes: Number(prefix) };
}

function takePayload(input: FrameBuffer, length: PayloadLength): string | undefined {
  const { prefixBytes, bytes } = length;
  if (input.length < prefixBytes + bytes) return undefined;
  input.take(prefixBytes);
  const payload = input.take(bytes).toString('utf8');
  if (!payload.endsWith('\n')) throw nonsense(NO_LINE_FEED);
  return payload;
}

/** The same list as below, in pieces. */
function documentsOfPayload(): ReadDocuments {
  const split = itemsBetween(' ');
  let head: string | undefined;
  let announced: string | undefined;
  let count = 0;
  return (bytes, isLast) => {
    if (isLast && bytes.at(-1) !== LF) throw nonsense(NO_LINE_FEED);
    const items = split(isLast ? bytes.subarray(0, -1) : bytes, isLast).filter((one) => one !== '');
    head ??= items.shift();
    announced ??= items.shift();
    count += items.length;
    const isDone = isLast && Number(announced) !== count;
    if (head !== 'winners:' || !/^\d+$/.test(announced ?? '') || isDone) {
      throw nonsense(
        `${String(count)} winners, said to be "${(announced ?? '').slice(0, LIMITS.legacyItemCharsMax)}"`,
      );
    }
    return items;
  };
}

/** `winners: ` alone, or a count and documents behind it, with spaces in uneven numbers. */
function decodeWinners(payload: string): LegacyReply {
  const [count = '0', ...documents] = payload.slice('winners:'.length).trim().split(/ +/);
  if (!/^\d*$/.test(count) || Number(count) !== documents.length) {
    throw nonsense(
      `${String(documents.length)} winners, said to be "${count.slice(0, LIMITS.legacyItemCharsMax)}"`,
    );
  }
  return { kind: 'winners', documents: checkedDocuments(documents) };
}
