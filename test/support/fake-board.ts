/** What a live board answers, made by hand, and a server that answers with it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AgencyRow, BoardState, FullEvent, Sample } from '../../src/board/feed';

/** An agency that has never come. */
export function absentRow(agency: number): AgencyRow {
  return {
    ...{ agency, stored: 0, inFlight: 0, unanswered: 0, rejected: 0, finished: false },
    ...{ connection: 'absent', address: '', reconnects: 0, connections: 0 },
    ...{ lastError: '', lastErrorMs: 0, lastErrorUpMs: 0, winners: null },
  };
}

/** An agency that loads. */
export function agencyRow(agency: number, fields: Partial<AgencyRow> = {}): AgencyRow {
  const loading = { stored: agency * 100, connection: 'connected', address: '127.0.0.1' } as const;
  return { ...absentRow(agency), ...loading, ...fields };
}

/** A second in which 1,500 bets were stored. */
export const SAMPLE: Sample = {
  ...{ atMs: 5_000, seconds: 1, bets: 1_500, batches: 12, bytes: 70_000, rejects: 2 },
  ...{
    handshakesRefused: 0,
    commits: 40,
    groupEntries: 2.5,
    syncs: 41,
    syncP50Ms: 0.2,
    syncP99Ms: 1.1,
  },
  ...{ commitP50Ms: 0.4, commitP99Ms: 1.6 },
  ...{ loopDelayP50Ms: 0.1, loopDelayP99Ms: 3.2, parsedInline: 12, parsedPooled: 3, poolTasks: 0 },
  ...{ inputBytes: 0, outputBytes: 0, rssBytes: 74_000_000, heapBytes: 9_000_000 },
  ...{ connections: 6, viewers: 1, turns: 90, slowTurns: 0, slowestTurn: null },
};

export const STATE: BoardState = {
  ...{ phase: 'loading', edition: 'lottery', expected: 5, finished: 2, waiting: 1, bets: 1_500 },
  ...{
    store: 'directory',
    startedMs: 1_000,
    upMs: 65_000,
    commitment: null,
    salt: null,
    draw: null,
    stopping: false,
  },
};

export function fullEvent(fields: Partial<FullEvent> = {}): FullEvent {
  const agencies = [1, 2, 3, 4, 5].map((number) => agencyRow(number));
  return {
    version: '0.9.9',
    hasToken: true,
    state: STATE,
    agencies,
    samples: [SAMPLE],
    turns: [],
    ...fields,
  };
}

export class FakeBoard {
  /** The text of each answer to come; the last one again and again. */
  readonly answers: string[];
  private readonly server: Server;

  private constructor(answers: readonly string[]) {
    this.answers = [...answers];
    this.server = createServer((request, response) => {
      if (request.url !== '/status') {
        response.writeHead(404).end();
        return;
      }
      const text = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
      response.end(text);
    });
  }

  static async start(...answers: readonly string[]): Promise<FakeBoard> {
    const board = new FakeBoard(answers);
    await new Promise<void>((resolve) => {
      board.server.listen(0, '127.0.0.1', resolve);
    });
    return board;
  }

  get port(): string {
    return String((this.server.address() as AddressInfo).port);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
