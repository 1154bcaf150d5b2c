/** The read phase of a turn: bytes of the ready connections to commands. */
import { LIMITS } from '../../base/limits';
import type { Connection } from '../../net/connection/connection';
import type { ForeignBets, Parsable } from '../../parsing/parsed';
import { WireError } from '../../protocol/codes';
import type { BetsCommand, Command, ServerCodec, ForeignMessage } from '../../protocol/commands';
import type { Peer } from '../admission/peer';
import { waitsForStore } from '../session/state';

/** What a peer has sent, or that it sends no more; those of one peer are in the order in which they arrived. */
export type PeerEvent =
  | { readonly kind: 'command'; readonly peer: Peer; readonly command: PlainCommand }
  /** The n-th of this and the next kind goes with the n-th of `bets`. */
  | { readonly kind: 'bets'; readonly peer: Peer; readonly command: BetsCommand }
  | { readonly kind: 'foreign_bets'; readonly peer: Peer; readonly message: ForeignBets }
  /** A message of a dialect that brings no bets. */
  | { readonly kind: 'foreign'; readonly peer: Peer; readonly message: ForeignMessage }
  | (Untaken & { readonly kind: 'bad_bytes'; readonly peer: Peer; readonly error: WireError })
  /** The peer will send no more. */
  | (Untaken & { readonly kind: 'ended'; readonly peer: Peer });

interface Untaken {
  /** The message that the input ends in; undefined: none, or one without bets. */
  readonly untaken: ForeignMessage | undefined;
}

export type PlainCommand = Exclude<Command, BetsCommand>;

export interface ReadResult {
  readonly events: readonly PeerEvent[];
  /** What is to be parsed. */
  readonly bets: readonly Parsable[];
  /** Connections that may have more: first those that got nothing in this turn, then those that had their share. */
  readonly unfinished: readonly Connection[];
  /** Connections whose last bytes are a message if nothing follows them for a while. */
  readonly perhapsSilent: readonly Connection[];
}

/** How much one turn may take. */
export interface ReadBounds {
  /** Bytes of rows, give or take one connection's share. */
  readonly roomBytes: number;
  /** Bytes that a peer may have left unread if its commands are still to be taken. */
  readonly unreadBytesMax: number;
}

/** The peer has used its share of the turn, has no more input, or may send more of its message soon. */
type ReadState = 'share_used' | 'all_read' | 'perhaps_silent';

type Taken = ReturnType<ServerCodec['decode']>;

/** Takes whole commands off the ready connections, a bounded number of each and of all. */
export function readPeers(
  ready: readonly Connection[],
  peers: ReadonlyMap<number, Peer>,
  { roomBytes, unreadBytesMax }: ReadBounds,
  nowMs: number,
): ReadResult {
  const events: PeerEvent[] = [];
  const bets: Parsable[] = [];
  const passedOver: Connection[] = [];
  const served: Connection[] = [];
  const perhapsSilent: Connection[] = [];
  let room = roomBytes;
  for (const connection of ready) {
    const peer = peers.get(connection.id);
    if (peer === undefined) continue;
    // Messages after its query wait until that is answered.
    if (connection.isStreaming && !connection.sendMore()) continue;
    if (!connection.isWritable) continue;
    // It is ready again when its agency is claimed.
    if (waitsForStore(peer.session)) continue;
    if (room <= 0 || events.length >= LIMITS.framesPerTurnMax) {
      passedOver.push(connection);
      continue;
    }
    // It is ready again when the peer has read its replies.
    if (connection.unsentBytes > unreadBytesMax) continue;
    const before = bets.length;
    const state = readPeer(peer, nowMs, events, bets);
    connection.waitsForTurn = state === 'share_used';
    if (state === 'share_used') served.push(connection);
    else if (state === 'perhaps_silent') perhapsSilent.push(connection);
    for (let i = before; i < bets.length; i++) room -= rowBytesMaxOf(bets[i]);
    connection.resumeInput();
  }
  // Else a few connections that always have more would use up every turn.
  const unfinished = [...passedOver, ...served];
  return { events, bets, unfinished, perhapsSilent };
}

