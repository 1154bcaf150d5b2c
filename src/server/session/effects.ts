/**
 * The effects of a session, as data. The effects of one turn form a group: stores become durable first,
 * everything else follows in order.
 */
import type { AgencyWinners, Reply } from '../../protocol/commands';
import type { StoreEntry } from '../../store/state';
import type { LogLine } from '../log/peer-log';
import type { Session } from './state';

/**
 * The agency of which this says that something is stored: it waits until a commit has made sure of
 * that, and is dropped when the store refuses it because the agency is another central's.
 */
type DependsOn = number | undefined;

/** What a session wants done, which does no I/O itself: `commit-pipeline.ts` decides when, the central does it. */
export type Effect =
  | { readonly kind: 'store'; readonly entry: StoreEntry }
  | {
      readonly kind: 'reply';
      readonly to: Session;
      readonly reply: Reply;
      /** Whether it answers a message of bets, which then no longer counts as unanswered. */
      readonly answersBets?: boolean;
      readonly dependsOn?: DependsOn;
    }
  /** A reply with winners of an agency from `first` on, which are read when it is sent. */
  | {
      readonly kind: 'winners_page';
      readonly to: Session;
      readonly winners: AgencyWinners;
      readonly first: number;
      readonly dependsOn?: DependsOn;
    }
  /** All winners of an agency, in the one reply that a dialect without pages has for them. */
  | {
      readonly kind: 'all_winners';
      readonly to: Session;
      readonly winners: AgencyWinners;
      readonly dependsOn?: DependsOn;
    }
  /** After the replies before it have left. */
  | { readonly kind: 'close'; readonly session: Session }
  | ({ readonly kind: 'log'; readonly dependsOn?: DependsOn } & LogLine)
  /** All have finished, durably. */
  | { readonly kind: 'begin_draw' }
  /** The draw is durable, and held queries are answered. */
  | { readonly kind: 'drawn' }
  /** The digest of the acta is durable. */
  | { readonly kind: 'acta_recorded' };

/** Receives effects in order. */
export type EffectSink = Effect[];
