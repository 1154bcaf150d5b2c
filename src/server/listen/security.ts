/** Authentication from the settings, and a warning when there is none. */
import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { Logger } from '../../base/log';
import { readRevocations, readTlsFiles, type TlsCredentials } from '../../net/tls-files';
import type { ServerConfig } from '../config';
import {
  CertificateIdentity,
  CombinedIdentity,
  OpenIdentity,
  SecretIdentity,
  type Identity,
} from '../session/identity';
import { readSecrets } from './identity-secrets';

export interface Security {
  readonly identity: Identity;
  /** Null: plain TCP. */
  readonly tls: (TlsCredentials & { readonly crl: readonly string[] }) | null;
  /** Whether any peer may speak for any agency. */
  readonly isOpen: boolean;
}

/** @throws LoteriaError CONFIG_UNREADABLE, CONFIG_INVALID, CONFIG_MISSING */
export function readSecurity(config: ServerConfig): Security {
  const { secretsFile, agencies } = config;
  const credentials = readTls(config);
  const identities: Identity[] = [];
  if (secretsFile !== null) {
    identities.push(new SecretIdentity(readSecrets(secretsFile, agencies)));
  }
  if (credentials !== null) identities.push(new CertificateIdentity());
  const isOpen = identities.length === 0;
  const identity = isOpen ? new OpenIdentity() : new CombinedIdentity(identities);
  return { identity, tls: credentials, isOpen };
}

function readTls({ tls, tlsRevocations }: ServerConfig): Security['tls'] {
  if (tls === null) return null;
  const crl = tlsRevocations === null ? [] : readRevocations(tlsRevocations);
  return { ...readTlsFiles(tls), crl };
}

/**
 * Warns, with advice, if a central without authentication is reachable from other machines.
 *
 * @param bound the address that the central listens on
 */
export function warnIfExposed(logger: Logger, bound: string): void {
  const [first, ...others] = exposedAddresses(bound, networkInterfaces());
  if (first === undefined) return;
  logger.warning('security', 'in_progress', {
    reachable: others.length === 0 ? first : `${first} and ${String(others.length)} more`,
    problem: 'whoever can connect may speak for any agency',
    advice: 'set SECRETS_FILE, or TLS_CERT, TLS_KEY and TLS_CLIENT_CA (README, Security)',
  });
}

/** Whether other machines can reach the central: not on loopback or the exercise's Compose network. */

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
