/** Puts the live board in front of a central, if it is wanted. */
import type { Board, BoardConfig, BoardOptions } from '../../board/board-server';
import { messageOf } from '../../base/errors';
import { packageVersion } from '../../base/process';

export interface OpenBoardOptions extends Pick<BoardOptions, 'source' | 'clock' | 'logger'> {
  readonly config: BoardConfig;
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
