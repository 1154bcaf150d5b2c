/**
 * Every bound of the system in one object: sizes of queues and buffers, deadlines, counts. Each is declared
 * in the file of its topic in `limits/`; names end in their unit.
 *
 * Relations between bounds are asserted, those within a topic beside its declarations and all others here,
 * so that a change that breaks one of them fails at start-up and not under load.
 */
import { invariant } from './invariant';
import { AGENCY_LIMITS } from './limits/agency';
import { BOARD_LIMITS } from './limits/board';
import { CONNECTION_LIMITS } from './limits/connections';
import { LOG_LIMITS } from './limits/log';
import { PARSING_LIMITS } from './limits/parsing';
import { PROTOCOL_LIMITS } from './limits/protocol';
import { SETTING_LIMITS } from './limits/settings';
import { STORE_LIMITS } from './limits/store';
import { TERMINAL_LIMITS } from './limits/terminal';
import { TURN_LIMITS } from './limits/turn';

export const LIMITS = Object.freeze({
  ...PROTOCOL_LIMITS,
  ...CONNECTION_LIMITS,
  ...TURN_LIMITS,
  ...PARSING_LIMITS,
  ...STORE_LIMITS,
  ...AGENCY_LIMITS,
  ...LOG_LIMITS,
  ...SETTING_LIMITS,
  ...BOARD_LIMITS,
  ...TERMINAL_LIMITS,
});

invariant(
  LIMITS.inputBytesPerConnectionMax >= 2 * LIMITS.frameBytesMax,
  'a connection must be able to hold a frame while the next one arrives',
);
invariant(
  LIMITS.dialectInputBytesMax - LIMITS.inputBytesPerConnectionMax / 2 >
    LIMITS.dialectMessageBytesMax + LIMITS.dialectHeaderBytesMax,
  'a connection that holds part of the longest message must go on reading',
);
invariant(
  LIMITS.commitBytesMax + LIMITS.rowBytesPerConnectionPerTurnMax + LIMITS.dialectMessageBytesMax <
    LIMITS.journalSegmentBytes / 2,
  'a commit must fit in a fresh journal segment behind its snapshot',
);
invariant(
  LIMITS.rowBytesPerConnectionPerTurnMax >=
    LIMITS.frameBytesMax * LIMITS.framesPerConnectionPerTurnMax,
  'a share in bytes must not cut the share in frames',
);
invariant(
  LIMITS.outputBytesPerConnectionMax >=
    LIMITS.outputBytesUnreadMax + LIMITS.framesPerConnectionPerTurnMax * LIMITS.frameBytesMax,
  'the outbox must hold what one turn answers to a peer that is still read',
);
invariant(
  LIMITS.outputBytesTotalMax >= LIMITS.framesPerTurnMax * LIMITS.frameBytesMax,
  'one turn must not use up the output of all',
);
invariant(
  LIMITS.storeCheckMs < LIMITS.deadlineTickMs,
  'commits must not rely on a check that is older than a tick',
);
invariant(
  LIMITS.scanChunkBytes > 2 * LIMITS.frameBytesMax,
  'a chunk must hold more than the longest row',
);
invariant(
  LIMITS.checkWindowBytes >= LIMITS.frameBytesMax,
  'the rows of a batch must be copied at once',
);
invariant(
  LIMITS.agencyUnsentBytesMax > LIMITS.windowBatchesMax * LIMITS.frameBytesMax,
  'an agency must be able to send its whole window',
);
invariant(
  LIMITS.windowBatchesMax <= LIMITS.idleRepliesPerSecondMax,
  'a central that answers each batch of a window with the same offset is not flooding',
);
invariant(
  LIMITS.heldQueryHeartbeatMs * 3 <= LIMITS.centralSilenceMsMax,
  'an agency must get several heartbeats before it gives up on the central',
);
invariant(
  LIMITS.connectionsMax <= LIMITS.connectionsSettingMax,
  'a default must be a value that may be set',
);
