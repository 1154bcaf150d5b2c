/** The number of a draw, by the terms that the lottery was begun with. */
import { LOTTERY_WINNER_NUMBER } from '../../domain/bet';
import { drawnNumber } from '../../domain/drawn-number';
import { blockBytesFor, digestOf } from '../../store/file/acta';
import { BetsAudit } from '../../store/file/bets-audit';
import type { Files } from '../../store/file/files';
import type { Store } from '../../store/file/store';

export interface NumberOptions {
  readonly files: Files;
  readonly store: Pick<Store, 'state' | 'csvPath' | 'csvDescriptor'>;
  /** Lets all ranges of the audit be read. */
  readonly readRanges: (audit: BetsAudit) => PromiseLike<void>;
}

/**
 * A number that is random follows from all bets, so that they are read, checked and hashed before.
 *
 * @throws LoteriaError STORE_DAMAGED, STORE_IO
 */
export function findNumber({
  files,
  store,
  readRanges,
}: NumberOptions): number | PromiseLike<number> {
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
    return drawnNumber(terms.seed, digestOf(audit.hashes), terms.salt);
  });
}
