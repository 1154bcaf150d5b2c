/** A store that goes through all kinds of commits and several turn-overs, on a disk that fails. */
import type { FaultRule, FileCall } from './memory-faults';
import { MemoryFiles } from './memory-files';
import { DIRECTORY, TestStore } from './store-driver';
import { bets, draw, finished, Ledger, type Wish } from './store-ledger';
import { nothingElse } from './store-random';

export const SEGMENT_BYTES = 1024;

/** Enough for several turn-overs, with a finished agency at most places of a segment. */
const SCENARIO: readonly (readonly Wish[])[] = [
  ...Array.from({ length: 24 }, (_, i) => (i % 4 === 3 ? [finished(i)] : [bets(1 + (i % 2), 2)])),
  [bets(1, 1), finished(1)],
  [draw],
];

export interface Outcome {
  readonly files: MemoryFiles;
  /** Null when it could not be opened. */
  readonly store: TestStore | null;
  /** What opening was refused with. */
  readonly refusal: unknown;
  /** What may be found afterwards: all that was acknowledged, or one commit more. */
  readonly allowed: readonly Ledger[];
}

/** Opens, commits all of the scenario or as much as goes, without closing. */
export function run(
  rule: FaultRule,
  prepare: (files: MemoryFiles) => void = () => undefined,
): Outcome {
  const files = MemoryFiles.withDirectory(DIRECTORY);
  prepare(files);
  return goOn(files, [Ledger.empty], rule);
}

/**
 * Opens a disk, and commits what is left of the scenario.
 *
 * @param before what may be found there
 */
export function goOn(files: MemoryFiles, before: readonly Ledger[], rule: FaultRule): Outcome {
  files.failWhen(rule);
  let store: TestStore;
  try {
    store = new TestStore(files, SEGMENT_BYTES);
  } catch (refusal) {
    return { files, store: null, refusal, allowed: before };
  }
  store.ledger = heldBy(store, before);
  for (const wishes of SCENARIO.slice(store.ledger.commits)) {
    const ledger = store.ledger;
    const { entries } = store.begin(wishes);
    while (files.completeSync());
    if (store.failures.length > 0) {
      const allowed = [store.ledger, ledger.after(entries)];
      return { files, store, refusal: null, allowed };
    }
  }
  return { files, store, refusal: null, allowed: [store.ledger] };
}

/** Which of these a store holds; if it is none of them, fails with the difference. */
function heldBy(store: TestStore, allowed: readonly Ledger[]): Ledger {
  const exact = allowed.find((candidate) => {
    try {
      store.expectHolds(candidate);
      return true;
    } catch {
      return false;
    }
  });
  const ledger =
    exact ?? allowed.find(({ csv }) => csv.length === store.state.csvBytes) ?? allowed[0];
  if (ledger === undefined) throw new Error('nothing is allowed');
  if (exact === undefined) store.expectHolds(ledger);
  return ledger;
}

/** Checks that a store without faults finds one of these, and keeps it whatever happens. */
export function expectKept(files: MemoryFiles, allowed: readonly Ledger[]): void {
  const found = new TestStore(files, SEGMENT_BYTES);
  const ledger = heldBy(found, allowed);
  const again = new TestStore(found.files.crash(nothingElse), SEGMENT_BYTES);
  again.expectHolds(ledger);
}

/** All calls of the scenario that can fail. */
export function callsThatCanFail(): FileCall[] {
  const { files } = run(() => null);
  return files.calls.filter(({ kind }) => kind !== 'exists');
}

export const only =
  (index: number, code: string): FaultRule =>
  (call) =>
    call.index === index ? code : null;

export const from =
  (index: number, code: string): FaultRule =>
  (call) =>
    call.index >= index ? code : null;

export function describeCall({ index, kind, path }: FileCall): string {
  return `call ${String(index)}, ${kind} ${path}`;
}