function readPeer(peer: Peer, nowMs: number, events: PeerEvent[], bets: Parsable[]): ReadState {
  const { connection, codec, session } = peer;
  if (session.state.phase === 'ended') {
    // Its last reply waits for the disk; further input is ignored.
    connection.input.clear();
    return 'all_read';
  }
  const { framesPerConnectionPerTurnMax, rowBytesPerConnectionPerTurnMax } = LIMITS;
  let rowBytes = 0;
  let frames = 0;
  while (frames < framesPerConnectionPerTurnMax && rowBytes < rowBytesPerConnectionPerTurnMax) {
    let taken: Taken;
    try {
      taken = decodeNext(peer, nowMs);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const untaken = codec.untaken?.(connection.input);
      connection.input.clear();
      events.push({ kind: 'bad_bytes', peer, error, untaken });
      return 'all_read';
    }
    if (taken === 'later') break;
    if (taken === undefined) {
      noteIncomplete(connection, frames > 0, nowMs);
      if (connection.phase === 'draining') {
        events.push({ kind: 'ended', peer, untaken: codec.untaken?.(connection.input) });
      }
      return isPerhapsSilent(peer, nowMs) ? 'perhaps_silent' : 'all_read';
    }
    rowBytes += note(peer, taken, events, bets);
    frames++;
  }
  connection.frameSinceMs = undefined;
  return 'share_used';
}

/** @returns bytes of rows that it brings, at most */
function note(
  peer: Peer,
  taken: Command | ForeignMessage,
  events: PeerEvent[],
  bets: Parsable[],
): number {
  if (taken.kind === 'bets') {
    events.push({ kind: 'bets', peer, command: taken });
    bets.push(taken);
    return rowBytesMaxOf(taken);
  }
  if (taken.kind !== 'foreign') {
    events.push({ kind: 'command', peer, command: taken });
    return 0;
  }
  if (!bringsBets(taken)) {
    events.push({ kind: 'foreign', peer, message: taken });
    return 0;
  }
  events.push({ kind: 'foreign_bets', peer, message: taken });
  bets.push(taken);
  return rowBytesMaxOf(taken);
}

function bringsBets(message: ForeignMessage): message is ForeignBets {
  return message.form !== null;
}

/** How many bytes of rows there are, or, where they are still to be made, will be at most. */
function rowBytesMaxOf(bets: Parsable | undefined): number {
  if (bets === undefined) return 0;
  if (bets.kind === 'bets') return bets.rows.length;
  return bets.bytes.length * LIMITS.dialectRowBytesPerByteMax;
}

/** Whether the bytes at hand may turn out to be a message just because nothing follows. */
function isPerhapsSilent({ connection, codec }: Peer, nowMs: number): boolean {
  if (codec.decodeRest === undefined || connection.phase !== 'open') return false;
  return connection.input.length > 0 && nowMs - connection.lastInputMs < LIMITS.quietMs;
}

/** The next command or message, which in some dialects ends where the peer falls silent. */
function decodeNext({ connection, codec }: Peer, nowMs: number): Taken {
  const { input, phase, lastInputMs } = connection;
  const taken = codec.decode(input);
  if (taken !== undefined || codec.decodeRest === undefined) return taken;
  const isSilent = phase === 'draining' || nowMs - lastInputMs >= LIMITS.quietMs;
  return isSilent && input.length > 0 ? codec.decodeRest(input) : undefined;
}

/** Remembers since when the rest of a frame is missing. */
function noteIncomplete(connection: Connection, progressed: boolean, nowMs: number): void {
  connection.input.release();
  if (connection.input.length === 0) connection.frameSinceMs = undefined;
  else if (progressed || connection.frameSinceMs === undefined) connection.frameSinceMs = nowMs;
}
