/** The reply phase of a turn: effects whose time has come. */
import { LIMITS } from '../base/limits';
import type { Logger } from '../base/log';
import type { Connection } from '../net/connection';
import type { Outcome } from './commit-pipeline';
import type { Peer } from './read';

/**
 * Writes log lines, then replies (one write per connection), then ends connections.
 *
 * @param peers by the id of their connection; whoever is gone gets nothing
 * @returns whether the draw is to be made now
 */
export function deliver(
  outcomes: readonly Outcome[],
  peers: ReadonlyMap<number, Peer>,
  logger: Logger,
): boolean {
  const written = new Set<Connection>();
  const ended = new Set<Connection>();
  let drawDue = false;
  for (const outcome of outcomes) {
    switch (outcome.kind) {
      case 'log':
        write(logger, outcome);
        break;
      case 'reply': {
        const connection = queueReply(outcome, peers);
        if (connection !== undefined) written.add(connection);
        break;
      }
      case 'close': {
        const peer = peers.get(outcome.session.id);
        if (peer !== undefined) ended.add(peer.connection);
        break;
      }
      case 'begin_draw':
        drawDue = true;
    }
  }
  logger.flush();
  for (const connection of written) flush(connection, logger);
  for (const connection of ended) connection.finish();
  return drawDue;
}

function queueReply(
  { to, reply, answersBets = false }: Extract<Outcome, { kind: 'reply' }>,
  peers: ReadonlyMap<number, Peer>,
): Connection | undefined {
  if (answersBets) to.unanswered--;
  const peer = peers.get(to.id);
  peer?.connection.send(peer.codec.encode(reply));
  return peer?.connection;
}

function flush(connection: Connection, logger: Logger): void {
  connection.flush();
  if (connection.unsentBytes <= LIMITS.outputBytesPerConnectionMax) return;
  // Whoever does not read what it asked for cannot be told so, either.
  const ip = connection.remoteAddress;
  logger.warning('session', 'fail', { code: 'OUTPUT_OVERFLOW', reason: 'it does not read', ip });
  connection.destroy();
}

function write(logger: Logger, line: Extract<Outcome, { kind: 'log' }>): void {
  const { level, action, result, details } = line;
  switch (level) {
    case 'DEBUG':
      logger.debug(action, result, details);
      break;
    case 'INFO':
      logger.info(action, result, details);
      break;
    case 'WARNING':
      logger.warning(action, result, details);
      break;
    case 'ERROR':
      logger.error(action, result, details);
  }
}
