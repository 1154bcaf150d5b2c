/** The live board: what it keeps, and what its viewers may cost. */
import { invariant } from '../invariant';
import { KIB } from './units';

export const BOARD_LIMITS = {
  /** Turns of which the board shows what they did. */
  turnsKeptMax: 64,
  /** Time of the main thread from which on other connections notice a turn. */
  turnSlowMs: 20,
  /** Age of the last turn from which on nothing more is expected of it. */
  turnSettledMs: 500,
  /** Codes of errors that are counted one by one. */
  errorCodesMax: 64,
  /** Pause between two looks at how late the event loop is. */
  loopDelayPeriodMs: 20,
  /** Board: pause between two events. */
  boardTickMs: 1_000,
  /** Board: samples kept for the charts of a new viewer. */
  boardSamplesKeptMax: 300,
  boardViewersMax: 64,
  /** Board: viewers, and other requests at the same time. */
  boardConnectionsMax: 128,
  /** Board: a long event is sent in pieces of so many bytes, so that it is seen whether a viewer reads. */
  boardPieceBytesMax: 64 * KIB,
  /** Board: events in a row that a viewer may miss, without reading a piece, before it is dropped. */
  boardDeltasMissedMax: 5,
  /** Board: after its last one, an agency that opens a connection for each message counts as connected. */
  boardBetweenConnectionsMs: 10_000,
  /** Board: pause that a viewer is asked for when there are too many. */
  boardRetryAfterMs: 10_000,
  boardHeaderBytesMax: 8 * KIB,
  boardRequestTimeoutMs: 10_000,
  /** Board: pause between two looks for connections whose request takes too long. */
  boardConnectionsCheckMs: 2_000,
  /** Board: bytes of documents in an answer. */
  boardWinnersBytesMax: 64 * KIB,
  /** Board: its token; a shorter one could be guessed. */
  boardTokenCharsMin: 16,
  boardTokenCharsMax: 256,
};

invariant(
  BOARD_LIMITS.boardConnectionsMax > BOARD_LIMITS.boardViewersMax,
  'viewers must leave connections for metrics and health checks',
);
