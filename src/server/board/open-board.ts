/** Puts the live board in front of a central, if it is wanted. */
import type { Board } from '../../board/board-server';
import type { BoardSource } from '../../board/source';
import type { Clock } from '../../base/clock';
import { messageOf } from '../../base/errors';
import type { Logger } from '../../base/log/log';
import { packageVersion } from '../../base/process';
import type { BoardConfig } from './board-settings';

export interface OpenBoardOptions {
  readonly config: BoardConfig;
  readonly source: BoardSource;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Its code and libraries are loaded only here. A board that cannot be opened is logged, and agencies are
 * served without it.
 *
 * @returns null: it could not be opened
 */
export async function openCentralBoard(options: OpenBoardOptions): Promise<Board | null> {
  const { config, logger } = options;
  try {
    const { openBoard } = await import('../../board/board-server.js');
    return await openBoard({ ...options, ...config, version: packageVersion() });
  } catch (error) {
    logger.error('board', 'fail', { reason: messageOf(error) });
    return null;
  }
}
