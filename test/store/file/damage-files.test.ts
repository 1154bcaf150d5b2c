import { expect } from 'chai';
import { nodeFiles } from '../../../src/store/file/directory/files';
import { Store } from '../../../src/store/file/store';
import { MemoryFiles } from '../../support/memory-files';
import { segmentFile, segmentHeader } from '../../support/store-bytes';
import { contentsOf, directoryHolding, removeDirectories } from '../../support/store-directory';
import { CSV, DIRECTORY, expectDamage, refusalOf, TestStore } from '../../support/store-driver';
import { currentSegment, flipped, mapJournal } from '../../support/store-journal';
import { expectKeptOrRefused, LAYOUTS, type Layout } from '../../support/store-layouts';
import { bets, draw, finished } from '../../support/store-ledger';

type Contents = ReadonlyMap<string, Buffer>;

function layoutCalled(name: string): Layout {
  const [, build] = LAYOUTS.find(([what]) => what === name) ?? [];
  if (build === undefined) throw new Error(`no layout ${name}`);
  return build();
}

function csvOf({ contents }: Layout): Buffer {
  return contents.get(CSV) ?? Buffer.alloc(0);
}

function without(contents: Contents, ...paths: readonly string[]): Map<string, Buffer> {
  return new Map([...contents].filter(([path]) => !paths.includes(path)));
}

/** Checks that these files are refused, in which of them, and that opening left all as it was. */
function expectRefused(layout: Layout, contents: Contents, file: string): void {
  const files = MemoryFiles.holding(contents);
  expectDamage(
    refusalOf(() => new TestStore(files, layout.segmentBytes)),
    file,
  );
  const isSame = [...files.contents()].every(([path, bytes]) => contents.get(path)?.equals(bytes));
  expect(isSame && files.contents().size === contents.size, 'something was changed').to.equal(true);
  expect(files.openDescriptors).to.equal(0);
}

describe('store: bets.csv that does not fit the journal', () => {
  let layout: Layout;

  beforeEach(() => {
    layout = layoutCalled('a journal that ends in bets');
  });
  afterEach(removeDirectories);

  it('is refused with any row byte changed to another one', () => {
    const csv = csvOf(layout);
    for (let at = 0; at < csv.length; at++) {
      const changed = new Map(layout.contents).set(CSV, flipped(csv, at, 0x01));
      expectRefused(layout, changed, CSV);
    }
  });

  it('names the very byte that is wrong', () => {
    const contents = new Map(layout.contents).set(CSV, flipped(csvOf(layout), 57, 0x01));
    const refusal = refusalOf(() => new TestStore(MemoryFiles.holding(contents), 1024));
    expect(refusal?.message).to.match(/^\/data\/bets\.csv: offset 57: /);
  });

  it('is refused when longer, by whatever', () => {
    const csv = csvOf(layout);
    for (const more of ['\n', '\0', '1,', csv.toString('latin1', 0, 50)]) {
      const longer = Buffer.concat([csv, Buffer.from(more)]);
      expectRefused(layout, new Map(layout.contents).set(CSV, longer), CSV);
    }
  });

  it('is completed when shorter, at every length', () => {
    const csv = csvOf(layout);
    for (let length = 0; length < csv.length; length++) {
      const contents = new Map(layout.contents).set(CSV, csv.subarray(0, length));
      expect(expectKeptOrRefused(layout, contents)).to.equal('kept');
    }
  });

  it('is completed when a part reads as zeros', () => {
    const csv = csvOf(layout);
    for (let at = 0; at < csv.length; at += 11) {
      const holed = Buffer.from(csv).fill(0, at, Math.min(at + 40, csv.length));
      const contents = new Map(layout.contents).set(CSV, holed);
      expect(expectKeptOrRefused(layout, contents)).to.equal('kept');
    }
  });

  it('says how much was missing', () => {
    const contents = without(layout.contents, CSV);
    const store = new TestStore(MemoryFiles.holding(contents), 1024, layout.ledger);
    expect(store.recovery).to.deep.equal({ restoredBytes: csvOf(layout).length, torn: false });
    store.expectHolds();
  });

  it('is made again when it is missing and the journal holds all of it', () => {
    expect(expectKeptOrRefused(layout, without(layout.contents, CSV))).to.equal('kept');
  });

  it('is refused when it is missing, or shorter than what the journal starts from', () => {
    const long = layoutCalled('two segments in use');
    const [older] = mapJournal(long.contents);
    const base = Number(older?.bytes.readBigUInt64BE(16));
    expect(base).to.be.greaterThan(100);
    for (const length of [0, 1, base - 1]) {
      const contents = new Map(long.contents).set(CSV, csvOf(long).subarray(0, length));
      expectRefused(long, contents, CSV);
    }
    expectRefused(long, without(long.contents, CSV), CSV);
    const enough = new Map(long.contents).set(CSV, csvOf(long).subarray(0, base));
    expect(expectKeptOrRefused(long, enough)).to.equal('kept');
  });

  it('is refused as a whole: what is missing in front of the wrong byte stays missing', () => {
    const csv = Buffer.from(csvOf(layout));
    csv.fill(0, 0, 20);
    const wrong = flipped(csv, csv.length - 5, 0x01);
    expectRefused(layout, new Map(layout.contents).set(CSV, wrong), CSV);
  });

  it('is refused on the real file system, and nothing there is changed', () => {
    const contents = new Map(layout.contents).set(CSV, flipped(csvOf(layout), 3, 0x01));
    const directory = directoryHolding(contents);
    const options = { directory, files: nodeFiles, segmentBytes: 1024, onFailure: () => undefined };
    expectDamage(
      refusalOf(() => Store.open(options)),
      'bets.csv',
    );
    expect(contentsOf(directory)).to.deep.equal(contents);
  });
});

