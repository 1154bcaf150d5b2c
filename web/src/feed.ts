/** The central's events, as signals that the page draws from. */
import { batch, computed, signal } from '@preact/signals';
import type { DeltaEvent, FullEvent } from '../../src/board/feed';
import { boardOf, withDelta, type Board } from './model';

/** The central sends an event a second; after so long without one it is taken for lost. */
const SILENCE_MAX_MS = 5_000;
/** The first event of a connection holds everything, which takes its time over a slow line. */
const FIRST_EVENT_MAX_MS = 30_000;
/** How long until the next attempt, doubled each time. */
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 4_000;

/**
 * - `connecting`: no event has come yet.
 * - `live`: events come.
 * - `lost`: they have stopped; the page goes on trying.
 * - `full`: the central answers, and takes no more viewers.
 */
export type Link = 'connecting' | 'live' | 'lost' | 'full';

export const link = signal<Link>('connecting');
/** When the last event came, by a clock that nobody sets (`performance.now`); 0: none has. */
export const heardMs = signal(0);
/** What has been received. */
const received = signal<Board | null>(null);
/** What was received when the reader paused the page; null: it is not paused. */
const held = signal<Board | null>(null);
/** What is shown; null before the first event. */
export const board = computed(() => held.value ?? received.value);
export const paused = computed(() => held.value !== null);
/** What became of the central while the page is paused; null: it is the same one, or the page is not paused. */
export const replaced = computed<'restarted' | 'other-lottery' | null>(() => {
  const [before, now] = [held.value, received.value];
  if (before === null || now === null) return null;
  if (before.sinceMs !== now.sinceMs) return 'other-lottery';
  return before.state.startedMs === now.state.startedMs ? null : 'restarted';
});
/** Version of a central that this page was not made for; null: it is the one that it was loaded from. */
export const otherVersion = computed(() => {
  const now = received.value?.version ?? null;
  return now === firstVersion.value ? null : now;
});
const firstVersion = signal<string | null>(null);

/** Stops and restarts the changes on the page. What arrives meanwhile is kept. */
export function togglePause(): void {
  held.value = held.value === null ? received.value : null;
}

/** Follows the events of `folder`, such as `.`, through every loss of the connection. */
export function follow(folder: string): void {
  open(folder, 0);
}

/** @param failures attempts since the last event */
function open(folder: string, failures: number): void {
  const source = new EventSource(`${folder}/events`);
  let failed = failures;
  const lose = (): void => {
    window.clearTimeout(silence);
    // By hand: a browser gives up after an answer that is no stream, and never notices silence.
    source.close();
    if (link.value !== 'full') link.value = 'lost';
    failed++;
    // The first attempts of all viewers of a central that has just come back may well collide.
    if (failed > 2) void askWhy(folder);
    window.setTimeout(
      () => {
        open(folder, failed);
      },
      Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** failed),
    );
  };
  const openedMs = performance.now();
  let silence = window.setTimeout(lose, FIRST_EVENT_MAX_MS);
  let silenceMaxMs = 0;
  const take = (next: Board): void => {
    window.clearTimeout(silence);
    // Over such a line everything is sent again and again, as deltas are missed meanwhile.
    if (silenceMaxMs === 0) silenceMaxMs = silenceMaxFor(performance.now() - openedMs);
    silence = window.setTimeout(lose, silenceMaxMs);
    failed = 0;
    show(next);
  };
  source.addEventListener('full', ({ data }) => {
    take(boardOf(JSON.parse(String(data)) as FullEvent, received.value));
  });
  source.addEventListener('delta', ({ data }) => {
    const { value } = received;
    if (value !== null) take(withDelta(value, JSON.parse(String(data)) as DeltaEvent));
  });
  source.addEventListener('error', lose);
}

function show(next: Board): void {
  batch(() => {
    received.value = next;
    firstVersion.value ??= next.version;
    heardMs.value = performance.now();
    link.value = 'live';
  });
}

/** @param firstEventMs how long the first event of a connection took */
function silenceMaxFor(firstEventMs: number): number {
  return Math.min(FIRST_EVENT_MAX_MS, Math.max(SILENCE_MAX_MS, 2 * firstEventMs));
}

/** Whether the central is there and only takes no more viewers: it says so instead of sending events. */
async function askWhy(folder: string): Promise<void> {
  const signal = AbortSignal.timeout(SILENCE_MAX_MS);
  const isFull = await fetch(`${folder}/events`, { method: 'HEAD', signal }).then(
    ({ status }) => status === 503,
    () => false,
  );
  if (link.value !== 'live') link.value = isFull ? 'full' : 'lost';
}
