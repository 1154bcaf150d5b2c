/** Reads and checks the tables of a lottery that is over, at the primary. */
import { readFileSync } from 'node:fs';
import type { PatroniCluster } from '../support/patroni';
import type { Inputs } from '../support/bets-check';
import {
  checkCounts,
  checkRows,
  checkWinners,
  readTables,
  type Row,
} from '../support/tables-check';

/** @returns what is wrong */
export async function checkTables(
  cluster: PatroniCluster,
  primary: number,
  inputs: Inputs,
): Promise<string[]> {
  const { Client } = (await import('pg')).default;
  const { database, ownerPasswordFile } = cluster;
  const password = readFileSync(ownerPasswordFile, 'utf8').trim();
  const client = new Client({ ...cluster.servers[primary], user: 'owner', database, password });
  await client.connect();
  try {
    const tables = await readTables(async (text) => (await client.query<Row>(text)).rows);
    return [checkRows, checkWinners, checkCounts].flatMap((check) => check(tables, inputs));
  } finally {
    await client.end();
  }
}
