/** An invented lottery for the board's page: the events that a central would send, second by second. */
import type {
  AgencyRow,
  BoardPhase,
  BoardState,
  DeltaEvent,
  FullEvent,
  Sample,
  TurnSample,
} from '../../src/board/feed';
import { AgencyChanges } from '../../src/board/agency-changes';
import { absentRow } from '../support/fake-board';

const STARTED_MS = Date.UTC(2026, 2, 14, 15, 9, 0);
/** Seconds between the last agency's end and the draw, and between the draw and its acta. */
const DRAWING_SECONDS = 3;
const ACTA_SECONDS = 2;
const DIGEST = '5f0c1d7e9b3a4c2260d18e5ab7f3941c6de02f8875a4b1930ce7d2164f8b9a35';
const COMMITMENT = 'c2b7e4d90a1f56338be94c7d02e5f16a7d83b4c9e0f2a15647c8d93eb05a7f21';

export interface ScenarioOptions {
  readonly agencies: number;
  /** Bets of each agency, more or less. */
  readonly bets: number;
}

/** Deterministic: the same options give the same events. */
export class Scenario {
  private second = 0;
  private rows: readonly AgencyRow[];
  private phase: BoardPhase = 'loading';
  private finishedSecond = 0;
  private readonly samples: Sample[] = [];
  private turns: TurnSample[] = [];
  private readonly changes = new AgencyChanges();

  constructor(private readonly options: ScenarioOptions) {
    this.rows = Array.from({ length: options.agencies }, (_, i) => absentRow(i + 1));
    this.changes.take(this.rows);
  }

  get state(): BoardState {
    const { rows, phase } = this;
    const isDrawn = phase === 'drawn';
    return {
      phase,
      edition: 'lottery',
      store: 'directory',
      expected: rows.length,
      finished: rows.filter(({ finished }) => finished).length,
      waiting: rows.filter(({ connection }) => connection === 'waiting').length,
      bets: rows.reduce((sum, { stored }) => sum + stored, 0),
      startedMs: STARTED_MS,
      upMs: this.second * 1_000,
      commitment: COMMITMENT,
      salt: null,
      draw: isDrawn ? this.draw() : null,
      stopping: false,
    };
  }

  full(): FullEvent {
    return {
      version: '1.0.0',
      hasToken: true,
      state: this.state,
      agencies: this.rows,
      samples: this.samples,
      turns: this.turns,
    };
  }

  /** A second passes. */
  next(): DeltaEvent {
    this.second++;
    const before = this.rows;
    this.rows = before.map((row) => this.nextRow(row));
    this.nextPhase();
    const bets = sumOf(this.rows) - sumOf(before);
    const turns = this.nextTurns(bets);
    const sample = this.sampleOf(bets, turns);
    this.samples.push(sample);
    this.turns = [...this.turns, ...turns].slice(-160);
    return { state: this.state, agencies: this.changes.take(this.rows), sample, turns };
  }

  /** Lets seconds pass until `isReached`. */
  until(isReached: (state: BoardState) => boolean): this {
    for (let i = 0; i < 10_000; i++) {
      if (isReached(this.state)) return this;
      this.next();
    }
    throw new Error('the scenario never comes there');
  }

  private nextRow(row: AgencyRow): AgencyRow {
    const { agency } = row;
    const { second, phase } = this;
    const arrival = 1 + (agency % 7);
    if (second < arrival) return row;
    if (phase === 'drawn') {
      return { ...row, connection: 'gone', winners: (agency * 13) % 31 };
    }
    if (row.finished) return second % 3 === 0 ? { ...row, connection: 'waiting' } : row;
    // One in four loses its connection for a while.
    if (agency % 4 === 0 && second % 29 > 23) {
      return { ...row, connection: 'gone', inFlight: 0, unanswered: 0 };
    }
    const total = Math.round(this.options.bets * (0.7 + ((agency * 7) % 11) / 20));
    const rate = Math.round(total / (24 + ((agency * 5) % 13)));
    const stored = Math.min(total, row.stored + rate + ((second * agency) % 17));
    const isBack = row.connection === 'gone';
    return {
      ...row,
      stored,
      inFlight: Math.min(total - stored, 80 + ((second * agency) % 60)),
      unanswered: stored === total ? 0 : 1 + ((second + agency) % 3),
      rejected: agency % 5 === 0 ? Math.floor(stored / 4_000) : 0,
      finished: stored === total,
      connection: stored === total ? 'waiting' : 'connected',
      address: `10.0.${String(Math.floor(agency / 250))}.${String((agency % 250) + 2)}`,
      reconnects: row.reconnects + (isBack ? 1 : 0),
      ...(isBack
        ? {
            lastError: 'BUSY',
            lastErrorMs: STARTED_MS + second * 1_000,
            lastErrorUpMs: second * 1_000,
          }
        : {}),
    };
  }

