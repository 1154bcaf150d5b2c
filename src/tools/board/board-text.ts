/** The board as text: a whole status, a screen of `loteria top`, a line. */
import { etaText, rateText } from '../../base/rate';
import type { BoardStatus, StatusAgency, StatusSample } from './read-board';

/** By what the agencies are ordered; all but their number with the largest first. */
export const SORT_KEYS = ['agency', 'bets', 'rate', 'reconnects', 'rejected'] as const;

export type SortKey = (typeof SORT_KEYS)[number];

export interface TextOptions {
  readonly url: string;
  readonly nowMs: number;
  /** Bets a second, by number of the agency; null: not known from one answer alone. */
  readonly rates: ReadonlyMap<number, number> | null;
  readonly sort: SortKey;
  /** Lines for agencies at most. */
  readonly rowsMax: number;
}

/** Seconds over which rates are averaged. */
const RATE_SECONDS = 3;
const HEAD = ['agency', 'bets', 'in flight', 'rate', 'connection', 'reconnects', 'rejected'];

/** Everything, as lines. */
export function statusLines(status: BoardStatus, options: TextOptions): string[] {
  const { version, state } = status;
  const upMs = state.upMs ?? options.nowMs - state.startedMs;
  const up = etaText(upMs / 1_000, 1);
  return [
    `${options.url} | loteria ${version} | up ${up}${state.stopping ? ' | stopping' : ''}`,
    phaseText(status),
    ...measureLines(status),
    ...drawLines(status),
    '',
    ...agencyLines(status.agencies, options),
  ];
}

/** The most important of it, in one line. */
export function statusLine(status: BoardStatus): string {
  const { state, samples, agencies } = status;
  const connected = agencies.filter(isConnected).length;
  return [
    `phase: ${state.phase}`,
    `bets: ${String(state.bets)}`,
    `rate: ${rateText(betsPerSecond(samples))}`,
    `finished: ${String(state.finished)} of ${String(state.expected)}`,
    `connected: ${String(connected)}`,
    `waiting: ${String(state.waiting)}`,
  ].join(' | ');
}

function isConnected({ connection }: StatusAgency): boolean {
  return connection === 'connected' || connection === 'waiting';
}

function phaseText({ state, agencies }: BoardStatus): string {
  const connected = agencies.filter(isConnected).length;
  return (
    `${state.phase}: ${String(state.finished)} of ${String(state.expected)} agencies have finished, ` +
    `${String(connected)} connected, ${String(state.waiting)} waiting for the draw`
  );
}

function recent(samples: readonly StatusSample[]): readonly StatusSample[] {
  return samples.slice(-RATE_SECONDS);
}

function perSecond(samples: readonly StatusSample[], of: (sample: StatusSample) => number): number {
  const some = recent(samples);
  const seconds = some.reduce((sum, sample) => sum + sample.seconds, 0);
  return seconds === 0 ? 0 : some.reduce((sum, sample) => sum + of(sample), 0) / seconds;
}

function betsPerSecond(samples: readonly StatusSample[]): number {
  return perSecond(samples, ({ bets }) => bets);
}

function measureLines({ state, samples }: BoardStatus): string[] {
  const bets = `${String(state.bets)} bets stored | ${rateText(betsPerSecond(samples))}`;
  const last = samples.at(-1);
  if (last === undefined) return [bets];
  const commits = perSecond(samples, (sample) => sample.commits);
  const rejects = perSecond(samples, (sample) => sample.rejects);
  return [
    `${bets} | ${rateText(rejects)} rejected`,
    `${rateText(commits)} commits of ${last.groupEntries.toFixed(1)} entries | ` +
      durabilityText(state.store, samples),
    `event loop p99 ${last.loopDelayP99Ms.toFixed(1)} ms | ` +
      `parsed ${String(last.parsedInline)} inline, ${String(last.parsedPooled)} pooled | ` +
      `${String(last.connections)} connections | ${String(Math.round(last.rssBytes / 1e6))} MB`,
  ];
}

/** How long it takes until bets are durable; of a database, which syncs itself, the whole commit. */
function durabilityText(
  store: BoardStatus['state']['store'],
  samples: readonly StatusSample[],
): string {
  const isDatabase = store === 'database';
  const name = isDatabase ? 'commit' : 'fdatasync';
  // A central with little to do does not commit every second.
  const last = recent(samples).findLast(({ commits, syncs }) => (isDatabase ? commits : syncs) > 0);
  if (last === undefined) return `${name} -`;
  const [p50, p99] = isDatabase
    ? [last.commitP50Ms, last.commitP99Ms]
    : [last.syncP50Ms, last.syncP99Ms];
  return `${name} ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
}

function drawLines({ state: { draw } }: BoardStatus): string[] {
  if (draw === null) return [];
  const { winningNumber, winners, betsDigest, actaError, verifyCommand } = draw;
  const missing =
    actaError === null
      ? 'not written yet'
      : `not written, ${actaError}: the log of the central says why`;
  return [
    `drawn: number ${String(winningNumber)}, ${String(winners)} winners; ` +
      `digest ${betsDigest ?? missing}`,
    `check it: ${verifyCommand}`,
  ];
}

function agencyLines(agencies: readonly StatusAgency[], options: TextOptions): string[] {
  const { rates, sort, rowsMax } = options;
  const rateOf = (agency: number): number => rates?.get(agency) ?? 0;
  const valueOf = (row: StatusAgency): number => {
    switch (sort) {
      case 'agency':
        return -row.agency;
      case 'bets':
        return row.stored;
      case 'rate':
        return rateOf(row.agency);
      case 'reconnects':
        return row.reconnects;
      case 'rejected':
        return row.rejected;
    }
  };
  const sorted = [...agencies].sort((a, b) => valueOf(b) - valueOf(a) || a.agency - b.agency);
  const shown = sorted.length > rowsMax ? sorted.slice(0, Math.max(rowsMax - 1, 0)) : sorted;
  const rows = shown.map((row) => [
    String(row.agency),
    String(row.stored),
    String(row.inFlight),
    rates === null ? '-' : rateText(rateOf(row.agency)),
    row.finished && row.connection === 'gone' ? 'done' : row.connection,
    reconnectsText(row),
    String(row.rejected),
    row.winners === null ? '-' : String(row.winners),
    row.lastError,
  ]);
  const lines = columns([[...HEAD, 'winners', 'last error'], ...rows]);
  const hidden = sorted.length - shown.length;
  return hidden === 0 ? lines : [...lines, `... and ${String(hidden)} more`];
}

/** An agency that opens a connection for each message does not reconnect: its connections are shown. */
function reconnectsText({ reconnects, connections }: StatusAgency): string {
  if (connections === 0) return String(reconnects);
  const many = connections === 1 ? '1 connection' : `${String(connections)} connections`;
  return reconnects === 0 ? many : `${String(reconnects)} + ${many}`;
}

/** Cells in columns; the words to the left, the numbers to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const isText = (column: number): boolean => column === 4 || column === 8;
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((width, row) => Math.max(width, (row[column] ?? '').length), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isText(column) ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
