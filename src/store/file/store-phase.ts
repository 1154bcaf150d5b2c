/** What the store is doing, and what may follow. `store.ts` has the only place where its phase changes. */

/**
 * - `idle`: a commit may begin.
 * - `committing`: one is on its way to the disk.
 * - `failed`: a write or sync has failed; nothing more is written.
 * - `closing`: nothing more is committed; a sync of bets.csv under way is waited for.
 * - `closed`: no file is open.
 */
export type StorePhase = 'idle' | 'committing' | 'failed' | 'closing' | 'closed';

/** The phases that may follow each. */
export const NEXT_STORE_PHASES: Readonly<Record<StorePhase, readonly StorePhase[]>> = {
  idle: ['committing', 'failed', 'closing', 'closed'],
  committing: ['idle', 'failed'],
  failed: ['closed'],
  closing: ['failed', 'closed'],
  closed: [],
};
