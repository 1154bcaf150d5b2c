/**
 * `node:crypto`, loaded where it is first used: that takes 4 ms, and a central that listens, or a worker that parses,
 * may need none of it for long.
 */
import type * as NodeCrypto from 'node:crypto';

let loaded: typeof NodeCrypto | null = null;

export function nodeCrypto(): typeof NodeCrypto {
  loaded ??= process.getBuiltinModule('node:crypto');
  return loaded;
}
