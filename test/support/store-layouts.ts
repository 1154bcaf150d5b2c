/** Directories of stores in which everything was acknowledged, in the ways that journals can lie. */
import { MemoryFiles } from './memory-files';
import { DIRECTORY, expectDamage, refusalOf, TestStore } from './store-driver';
import { currentSegment } from './store-journal';
import {
  agencies,
  BEACON,
  bets,
  draw,
  finished,
  RANDOM,
  rejected,
  salt,
  terms,
  type Ledger,
  type Wish,
} from './store-ledger';

export const SEGMENT_BYTES = 1024;

export interface Layout {
  readonly contents: ReadonlyMap<string, Buffer>;
  readonly ledger: Ledger;
  readonly segmentBytes: number;
}

function layoutOf(
  build: (store: TestStore) => TestStore | undefined,
  segmentBytes = SEGMENT_BYTES,
): Layout {
  const first = new TestStore(MemoryFiles.withDirectory(DIRECTORY), segmentBytes);
  const store = build(first) ?? first;
  return { contents: store.files.contents(), ledger: store.ledger, segmentBytes };
}

function commits(...all: readonly (readonly Wish[])[]): () => Layout {
  return () =>
    layoutOf((store) => {
      for (const wishes of all) store.commit(...wishes);
      return undefined;
    });
}

function reopened(store: TestStore): TestStore {
  store.close();
  return new TestStore(store.files.kill(), SEGMENT_BYTES, store.ledger);
}

/** Commits until the segment in use has seen `turns` turn-overs. */
function fill(store: TestStore, turns: number): void {
  const { generation } = currentSegment(store.files.contents());
  for (let i = 0; currentSegment(store.files.contents()).generation < generation + turns; i++) {
    store.commit(bets(1 + (i % 3), 2));
  }
}

export const LAYOUTS: readonly (readonly [string, () => Layout])[] = [
  ['a journal that ends in bets', commits([bets(1, 2)], [finished(2)], [bets(1, 1), bets(2, 1)])],
  ['a journal that ends in a finished agency', commits([bets(1, 2)], [finished(1)])],
  ['a journal that ends in the draw', commits([bets(1, 2)], [finished(1)], [draw])],
  ['a journal that ends in both bets and a finished agency', commits([bets(1, 2), finished(1)])],
  ['a journal without bets', commits([finished(2), finished(1)], [draw])],
  ['a journal that ends in refused bets', commits([bets(1, 2)], [rejected(1, 130)])],
  ['a journal that ends in its terms', commits([terms(3, RANDOM)])],
  [
    'a journal that ends in other agencies',
    commits([terms(3)], [bets(1, 2), rejected(2, 1)], [agencies(4)]),
  ],
  [
    'a journal that ends in a salt',
    commits([terms(2, BEACON)], [bets(1, 2), finished(1)], [finished(2)], [salt('5bb8f0c6')]),
  ],
  [
    'a new segment with a salt',
    () =>
      layoutOf((store) => {
        store.commit(terms(3, BEACON), salt('x'.repeat(256)));
        return reopened(store);
      }),
  ],
  [
    'two segments in use',
    () =>
      layoutOf((store) => {
        fill(store, 2);
        store.commit(bets(2, 1));
        return undefined;
      }),
  ],
  [
    'a new segment that ends in a finished agency',
    () =>
      layoutOf((store) => {
        fill(store, 1);
        store.commit(finished(3));
        return undefined;
      }),
  ],
  [
    'two segments with terms in front of them',
    () =>
      layoutOf((store) => {
        store.commit(terms(3, RANDOM));
        store.commit(agencies(7), rejected(2, 9));
        fill(store, 2);
        store.commit(draw);
        return undefined;
      }),
  ],
  [
    'a store that was opened again',
    () =>
      layoutOf((store) => {
        store.commit(bets(1, 2), bets(2, 1));
        store.commit(draw);
        return reopened(store);
      }),
  ],
  [
    'a store that was opened again, and whose agencies then finished',
    () =>
      layoutOf((first) => {
        first.commit(terms(2), bets(1, 2));
        const store = reopened(first);
        store.commit(finished(1));
        store.commit(agencies(3), rejected(2, 5));
        return store;
      }),
  ],
  [
    'a store that was opened again and went on',
    () =>
      layoutOf((first) => {
        first.commit(bets(1, 2));
        const store = reopened(first);
        store.commit(bets(1, 1));
        store.commit(finished(1));
        return store;
      }),
  ],
];

/** A finished agency with exactly `room` bytes of the segment left behind its record. */
export function finishedWithRoom(room: number): Layout {
  const build = (store: TestStore): undefined => {
    store.commit(bets(1, 1));
    store.commit(finished(1));
  };
  const { records } = currentSegment(layoutOf(build).contents);
  const end = records[1]?.end ?? 0;
  return layoutOf(build, end + room);
}

/** What opening these files makes of what was acknowledged; throws where some of it is gone. */
export function expectKeptOrRefused(
  layout: Layout,
  contents: ReadonlyMap<string, Buffer>,
): 'kept' | 'refused' {
  const { ledger, segmentBytes } = layout;
  let store: TestStore | undefined;
  const refusal = refusalOf(() => {
    store = new TestStore(MemoryFiles.holding(contents), segmentBytes, ledger);
  });
  if (store === undefined) {
    expectDamage(refusal);
    return 'refused';
  }
  store.expectHolds();
  return 'kept';
}
