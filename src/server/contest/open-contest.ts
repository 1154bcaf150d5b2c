/** Wires the 2020 edition into the central: its session, its rows, its file of winners. */
import type { Edition } from '../../domain/contest';
import { ContestParser } from '../../parsing/contest-parser';
import type { Files } from '../../store/file/files';
import type { StoreGuard } from '../../store/file/guard';
import { PersistedWinners } from '../../store/file/persist-winners';
import type { Store } from '../../store/file/store';
import { withStoreCode } from '../../store/file/store-error';
import type { CentralOptions } from '../turn/central';
import { Contest } from './contest';
import { handleContestCommand } from './session';

export interface ContestOptions {
  readonly edition: Edition;
  readonly files: Files;
  readonly directory: string;
  readonly store: Store;
  /** Watches the file of winners from now on. */
  readonly guard: StoreGuard;
  readonly onFatal: (error: unknown) => void;
}

/** What the edition replaces in a central. */
export interface ContestParts {
  readonly parts: Pick<CentralOptions, 'store' | 'parser' | 'handle'>;
  /** Winners among what is stored. */
  readonly winners: number;
  /** @throws LoteriaError STORE_IO */
  close(): void;
}

/**
 * Brings the file of winners to what is stored.
 *
 * @returns null for the lottery, which has nothing to replace
 * @throws LoteriaError STORE_IO, STORE_DAMAGED
 */
export function openContest(options: ContestOptions): ContestParts | null {
  const { edition, files, directory, store } = options;
  if (edition === 'lottery') return null;
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw withStoreCode(directory, error);
    }
  };
  const contest = new Contest();
  const persisted = attempt(() =>
    PersistedWinners.rebuild(files, directory, store.csvPath, store.state, (block) => {
      contest.recall(block);
    }),
  );
  persisted.watchedBy(options.guard);
  const commit: Store['commit'] = (entries, done) => {
    store.commit(entries, () => {
      try {
        for (const entry of entries) {
          if (entry.kind === 'bets') persisted.append(contest.winnersIn(entry.rows));
        }
      } catch (error) {
        options.onFatal(withStoreCode(directory, error));
        return;
      }
      done();
    });
  };
  return {
    parts: {
      store: { commit },
      parser: new ContestParser(),
      handle: (lottery, session, heard, nowMs, out) => {
        handleContestCommand(contest, lottery, session, heard, nowMs, out);
      },
    },
    winners: contest.total,
    close: () => {
      attempt(() => {
        persisted.close();
      });
    },
  };
}
