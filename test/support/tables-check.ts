/** Compares the tables of a lottery that is over with what the agencies were given, byte for byte. */
import { winnersOf, type Inputs } from './bets-check';

/** As `pg` reads it: bigint as text, bytea as a Buffer. */
export type Row = Readonly<Record<string, unknown>>;

export interface Tables {
  /** In the order of their agencies, and of each one's file. */
  readonly batches: readonly Row[];
  readonly winners: readonly Row[];
  readonly agencies: readonly Row[];
  /** How many have finished, the draw, and the acta's name of it; undefined: there is no lottery. */
  readonly lottery: Row | undefined;
}

/** @param query runs a statement as somebody who may read all tables */
export async function readTables(
  query: (text: string) => Promise<readonly Row[]>,
): Promise<Tables> {
  const batches = await query('select agency, first, count, rows from loteria.batch order by 1, 2');
  const winners = await query('select agency, document from loteria.winner order by 1, ordinal');
  const agencies = await query('select agency, stored, finished from loteria.agency order by 1');
  const [lottery] = await query(
    "select finished, state->'draw' as draw, acta->>'draw_id' as id from loteria.lottery",
  );
  return { batches, winners, agencies, lottery };
}

/** @returns what is wrong with the bets */
export function checkRows({ batches }: Pick<Tables, 'batches'>, inputs: Inputs): string[] {
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

/** @returns what is wrong with the winners */
export function checkWinners({ winners }: Pick<Tables, 'winners'>, inputs: Inputs): string[] {
  const stored = winners.map(({ agency, document }) => `${String(agency)},${String(document)}`);
  const expected = [...inputs].flatMap(([agency, rows]) =>
    winnersOf(rows).map((document) => `${String(agency)},${document}`),
  );
  if (stored.join(' ') === expected.join(' ')) return [];
  return [`the winners are ${stored.join(' ')}, expected ${expected.join(' ')}`];
}

/** @returns what is wrong with the agencies' totals, the draw, and the acta */
export function checkCounts(
  { agencies, lottery }: Pick<Tables, 'agencies' | 'lottery'>,
  inputs: Inputs,
): string[] {
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
