/**
 * The PEM files of TLS: own certificate and key, authorities of the peers' certificates, revocation
 * lists. `node:tls` and `node:crypto` take 12 ms to load, so a program without TLS never loads them.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import { LoteriaError, messageOf } from '../base/errors';
import { LIMITS } from '../base/limits';
import { nodeCrypto } from '../base/node-crypto';
import { readSmallFile } from '../base/small-file';

export interface TlsPaths {
  /** Own certificate, followed by any intermediate ones. */
  readonly cert: string;
  readonly key: string;
  /** The authorities that sign the other side's certificates. */
  readonly ca: string;
}

/** The contents of the files, in PEM. */
export interface TlsCredentials {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

/** A list, or the beginning of a truncated one. */
const REVOCATIONS = /-----BEGIN X509 CRL-----[^-]*(?:-----END X509 CRL-----)?/g;

/**
 * Reads and checks the files. Node itself reports neither which file is wrong nor a file of authorities
 * that holds none.
 *
 * @throws LoteriaError CONFIG_UNREADABLE, CONFIG_INVALID
 */
export function readTlsFiles(paths: TlsPaths): TlsCredentials {
  const cert = readSmallFile(paths.cert, 'certificate', LIMITS.pemFileBytesMax);
  const key = readSmallFile(paths.key, 'key', LIMITS.pemFileBytesMax);
  const ca = readSmallFile(paths.ca, 'authorities', LIMITS.pemFileBytesMax);
  const certificate = parse(paths.cert, 'a certificate in PEM', () => certificateIn(cert));
  const privateKey = parse<KeyObject>(paths.key, 'a private key in PEM, not encrypted', () =>
    nodeCrypto().createPrivateKey(key),
  );
  parse(paths.ca, 'a certificate in PEM', () => certificateIn(ca));
  if (!certificate.checkPrivateKey(privateKey)) {
    const text = `${paths.key}: expected the key of the certificate in ${paths.cert}`;
    throw new LoteriaError('CONFIG_INVALID', text);
  }
  parse(paths.cert, 'a certificate fit for TLS 1.3', () => {
    checkContext({ cert, key, ca, minVersion: 'TLSv1.3' });
  });
  return { cert, key, ca };
}

/**
 * Reads certificate revocation lists, one for each authority.
 *
 * @returns the lists, in PEM, one per text, because Node reads only the first one
 * @throws LoteriaError CONFIG_UNREADABLE, CONFIG_INVALID
 */
export function readRevocations(path: string): string[] {
  const text = readSmallFile(path, 'revocations', LIMITS.crlFileBytesMax).toString('latin1');
  const lists = text.match(REVOCATIONS) ?? [];
  parse(path, 'certificate revocation lists in PEM', () => {
    if (lists.length === 0) throw new Error('there is none in it');
    for (const crl of lists) checkContext({ crl });
  });
  return lists;
}

/** @throws when OpenSSL does not take them */
function checkContext(options: SecureContextOptions): void {
  process.getBuiltinModule('node:tls').createSecureContext(options);
}

/** The first certificate of a PEM file. */
function certificateIn(pem: Buffer): X509Certificate {
  // The constructor also accepts the binary form, which node:tls does not.
  if (!pem.includes('-----BEGIN ')) throw new Error('there is no "-----BEGIN " in it');
  const { X509Certificate: Certificate } = nodeCrypto();
  return new Certificate(pem);
}

function parse<T>(path: string, expected: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const text = `${path}: expected ${expected}: ${messageOf(error)}`;
    throw new LoteriaError('CONFIG_INVALID', text, { cause: error });
  }
}

/**
 * A short reason for a TLS error: OpenSSL's own messages are addresses and source lines.
 *
 * @returns system errors (ECONNREFUSED, ...) unchanged, everything else as `TLS: reason`
 */
export function readableTlsError(error: Error): Error {
  if ('syscall' in error) return error;
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : undefined;
  const hint = reason === 'wrong version number' ? ' (the other side does not speak TLS)' : '';
  return new Error(`TLS: ${reason ?? error.message}${hint}`, { cause: error });
}
