import type { HeardReply } from '../../protocol/native/agency-codec';
import type { Batch } from '../csv/batch';

/** What happens to an agency. */
export type AgencyEvent =
  | { readonly kind: 'connected' }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'reply'; readonly reply: HeardReply }
  /** The source is where it was sent. */
  | { readonly kind: 'source_ready' }
  /** The source gave the batch that was pulled; null: there are no more. */
  | { readonly kind: 'pulled'; readonly batch: Batch | null }
  /** The time for another question for winners has come. */
  | { readonly kind: 'ask_again' }
  /** A second has passed: what may happen so many times in one is counted anew. */
  | { readonly kind: 'second_over' };
