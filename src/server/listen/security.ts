/** Authentication from the settings, and a warning when there is none. */
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { Logger } from '../../base/log/log';
import { TrustedNetworks, type Subnet } from '../../net/subnet';
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

/** How peers prove which agency they are: all that listeners and sessions need for it. */
export interface Security {
  readonly identity: Identity;
  /** Null: plain TCP. */
  readonly tls: (TlsCredentials & { readonly crl: readonly string[] }) | null;
  /** Whether any peer may act as any agency. */
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
 * @param trusted networks whose machines may reach it
 */
export function warnIfExposed(logger: Logger, bound: string, trusted: readonly Subnet[]): void {
  const [first, ...others] = exposedAddresses(bound, trusted, networkInterfaces);
  if (first === undefined) return;
  logger.warning('security', 'in_progress', {
    reachable: others.length === 0 ? first : `${first} and ${String(others.length)} more`,
    problem: 'whoever can connect may act as any agency',
    advice: 'set SECRETS_FILE, or TLS_CERT, TLS_KEY and TLS_CLIENT_CA (docs/SECURITY.md)',
  });
}

/**
 * The same for a board: it has no TLS, and shows its figures to whoever can connect.
 *
 * @param bound the address that it listens on
 */
export function warnIfBoardExposed(
  logger: Logger,
  bound: string,
  trusted: readonly Subnet[],
): void {
  const [first] = exposedAddresses(bound, trusted, networkInterfaces);
  if (first === undefined) return;
  logger.warning('security', 'in_progress', {
    reachable: first,
    problem: 'the board speaks plain HTTP, and whoever can connect sees its figures',
    advice: 'leave BOARD_ADDRESS on loopback, behind a proxy with TLS',
  });
}

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * Addresses on which machines outside of trusted networks reach a listener.
 *
 * @param bound the address that it is bound to: `0.0.0.0`, `::`, or one of an interface
 * @param trusted networks that hold nobody else, beside loopback
 * @param interfaces `os.networkInterfaces`, which is called for unspecified addresses only
 */
export function exposedAddresses(
  bound: string,
  trusted: readonly Subnet[],
  interfaces: () => Interfaces,
): string[] {
  const own = (): NetworkInterfaceInfo[] =>
    Object.values(interfaces()).flatMap((infos) => infos ?? []);
  let candidates = [bound];
  if (bound === '0.0.0.0') {
    candidates = own()
      .filter(isIPv4)
      .map(({ address }) => address);
  }
  // Node listens for both families on the unspecified IPv6 address.
  else if (bound === '::') candidates = own().map(({ address }) => address);
  const networks = new TrustedNetworks(trusted);
  return candidates.filter((address) => !networks.has(address));
}

function isIPv4({ family }: NetworkInterfaceInfo): boolean {
  return family === 'IPv4';
}
