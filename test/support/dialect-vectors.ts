/**
 * Recorded conversations of the legacy systems (test/fixtures/dialects): what the agencies of those
 * systems sent, byte for byte, and what they were answered.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './program';

export interface Turn {
  /** C: agency to central. */
  readonly from: 'C' | 'S';
  /** FIN and RST are null: that side said no more. */
  readonly bytes: Buffer | null;
}

export interface RecordedConnection {
  readonly agency: number;
  readonly turns: readonly Turn[];
}

export interface Recording {
  readonly connections: readonly RecordedConnection[];
  /** The lines of each agency's file; none for agencies whose lines are not listed. */
  readonly bets: ReadonlyMap<number, readonly string[]>;
}

export function readRecording(name: string): Recording {
  const path = join(ROOT, 'test', 'fixtures', 'dialects', `${name}.txt`);
  const connections: { agency: number; turns: Turn[] }[] = [];
  const bets = new Map<number, string[]>();
  let listed: string[] = [];
  let hex = '';
  let from: Turn['from'] = 'C';
  const endTurn = (): void => {
    if (hex !== '') connections.at(-1)?.turns.push({ from, bytes: Buffer.from(hex, 'hex') });
    hex = '';
  };
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const agency = /^# agency (\d+): /.exec(line)?.[1];
    const connection = /^conn \d+ agency (\d+)$/.exec(line)?.[1];
    const turn = /^([CS]) \d+ (len=|FIN|RST)/.exec(line);
    if (agency !== undefined) {
      listed = [];
      bets.set(Number(agency), listed);
    } else if (line.startsWith('#   ')) listed.push(line.slice(4));
    else if (line.startsWith('  ')) hex += line.trim();
    else endTurn();
    if (connection !== undefined) connections.push({ agency: Number(connection), turns: [] });
    if (turn !== null) {
      from = turn[1] === 'S' ? 'S' : 'C';
      if (turn[2] !== 'len=') connections.at(-1)?.turns.push({ from, bytes: null });
    }
  }
  return { connections, bets };
}
