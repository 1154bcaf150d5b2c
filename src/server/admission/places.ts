/**
 * The places of connections, in all and per address.
 *
 * Below the maximum, every connection gets a place. Above it, a new connection becomes a candidate: it is
 * served until its handshake, and only then another peer is evicted for it. So unauthenticated peers,
 * however many there are and however fast they reconnect, take no place from agencies and cannot keep
 * them out.
 */
import { present } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import { addressGroup } from '../../net/address-group';
import { findEvictable, isIdle, type Claimant } from './eviction';
import type { Peer } from './peer';
import type { PeerLimits } from './peer-limits';

/** A displaced candidate, and whether it may still be sent BUSY. */
export interface EvictedCandidate {
  readonly peer: Peer;
  readonly isNotified: boolean;
}

export type Admission =
  | { readonly kind: 'place' }
  /** There is no place yet; `displaced` was a candidate before. */
  | { readonly kind: 'candidate'; readonly displaced: EvictedCandidate | null };

export type PlaceClaim =
  /** The peer has a place; `evicted` had it before and must go. */
  { readonly kind: 'granted'; readonly evicted: Peer | null } | { readonly kind: 'refused' };

type PlacesLimits = Pick<
  PeerLimits,
  'connectionsMax' | 'connectionsPerAddressMax' | 'connectionsAboveMax'
>;

export class Places {
  /** The group of each peer that has a place, the oldest first. */
  private readonly places = new Map<Peer, string>();
  /** Places that each group has. */
  private readonly placesOf = new Map<string, number>();
  /** Candidates of each group, the oldest first. */
  private readonly candidates = new Map<string, Set<Peer>>();
  private candidatesCount = 0;
  /** Displaced candidates that were sent BUSY and whose connection is not closed yet. */
  private readonly notified = new Set<Peer>();
  /** Peers that had a place once, and whose connection is not closed yet. */
  private readonly formerHolders = new Set<Peer>();
  private readonly candidatesMax: number;
  private readonly notifiedMax: number;

  constructor(private readonly limits: PlacesLimits) {
    const { connectionsAboveMax } = limits;
    const eighths = (count: number): number => Math.floor((connectionsAboveMax * count) / 8);
    this.candidatesMax = Math.max(1, eighths(LIMITS.candidatesEighthsMax));
    // The rest is for connections that are being closed without a reply.
    this.notifiedMax = eighths(LIMITS.notifiedCandidatesEighthsMax);
  }

  hasPlace(peer: Peer): boolean {
    return this.places.has(peer);
  }

  /** Handles a new connection. */
  admit(peer: Peer): Admission {
    const group = groupOf(peer);
    if (!this.isFull(group)) {
      this.give(peer, group);
      return { kind: 'place' };
    }
    const isCrowded = this.candidatesCount >= this.candidatesMax;
    const displaced = isCrowded ? this.displace(this.oldestOfLargestGroup()) : null;
    this.addCandidate(peer, group);
    return { kind: 'candidate', displaced };
  }

  /** Claims a place for a peer whose handshake named an agency that it may act as. */
  claim(peer: Peer, claimant: Claimant, nowMs: number): PlaceClaim {
    if (this.places.has(peer)) return { kind: 'granted', evicted: null };
    const group = groupOf(peer);
    this.removeCandidate(peer);
    if (!this.isFull(group)) {
      this.give(peer, group);
      return { kind: 'granted', evicted: null };
    }
    const evicted = findEvictable(this.crowdOf(group), claimant, nowMs);
    if (evicted === null) return { kind: 'refused' };
    const evictedGroup = groupOf(evicted);
    this.leavePlace(evicted);
    this.formerHolders.add(evicted);
    this.give(peer, group);
    if (isIdle(evicted, nowMs) || evicted.session.state.phase !== 'handshake') {
      return { kind: 'granted', evicted };
    }
    // It has only just connected, and may still send its handshake.
    this.addCandidate(evicted, evictedGroup);
    return { kind: 'granted', evicted: null };
  }

  /** Candidates that have been silent for too long. */
  expire(nowMs: number): EvictedCandidate[] {
    const all = [...this.candidates.values()].flatMap((group) => [...group]);
    return all.filter((peer) => isIdle(peer, nowMs)).map((peer) => this.displace(peer));
  }

  /** The connection is closed. @returns whether it ever had a place */
  leave(peer: Peer): boolean {
    const hadPlace = this.places.has(peer) || this.formerHolders.has(peer);
    this.leavePlace(peer);
    this.removeCandidate(peer);
    this.notified.delete(peer);
    this.formerHolders.delete(peer);
    return hadPlace;
  }

  private isFull(group: string): boolean {
    const { connectionsMax } = this.limits;
    return this.isGroupFull(group) || this.places.size >= connectionsMax;
  }

  private isGroupFull(group: string): boolean {
    return (this.placesOf.get(group) ?? 0) >= this.limits.connectionsPerAddressMax;
  }

  /** The peers of which one must be evicted to give the group another place, the oldest first. */
  private *crowdOf(group: string): Iterable<Peer> {
    const isGroupFull = this.isGroupFull(group);
    for (const [peer, other] of this.places) if (!isGroupFull || other === group) yield peer;
  }

  private give(peer: Peer, group: string): void {
    this.places.set(peer, group);
    this.placesOf.set(group, (this.placesOf.get(group) ?? 0) + 1);
  }

  private leavePlace(peer: Peer): void {
    const group = this.places.get(peer);
    if (group === undefined) return;
    this.places.delete(peer);
    const left = (this.placesOf.get(group) ?? 0) - 1;
    if (left > 0) this.placesOf.set(group, left);
    else this.placesOf.delete(group);
  }

  private addCandidate(peer: Peer, group: string): void {
    const others = this.candidates.get(group) ?? new Set();
    this.candidates.set(group, others.add(peer));
    this.candidatesCount++;
  }

  private removeCandidate(peer: Peer): void {
    const group = groupOf(peer);
    const others = this.candidates.get(group);
    if (others?.delete(peer) !== true) return;
    this.candidatesCount--;
    if (others.size === 0) this.candidates.delete(group);
  }

  /** So an address that brings many candidates has only its own displaced. */
  private oldestOfLargestGroup(): Peer {
    const groups = [...this.candidates.values()];
    const largest = groups.reduce((a, b) => (b.size > a.size ? b : a));
    const [oldest] = largest;
    return present(oldest, 'a group of candidates has one');
  }

  private displace(peer: Peer): EvictedCandidate {
    this.removeCandidate(peer);
    const isNotified = this.notified.size < this.notifiedMax;
    if (isNotified) this.notified.add(peer);
    return { peer, isNotified };
  }
}

/** Connections of one address are counted together. */
function groupOf({ connection }: Peer): string {
  return addressGroup(connection.remoteAddress);
}
