import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Bet } from '../../../src/domain/bet';
import { countBets, loadBets, storeBets } from '../../../src/store/file/course-functions';
import { nodeFiles } from '../../../src/store/file/directory/files';
import { Store } from '../../../src/store/file/store';
import { emptyState, type StoreEntry } from '../../../src/store/state';
import { makeDirectory, removeDirectories } from '../../support/store-directory';
import { bets, draw, expectHolds, finished, Ledger, type Wish } from '../../support/store-ledger';

const SEGMENT_BYTES = 4096;

describe('store: on the real file system', () => {
  let directory: string;

  beforeEach(() => {
    directory = makeDirectory();
  });
  afterEach(removeDirectories);

  function open(segmentBytes = SEGMENT_BYTES): Store {
    return Store.open({
      directory,
      files: nodeFiles,
      segmentBytes,
      onFailure: (error) => {
        throw error;
      },
    });
  }

  function commit(store: Store, entries: readonly StoreEntry[]): Promise<void> {
    return new Promise((resolve) => {
      store.commit(entries, resolve);
    });
  }

  function close(store: Store): Promise<void> {
    return new Promise((resolve) => {
      store.close(resolve);
    });
  }

  async function commitAll(
    store: Store,
    ledger: Ledger,
    all: readonly (readonly Wish[])[],
  ): Promise<Ledger> {
    let now = ledger;
    for (const wishes of all) {
      const entries = now.entries(wishes);
      await commit(store, entries);
      now = now.after(entries);
      expectHolds(store.state, readFileSync(store.csvPath), now);
    }
    return now;
  }

  it('makes bets.csv and two journal files of the full size', async () => {
    await close(open());
    expect(readFileSync(join(directory, 'bets.csv'))).to.have.lengthOf(0);
    for (const name of ['journal.a', 'journal.b']) {
      expect(statSync(join(directory, name)).size, name).to.equal(SEGMENT_BYTES);
      expect(existsSync(join(directory, `${name}.new`)), name).to.equal(false);
    }
  });

  it('holds everything over many commits, turn-overs and restarts', async () => {
    let ledger = Ledger.empty;
    for (let life = 0; life < 4; life++) {
      const store = open();
      expectHolds(store.state, readFileSync(store.csvPath), ledger);
      expect(store.recovery).to.deep.equal({ restoredBytes: 0, torn: false });
      const wishes = Array.from({ length: 30 }, (_, i) => [
        bets(1 + (i % 3), 1 + ((i * life) % 7)),
      ]);
      ledger = await commitAll(store, ledger, [...wishes, [finished(life + 1)]]);
      await close(store);
    }
    const last = open();
    ledger = await commitAll(last, ledger, [[draw]]);
    await close(last);
    expectHolds(open().state, readFileSync(join(directory, 'bets.csv')), ledger);
  });

  it('takes back a directory whose central was killed: nothing was closed', async () => {
    const ledger = await commitAll(open(), Ledger.empty, [[bets(1, 3)], [finished(1), bets(2, 2)]]);
    expectHolds(open().state, readFileSync(join(directory, 'bets.csv')), ledger);
  });

  it('takes more batches in one commit than one system call takes buffers', async () => {
    const store = open(1 << 20);
    const wishes = Array.from({ length: 3000 }, (_, i) => bets(1 + (i % 50), 1));
    const ledger = await commitAll(store, Ledger.empty, [wishes]);
    await close(store);
    expectHolds(open(1 << 20).state, readFileSync(join(directory, 'bets.csv')), ledger);
  });

  it("leaves the very bytes that the course's function writes", async () => {
    const written = join(directory, 'course.csv');
    const names = ['Nora', 'Pérez, hijo', 'la "Negra"', 'Ñandú 🍀', ' x ', "d'Or;|"];
    const all = names.map(
      (name, i) =>
        new Bet(1 + (i % 2), name, names.at(-i) ?? '', `000${String(i)}`, '2000-02-29', i),
    );
    storeBets(all, written);
    // The course's rows, one batch each, are what the store is given.
    const rows = readFileSync(written, 'utf8').split(/(?<=\r\n)/);
    const store = open();
    let state = emptyState();
    for (const row of rows) {
      const agency = Number(row.split(',')[0]);
      const before = state.agencies.get(agency)?.checksum ?? 0;
      const { crc32 } = await import('node:zlib');
      await commit(store, [
        { kind: 'bets', agency, count: 1, rows: Buffer.from(row), checksum: crc32(row, before) },
      ]);
      state = store.state;
    }
    await close(store);
    expect(readFileSync(store.csvPath).equals(readFileSync(written))).to.equal(true);
    const loaded: Bet[] = [];
    for await (const bet of loadBets(store.csvPath)) loaded.push(bet);
    expect(loaded).to.deep.equal(all);
    expect(await countBets(store.csvPath)).to.deep.equal(
      new Map([...state.agencies.values()].map(({ agency, stored }) => [agency, stored])),
    );
  });

  it('refuses a directory that is not there, with the code of an I/O error', () => {
    directory = join(directory, 'missing');
    expect(open)
      .to.throw(/ENOENT/)
      .with.property('code', 'STORE_IO');
  });
});
