/** Reads the frames of a connection on which the native protocol is spoken. */
import type { Book, Promised } from './book';
import { documentsOf, framesOf, PREFACE_BYTE, rowsOf, TYPE } from './frames';
import type { LinkTap } from './link-tap';

/** Errors after which an agency may simply come back: REPLACED, TOO_SLOW, OUTPUT_OVERFLOW. */
const PASSING_ERRORS: ReadonlySet<number> = new Set([9, 12, 14]);

/** Bets `start` to `end` wait for their answer. */
interface Unanswered {
  readonly start: number;
  readonly end: number;
}

/** How far all agencies are, as far as was promised. */
interface Standing {
  readonly winners: number;
  readonly notFinished: number;
}

function standingOf({ agencies, absent }: Book): Standing {
  let winners = 0;
  let notFinished = 0;
  for (const { input, stored, finished } of agencies.values()) {
    winners += input.winnersUpTo[stored] ?? 0;
    if (!finished) notFinished++;
  }
  notFinished += absent;
  return { winners, notFinished };
}

export class NativeTap implements LinkTap {
  /** 2020 edition: batches without their RESULTS. */
  private readonly unanswered: Unanswered[] = [];
  /** 2020 edition: the RESULTS behind WELCOME has not come. */
  private awaitsStanding = false;
  private resultRows: string[] = [];
  /** 2020 edition: what was known of all agencies when the total was last asked for. */
  private asked: Standing = { winners: 0, notFinished: Number.POSITIVE_INFINITY };

  /** @param isHonest whether it is a connection of an agency of ours */
  constructor(
    private readonly book: Book,
    private readonly promised: Promised,
    private readonly isHonest: boolean,
  ) {}

  onAgencyWrite(bytes: Uint8Array): void {
    if (bytes[0] === PREFACE_BYTE || !this.isHonest) return;
    const { promised, book } = this;
    for (const { type, frame } of framesOf(bytes)) {
      book.world.note('wire', `agency ${String(promised.input.agency)} sends`, type);
      if (type === TYPE.bet || type === TYPE.batch) {
        const start = Number(frame.readBigUInt64BE(4));
        const end = start + (type === TYPE.bet ? 1 : frame.readUInt16BE(16));
        promised.boundaries.add(end);
        this.unanswered.push({ start, end });
      } else if (type === TYPE.finished) promised.finishSent = true;
      // It asks only once its FINISHED was acknowledged.
      else if (type === TYPE.askWinners || type === TYPE.askTotal) promised.finished = true;
      if (type === TYPE.askTotal) this.asked = standingOf(book);
    }
  }

  onCentralWrite(bytes: Uint8Array): void {
    let isPromise = false;
    for (const { type, frame } of framesOf(bytes))
      isPromise = this.receive(type, frame) || isPromise;
    if (isPromise) this.book.onPromise();
  }

  /** @returns whether the central promises something */
  private receive(type: number, frame: Buffer): boolean {
    const { promised, book, isHonest } = this;
    switch (type) {
      case TYPE.welcome:
        this.onWelcome(frame);
        return true;
      case TYPE.ack:
        book.promiseStored(promised, Number(frame.readBigUInt64BE(4)), 'ACK');
        return true;
      case TYPE.winners:
        this.onWinners(frame);
        return true;
      case TYPE.results:
        this.onResults(frame);
        return true;
      case TYPE.total:
        this.onTotal(frame);
        return true;
      case TYPE.reject:
        if (isHonest) this.onReject(frame);
        return false;
      case TYPE.error:
        if (isHonest) this.onError(frame);
        return false;
      default:
        return false;
    }
  }

  private onWelcome(frame: Buffer): void {
    const { book, promised } = this;
    const stored = Number(frame.readBigUInt64BE(4));
    book.promiseStored(promised, stored, 'WELCOME');
    if (frame.readUInt32BE(12) !== promised.input.checksums[stored]) {
      book.world.fail('welcome', `another checksum than that of ${String(stored)} bets`);
    }
    const stage = frame.readUInt8(18);
    if (stage >= 1) promised.finished = true;
    if (stage === 2) book.promiseDraw();
    this.awaitsStanding = book.edition === '2020';
  }

