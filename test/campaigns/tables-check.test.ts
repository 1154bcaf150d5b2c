/** The check of tables must be able to fail: it is shown tables that are not those of the agencies' files. */
import { expect } from 'chai';
import type { Inputs } from '../support/bets-check';
import {
  checkCounts,
  checkRows,
  checkWinners,
  type Row,
  type Tables,
} from '../support/tables-check';

const NORA = 'Nora,Ruiz,30000031,1988-04-23,7574';
const ANA = 'Ana María,Ibáñez,30000032,1990-01-31,42';
const LUZ = 'Luz,Paz,30000033,1970-12-01,7574';
const INPUTS: Inputs = new Map([
  [1, [NORA, ANA, LUZ]],
  [2, [ANA]],
]);

/** As `pg` reads it. */
function batch(agency: number, first: number, rows: readonly string[]): Row {
  const text = rows.map((row) => `${String(agency)},${row}\r\n`).join('');
  return { agency, first: String(first), count: rows.length, rows: Buffer.from(text) };
}

const RIGHT: Tables = {
  batches: [batch(1, 0, [NORA]), batch(1, 1, [ANA, LUZ]), batch(2, 0, [ANA])],
  winners: [
    { agency: 1, document: '30000031' },
    { agency: 1, document: '30000033' },
  ],
  agencies: [
    { agency: 1, stored: '3', finished: true },
    { agency: 2, stored: '1', finished: true },
  ],
  lottery: { finished: 2, draw: { id: '0123456789abcdef' }, id: '0123456789abcdef' },
};

function problemsOf(change: Partial<Tables>): string[] {
  const tables = { ...RIGHT, ...change };
  return [checkRows, checkWinners, checkCounts].flatMap((check) => check(tables, INPUTS));
}

describe('check of the tables', () => {
  it('finds nothing wrong with tables that hold what the agencies sent', () => {
    expect(problemsOf({})).to.deep.equal([]);
  });

  const [first, second, third] = RIGHT.batches as readonly [Row, Row, Row];
  const rows: readonly (readonly [string, readonly Row[], readonly string[]])[] = [
    [
      'a batch that is lost at the start',
      [second, third],
      ['agency 1: a batch begins at 1, not 0', 'agency 1: its 2 stored rows are not its 3 rows'],
    ],
    [
      'a batch that is lost at the end',
      [first, third],
      ['agency 1: its 1 stored rows are not its 3 rows'],
    ],
    [
      'a batch that is stored twice',
      [first, first, second, third],
      ['agency 1: a batch begins at 0, not 1', 'agency 1: its 4 stored rows are not its 3 rows'],
    ],
    [
      'a count that is not that of its rows',
      [{ ...first, count: 2 }, second, third],
      ['agency 1: a batch begins at 1, not 2'],
    ],
    [
      'a digit that has changed',
      [first, batch(1, 1, [ANA, LUZ.replace('7574', '7575')]), third],
      ['agency 1: its 3 stored rows are not its 3 rows'],
    ],
    [
      'two rows that have changed places',
      [first, batch(1, 1, [LUZ, ANA]), third],
      ['agency 1: its 3 stored rows are not its 3 rows'],
    ],
    [
      'rows of another agency',
      [first, second, batch(2, 0, [NORA])],
      ['agency 2: its 1 stored rows are not its 1 rows'],
    ],
    [
      'batches of an agency that there is not',
      [first, second, third, batch(3, 0, [ANA])],
      ['1 batches of nobody'],
    ],
  ];
  for (const [what, batches, problems] of rows) {
    it(`finds ${what}`, () => {
      expect(problemsOf({ batches })).to.deep.equal(problems);
    });
  }

  const [nora, luz] = RIGHT.winners as readonly [Row, Row];
  const winners: readonly (readonly [string, readonly Row[], string])[] = [
    ['a winner that is missing', [nora], '1,30000031'],
    [
      'a winner too many',
      [nora, luz, { agency: 2, document: '30000032' }],
      '1,30000031 1,30000033 2,30000032',
    ],
    ['a winner of another agency', [nora, { ...luz, agency: 2 }], '1,30000031 2,30000033'],
    ['winners in another order', [luz, nora], '1,30000033 1,30000031'],
  ];
  for (const [what, found, described] of winners) {
    it(`finds ${what}`, () => {
      const expected = 'expected 1,30000031 1,30000033';
      expect(problemsOf({ winners: found })).to.deep.equal([
        `the winners are ${described}, ${expected}`,
      ]);
    });
  }

  const [one, two] = RIGHT.agencies as readonly [Row, Row];
  const agencies: readonly (readonly [string, readonly Row[], string])[] = [
    ['a total that is not that of the bets', [{ ...one, stored: '2' }, two], '1:2:true 2:1:true'],
    ['an agency that has not finished', [one, { ...two, finished: false }], '1:3:true 2:1:false'],
    ['an agency that is missing', [one], '1:3:true'],
  ];
  for (const [what, found, described] of agencies) {
    it(`finds ${what}`, () => {
      const expected = 'expected 1:3:true 2:1:true';
      expect(problemsOf({ agencies: found })).to.deep.equal([
        `the agencies are ${described}, ${expected}`,
      ]);
    });
  }

  const lotteries: readonly (readonly [string, Row | undefined, readonly string[]])[] = [
    [
      'a count of finished agencies that is too low',
      { ...RIGHT.lottery, finished: 1 },
      ['1 agencies are counted as finished'],
    ],
    [
      'that there is no draw',
      { ...RIGHT.lottery, draw: null },
      ['the draw is undefined, and 0123456789abcdef in the acta'],
    ],
    [
      'that there is no acta',
      { ...RIGHT.lottery, id: null },
      ['the draw is 0123456789abcdef, and null in the acta'],
    ],
    [
      'an acta of another draw',
      { ...RIGHT.lottery, id: 'ff' },
      ['the draw is 0123456789abcdef, and ff in the acta'],
    ],
    [
      'that there is no lottery',
      undefined,
      [
        'undefined agencies are counted as finished',
        'the draw is undefined, and undefined in the acta',
      ],
    ],
  ];
  for (const [what, lottery, problems] of lotteries) {
    it(`finds ${what}`, () => {
      expect(problemsOf({ lottery })).to.deep.equal(problems);
    });
  }
});
