/**
 * Rejected bets of which nobody knows the agency, in dialects whose agencies open a connection for each batch:
 * all that is known is the address. Each agency that declares its end from there may be the one
 * (docs/DIALECTS.md).
 */
import { LIMITS } from '../../base/limits';
import { addressGroup } from '../../net/address-group';
import type { Session } from './state';

/** What came from an address. */
interface Group {
  /** Sessions that may yet name their agency. */
  readonly open: Set<Session>;
  /** Bets of those that have not, until an agency counts them. */
  bets: number;
  /** The latest of those, in the order of all of them; 0: none. */
  latest: number;
}

/** Rejected bets that may be of the agency that asks. */
export interface Unattributed {
  /** How many are not counted for another agency. */
  readonly bets: number;
  readonly upTo: number;
}

export class UnattributedRejects {
  /** By address; the oldest first. */
  private readonly groups = new Map<string, Group>();
  private sessions = 0;

  /** Bets were rejected on a connection that has not named its agency. */
  note(session: Session): void {
    const key = addressGroup(session.peer.address);
    const group = this.groups.get(key) ?? { open: new Set(), bets: 0, latest: 0 };
    group.open.add(session);
    this.groups.set(key, group);
    if (this.groups.size <= LIMITS.unattributedAddressesMax) return;
    for (const oldest of this.groups.keys()) {
      this.groups.delete(oldest);
      return;
    }
  }

  /** The connection has named its agency, for which its bets are counted. */
  forget(session: Session): void {
    const key = addressGroup(session.peer.address);
    const group = this.groups.get(key);
    if (group?.open.delete(session) !== true) return;
    if (group.open.size === 0 && group.latest === 0) this.groups.delete(key);
  }

  /** The connection is over without having named its agency. */
  close(session: Session): void {
    if (session.rejected === 0) return;
    const group = this.groups.get(addressGroup(session.peer.address));
    if (group?.open.has(session) === true) this.fold(group, session);
  }

  /**
   * An agency at `address` declares its end; the bets are counted for it.
   *
   * @param seen up to which it has been refused before
   * @returns null when there are no later ones
   */
  take(address: string, seen: number): Unattributed | null {
    const group = this.groups.get(addressGroup(address));
    if (group === undefined) return null;
    for (const session of group.open) this.fold(group, session);
    if (group.latest <= seen) return null;
    const { bets, latest } = group;
    group.bets = 0;
    return { bets, upTo: latest };
  }

  private fold(group: Group, session: Session): void {
    group.open.delete(session);
    group.bets += session.rejected;
    session.rejected = 0;
    group.latest = ++this.sessions;
  }
}
