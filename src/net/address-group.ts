import { isIPv6 } from 'node:net';

const NETWORK_PARTS = 4;

/**
 * The key under which connections from an address are counted: an IPv4 address, or the first 64 bits
 * of an IPv6 address, since a peer that has one of those has all (RFC 4291, section 2.5.4).
 */
export function addressGroup(address: string): string {
  // Node's expression for IPv6 takes milliseconds to compile: an address without a colon need not wait.
  if (!address.includes(':') || !isIPv6(address)) return address;
  const [head = '', tail = ''] = (address.split('%')[0] ?? '').split('::');
  const before = partsOf(head);
  const behind = partsOf(tail);
  // The last part may be an IPv4 address, which stands for two.
  const missing = 8 - before.length - behind.length - Number(address.includes('.'));
  const parts = [...before, ...Array<string>(Math.max(0, missing)).fill('0'), ...behind];
  const network = parts.slice(0, NETWORK_PARTS).map((part) => Number.parseInt(part, 16));
  return `${network.map((part) => part.toString(16)).join(':')}::/64`;
}

function partsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}
