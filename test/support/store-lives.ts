/**
 * Lives of a store on one disk: each opens it, commits, and ends somehow, often in the middle. At
 * every beginning the store must hold what was acknowledged, and at most the one commit more that
 * was under way, whole.
 */
import * as fc from 'fast-check';
import { LoteriaError } from '../../src/base/errors';
import { PowerLossError } from './memory-faults';
import { MemoryFiles } from './memory-files';
import { DIRECTORY, TestStore } from './store-driver';
import {
  actaDigest,
  agencies,
  BEACON,
  bets,
  betsDigest,
  draw,
  finished,
  Ledger,
  RANDOM,
  rejected,
  salt,
  terms,
  type Commit,
  type Wish,
} from './store-ledger';
import { randomOf } from './store-random';

export interface Life {
  readonly commits: readonly (readonly Wish[])[];
  /** How it ends: the machine's power goes, the process is killed, or it is closed. */
  readonly end: 'power' | 'kill' | 'close';
  /** Number of the file call at which it ends, if it has not before. */
  readonly endsAt: number;
  /** For what survives, the order in which syncs complete, and how much a write takes. */
  readonly seed: number;
  readonly shortWrites: boolean;
}

const AGENCIES_MAX = 30;

const wish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: AGENCIES_MAX }), fc.integer({ min: 1, max: 5 }))
      .map(([agency, count]) => bets(agency, count)),
  },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: AGENCIES_MAX }).map(finished) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: AGENCIES_MAX }), fc.integer({ min: 1, max: 9_000 }))
      .map(([agency, count]) => rejected(agency, count)),
  },
  { weight: 1, arbitrary: fc.constant(draw) },
  { weight: 1, arbitrary: fc.constantFrom(terms(5), terms(65_535, RANDOM)) },
  { weight: 1, arbitrary: fc.constantFrom(terms(5, BEACON), salt('a'), salt('5bb8'.repeat(40))) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: AGENCIES_MAX }).map(agencies) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(betsDigest('b0'.repeat(32)), actaDigest('ac'.repeat(32))),
  },
);

export const anyLife: fc.Arbitrary<Life> = fc.record({
  commits: fc.array(fc.array(wish, { minLength: 1, maxLength: 3 }), { maxLength: 14 }),
  end: fc.constantFrom('power', 'power', 'kill', 'close'),
  endsAt: fc.oneof(fc.integer({ min: 0, max: 90 }), fc.constant(Infinity)),
  seed: fc.nat(),
  shortWrites: fc.boolean(),
});

/** A disk between two lives, and what must be on it. */
export interface Rest {
  readonly files: MemoryFiles;
  readonly acknowledged: Ledger;
  /** With the commit that was under way, if there was one. */
  readonly possible: Ledger | null;
}

export function emptyDisk(): Rest {
  const files = MemoryFiles.withDirectory(DIRECTORY);
  return { files, acknowledged: Ledger.empty, possible: null };
}

export function live(rest: Rest, life: Life, segmentBytes: number): Rest {
  const { files } = rest;
  const random = randomOf(life.seed);
  files.losePowerAt(life.endsAt);
  if (life.shortWrites) files.shortenWrites((bytes) => Math.ceil(random() * bytes));
  const store = wake(rest, segmentBytes);
  let after = rest;
  if (store !== null) {
    const underWay = commitAll(store, life, random);
    const possible = underWay === null ? null : store.ledger.after(underWay);
    after = { files, acknowledged: store.ledger, possible };
  }
  return { ...after, files: life.end === 'power' ? files.crash(random) : files.kill() };
}

/** Opens the store and checks what it holds; null when the life ended before it was open. */
function wake({ files, acknowledged, possible }: Rest, segmentBytes: number): TestStore | null {
  let store: TestStore;
  try {
    store = new TestStore(files, segmentBytes, acknowledged);
  } catch (error) {
    if (isEnd(error)) return null;
    throw error;
  }
  if (possible !== null && holds(store, possible)) store.ledger = possible;
  store.expectHolds();
  return store;
}

/** @returns the commit that was under way at the end */
function commitAll(store: TestStore, life: Life, random: () => number): Commit | null {
  for (const wishes of life.commits) {
    const commit = store.begin(wishes);
    while (!commit.acknowledged && store.failures.length === 0) {
      const syncs = store.files.pendingSyncs.length;
      if (syncs === 0) throw new Error('a commit waits for nothing');
      store.files.completeSync(Math.floor(random() * syncs));
    }
    for (const failure of store.failures) if (!isEnd(failure)) throw failure;
    if (!commit.acknowledged) return commit.entries;
  }
  if (life.end === 'close') closeUnlessOver(store);
  else if (life.end === 'power') return beginOneMore(store, life);
  return null;
}

/** The power may also go with a commit that waits for the disk. */
function beginOneMore(store: TestStore, { commits, seed }: Life): Commit | null {
  const [wishes] = commits;
  return wishes === undefined || seed % 2 === 0 ? null : store.begin(wishes).entries;
}

function closeUnlessOver(store: TestStore): void {
  try {
    if (!store.close() && store.failures.length === 0) throw new Error('closing waits for nothing');
  } catch (error) {
    if (!(error instanceof PowerLossError)) throw error;
  }
}

function holds(store: TestStore, ledger: Ledger): boolean {
  try {
    store.expectHolds(ledger);
    return true;
  } catch {
    return false;
  }
}

/** Whether this is how a life's end shows. */
function isEnd(error: unknown): boolean {
  return error instanceof LoteriaError && error.cause instanceof PowerLossError;
}
