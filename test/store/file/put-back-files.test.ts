/** Somebody copies a backup over the files of a central that runs: in place, so that each stays the same file. */
import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { nodeFiles } from '../../../src/store/file/directory/files';
import { StoreGuard } from '../../../src/store/file/directory/guard';
import type { Store } from '../../../src/store/file/store';
import { verifyStore } from '../../../src/tools/verify/verify';
import { contentsOf, makeDirectory, removeDirectories } from '../../support/store-directory';
import { close, load, open } from '../../support/stopped-directory';
import { bets, finished, type Ledger, type Wish } from '../../support/store-ledger';
import { expectFailure, rejectionOf, thrownBy } from '../../unit/helpers/failures';

type Contents = ReadonlyMap<string, Buffer>;

function putBack(directory: string, contents: Contents, names?: readonly string[]): void {
  for (const [path, bytes] of contents) {
    const name = basename(path);
    if (names?.includes(name) ?? true) writeFileSync(join(directory, name), bytes);
  }
}

describe('files of a store that are put back in place while it is open', () => {
  let directory: string;
  let ledger: Ledger;
  let store: Store;
  let guard: StoreGuard;
  const check = (): void => {
    guard.check();
  };

  /** Opens the directory, and lets the guard watch it. */
  function reopen(): void {
    store = open(directory);
    guard = new StoreGuard(nodeFiles);
    store.watchedBy(guard);
  }

  async function commit(...wishes: readonly Wish[]): Promise<void> {
    const entries = ledger.entries(wishes);
    await store.commitNow(entries);
    ledger = ledger.after(entries);
  }

  beforeEach(async () => {
    directory = makeDirectory();
    ledger = await load(directory, [[bets(1, 2)], [bets(2, 1)]]);
    reopen();
  });
  afterEach(removeDirectories);

  it('are watched without a false alarm over many commits and segments', async () => {
    check();
    for (let i = 0; i < 40; i++) {
      const entries = ledger.entries([bets(1 + (i % 3), 3)]);
      const durable = new Promise<void>((resolve) => {
        store.commit(entries, resolve);
      });
      check();
      ledger = ledger.after(entries);
      await durable;
      check();
    }
    await commit(finished(1));
    check();
    await close(store);
  });

  for (const name of ['journal.a', 'journal.b']) {
    it(`are noticed when ${name} is emptied`, async () => {
      await commit(bets(1, 1));
      writeFileSync(join(directory, name), '');
      expectFailure(thrownBy(check), 'STORE_IO', join(directory, name), 'cut off');
      await close(store);
    });
  }

  it('are noticed when they are those of before the start', async () => {
    await close(store);
    const before = contentsOf(directory);
    reopen();
    putBack(directory, before);
    expectFailure(thrownBy(check), 'STORE_IO', 'journal.', 'header');
    await close(store);
  });

  it('are noticed when they are those of before the last commit', async () => {
    await commit(bets(1, 1));
    const before = contentsOf(directory);
    await commit(bets(1, 1));
    putBack(directory, before);
    expectFailure(thrownBy(check), 'STORE_IO', 'journal.', 'last commit');
    await close(store);
  });

  it('leave no commit behind that a later start takes up', async () => {
    await close(store);
    const before = contentsOf(directory);
    reopen();
    putBack(directory, before);
    // Nobody has looked yet: the commit goes where nothing leads to it.
    await commit(finished(1));
    await close(store);
    const left = contentsOf(directory);
    for (let start = 0; start < 2; start++) {
      expectFailure(
        thrownBy(() => open(directory)),
        'STORE_DAMAGED',
        'journal.',
        'commit 3',
      );
      expectFailure(await rejectionOf(verifyStore(directory)), 'STORE_DAMAGED', 'commit 3');
      expect([...contentsOf(directory)]).to.deep.equal([...left]);
    }
    putBack(directory, before);
    reopen();
    expect(store.state.agencies.get(1)?.finished).to.equal(false);
    await close(store);
  });

  it('leave no commit behind after a turn to the other file, either', async () => {
    const before = contentsOf(directory);
    const generations = new Set<string>();
    for (let i = 0; i < 40 && generations.size < 3; i++) {
      await commit(bets(1, 3));
      generations.add(contentsOf(directory).get('/data/journal.a')?.toString('hex', 8, 16) ?? '');
    }
    putBack(directory, before);
    await commit(finished(1));
    await close(store);
    putBack(directory, before, ['bets.csv']);
    expectFailure(
      thrownBy(() => open(directory)),
      'STORE_DAMAGED',
      'journal.',
      'commit',
    );
  });
});
