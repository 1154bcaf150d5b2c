/** A small lottery on a real central, for an attack to be made on. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import {
  loteria,
  startClient,
  startServer,
  temporaryDirectory,
  type Program,
  type Server,
} from '../support/program';
import { RawAgency } from '../support/raw-agency';
import { NORA, row } from '../support/wire-builder';

type Env = Readonly<Record<string, string>>;

export const WINNING_NUMBER = 7574;
const BETS = 300;
/** A central looks at its files several times a second; a draw of a few bets takes no time. */
const STOP_WITHIN_MS = 20_000;
/** Which bets of an agency are on the winning number. */
const WINS: ReadonlySet<number> = new Set([7, 250]);
const START = { SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '64', LOGGING_LEVEL: 'INFO' };

function documentOf(agency: number, i: number): string {
  return String(agency * 1_000_000 + i);
}

function numberOf(i: number): number {
  return WINS.has(i) ? WINNING_NUMBER : i;
}

/** The rows of an agency as they are stored. */
export function rowsOf(agency: number, bets = BETS): Buffer[] {
  return Array.from({ length: bets }, (_, i) =>
    row({ ...NORA, agency, document: documentOf(agency, i), number: numberOf(i) }),
  );
}

/** Documents of an agency's winners. */
export function winnersOf(agency: number): string[] {
  return [...WINS].map((i) => documentOf(agency, i));
}

/** The file of an agency. @param numbers the number of each bet */
export function betsFile(
  agency: number,
  bets = BETS,
  numbers: (i: number) => number = numberOf,
): string {
  const path = join(temporaryDirectory(), 'agency.csv');
  const rows = Array.from(
    { length: bets },
    (_, i) => `Ana,Paz,${documentOf(agency, i)},1990-01-01,${String(numbers(i))}\r\n`,
  );
  writeFileSync(path, rows.join(''));
  return path;
}

/** An agency of the tests' own that goes on until it has winners, or is cut off. */
export interface Player {
  readonly agency: RawAgency;
  readonly over: Promise<void>;
}

/** Has an agency load and finish. @returns once FINISHED is acknowledged; it waits for winners */
export async function play(server: Server, number: number): Promise<Player> {
  let onFinished = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    onFinished = resolve;
  });
  const options = { rows: rowsOf(number), window: 8, batchBets: 50, onFinished };
  const agency = new RawAgency(number, options);
  const over = agency.run(server.port);
  await Promise.race([finished, over]);
  return { agency, over };
}

/** All agencies have their own winners, and nothing to complain of. */
export async function expectWinners(players: readonly Player[]): Promise<void> {
  for (const { agency, over } of players) {
    await over;
    expect(agency.problems).to.deep.equal([]);
    expect(agency.winners, `agency ${String(agency.number)}`).to.deep.equal(
      winnersOf(agency.number),
    );
  }
}

export async function drawn(agencies: number, env: Env = {}): Promise<Server> {
  const server = await startServer({ AGENCIES: String(agencies), ...env });
  const players: Player[] = [];
  for (let number = 1; number <= agencies; number++) players.push(await play(server, number));
  await expectWinners(players);
  await server.program.waitFor('action: acta | result: success');
  return server;
}

export async function stop({ program }: Server): Promise<void> {
  program.signal('SIGTERM');
  expect((await program.exited).code, program.output).to.equal(0);
}

/** The central ends by itself, with an error of one of these codes. @returns its error */
export async function expectStop({ program }: Server, code: RegExp): Promise<string> {
  const late = sleep(STOP_WITHIN_MS, null, { ref: false });
  const exit = await Promise.race([program.exited, late]);
  expect(exit, `it goes on:\n${program.lines.slice(-3).join('\n')}`).not.to.equal(null);
  const [error = '(no error)'] = program.matching(' ERROR ');
  expect(error, program.output).to.match(code);
  expect(exit?.code).to.equal(1);
  return error.slice(error.indexOf('code: ')).slice(0, 160);
}

/** A central does not start. @returns why */
export async function expectNoStart(
  directory: string,
  code: RegExp,
  env: Env = {},
): Promise<string> {
  const program = loteria(['server'], { ...START, DATA_DIR: directory, ...env });
  const started = program.waitFor('action: listen | result: success').then(
    () => true,
    () => false,
  );
  const exited = program.exited.then(() => false);
  expect(await Promise.race([started, exited]), 'it started').to.equal(false);
  expect((await program.exited).code, program.output).to.equal(1);
  const [error = '(no error)'] = program.matching(' ERROR ');
  expect(error, program.output).to.match(code);
  return error.slice(error.indexOf('code: ')).slice(0, 160);
}

/** Nobody received winners, and nothing says that there was a draw. */
export function expectNoDraw({ program, dataDirectory }: Server, players: readonly Player[]): void {
  expect(program.matching('action: sorteo')).to.deep.equal([]);
  for (const { agency } of players) expect(agency.winners).to.equal(null);
  for (const name of ['winners.csv', 'acta.json']) {
    expect(existsSync(join(dataDirectory, name)), name).to.equal(false);
  }
}

export async function verify(directory: string): Promise<{ code: number | null; output: string }> {
  const program = loteria(['verify', directory]);
  return { code: (await program.exited).code, output: program.output };
}

/** Our own agencies, all at once, have their winners. */
export async function expectHonest(
  server: Server,
  numbers: readonly number[],
  env: Env = {},
): Promise<void> {
  const clients = numbers.map((number) =>
    startClient(server.port, number, { CLI_DATA: betsFile(number), CLI_RETRY_FOR: '30s', ...env }),
  );
  for (const client of clients) {
    expect((await client.exited).code, client.output).to.equal(0);
    expect(client.matching('cant_ganadores: 2')).to.have.length(1);
  }
}

/** The most memory that a process has used so far, in MiB. */
export function peakMebibytes({ pid }: Program): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'latin1');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
}
