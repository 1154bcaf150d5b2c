/** Admission control: creates a peer for each connection, gives it a place, or rejects it. */
import type { Clock } from '../../base/clock';
import { unreachable } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { LogResult } from '../../base/log/log';
import { Connection, type ConnectionListener } from '../../net/connection/connection';
import { ByteMeter } from '../../net/frame-buffer';
import type { Transport } from '../../net/transport';
import type { ServerCodec } from '../../protocol/commands';
import type { EffectSink } from '../session/effects';
import { endBusy, leave } from '../session/end';
import { certifiedAgency } from '../session/identity';
import type { Lottery } from '../session/lottery';
import type { PeerLog } from '../log/peer-log';
import {
  peerOf,
  Session,
  type Agency,
  type Claim,
  type ClaimPlace,
  type PeerIdentity,
  type PhaseListener,
} from '../session/state';
import type { Peer } from './peer';
import type { PeerLimits } from './peer-limits';
import { Places, type EvictedCandidate } from './places';

export interface AdmissionOptions {
  readonly clock: Clock;
  readonly log: PeerLog;
  readonly lottery: Lottery;
  /** Counts undecoded bytes of all peers; undefined: one of its own does. */
  readonly received?: ByteMeter | undefined;
}

export class AdmissionControl {
  /** Undecoded bytes of all peers. */
  readonly received: ByteMeter;
  /** Unread replies of all peers, in bytes. */
  readonly unread = new ByteMeter();
  private readonly places: Places;
  private nextId = 1;
  /** Connections that got no place, or lost it, since that was last logged. */
  private rejectedConnections = 0;

  constructor(
    private readonly options: AdmissionOptions,
    limits: PeerLimits,
  ) {
    this.received = options.received ?? new ByteMeter();
    this.places = new Places(limits);
  }

  createPeer(
    transport: Transport,
    createCodec: () => ServerCodec,
    listener: ConnectionListener,
  ): Peer {
    const { clock } = this.options;
    const { received, unread } = this;
    const id = this.nextId++;
    const codec = createCodec();
    const bounds = {
      received,
      unread,
      // Evaluated each time: a codec may know its dialect only after the first bytes.
      get inputBytesMax(): number {
        return codec.inputBytesMax;
      },
    };
    const connection = new Connection(id, transport, listener, () => clock.nowMs(), bounds);
    const claimPlace: ClaimPlace = (agency) => this.claim(peer, agency);
    const session = new Session(id, codec, identityOf(transport), claimPlace, this.logPhase);
    const peer: Peer = { connection, codec, session };
    return peer;
  }

  /** Gives a new peer a place, or makes it a candidate, which may displace another candidate. */
  admit(peer: Peer, out: EffectSink): void {
    const admission = this.places.admit(peer);
    switch (admission.kind) {
      case 'place':
        this.logAdmission(peer);
        return;
      case 'candidate':
        if (admission.displaced !== null) this.evictCandidate(admission.displaced, out);
        return;
      default:
        unreachable(admission);
    }
  }

  /** Ends connections that got no place and are silent. */
  expireCandidates(nowMs: number, out: EffectSink): void {
    for (const displaced of this.places.expire(nowMs)) this.evictCandidate(displaced, out);
  }

  /** Gives a place to a peer in its handshake; evicts another peer if needed. */
  private claim(peer: Peer, agency: Agency | null): Claim {
    const isNew = !this.places.hasPlace(peer);
    const { lottery, clock } = this.options;
    const isLoading = agency === null ? lottery.pending > 0 : !agency.finished;
    const claimant = { agency, isLoading, isDrawn: lottery.phase === 'drawn' };
    const claim = this.places.claim(peer, claimant, clock.nowMs());
    if (claim.kind === 'refused') {
      this.rejectedConnections++;
      return claim;
    }
    if (isNew) this.logAdmission(peer);
    const { evicted } = claim;
    if (evicted === null) return { kind: 'granted', evicted: null };
    const { phase } = evicted.session.state;
    if (phase === 'established' || phase === 'claiming' || phase === 'unnamed') {
      return { kind: 'granted', evicted: evicted.session };
    }
    // The last word of a session that is over may wait for the disk; then the connection ends.
    if (phase === 'handshake') {
      this.rejectBusy(evicted);
      evicted.connection.destroyWhenSent();
    }
    return { kind: 'granted', evicted: null };
  }

  private evictCandidate({ peer, isNotified }: EvictedCandidate, out: EffectSink): void {
    const { lottery } = this.options;
    if (!isNotified) {
      this.rejectedConnections++;
      leave(lottery, peer.session);
      peer.connection.destroy();
    } else if (peer.session.unanswered > 0) {
      // BUSY in place of an answer would mean that the bets were not accepted.
      this.rejectedConnections++;
      endBusy(lottery, peer.session, 'newer connections need its place', out);
    } else this.rejectBusy(peer);
  }

  private readonly logPhase: PhaseListener = (session, from, to) => {
    const details = { id: session.id, from, to };
    const peer = peerOf(session);
    this.options.log.write({
      level: 'DEBUG',
      action: 'session_phase',
      result: 'success',
      details,
      peer,
    });
  };

  private logAdmission({ connection }: Peer): void {
    this.note('accept_connections', 'success', connection);
    this.note('accept_connections', 'in_progress', connection);
  }

  /** Sends BUSY to a peer without a place. */
  rejectBusy({ connection, codec, session }: Peer): void {
    this.rejectedConnections++;
    leave(this.options.lottery, session);
    connection.send(codec.encode({ kind: 'busy', retryAfterMs: LIMITS.busyRetryMs }));
    connection.finish();
  }

  /** The connection of a peer is closed. */
  leave(peer: Peer): void {
    // One line for each of a flood would fill the disk; they are counted instead.
    if (!this.places.leave(peer)) return;
    this.note('close_connection', 'success', peer.connection);
  }

  /** Logs the number of connections rejected since the last call. */
  report(): void {
    if (this.rejectedConnections === 0) return;
    const details = { connections: this.rejectedConnections };
    this.options.log.write({ level: 'WARNING', action: 'turn_away', result: 'success', details });
    this.rejectedConnections = 0;
  }

  private note(action: string, result: LogResult, { remoteAddress: ip }: Connection): void {
    const details = result === 'success' ? { ip } : {};
    const peer = { address: ip, agency: null };
    this.options.log.write({ level: 'INFO', action, result, details, peer });
  }
}

function identityOf({ remoteAddress, certifiedName }: Transport): PeerIdentity {
  return { address: remoteAddress, certifiedAgency: certifiedAgency(certifiedName) };
}
