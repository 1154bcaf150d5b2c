/**
 * Who gets a place: connections in all, and per address.
 *
 * When all places are taken, a newcomer gets that of the peer that has been connected the longest
 * without introducing itself: a flood of connections that never speak cannot keep agencies out.
 * Whoever gets no place, or loses it, is told so, as long as there is room for that.
 */
import { LIMITS } from '../base/limits';
import { addressGroup } from '../net/address-group';
import type { PeerLimits } from './peer-limits';
import type { Peer } from './read';

export type Admission =
  /** The peer has a place, which `evicted` had before. */
  | { readonly kind: 'admitted'; readonly evicted: Peer | null }
  /** There is no place. */
  | { readonly kind: 'busy' }
  /** There is not even room to say so. */
  | { readonly kind: 'dropped' };

interface Group {
  readonly name: string;
  admitted: number;
  /** Admitted peers that may not have introduced themselves, the oldest first. */
  readonly strangers: Set<Peer>;
}

export class Gate {
  private readonly groups = new Map<string, Group>();
  /** The group of each admitted peer. */
  private readonly places = new Map<Peer, Group>();
  private readonly strangers = new Set<Peer>();
  /** Peers without a place whose connection is not closed yet, and whether they had one. */
  private readonly turnedAway = new Map<Peer, 'evicted' | 'refused'>();

  constructor(
    private readonly limits: Pick<PeerLimits, 'connectionsMax' | 'connectionsPerAddressMax'>,
  ) {}

  /** Connections that have a place. */
  get admitted(): number {
    return this.places.size;
  }

  admit(peer: Peer, nowMs: number): Admission {
    const group = this.groupOf(peer);
    const crowd = this.fullCrowd(group);
    const evicted = crowd === null ? null : this.findEvictable(crowd, nowMs);
    if (crowd !== null && (evicted === null || !this.canTell)) return this.refuse(peer, group);
    if (evicted !== null) {
      this.leavePlace(evicted);
      this.turnedAway.set(evicted, 'evicted');
    }
    this.groups.set(group.name, group);
    this.places.set(peer, group);
    group.admitted++;
    group.strangers.add(peer);
    this.strangers.add(peer);
    return { kind: 'admitted', evicted };
  }

  /** The connection is closed. @returns whether it ever had a place */
  leave(peer: Peer): boolean {
    const wasAdmitted = this.places.has(peer) || this.turnedAway.get(peer) === 'evicted';
    this.leavePlace(peer);
    this.turnedAway.delete(peer);
    return wasAdmitted;
  }

  /** Peers without a place that may still be told so. */
  private get canTell(): boolean {
    return this.turnedAway.size < LIMITS.connectionsTurnedAwayMax;
  }

  /** Those among whom somebody would have to go, or null when there is room. */
  private fullCrowd(group: Group): Set<Peer> | null {
    if (group.admitted >= this.limits.connectionsPerAddressMax) return group.strangers;
    return this.places.size >= this.limits.connectionsMax ? this.strangers : null;
  }

  private findEvictable(strangers: Set<Peer>, nowMs: number): Peer | null {
    for (const peer of strangers) {
      if (peer.session.state.phase !== 'greeting') {
        strangers.delete(peer);
        continue;
      }
      const ageMs = nowMs - peer.connection.openedMs;
      return ageMs >= LIMITS.strangerGraceMs ? peer : null;
    }
    return null;
  }

  private refuse(peer: Peer, group: Group): Admission {
    if (group.admitted === 0) this.groups.delete(group.name);
    if (!this.canTell) return { kind: 'dropped' };
    this.turnedAway.set(peer, 'refused');
    return { kind: 'busy' };
  }

  private groupOf(peer: Peer): Group {
    const name = addressGroup(peer.connection.remoteAddress);
    return this.groups.get(name) ?? { name, admitted: 0, strangers: new Set() };
  }

  private leavePlace(peer: Peer): void {
    const group = this.places.get(peer);
    if (group === undefined) return;
    this.places.delete(peer);
    this.strangers.delete(peer);
    group.strangers.delete(peer);
    if (--group.admitted === 0) this.groups.delete(group.name);
  }
}
