/** The state of each session and each agency; `session.ts` and `lottery.ts` change it. */
import { invariant } from '../../base/invariant';
import type { ServerCodec } from '../../protocol/commands';
import type { PeerName } from '../log/line-limiter';

/** One expected agency. */
export interface Agency {
  readonly number: number;
  /** Bets accepted: stored, or on their way to the disk. */
  accepted: number;
  /** CRC-32 of the rows of the accepted bets. */
  checksum: number;
  /** Whether its FINISHED was accepted. */
  finished: boolean;
  /** Bets rejected for good; some of them may have come again, corrected. */
  rejected: number;
  /** How many of those the disk does not know. */
  rejectedUnsaved: number;
  /** How many of those the run has brought that is under way, where it has many connections. */
  rejectedInRun: number;
  /** Whether it declared the end of its last run, and was refused because of them. */
  endRefused: boolean;
  /** Up to which of the rejects that name no agency it has been refused for (unattributed.ts). */
  unattributedSeen: number;
  /** How often it has been refused for them. */
  unattributedRefusals: number;
  /** The session that holds it: of its last handshake, but for connections that carry one request only. */
  holder: Session | null;
  /** Whether this central has claimed it, and no other one since, as far as is known. */
  isOwned: boolean;
  /** The store is asked for it: until the answer, its sessions do nothing. */
  isAsked: boolean;
  /** Entries of it that are on their way to the store. */
  unsettled: number;
}

/**
 * - `handshake`: the peer has not named its agency yet.
 * - `unnamed`: an agency without bets, in a dialect that names the agency in its bets only; it is one of
 *   those that have sent nothing, and which one does not matter.
 * - `claiming`: the agency is known; the store is asked for its totals, and the peer is not read.
 * - `established`: the agency is claimed; its own stage (loading, finished, drawn) is in the lottery.
 * - `ended`: the last reply is queued.
 */
export type SessionState =
  | { readonly phase: 'handshake' }
  | { readonly phase: 'unnamed' }
  | { readonly phase: 'claiming'; readonly agency: Agency }
  | { readonly phase: 'established'; readonly agency: Agency }
  | { readonly phase: 'ended' };

type SessionPhase = SessionState['phase'];

/** A question for winners that waits for the draw. */
export interface HeldQuery {
  /** Whose winners; null: nobody's. */
  readonly agency: Agency | null;
  readonly first: number;
  lastHeartbeatMs: number;
}

/** What is known of the peer before its first byte. */
export interface PeerIdentity {
  readonly address: string;
  /** The agency that its certificate names; null when there is none, or it names none. */
  readonly certifiedAgency: number | null;
}

/** Whether an agency got a place, and which session was evicted for it. */
export type Claim =
  { readonly kind: 'granted'; readonly evicted: Session | null } | { readonly kind: 'refused' };

/** Claims a place; null: for an unnamed agency without bets. */
export type ClaimPlace = (agency: Agency | null) => Claim;

const ALWAYS: ClaimPlace = () => ({ kind: 'granted', evicted: null });
const NOT_CERTIFIED: PeerIdentity = { address: '', certifiedAgency: null };
const HANDSHAKE: SessionState = { phase: 'handshake' };

/** What may follow each phase. */
const NEXT: Readonly<Record<SessionPhase, readonly SessionPhase[]>> = {
  handshake: ['unnamed', 'claiming', 'ended'],
  unnamed: ['unnamed', 'ended'],
  claiming: ['established', 'ended'],
  established: ['ended'],
  ended: ['ended'],
};

/** Gets each change of a session's phase, for the log. */
export type PhaseListener = (session: Session, from: SessionPhase, to: SessionPhase) => void;

/** One connection's side of the lottery. */
export class Session {
  private current: SessionState = HANDSHAKE;
  /** Messages of bets that have not been answered. */
  unanswered = 0;
  /** The offset of the last ACK to a message of bets. */
  acknowledged = 0;
  /** Messages rejected before the agency was known. */
  refusedBefore = 0;
  /** Bets rejected on this connection that are not counted for an agency yet. */
  rejected = 0;
  /** Those that are, where a connection is a run of its agency. */
  rejectedInRun = 0;
  held: HeldQuery | null = null;
  /** Whether its connection carries one request only, and needs no place of its own. */
  isShared = false;

  /**
   * @param id of the connection
   * @param dialect of the peer, which may become known only later
   * @param claimPlace claims a place; undefined: there always is one
   * @param onPhase called after each change of the phase
   */
  constructor(
    readonly id: number,
    readonly dialect: Pick<ServerCodec, 'winnersPageBytesMax' | 'run'>,
    readonly peer: PeerIdentity = NOT_CERTIFIED,
    readonly claimPlace: ClaimPlace = ALWAYS,
    private readonly onPhase: PhaseListener = () => undefined,
  ) {}

  get state(): SessionState {
    return this.current;
  }

  /** The only place where the phase changes. @throws InvariantError when it may not change so */
  enter(state: SessionState): void {
    const from = this.current.phase;
    const to = state.phase;
    invariant(NEXT[from].includes(to), `a session went from ${from} to ${to}`);
    this.current = state;
    if (from !== to) this.onPhase(this, from, to);
  }
}

/** Whether a session is authenticated as an agency, and not over. */
export function isNamed(
  state: SessionState,
): state is Extract<SessionState, { readonly agency: Agency }> {
  return state.phase === 'claiming' || state.phase === 'established';
}

/** Whether nothing more of its peer is read until the store has answered. */
export function waitsForStore({ state }: Session): boolean {
  return state.phase === 'claiming' || (state.phase === 'established' && state.agency.isAsked);
}

/** Under which name lines are counted that a session leads to. */
export function peerOf({ peer: { address }, state }: Session): PeerName {
  return { address, agency: isNamed(state) ? state.agency.number : null };
}
