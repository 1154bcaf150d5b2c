/** Log lines: what waits for standard output, and how many one peer may cause. */
import { invariant } from '../invariant';
import { KIB, MIB } from './units';

export const LOG_LIMITS = {
  /** Log lines that standard output has not taken; above it lines are dropped (docs/RELIABILITY.md). */
  logBufferBytesMax: 8 * MIB,
  /** Log lines written at a time. */
  logChunkBytes: 64 * KIB,
  /** Pause before a standard output that was full is tried again. */
  logRetryMs: 5,
  /** Time for standard output to take the rest when the process ends. */
  logDrainMs: 500,
  /** Period in which lines about one peer are counted. */
  logPeriodMs: 10_000,
  /** Lines about refusals of one peer in a period; more are counted only. */
  logRefusalsPerPeerMax: 32,
  /** Lines about connections of one address in a period; more are counted only. */
  logConnectionsPerPeerMax: 4_096,
  /** Peers whose lines are counted one by one; all others share one count. */
  logPeersMax: 1_024,
};

invariant(
  LOG_LIMITS.logBufferBytesMax >= 64 * LOG_LIMITS.logChunkBytes,
  'the lines of a few turns must fit, also those of the lowest level',
);
