/** The number of a draw, by the terms that the lottery was begun with. */
import { LOTTERY_WINNER_NUMBER } from '../../domain/bet';
import { drawnNumber } from '../../domain/drawn-number';
import { blockBytesFor, digestOf } from '../../store/file/acta';
import { BetsAudit } from '../../store/file/bets-audit';
import type { Files } from '../../store/file/files';
import type { Store } from '../../store/file/store';
import { saltOf } from '../../store/terms';

export interface NumberOptions {
  readonly files: Files;
  readonly store: Pick<Store, 'state' | 'csvPath' | 'csvDescriptor'>;
  /** Lets all ranges of the audit be read. */
  readonly readRanges: (audit: BetsAudit) => PromiseLike<void>;
  /**
   * All bets are there, but not the salt.
   *
   * @param source what is to publish it
   * @param digest of all bets: who has it can tell later that none was changed since
   */
  readonly onSaltAwaited: (source: string, digest: string) => void;
}

/**
 * A number that is random follows from all bets, so that they are read, checked and hashed before.
 *
 * @returns null when it follows from a salt that is not recorded yet
 * @throws LoteriaError STORE_DAMAGED, STORE_IO
 */
export function findNumber({
  files,
  store,
  readRanges,
  onSaltAwaited,
}: NumberOptions): number | PromiseLike<number | null> {
  const { state, csvPath: path, csvDescriptor: fd } = store;
  const terms = state.terms?.winningNumber ?? null;
  if (terms === null) return LOTTERY_WINNER_NUMBER;
  if (terms.kind === 'fixed') return terms.number;
  const blockBytes = blockBytesFor(state.csvBytes);
  const audit = new BetsAudit({
    path,
    fd,
    size: () => files.size(fd),
    state,
    number: null,
    blockBytes,
  });
  return readRanges(audit).then(() => {
    audit.finish();
    const digest = digestOf(audit.hashes);
    const salt = saltOf(terms, state.salt);
    if (salt.kind === 'known') return drawnNumber(terms.seed, digest, salt.value);
    onSaltAwaited(salt.source, digest);
    return null;
  });
}
