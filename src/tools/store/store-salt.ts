/**
 * `loteria store salt`: records the value that the source of the salt has published, once all agencies have
 * finished. The next start draws with it, and the acta names it.
 */
import { systemClock } from '../../base/clock';
import { LoteriaError } from '../../base/errors';
import type { StoreState } from '../../store/state';
import { withStore } from './offline-store';

/** What became of the salt. */
export interface StoredSalt {
  /** What publishes it. */
  readonly source: string;
  /** Whether it was recorded before. */
  readonly wasThere: boolean;
}

/**
 * @param value 1 to `LIMITS.drawSaltBytesMax` printable ASCII characters
 * @throws LoteriaError CONFIG_INVALID when none is awaited, or another one is recorded; DATA_UNREADABLE,
 *   STORE_LOCKED, STORE_DAMAGED, STORE_INCOMPLETE, STORE_IO
 */
export function recordSalt(directory: string, value: string): Promise<StoredSalt> {
  return withStore(directory, async (store) => {
    const found = awaitedSalt(directory, store.state, value);
    const salt = { value, timeMs: systemClock.wallTimeMs() };
    if (!found.wasThere) await store.commitNow([{ kind: 'salt', salt }]);
    return found;
  });
}

/**
 * Whether the value may be recorded.
 *
 * @throws LoteriaError CONFIG_INVALID
 */
export function awaitedSalt(
  directory: string,
  { terms, agencies, betsDigest, salt }: Readonly<StoreState>,
  value: string,
): StoredSalt {
  const refuse = (why: string): never => {
    throw new LoteriaError('CONFIG_INVALID', `${directory}: ${why}`);
  };
  const number = terms?.winningNumber ?? null;
  if (terms === null || number?.kind !== 'beacon') {
    return refuse('it was begun without DRAW_SALT_SOURCE, so that its draw waits for no salt');
  }
  const { source } = number;
  if (salt !== null) {
    if (salt.value === value) return { source, wasThere: true };
    return refuse(`the value of ${source} is recorded as "${salt.value}", and is not changed`);
  }
  for (let agency = 1; agency <= terms.agencies; agency++) {
    if (agencies.get(agency)?.finished === true) continue;
    const why = 'whoever knows the salt must not be able to bet';
    return refuse(`agency ${String(agency)} has not finished, and ${why}; record it afterwards`);
  }
  if (terms.agencies === 0) return refuse('no agencies take part, so that there is no draw');
  if (betsDigest === null) {
    const why = 'it must be published before the salt is known';
    return refuse(`the digest of all bets is not recorded, and ${why}; start the central once`);
  }
  return { source, wasThere: false };
}