  private nextPhase(): void {
    const { rows, second } = this;
    if (this.phase === 'loading' && rows.every(({ finished }) => finished)) {
      this.phase = 'drawing';
      this.finishedSecond = second;
    } else if (this.phase === 'drawing' && second >= this.finishedSecond + DRAWING_SECONDS) {
      this.phase = 'drawn';
    }
  }

  private draw(): NonNullable<BoardState['draw']> {
    const drawnSecond = this.finishedSecond + DRAWING_SECONDS;
    return {
      id: '2026-03-14-7f3a',
      timeMs: STARTED_MS + drawnSecond * 1_000,
      winningNumber: 7574,
      winners: this.rows.reduce((sum, { winners }) => sum + (winners ?? 0), 0),
      betsDigest: this.second >= drawnSecond + ACTA_SECONDS ? DIGEST : null,
      actaError: null,
      verifyCommand: 'loteria verify data',
    };
  }

  private nextTurns(bets: number): TurnSample[] {
    if (bets === 0) return [];
    return Array.from({ length: 12 }, (_, i) => {
      const number = this.second * 400 + i;
      // A slow one every ten seconds.
      return turnOf(
        number,
        STARTED_MS + this.second * 1_000 + i * 80,
        bets / 400,
        number % 4_000 === 3,
      );
    });
  }

  private sampleOf(bets: number, turns: readonly TurnSample[]): Sample {
    const wave = (length: number): number => 1 + Math.sin(this.second / length) / 3;
    const slowestTurn = turns.reduce<TurnSample | null>(
      (most, one) => (most === null || one.busyUs > most.busyUs ? one : most),
      null,
    );
    const isIdle = bets === 0;
    return {
      atMs: STARTED_MS + this.second * 1_000,
      seconds: 1,
      bets,
      batches: Math.round(bets / 90),
      bytes: bets * 62,
      rejects: this.second % 13 === 0 ? 2 : 0,
      handshakesRefused: this.second % 29 === 0 ? 1 : 0,
      commits: isIdle ? 0 : Math.round(180 * wave(4)),
      groupEntries: isIdle ? 0 : 3.2 * wave(5),
      commitP50Ms: isIdle ? 0 : 1.2 * wave(6),
      commitP99Ms: isIdle ? 0 : 4.1 * wave(3),
      syncs: isIdle ? 0 : Math.round(180 * wave(4)),
      syncP50Ms: isIdle ? 0 : 0.9 * wave(6),
      syncP99Ms: isIdle ? 0 : 3.4 * wave(3),
      loopDelayP50Ms: 0.4 * wave(9),
      loopDelayP99Ms: 2.1 * wave(2),
      parsedInline: Math.round(bets / 120),
      parsedPooled: bets > 100_000 ? Math.round(bets / 400) : 0,
      poolTasks: 0,
      inputBytes: 40_000 * wave(3),
      outputBytes: 2_000 * wave(3),
      rssBytes: 120e6 + this.second * 1.2e5,
      heapBytes: 34e6 * wave(2),
      connections: this.rows.filter(
        ({ connection }) => connection !== 'gone' && connection !== 'absent',
      ).length,
      viewers: 1,
      turns: isIdle ? 0 : 400,
      slowTurns: slowestTurn?.slow === true ? 1 : 0,
      slowestTurn,
    };
  }
}

function turnOf(turn: number, atMs: number, rows: number, slow: boolean): TurnSample {
  const swing = 0.6 + ((turn * 37) % 100) / 125;
  const readUs = Math.round(70 * swing);
  const parseUs = Math.round((slow ? 9_000 : 160) * swing);
  const stepUs = Math.round(60 * swing);
  const writeUs = Math.round(80 * swing);
  const replyUs = Math.round(110 * swing);
  return {
    turn,
    atMs,
    ready: 1 + (turn % 5),
    frames: 1 + (turn % 9),
    rows: Math.round(rows * swing),
    rowBytes: Math.round(rows * swing * 62),
    pooled: false,
    committed: turn % 3,
    replies: turn % 9,
    readUs,
    parseUs,
    stepUs,
    writeUs,
    commitUs: turn % 3 === 0 ? 0 : Math.round(1_400 * swing),
    replyUs,
    reapUs: 4,
    busyUs: readUs + parseUs + stepUs + writeUs + replyUs + 4,
    slow,
  };
}

function sumOf(rows: readonly AgencyRow[]): number {
  return rows.reduce((sum, { stored }) => sum + stored, 0);
}
