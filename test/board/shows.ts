/** Lotteries for the page, each with something that a plain {@link Scenario} does not have. */
import type { AgencyRow, BoardState, DeltaEvent, FullEvent, Sample } from '../../src/board/feed';
import type { Show } from './fake-central';
import { Scenario } from './scenario';

/** A lottery whose acta is written. */
export function drawn(agencies: number): Scenario {
  return new Scenario({ agencies, bets: 900 }).until(
    ({ draw }) => (draw?.betsDigest ?? null) !== null,
  );
}

export function ofEdition2020(scenario: Scenario): Show {
  const full = scenario.full();
  return {
    full: (): FullEvent => ({ ...full, state: { ...full.state, edition: '2020' } }),
    next: (): DeltaEvent => scenario.next(),
  };
}

export function ofVersion(scenario: Scenario, version: string): Show {
  return {
    full: (): FullEvent => ({ ...scenario.full(), version }),
    next: (): DeltaEvent => scenario.next(),
  };
}

/** With other fields of one agency. */
export function withRow(scenario: Show, agency: number, fields: Partial<AgencyRow>): Show {
  return {
    full: (): FullEvent => {
      const full = scenario.full();
      const agencies = full.agencies.map((row) =>
        row.agency === agency ? { ...row, ...fields } : row,
      );
      return { ...full, agencies };
    },
    next: (): DeltaEvent => scenario.next(),
  };
}

/** A lottery that is drawn, and whose acta failed with an error. */
export function actaFailing(scenario: Scenario, code: string): Show {
  const failed = <T extends { readonly state: BoardState }>(event: T): T => {
    const { state } = event;
    const draw = state.draw && { ...state.draw, betsDigest: null, actaError: code };
    return { ...event, state: { ...state, draw } };
  };
  return { full: () => failed(scenario.full()), next: () => failed(scenario.next()) };
}

/** A central that stores in a database, which syncs itself. */
export function ofDatabase(scenario: Scenario): Show {
  const sampleOf = (sample: Sample): Sample => ({
    ...sample,
    syncs: 0,
    syncP50Ms: 0,
    syncP99Ms: 0,
  });
  const stateOf = (state: BoardState): BoardState => ({ ...state, store: 'database' });
  return {
    full: (): FullEvent => {
      const full = scenario.full();
      return { ...full, state: stateOf(full.state), samples: full.samples.map(sampleOf) };
    },
    next: (): DeltaEvent => {
      const delta = scenario.next();
      return { ...delta, state: stateOf(delta.state), sample: sampleOf(delta.sample) };
    },
  };
}

/** As a central that was killed, and knows only what it has stored. */
export function startedAgain(scenario: Scenario, change: Partial<BoardState> = {}): Show {
  const { state, samples } = scenario.full();
  const startedMs = samples.at(-1)?.atMs ?? state.startedMs;
  const since = <T extends BoardState>(now: T): T => ({ ...now, startedMs, ...change });
  return {
    full: (): FullEvent => {
      const full = scenario.full();
      const own = full.samples.filter(({ atMs }) => atMs > startedMs);
      return { ...full, state: since(full.state), samples: own, turns: [] };
    },
    next: (): DeltaEvent => {
      const delta = scenario.next();
      return { ...delta, state: since(delta.state) };
    },
  };
}

/** The same lottery with another draw, of another central. */
export function ofDraw(scenario: Scenario, id: string): Show {
  const change = <T extends { readonly state: BoardState }>(event: T): T => {
    const { state } = event;
    const draw = state.draw && { ...state.draw, id };
    return { ...event, state: { ...state, draw, startedMs: state.startedMs + 1 } };
  };
  return { full: () => change(scenario.full()), next: () => change(scenario.next()) };
}

/** A lottery whose agencies have all finished, and whose draw waits for its salt. */
export function awaitingSalt(agencies: number, salt: NonNullable<BoardState['salt']>): Show {
  const scenario = new Scenario({ agencies, bets: 900 }).until(({ phase }) => phase === 'drawing');
  const waiting = <T extends { readonly state: BoardState }>(event: T): T => ({
    ...event,
    state: { ...event.state, phase: 'salt', salt, draw: null },
  });
  return { full: () => waiting(scenario.full()), next: () => waiting(scenario.next()) };
}

export function withoutToken(scenario: Scenario): Show {
  return {
    full: (): FullEvent => ({ ...scenario.full(), hasToken: false }),
    next: (): DeltaEvent => scenario.next(),
  };
}

/** With an error of one agency, so long after the start of the central. */
export function withError(scenario: Show, agency: number, lastErrorUpMs: number): Show {
  const lastErrorMs = scenario.full().state.startedMs + lastErrorUpMs;
  return withRow(scenario, agency, { lastError: 'BUSY', lastErrorMs, lastErrorUpMs });
}

/** With another clock for what comes from now on. */
export function clockSet(scenario: Show, byMs: number): Show {
  const setMs = scenario.full().samples.at(-1)?.atMs ?? 0;
  const seen = (sample: Sample): Sample =>
    sample.atMs > setMs ? { ...sample, atMs: sample.atMs + byMs } : sample;
  return {
    full: (): FullEvent => {
      const full = scenario.full();
      return { ...full, samples: full.samples.map(seen) };
    },
    next: (): DeltaEvent => {
      const delta = scenario.next();
      return { ...delta, sample: seen(delta.sample) };
    },
  };
}
