/** The board as text: a whole status, a screen of `loteria top`, a line. */
import { LIMITS } from '../../base/limits';
import { etaText, rateText } from '../../base/rate';
import type { StoreKind } from '../../store/store-kind';
import { agencyTable, type TableOptions } from './agency-table';
import type { BoardStatus, StatusAgency, StatusSample } from './read-board';
import { rowsOf, type ScreenSize } from './screen';

export interface TextOptions extends Pick<TableOptions, 'rates' | 'sort'> {
  readonly url: string;
  readonly nowMs: number;
  /** What all of it has to fit on; null: it may be of any size. */
  readonly screen: ScreenSize | null;
}

/** Everything, as lines. */
export function statusLines(status: BoardStatus, options: TextOptions): string[] {
  const { version, state } = status;
  const upMs = state.upMs ?? options.nowMs - state.startedMs;
  const up = etaText(upMs / 1_000, 1);
  const head = [
    `${options.url} | loteria ${version} | up ${up}${state.stopping ? ' | stopping' : ''}`,
    phaseText(status),
    ...saltLines(status),
    ...measureLines(status),
    ...drawLines(status),
    '',
  ];
  return [...head, ...agencyTable(status.agencies, { ...options, ...roomBelow(head, options) })];
}

/** What a table has below some lines. */
function roomBelow(
  head: readonly string[],
  { screen }: TextOptions,
): Pick<TableOptions, 'rowsMax' | 'columnsMax'> {
  if (screen === null) return { rowsMax: Infinity, columnsMax: Infinity };
  const tableHeadRows = 1;
  const rows = screen.rows - rowsOf(head, screen.columns) - tableHeadRows;
  return { rowsMax: Math.max(rows, 1), columnsMax: screen.columns };
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
  // The 2020 edition has no draw.
  const waiting = state.edition === '2020' ? '' : `, ${String(state.waiting)} waiting for the draw`;
  return (
    `${state.phase}: ${String(state.finished)} of ${String(state.expected)} agencies have finished, ` +
    `${String(connected)} connected${waiting}`
  );
}

/** What the draw waits for when all have finished, and how an operator ends that. */
function saltLines({ state: { salt } }: BoardStatus): string[] {
  if (salt === null) return [];
  return [
    `the draw waits for the value of: ${salt.source}`,
    `stop the central, record the value, start it again: ${salt.recordCommand}`,
  ];
}

function recent(samples: readonly StatusSample[]): readonly StatusSample[] {
  return samples.slice(-Math.ceil(LIMITS.rateWindowMs / LIMITS.boardTickMs));
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
function durabilityText(store: StoreKind, samples: readonly StatusSample[]): string {
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
