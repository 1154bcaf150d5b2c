/**
 * `node:crypto`, loaded where it is first used: that takes 4 ms, and a central that listens, or a worker that parses,
 * may need none of it for long.
 */
import { lazily } from './lazily';

export const nodeCrypto = lazily(() => process.getBuiltinModule('node:crypto'));
