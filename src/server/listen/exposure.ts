/** Can strangers reach the central? Loopback and the exercise's Compose network hold none. */
import { BlockList, isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

/** The network of the Compose file (`src/tools/compose.ts`). */
export const COMPOSE_NETWORK = { address: '172.25.125.0', prefixBits: 24 } as const;

const PRIVATE = new BlockList();
PRIVATE.addSubnet('127.0.0.0', 8, 'ipv4');
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet(COMPOSE_NETWORK.address, COMPOSE_NETWORK.prefixBits, 'ipv4');

/**
 * Addresses on which others than this machine and the Compose network reach a listener.
 *
 * @param bound the address that it is bound to: `0.0.0.0`, `::`, or one of an interface
 * @param interfaces as `os.networkInterfaces()` gives them
 */
export function exposedAddresses(
  bound: string,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): string[] {
  const own = Object.values(interfaces).flatMap((infos) => infos ?? []);
  let candidates = [bound];
  if (bound === '0.0.0.0') candidates = own.filter(isIPv4).map(({ address }) => address);
  // Node listens for both families on the unspecified IPv6 address.
  else if (bound === '::') candidates = own.map(({ address }) => address);
  return candidates.filter((address) => !isPrivate(address));
}

function isIPv4({ family }: NetworkInterfaceInfo): boolean {
  return family === 'IPv4';
}

/** @param address without name; an IPv6 address may have a zone (`fe80::1%eth0`) */
function isPrivate(address: string): boolean {
  const [withoutZone = ''] = address.split('%');
  return PRIVATE.check(withoutZone, isIPv6(withoutZone) ? 'ipv6' : 'ipv4');
}
