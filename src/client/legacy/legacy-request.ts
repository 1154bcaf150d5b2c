/** The requests of a legacy agency, which of them may be repeated, and their words in errors. */
import type { AgencyDialect } from '../../protocol/dialects/agency/agency-dialect';
import type { LegacyBatch } from './packer';

export type Request =
  | { readonly kind: 'batch'; readonly bytes: Buffer; readonly batch: LegacyBatch }
  | { readonly kind: 'finish'; readonly bytes: Buffer }
  | { readonly kind: 'question'; readonly bytes: Buffer };

/** Asks for the winners. Each dialect has this message; {@link maySendAgain} says on which connection. */
export function questionOf(dialect: AgencyDialect): Request {
  return { kind: 'question', bytes: dialect.encodeQuestion() };
}

/** Declares the end of the bets; null: the dialect has no such message. */
export function finishOf(dialect: AgencyDialect): Request | null {
  const bytes = dialect.encodeFinish();
  return bytes === null ? null : { kind: 'finish', bytes };
}

/**
 * Whether the agency may go on over another connection without a bet being stored twice.
 *
 * @param unanswered the request that is sent and not answered, if any
 */
export function maySendAgain(unanswered: Request | null, dialect: AgencyDialect): boolean {
  switch (unanswered?.kind) {
    case 'batch':
      return false;
    case 'question':
      return dialect.asksOnAnyConnection;
    case 'finish':
    case undefined:
      return dialect.connectionPerRequest;
  }
}

/** What is left undone when the connection is lost, for the error. */
export function describeRest(request: Request | null, isSent: boolean): string {
  if (request?.kind === 'question') return 'the winners have not come';
  if (request?.kind === 'finish') {
    return 'whether the central knows that there are no more is in doubt';
  }
  const rest =
    'the rest was not sent: this dialect cannot resume, and sending again could store bets twice';
  if (request === null || !isSent) return rest;
  const count = String(request.batch.count);
  return `the next ${count} are in doubt, they may be stored or not; ${rest}`;
}

/** @param why the words of the central, and what is safe */
export function describeRefusal(request: Request, stored: number, why: string): string {
  switch (request.kind) {
    case 'batch': {
      const bets = `bets ${String(stored)} to ${String(stored + request.batch.count - 1)}`;
      return `the central rejected ${bets}${why}, those behind these were not sent`;
    }
    case 'finish':
      return `the central refused the end of the bets${why}`;
    case 'question':
      return `the central refused the question for winners${why}`;
  }
}
