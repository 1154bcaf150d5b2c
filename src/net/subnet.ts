/** Networks in CIDR notation, as `172.25.125.0/24` or `fd00::/8`. */
import { BlockList, isIP } from 'node:net';

/** A network of IPv4 or IPv6 addresses. */
export interface Subnet {
  readonly address: string;
  readonly prefixBits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** The network of the exercise's Compose file, as the course's tests expect it. */
export const COURSE_SUBNET = '172.25.125.0/24';

/** @returns undefined for anything that is no network */
export function parseSubnet(text: string): Subnet | undefined {
  const [, address = '', bits = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0 || Number(bits) > (version === 4 ? 32 : 128)) return undefined;
  return { address, prefixBits: Number(bits), family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** As the system writes them, which is how nearly all of them come. */
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1)$/;

/** Loopback addresses, and those of some networks. */
export class TrustedNetworks {
  /** Made for the first address that is not loopback, which a central may not have: Node takes 1 ms for the first one. */
  private list: BlockList | null = null;

  constructor(private readonly subnets: readonly Subnet[]) {}

  /** @param address without name; an IPv6 address may have a zone (`fe80::1%eth0`) */
  has(address: string): boolean {
    const [withoutZone = ''] = address.split('%');
    if (LOOPBACK.test(withoutZone)) return true;
    this.list ??= listOf(this.subnets);
    return this.list.check(withoutZone, withoutZone.includes(':') ? 'ipv6' : 'ipv4');
  }
}

function listOf(subnets: readonly Subnet[]): BlockList {
  const list = new BlockList();
  // An IPv6 address may stand for one of these, or be ::1 in other words.
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  list.addAddress('::1', 'ipv6');
  for (const { address, prefixBits, family } of subnets) {
    list.addSubnet(address, prefixBits, family);
  }
  return list;
}
