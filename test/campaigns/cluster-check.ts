/** Compares the tables of a lottery that is over with what the agencies were given, byte for byte. */
import { readFileSync } from 'node:fs';
import type { PatroniCluster } from '../support/patroni';
import { winnersOf, type Inputs } from '../support/bets-check';

type Row = Readonly<Record<string, unknown>>;

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
  const read = async (text: string): Promise<readonly Row[]> =>
    (await client.query<Row>(text)).rows;
  try {
    const batches = await read(
      'select agency, first, count, rows from loteria.batch order by 1, 2',
    );
    const winners = await read('select agency, document from loteria.winner order by 1, ordinal');
    const agencies = await read('select agency, stored, finished from loteria.agency order by 1');
    const [lottery] = await read(
      "select finished, state->'draw' as draw, acta->>'draw_id' as id from loteria.lottery",
    );
    return [
      ...checkRows(batches, inputs),
      ...checkWinners(winners, inputs),
      ...checkCounts(agencies, lottery, inputs),
    ];
  } finally {
    await client.end();
  }
}

function checkRows(batches: readonly Row[], inputs: Inputs): string[] {
  const problems: string[] = [];
  for (const [agency, rows] of inputs) {
    const own = batches.filter((batch) => batch['agency'] === agency);
    let next = 0;
    for (const { first, count } of own) {
      if (Number(first) !== next) {
        problems.push(
          `agency ${String(agency)}: a batch begins at ${String(first)}, not ${String(next)}`,
        );
      }
      next = Number(first) + Number(count);
    }
    const stored = Buffer.concat(own.map((batch) => batch['rows'] as Buffer)).toString('utf8');
    if (stored !== rows.map((row) => `${String(agency)},${row}\r\n`).join('')) {
      const found = stored.split('\r\n').length - 1;
      problems.push(
        `agency ${String(agency)}: its ${String(found)} stored rows are not its ${String(rows.length)} rows`,
      );
    }
  }
  const unknown = batches.filter(({ agency }) => !inputs.has(Number(agency)));
  if (unknown.length > 0) problems.push(`${String(unknown.length)} batches of nobody`);
  return problems;
}

function checkWinners(winners: readonly Row[], inputs: Inputs): string[] {
  const stored = winners.map(({ agency, document }) => `${String(agency)},${String(document)}`);
  const expected = [...inputs].flatMap(([agency, rows]) =>
    winnersOf(rows).map((document) => `${String(agency)},${document}`),
  );
  if (stored.join(' ') === expected.join(' ')) return [];
  return [`the winners are ${stored.join(' ')}, expected ${expected.join(' ')}`];
}

function checkCounts(agencies: readonly Row[], lottery: Row | undefined, inputs: Inputs): string[] {
  const problems: string[] = [];
  const described = agencies.map(
    (row) => `${String(row['agency'])}:${String(row['stored'])}:${String(row['finished'])}`,
  );
  const expected = [...inputs].map(
    ([agency, rows]) => `${String(agency)}:${String(rows.length)}:true`,
  );
  if (described.join(' ') !== expected.join(' ')) {
    problems.push(`the agencies are ${described.join(' ')}, expected ${expected.join(' ')}`);
  }
  if (lottery?.['finished'] !== inputs.size) {
    problems.push(`${String(lottery?.['finished'])} agencies are counted as finished`);
  }
  const id = (lottery?.['draw'] as { id?: unknown } | null | undefined)?.id;
  if (typeof id !== 'string' || id !== lottery?.['id']) {
    problems.push(`the draw is ${String(id)}, and ${String(lottery?.['id'])} in the acta`);
  }
  return problems;
}
