/**
 * The effects of a session, as data. The effects of one turn form a group: stores become durable first,
 * everything else follows in order.
 */
import type { AgencyWinners, Reply } from '../../protocol/commands';
import type { StoreEntry } from '../../store/state';
import type { LogLine } from './peer-log';
import type { Session } from './state';

export type Effect =
  | { readonly kind: 'store'; readonly entry: StoreEntry }
  | {
      readonly kind: 'reply';
      readonly to: Session;
      readonly reply: Reply;
      /** Whether it answers a message of bets, which then no longer counts as unanswered. */
      readonly answersBets?: boolean;
    }
  /** All winners of an agency, in the one reply that a dialect without pages has for them. */
  | { readonly kind: 'all_winners'; readonly to: Session; readonly winners: AgencyWinners }
  /** After the replies before it have left. */
  | { readonly kind: 'close'; readonly session: Session }
  | ({ readonly kind: 'log' } & LogLine)
  /** All have finished, durably. */
  | { readonly kind: 'begin_draw' }
  /** The draw is durable, and held queries are answered. */
  | { readonly kind: 'drawn' };

/** Receives effects in order. */
export type EffectSink = Effect[];
