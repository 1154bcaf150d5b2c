/** How long nobody was acknowledged while a fault of a cluster lasted. */
import type { AckSeen } from '../support/reply-ledger';
import type { KindName, Planned } from './cluster-plan';

/** From the moment it strikes until it has no trace left; of the clock of `performance`. */
export interface FaultTime {
  readonly kind: Planned;
  readonly names: readonly KindName[];
  readonly atDraw: boolean;
  readonly fromMs: number;
  toMs: number;
}

export interface FaultSeen extends Omit<FaultTime, 'fromMs' | 'toMs'> {
  /** Longest time without an acknowledgement of anybody, and of one agency; null: all had what they sent. */
  readonly silentMs: number | null;
  readonly agencySilentMs: number | null;
}

export function faultSeen(
  { fromMs, toMs, ...fault }: FaultTime,
  acks: readonly AckSeen[],
  agencies: Iterable<number>,
): FaultSeen {
  if (fault.atDraw) return { ...fault, silentMs: null, agencySilentMs: null };
  const silence = (of: readonly AckSeen[]): number =>
    longestGap(
      of.map(({ atMs }) => atMs),
      fromMs,
      toMs,
    );
  const each = [...agencies].map((agency) => silence(acks.filter((ack) => ack.agency === agency)));
  return { ...fault, silentMs: silence(acks), agencySilentMs: Math.max(...each) };
}

/** The longest time between two of these moments that is not over at `fromMs`, and has begun at `toMs`. */
function longestGap(moments: readonly number[], fromMs: number, toMs: number): number {
  let longest = 0;
  for (const [i, atMs] of moments.entries()) {
    const beforeMs = moments[i - 1];
    if (beforeMs !== undefined && atMs > fromMs && beforeMs < toMs) {
      longest = Math.max(longest, atMs - beforeMs);
    }
  }
  return longest;
}
