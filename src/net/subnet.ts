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

/** Loopback addresses, and those of some networks. */
export class TrustedNetworks {
  private readonly list = new BlockList();

  constructor(subnets: readonly Subnet[]) {
    this.list.addSubnet('127.0.0.0', 8, 'ipv4');
    this.list.addAddress('::1', 'ipv6');
    for (const { address, prefixBits, family } of subnets) {
      this.list.addSubnet(address, prefixBits, family);
    }
  }

  /** @param address without name; an IPv6 address may have a zone (`fe80::1%eth0`) */
  has(address: string): boolean {
    const [withoutZone = ''] = address.split('%');
    return this.list.check(withoutZone, withoutZone.includes(':') ? 'ipv6' : 'ipv4');
  }
}
