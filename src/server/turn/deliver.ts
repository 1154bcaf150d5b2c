/** The reply phase of a turn: effects whose time has come. */
import { whenThere } from '../../base/eventual';
import { invariant } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { Connection } from '../../net/connection/connection';
import type { ByteSource } from '../../net/transport';
import type { Peer } from '../admission/peer';
import type { AgencyWinners, ServerCodec } from '../../protocol/commands';
import type { PeerLog } from '../log/peer-log';
import type { Outcome } from './commit-pipeline';
import { logDropped } from './deadlines';

type WinnersOutcome = Extract<Outcome, { kind: 'winners_page' | 'all_winners' }>;

const NO_BYTES = Buffer.alloc(0);

/** Hooks outside of connections. */
export interface DeliverHooks {
  /** All have finished, durably. */
  readonly beginDraw: () => void;
  /** The draw is durable, and held queries are answered. */
  readonly onDrawn: () => void;
  /** The digest of the acta is durable. */
  readonly onActaRecorded: () => void;
  /** Winners cannot be read: the process must stop. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * Writes log lines, then replies (one write per connection), then ends connections.
 *
 * @param peers by the id of their connection; closed ones are skipped
 * @param hooks called after that, when due
 * @returns replies among the outcomes
 */
export function deliver(
  outcomes: readonly Outcome[],
  peers: ReadonlyMap<number, Peer>,
  log: PeerLog,
  hooks: DeliverHooks,
): number {
  let replies = 0;
  const written = new Set<Connection>();
  const ended = new Set<Connection>();
  const due: (() => void)[] = [];
  for (const outcome of outcomes) {
    switch (outcome.kind) {
      case 'log':
        log.write(outcome);
        break;
      case 'reply':
        replies++;
        queueReply(outcome, peers, written);
        break;
      case 'winners_page':
      case 'all_winners':
        replies++;
        queueWinners(outcome, peers, written, hooks.onFatal);
        break;
      case 'close': {
        const peer = peers.get(outcome.session.id);
        if (peer !== undefined) ended.add(peer.connection);
        break;
      }
      case 'begin_draw':
        due.push(hooks.beginDraw);
        break;
      case 'drawn':
        due.push(hooks.onDrawn);
        break;
      case 'acta_recorded':
        due.push(hooks.onActaRecorded);
    }
  }
  log.flush();
  for (const connection of written) flush(connection, log);
  for (const connection of ended) connection.finish();
  for (const call of due) call();
  return replies;
}

function queueReply(
  { to, reply, answersBets = false }: Extract<Outcome, { kind: 'reply' }>,
  peers: ReadonlyMap<number, Peer>,
  written: Set<Connection>,
): void {
  if (answersBets) to.unanswered--;
  const peer = peers.get(to.id);
  if (peer === undefined) return;
  const bytes = peer.codec.encode(reply);
  if (bytes.length === 0) return;
  peer.connection.send(bytes);
  written.add(peer.connection);
}

/** Winners are sent as the peer reads them; later replies wait. */
function queueWinners(
  outcome: WinnersOutcome,
  peers: ReadonlyMap<number, Peer>,
  written: Set<Connection>,
  onFatal: (error: unknown) => void,
): void {
  const peer = peers.get(outcome.to.id);
  if (peer === undefined) return;
  peer.connection.sendFrom(winnersSource(peer.codec, outcome), onFatal);
  written.add(peer.connection);
}

function winnersSource(codec: ServerCodec, outcome: WinnersOutcome): ByteSource {
  const { winners } = outcome;
  if (outcome.kind === 'winners_page') return pageSource(codec, winners, outcome.first);
  const source = codec.encodeAllWinners?.(winners);
  invariant(source !== undefined, 'only a dialect without pages has all winners in one reply');
  return source;
}

/** One page, which is read when it is sent. */
function pageSource(codec: ServerCodec, winners: AgencyWinners, first: number): ByteSource {
  const { total } = winners;
  let isRead = false;
  return {
    next: () => {
      if (isRead) return NO_BYTES;
      isRead = true;
      return whenThere(winners.page(first, codec.winnersPageBytesMax), (documents) =>
        codec.encode({ kind: 'winners', total, first: Math.min(first, total), documents }),
      );
    },
  };
}

/** Sends what waits; replies must not pile up. */
function flush(connection: Connection, log: PeerLog): void {
  connection.flush();
  if (connection.unsentBytes <= LIMITS.outputBytesPerConnectionMax) return;
  logDropped(connection, 'OUTPUT_OVERFLOW', 'it does not read', log);
  connection.destroy();
}

/** Ends all connections in good order: each gets GOODBYE behind what was sent to it. */
export function sayGoodbye(peers: Iterable<Peer>): void {
  const goodbye = { kind: 'goodbye', retryAfterMs: LIMITS.busyRetryMs } as const;
  for (const { connection, codec } of peers) {
    connection.send(codec.encode(goodbye));
    connection.finish();
    connection.destroyWhenSent();
  }
}
