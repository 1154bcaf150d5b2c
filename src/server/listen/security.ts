/** What the settings ask of whoever connects, and a warning when they ask nothing. */
import { networkInterfaces } from 'node:os';
import type { Logger } from '../../base/log';
import { readRevocations, readTlsFiles, type TlsCredentials } from '../../net/tls-files';
import type { ServerConfig } from '../config';
import { exposedAddresses } from './exposure';
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
  /** Whether anybody may speak for any agency. */
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
 * Says how to turn security on, if others than this machine and the Compose network can connect.
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