describe('store: missing journal files', () => {
  const A = '/data/journal.a';
  const B = '/data/journal.b';

  for (const [name, build] of LAYOUTS) {
    it(`of ${name} are noticed, whichever they are`, () => {
      const layout = build();
      expectRefused(layout, without(layout.contents, B), B);
      const noFirst = without(layout.contents, A);
      // Either file may be named: the journal's, or the one that has no journal beside it.
      expectRefused(layout, noFirst, csvOf(layout).length > 0 ? '(journal.a|bets.csv)' : A);
      if (csvOf(layout).length > 0) expectRefused(layout, without(layout.contents, A, B), CSV);
    });
  }

  it('are noticed also when bets.csv is gone with the first', () => {
    const layout = layoutCalled('a journal that ends in bets');
    expectRefused(layout, without(layout.contents, A, CSV), '(journal.a|bets.csv)');
  });

  it('are made again where making them did not come to its end', () => {
    const whole = new TestStore(MemoryFiles.withDirectory(DIRECTORY), 1024).files.contents();
    const zeros = Buffer.alloc(1024);
    const header = segmentHeader({
      magic: 'LNJRNL03',
      generation: 1,
      snapshot: { agencies: [], draw: null },
    });
    const second = segmentFile(1024, header);
    const unfinished: Contents[] = [
      new Map([[CSV, Buffer.alloc(0)]]),
      new Map([[`${B}.new`, Buffer.alloc(100, 'x')]]),
      // Of an earlier version.
      new Map([[B, zeros]]),
      new Map([[B, second]]),
      new Map([
        [B, second],
        [`${A}.new`, (whole.get(A) ?? zeros).subarray(0, 60)],
      ]),
    ];
    for (const contents of unfinished) {
      const store = new TestStore(MemoryFiles.holding(contents), 1024);
      store.commit(bets(1, 1));
      new TestStore(store.files.kill(), 1024, store.ledger).expectHolds();
    }
  });
});

describe('store: segments that do not belong together', () => {
  function twoLives(): { young: Contents; old: Contents } {
    const store = new TestStore(MemoryFiles.withDirectory(DIRECTORY), 1024);
    store.commit(bets(1, 2));
    const young = store.files.contents();
    while (currentSegment(store.files.contents()).generation < 6) store.commit(bets(1, 2));
    store.commit(finished(1), draw);
    return { young, old: store.files.contents() };
  }

  it('are refused when one file is of an earlier time', () => {
    const { young, old } = twoLives();
    for (const path of ['/data/journal.a', '/data/journal.b']) {
      const files = MemoryFiles.holding(new Map(old).set(path, young.get(path) ?? Buffer.of()));
      expectDamage(refusalOf(() => new TestStore(files, 1024)));
    }
  });

  it('are refused when both files are of an earlier time than bets.csv', () => {
    const { young, old } = twoLives();
    const files = MemoryFiles.holding(new Map(young).set(CSV, old.get(CSV) ?? Buffer.of()));
    expectDamage(
      refusalOf(() => new TestStore(files, 1024)),
      CSV,
    );
  });

  it('are refused when bets.csv is of an earlier time, and its rows are no longer held', () => {
    const { young, old } = twoLives();
    const files = MemoryFiles.holding(new Map(old).set(CSV, young.get(CSV) ?? Buffer.of()));
    expectDamage(
      refusalOf(() => new TestStore(files, 1024)),
      CSV,
    );
  });

  it('are refused when neither has a whole header', () => {
    const { old } = twoLives();
    const contents = new Map(old);
    for (const path of ['/data/journal.a', '/data/journal.b']) {
      contents.set(path, flipped(old.get(path) ?? Buffer.of(), 20, 1));
    }
    expectDamage(
      refusalOf(() => new TestStore(MemoryFiles.holding(contents), 1024)),
      'journal.a',
    );
  });
});
