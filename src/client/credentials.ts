/** The agency's credentials. */
import { LoteriaError } from '../base/errors';
import { LIMITS } from '../base/limits';
import { readSmallFile } from '../base/small-file';
import type { TlsDialOptions } from '../net/dial';
import { readTlsFiles } from '../net/tls-files';
import type { ClientConfig } from './config';

export interface Credentials {
  /** Its secret; empty when it has none. */
  readonly token: Buffer;
  /** Null: plain TCP. */
  readonly tls: TlsDialOptions | null;
}

/** @throws LoteriaError CONFIG_UNREADABLE, CONFIG_INVALID */
export function readCredentials({ tokenFile, tls }: ClientConfig): Credentials {
  return {
    token: tokenFile === null ? Buffer.alloc(0) : readToken(tokenFile),
    tls: tls === null ? null : { ...readTlsFiles(tls), serverName: tls.serverName },
  };
}

/**
 * @returns the bytes of the file, without one final line end
 * @throws LoteriaError CONFIG_UNREADABLE, CONFIG_INVALID
 */
export function readToken(path: string): Buffer {
  const lineEnd = 2;
  const bytes = readSmallFile(path, 'token', LIMITS.tokenBytesMax + lineEnd);
  const token = Buffer.from(bytes.toString('latin1').replace(/\r?\n$/, ''), 'latin1');
  if (token.length > 0 && token.length <= LIMITS.tokenBytesMax) return token;
  throw new LoteriaError(
    'CONFIG_INVALID',
    `${path} (token): ${String(token.length)} bytes: expected 1 to ${String(LIMITS.tokenBytesMax)}`,
  );
}
