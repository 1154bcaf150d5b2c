/** One turn of the central: its share of work for a connection, and what waits for the disk. */
import { invariant } from '../invariant';
import { KIB, MIB } from './units';

export const TURN_LIMITS = {
  /** Frames of one connection in one turn, so that no connection starves another. */
  framesPerConnectionPerTurnMax: 16,
  /** Frames in one turn, which bounds a turn and its replies. */
  framesPerTurnMax: 2_048,
  /** Row bytes of one connection in one turn: its share. */
  rowBytesPerConnectionPerTurnMax: 128 * KIB,
  /** Pieces of one long reply in one turn. */
  piecesPerTurnMax: 16,
  /** Replies and log lines that wait for the disk; above it nothing is read (backpressure). */
  outcomesWaitingMax: 16_384,
  /** Row bytes gathered for one commit; above it nothing is read (backpressure). */
  commitBytesMax: 2 * MIB,
  /** Row bytes of peers whose claim of an agency the store has not answered; above it the peer is sent BUSY. */
  claimBytesKeptMax: 16 * MIB,
  /** Agencies whose count of rejected bets becomes durable with one commit. */
  rejectsPerCommitMax: 1_024,
};

invariant(
  TURN_LIMITS.framesPerConnectionPerTurnMax < TURN_LIMITS.framesPerTurnMax &&
    TURN_LIMITS.framesPerTurnMax < TURN_LIMITS.outcomesWaitingMax,
  'a turn must have room for the share of one connection, and its outcomes must fit',
);
