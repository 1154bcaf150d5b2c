/**
 * The agency's codec for the central of an earlier system. In all four dialects one request and one
 * reply alternate: bets, bets, ..., the end of the bets, the query for winners. The dialects differ in
 * the bytes and in the constants below.
 */
import { LIMITS } from '../../../base/limits';
import {
  isDocument,
  type BetField,
  type BetText,
  type FieldProblem,
} from '../../../domain/bet-fields';
import type { FrameBuffer } from '../../../net/frame-buffer';
import { WireError } from '../../codes';
import type { Dialect } from '../../conversion';

/** What a reply is the answer to. */
export type Awaited = 'answer' | 'winners';

export type LegacyReply =
  /** What was sent is stored, or taken note of. */
  | { readonly kind: 'stored' }
  /** Nothing was stored; the same bytes may be sent again. */
  | { readonly kind: 'try_again' }
  | { readonly kind: 'refused'; readonly text: string }
  /** The central has not looked at it, and `why`; it may be sent again over another connection. */
  | { readonly kind: 'not_taken'; readonly why: string }
  /** There are no winners yet; ask again later. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'winners'; readonly documents: readonly string[] }
  /** The next part of a long list of winners; its end comes as `winners`. */
  | { readonly kind: 'some_winners'; readonly documents: readonly string[] };

/**
 * Whether bets make a message that an original central can take. `misread`: not a message of just
 * this size, while shorter and longer ones are fine.
 */
export type Fit = 'fits' | 'misread' | 'too_long';

/** The agency's end of a legacy dialect, for one agency. */
export interface AgencyDialect {
  readonly name: Dialect;
  /** Bets in a message at most. */
  readonly betsMax: number;
  /** Each request goes over a connection of its own. */
  readonly connectionPerRequest: boolean;
  /** The message with the last bets marks them as the last. */
  readonly marksLast: boolean;
  /** The question for winners may be repeated over another connection. */
  readonly asksOnAnyConnection: boolean;
  /** The central stays silent until the draw; otherwise it answers `busy` at once. */
  readonly holdsQuestion: boolean;
  /** An original central never answers an agency that has sent no bets. */
  readonly ignoresEmptyAgencies: boolean;
  /** Sent when bets were answered with `stored`; may be empty. */
  readonly acknowledgement: Buffer;
  /** Sent before the agency hangs up of its own accord; may be empty. */
  readonly farewell: Buffer;
  /** Why a bet that is good by our rules cannot be expressed, if so. */
  findProblem(bet: BetText): FieldProblem | undefined;
  /** One bet as part of a message. @param index its place in the message, from 0 */
  encodeRecord(bet: BetText, index: number): Buffer;
  /** @param recordBytes of all records together */
  fit(recordBytes: number, count: number): Fit;
  /** @param last these are the agency's last bets; only where {@link marksLast} */
  encodeBatch(records: readonly Buffer[], last: boolean): Buffer;
  /** Declares the end of the bets; null: the query for winners implies it. */
  encodeFinish(): Buffer | null;
  encodeQuestion(): Buffer;
  /** A connection was made: what came on the one before does not go on. */
  begin(): void;
  /**
   * Takes the next whole reply, or part of a long one, off `input`.
   *
   * @returns undefined while it is incomplete
   * @throws WireError when the peer is no central of this dialect
   */
  decodeReply(input: FrameBuffer, awaited: Awaited): LegacyReply | undefined;
}

/** A bet is fine but for characters that mean something else in a dialect. */
export function findForbidden(
  bet: BetText,
  dialect: Dialect,
  pattern: RegExp,
  what: string,
): FieldProblem | undefined {
  const names: readonly [BetField, string][] = [
    ['first_name', bet.firstName],
    ['last_name', bet.lastName],
  ];
  for (const [field, text] of names) {
    if (pattern.test(text)) return { field, reason: inexpressible(dialect, `it ${what}`) };
  }
  return undefined;
}

/** The predicate of an error about a value that a dialect cannot express. */
export function inexpressible(dialect: Dialect, why: string): string {
  return `cannot be expressed in dialect ${dialect}: ${why}`;
}

/** A bet's number as all dialects write it. */
export function plainNumber(bet: BetText): string {
  return String(Number(bet.number));
}

/** Checks the documents that a central sent. @throws WireError */
export function checkedDocuments(documents: readonly string[]): readonly string[] {
  const wrong = documents.find((document) => !isDocument(document));
  if (wrong !== undefined) {
    throw nonsense(`a winner whose document is "${wrong.slice(0, LIMITS.valueShownCharsMax)}"`);
  }
  return documents;
}

/** For bytes that no central of the dialect would send. */
export function nonsense(what: string): WireError {
  return new WireError('MALFORMED_MESSAGE', what);
}
