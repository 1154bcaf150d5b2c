/** What the page shows, and how the central's events change it. Nothing here knows the browser. */
import type {
  AgencyChange,
  AgencyRow,
  BoardState,
  DeltaEvent,
  FullEvent,
  Sample,
  TurnSample,
} from '../../src/board/feed';
import { momentsOf, type Runs } from './timeline';

/** How much of the past is kept: what a central that never ends has, and no more time over its restarts. */
const SAMPLES_MAX = 300;
const KEPT_MS = 300_000;
const TURNS_MAX = 160;
/** What a new interval counts for in the rate of an agency; the rest is the rate before. */
const RATE_WEIGHT = 0.4;
/** After so long without an event, rates say nothing of what agencies do now. */
const RATES_KEPT_MS = 5_000;

export interface Board {
  readonly version: string;
  readonly hasToken: boolean;
  /** When the first central of {@link runs} started: another one shows another lottery. */
  readonly sinceMs: number;
  readonly state: BoardState;
  /** By number. */
  readonly agencies: ReadonlyMap<number, AgencyRow>;
  /** Bets a second that became durable, by agency, smoothed; none for those that store nothing or have finished. */
  readonly rates: ReadonlyMap<number, number>;
  /** Samples of the central that runs now, last, and of those before it on the same lottery. */
  readonly runs: Runs;
  /** Oldest first; of the central that runs now. */
  readonly turns: readonly TurnSample[];
}

/**
 * The board of a `full` event, which replaces everything before, except what the central does not send
 * again: rates, and turns before its last ones. A central that was started again on the same lottery has
 * forgotten its samples, and those that the page has go on before the new ones.
 *
 * @param before what was shown until now; null: nothing
 */
export function boardOf(full: FullEvent, before: Board | null = null): Board {
  // Another central counts its turns from 1.
  const known = before?.state.startedMs === full.state.startedMs ? before : null;
  const past =
    known ?? (before !== null && isSameLottery(before.state, full.state) ? before : null);
  // Of its own run a central sends all samples again.
  const runsBefore = (known === null ? past?.runs : known.runs.slice(0, -1)) ?? [];
  const [first] = full.turns;
  const earlier = (known?.turns ?? []).filter(
    ({ turn }) => first === undefined || turn < first.turn,
  );
  return {
    version: full.version,
    hasToken: full.hasToken,
    sinceMs: past?.sinceMs ?? full.state.startedMs,
    state: full.state,
    agencies: new Map(full.agencies.map((row) => [row.agency, row])),
    rates: ratesNow(known, full),
    runs: recent([...runsBefore, full.samples]),
    turns: [...earlier, ...full.turns].slice(-TURNS_MAX),
  };
}

/** The board after a `delta` event. Rows that have not changed stay the same objects. */
export function withDelta(board: Board, delta: DeltaEvent): Board {
  return {
    version: board.version,
    hasToken: board.hasToken,
    sinceMs: board.sinceMs,
    state: delta.state,
    agencies: withChanges(board.agencies, delta.agencies),
    rates: ratesAfter(board, delta),
    runs: recent([...board.runs.slice(0, -1), [...samplesOfRun(board), delta.sample]]),
    turns:
      delta.turns.length === 0 ? board.turns : [...board.turns, ...delta.turns].slice(-TURNS_MAX),
  };
}

/** The samples of the central that runs now, and not of those before it. */
export function samplesOfRun({ runs }: Pick<Board, 'runs'>): readonly Sample[] {
  return runs.at(-1) ?? [];
}

/**
 * Whether a central may have stored what another one had. What is stored is never less: neither bets nor a
 * draw disappear, and a central that was started again knows both before it shows anything.
 */
function isSameLottery(before: BoardState, now: BoardState): boolean {
  return (
    before.edition === now.edition &&
    before.expected === now.expected &&
    before.commitment === now.commitment &&
    before.bets <= now.bets &&
    (before.draw === null || before.draw.id === now.draw?.id)
  );
}

/** What is kept of the samples; a list for the central that runs now is always there, and others have samples. */
function recent(runs: Runs): Runs {
  const moments = momentsOf(runs).slice(-SAMPLES_MAX);
  const newestMs = moments.at(-1)?.atMs ?? 0;
  const kept = new Set(
    moments.filter(({ atMs }) => atMs > newestMs - KEPT_MS).map(({ sample }) => sample),
  );
  return runs
    .map((samples) => samples.filter((sample) => kept.has(sample)))
    .filter((samples, i) => samples.length > 0 || i === runs.length - 1);
}

function withChanges(
  agencies: ReadonlyMap<number, AgencyRow>,
  changes: readonly AgencyChange[],
): ReadonlyMap<number, AgencyRow> {
  if (changes.length === 0) return agencies;
  const next = new Map(agencies);
  for (const change of changes) {
    const row = next.get(change.agency);
    if (row !== undefined) next.set(change.agency, { ...row, ...change });
  }
  return next;
}

/** The rates that still hold when the central sends everything again. */
function ratesNow(known: Board | null, full: FullEvent): ReadonlyMap<number, number> {
  if (known === null || full.state.upMs - known.state.upMs > RATES_KEPT_MS) return new Map();
  const rates = new Map(known.rates);
  for (const { agency, finished } of full.agencies) if (finished) rates.delete(agency);
  return rates;
}

/** An agency without a change has stored nothing new. */
function ratesAfter(board: Board, delta: DeltaEvent): ReadonlyMap<number, number> {
  const rates = new Map<number, number>();
  for (const [agency, rate] of board.rates) keepRate(rates, agency, rate * (1 - RATE_WEIGHT));
  for (const { agency, stored, finished } of delta.agencies) {
    const row = board.agencies.get(agency);
    if (finished === true) rates.delete(agency);
    if (stored === undefined || row === undefined || finished === true) continue;
    const now = Math.max(0, stored - row.stored) / delta.sample.seconds;
    // The first interval with bets counts in full.
    const past = rates.get(agency);
    keepRate(rates, agency, past === undefined ? now : past + now * RATE_WEIGHT);
  }
  return rates;
}

function keepRate(rates: Map<number, number>, agency: number, rate: number): void {
  if (rate >= 0.5) rates.set(agency, rate);
  else rates.delete(agency);
}
