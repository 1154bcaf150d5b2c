import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LoteriaError } from '../../../src/base/errors';
import { nodeFiles } from '../../../src/store/file/directory/files';
import { Store } from '../../../src/store/file/store';
import { closed, openFileEngine } from '../../support/file-engine';
import { makeDirectory, removeDirectories } from '../../support/store-directory';
import { contestantRow, crcOf } from '../../support/wire-builder';

const ROWS = Array.from({ length: 40 }, (_, i) =>
  contestantRow({
    agency: 1,
    firstName: 'Nora',
    lastName: 'Paz',
    document: String(30_000_000 + i),
    birthdate: '1988-04-23',
  }),
);

describe('the file of winners of the 2020 edition', () => {
  let directory: string;

  beforeEach(async () => {
    directory = makeDirectory();
    const store = open();
    const rows = Buffer.concat(ROWS);
    const checksum = crcOf(rows, 0);
    await store.commitNow([{ kind: 'bets', agency: 1, count: ROWS.length, rows, checksum }]);
    await close(store);
    // From its second start on the journal does not hold the rows any more.
    await serve();
  });
  afterEach(removeDirectories);

  const open = (): Store =>
    Store.open({
      directory,
      files: nodeFiles,
      segmentBytes: 16_384,
      edition: '2020',
      onFailure: (error) => {
        throw error;
      },
    });

  const close = (store: Store): Promise<void> =>
    new Promise((resolve) => {
      store.close(resolve);
    });

  /** Takes up what is stored, as a central does, and ends. */
  const serve = async (): Promise<void> => {
    const store = openFileEngine(directory, { edition: '2020' });
    try {
      store.recall(() => undefined);
    } finally {
      await closed(store);
    }
  };

  const refusal = async (): Promise<unknown> => {
    try {
      await serve();
      return null;
    } catch (error) {
      return error;
    }
  };

  const read = (name: string): Buffer => readFileSync(join(directory, name));

  it('is made again, the same', async () => {
    const before = read('winners').toString('utf8');
    expect(before).to.include('Full name: Nora Paz');
    expect(await refusal()).to.equal(null);
    expect(read('winners').toString('utf8')).to.equal(before);
  });

  const damages: readonly [string, (csv: Buffer) => Buffer][] = [
    ['a digit that changed', (csv) => changed(csv, csv.indexOf('30000007') + 7, 0x38)],
    [
      'a row that reads as zeros',
      (csv) => csv.fill(0, ROWS[0]?.length, 2 * (ROWS[0]?.length ?? 0)),
    ],
    ['the number of another agency', (csv) => changed(csv, 0, 0x32)],
  ];
  for (const [what, damage] of damages) {
    it(`is not made from ${what}`, async () => {
      const winners = read('winners');
      writeFileSync(join(directory, 'bets.csv'), damage(read('bets.csv')));
      const error = await refusal();
      expect(error).to.be.instanceOf(LoteriaError);
      expect(error).to.include({ code: 'STORE_DAMAGED' });
      expect(read('winners').equals(winners)).to.equal(true);
    });
  }
});

function changed(bytes: Buffer, at: number, byte: number): Buffer {
  bytes[at] = byte;
  return bytes;
}