  private onReject(frame: Buffer): void {
    const agency = String(this.promised.input.agency);
    const what = `reason ${String(frame.readUInt16BE(22))} for agency ${agency}`;
    const offset = String(frame.readBigUInt64BE(4));
    this.book.world.fail('no rejection', `${what} at offset ${offset}`);
  }

  private onError(frame: Buffer): void {
    const { world } = this.book;
    const { agency } = this.promised.input;
    const code = frame.readUInt16BE(4);
    world.note('wire', 'central says ERROR to', agency, code);
    if (PASSING_ERRORS.has(code)) return;
    const text = frame.toString('utf8', 6);
    world.fail('no refusal', `error ${String(code)} for agency ${String(agency)}: ${text}`);
  }

  private onWinners(frame: Buffer): void {
    const { book, promised } = this;
    const { agency } = promised.input;
    const winners = book.winnersOf(promised);
    const total = Number(frame.readBigUInt64BE(4));
    const first = Number(frame.readBigUInt64BE(12));
    const count = frame.readUInt16BE(20);
    book.world.note('wire', 'central says WINNERS to', agency, first, count, total);
    const documents = documentsOf(frame).join();
    const expected = winners.slice(first, first + count).join();
    if (total !== winners.length || documents !== expected) {
      const found = `${documents} of ${String(total)} from ${String(first)}`;
      const wanted = `${expected} of ${String(winners.length)}`;
      book.world.fail('own winners', `agency ${String(agency)}: ${found}, not ${wanted}`);
    }
    book.promiseDraw();
  }

  private onResults(frame: Buffer): void {
    const { book, promised, isHonest } = this;
    const { agency, winnersUpTo, rows } = promised.input;
    const upTo = Number(frame.readBigUInt64BE(4));
    const won = Number(frame.readBigUInt64BE(12));
    if (won !== winnersUpTo[upTo]) {
      const found = `agency ${String(agency)}: ${String(won)} of the first ${String(upTo)}`;
      book.world.fail('own winners', found);
    }
    this.resultRows.push(...rowsOf(frame));
    if (frame.readUInt8(20) !== 1) return;
    const answered = this.awaitsStanding ? { start: 0, end: 0 } : this.unanswered.shift();
    const found = this.resultRows.join('');
    this.resultRows = [];
    this.awaitsStanding = false;
    book.promiseStored(promised, upTo, 'RESULTS');
    if (!isHonest) return;
    const { start, end } = answered ?? { start: 0, end: 0 };
    const expected = rows.slice(start, end).filter((_, i) => {
      return winnersUpTo[start + i] !== winnersUpTo[start + i + 1];
    });
    if (answered === undefined || upTo < end || found !== expected.join('')) {
      const batch = `bets ${String(start)} to ${String(end)} of agency ${String(agency)}`;
      book.world.fail('own winners', `${batch}: ${found}, not ${expected.join('')}`);
    }
  }

  private onTotal(frame: Buffer): void {
    const { book } = this;
    const won = Number(frame.readBigUInt64BE(4));
    const pending = frame.readUInt32BE(12);
    book.world.note('wire', 'central says TOTAL', won, pending);
    const all = [...book.agencies.values()];
    const { winners: known, notFinished } = this.asked;
    const notSent = all.filter(({ finishSent }) => !finishSent).length + book.absent;
    if (pending === 0) {
      book.refuseEarly('a final total');
      for (const promised of all) promised.finished = true;
    }
    const isFinal = won === book.winnersInAll;
    const isPossible = won >= known && won <= book.winnersInAll;
    if (pending < notSent || pending > notFinished || !(pending === 0 ? isFinal : isPossible)) {
      book.world.fail('total', `${String(won)} winners, ${String(pending)} agencies missing`);
    }
  }
}
