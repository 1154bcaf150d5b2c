/** Reads a connection on which an earlier dialect is spoken: one request and one answer at a time. */
import type { Book, Promised } from './book';
import type { Dialect } from '../../src/protocol/conversion';
import { LEGACY_WIRE, type PlainRequest } from './legacy-wire';
import type { LinkTap } from './link-tap';

/** A message with bets, as the agency packed it. */
export interface PackedBets {
  readonly message: Buffer;
  /** Index of the first bet. */
  readonly start: number;
  readonly count: number;
}

type Request =
  | { readonly kind: PlainRequest }
  | { readonly kind: 'bets'; readonly start: number; readonly isLast: boolean };

export class LegacyTap implements LinkTap {
  private request: Request = { kind: 'nothing' };

  constructor(
    private readonly book: Book,
    private readonly promised: Promised,
    private readonly dialect: Dialect,
    /** The message that the agency made last. */
    private readonly lastPacked: () => PackedBets | null,
    /** Winners of the agency among what is stored now. */
    private readonly winnersNow: () => readonly string[],
  ) {}

  onAgencyWrite(bytes: Uint8Array): void {
    const { promised, dialect, book } = this;
    const { agency } = promised.input;
    const wire = LEGACY_WIRE[dialect];
    const plain = wire.requests(agency).find(([message]) => message.equals(bytes))?.[1];
    if (plain === 'nothing') return;
    book.world.note('wire', `agency ${String(agency)} sends`, plain ?? 'bets');
    // The end of the bets goes with the question, or stands before it.
    if (plain !== undefined) {
      promised.finishSent = true;
      this.request = { kind: plain };
      return;
    }
    const packed = this.lastPacked();
    if (packed?.message.equals(bytes) === true) {
      const { start, count } = packed;
      const isLast = wire.marksLast(packed.message);
      promised.ledger?.noteSent(start, count);
      promised.finishSent ||= isLast;
      this.request = { kind: 'bets', start, isLast };
    } else if (wire.marksLast(Buffer.from(bytes))) {
      promised.finishSent = true;
      this.request = { kind: 'finish' };
    } else book.world.fail('legacy requests', `${dialect}: ${Buffer.from(bytes).toString('hex')}`);
  }

  onCentralWrite(bytes: Uint8Array): void {
    const { book, dialect, promised, request } = this;
    const wire = LEGACY_WIRE[dialect];
    const answer = Buffer.from(bytes);
    const { agency } = promised.input;
    if (wire.isRefusal(answer)) {
      book.world.note('wire', 'central refuses', agency, request.kind);
      return;
    }
    book.world.note('wire', 'central answers', agency, request.kind);
    const expected = request.kind === 'winners' ? wire.winners(this.winnersNow()) : wire.stored;
    if (request.kind === 'nothing' || !answer.equals(expected)) {
      const found = `${answer.toString('latin1')}, not ${expected.toString('latin1')}`;
      const check = request.kind === 'winners' ? 'own winners' : 'legacy answers';
      book.world.fail(check, `${dialect} agency ${String(agency)}, ${request.kind}: ${found}`);
    }
    this.request = { kind: 'nothing' };
    if (request.kind === 'bets') promised.ledger?.noteStored(request.start);
    if (this.saysFinished(request)) promised.finished = true;
    if (request.kind === 'winners') book.promiseDraw();
    book.onPromise();
  }

  /** Whether the answer to a request says that the agency is known to have finished. */
  private saysFinished(request: Request): boolean {
    if (request.kind === 'bets') return request.isLast;
    // In `pipe` nobody knows who an agency without bets is before it asks for its winners.
    const isNamed = this.dialect !== 'pipe' || this.promised.input.rows.length > 0;
    return request.kind === 'winners' || isNamed;
  }
}
