/** Recorded conversations of the earlier systems (`test/vectors`), read for tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './program';

export interface RecordedBet {
  readonly firstName: string;
  readonly lastName: string;
  readonly document: string;
  readonly birthdate: string;
  readonly number: string;
}

/** What one side sent before the other one did; null: it closed its sending direction. */
export interface RecordedTurn {
  readonly from: 'C' | 'S';
  readonly bytes: Buffer | null;
}

export interface RecordedConnection {
  readonly agency: number;
  readonly turns: readonly RecordedTurn[];
}

export interface Recording {
  /** The file of each agency; empty where the recording does not list it. */
  readonly bets: ReadonlyMap<number, readonly RecordedBet[]>;
  readonly connections: readonly RecordedConnection[];
}

/** @param name as `001-a-three-agencies` */
export function readRecording(name: string): Recording {
  const lines = readFileSync(join(ROOT, 'test', 'vectors', `${name}.txt`), 'utf8').split('\n');
  const bets = new Map<number, RecordedBet[]>();
  const connections: { agency: number; turns: RecordedTurn[] }[] = [];
  let listed: RecordedBet[] = [];
  for (const line of lines) {
    const agency = /^# agency (\d+):/.exec(line)?.[1];
    const connection = /^conn \d+ agency (\d+)$/.exec(line)?.[1];
    const turn = /^([CS]) \d+ (len=|FIN|RST)/.exec(line);
    const turns = connections.at(-1)?.turns;
    if (agency !== undefined) {
      listed = [];
      bets.set(Number(agency), listed);
    } else if (line.startsWith('#   ') && line.split(',').length === 5) {
      listed.push(betOf(line.slice(4)));
    } else if (connection !== undefined) {
      connections.push({ agency: Number(connection), turns: [] });
    } else if (turn !== null && turns !== undefined) {
      const from = turn[1] === 'C' ? 'C' : 'S';
      turns.push({ from, bytes: turn[2] === 'len=' ? Buffer.alloc(0) : null });
    } else if (/^ {2}[0-9a-f]+$/.test(line) && turns !== undefined) {
      const last = turns.pop();
      if (last?.bytes === undefined || last.bytes === null) throw new Error(`${name}: ${line}`);
      const bytes = Buffer.concat([last.bytes, Buffer.from(line.trim(), 'hex')]);
      turns.push({ from: last.from, bytes });
    }
  }
  return { bets, connections };
}

function betOf(line: string): RecordedBet {
  const [firstName = '', lastName = '', document = '', birthdate = '', number = ''] =
    line.split(',');
  return { firstName, lastName, document, birthdate, number };
}
