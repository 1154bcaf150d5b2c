/** Rows, plans and connections that the tests of the second client share. */
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Server } from '../support/program';
import { runAgency } from './agency-v2';
import { Connection } from './v2-connection';
import type { Plan } from './v2-plan';
import { say } from './v2-wire';

function row(agency: number, i: number): string {
  const first = i % 3 === 0 ? '"Pérez, ""hijo"""' : 'Ñandú';
  const number = i % 7 === 0 ? 7574 : i % 7000;
  return `${String(agency)},${first},Díaz,${String(agency * 1_000_000 + i)},1988-04-23,${String(number)}\r\n`;
}

export const betRows = (agency: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => row(agency, i));

export const winners = (agency: number, count: number): string[] =>
  Array.from({ length: Math.ceil(count / 7) }, (_, i) => String(agency * 1_000_000 + 7 * i));

export const contestants = (agency: number, count: number): string[] =>
  Array.from(
    { length: count },
    (_, i) => `${String(agency)},Nora,Ibáñez,${String(agency * 10_000 + i)},1988-04-23\r\n`,
  );

export const contestPlan = (port: number, rows: readonly string[]): Plan => ({
  ...{ port, agency: 1, edition: '2020', rows, betsPerBatch: 60 },
});

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

export function stop(plan: Plan): Promise<unknown> {
  return runAgency(plan).catch((error: unknown) => error);
}

export function stored(server: Server, agency: number): string[] {
  const rows = readFileSync(join(server.dataDirectory, 'bets.csv'), 'utf8').split(/(?<=\r\n)/);
  return rows.filter((text) => text.startsWith(`${String(agency)},`));
}

/** A connection that was welcomed. */
export async function welcomed(port: number, agency: number, handicap = {}): Promise<Connection> {
  const connection = await Connection.open(port, handicap);
  connection.send(say.introduce(agency));
  expect(await connection.next()).to.include({ is: 'WELCOME' });
  return connection;
}

export const plan = (server: Server, agency: number, more: Partial<Plan> = {}): Plan => ({
  ...{ port: server.port, agency, edition: 'lottery', rows: betRows(agency, 3_000) },
  ...{ betsPerBatch: 100, ...more },
});

export async function finishAll(server: Server, agencies: readonly number[]): Promise<void> {
  for (const agency of agencies) {
    const connection = await welcomed(server.port, agency);
    connection.send(say.finished(0));
    expect(await connection.next()).to.deep.equal({ is: 'ACK', upTo: 0 });
    connection.close();
  }
}
