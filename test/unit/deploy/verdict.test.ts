import { expect } from 'chai';
import {
  differences,
  rowsByAgency,
  winnersAmong,
  type AgencyOutcome,
} from '../../../deploy/cluster/verdict';

const ROWS = [
  'Ana,Paz,30904465,1999-03-17,7574',
  'Luz,Gil,30904466,1999-03-18,17574',
  'Eva,Sol,30904467,1999-03-19,7574',
];
const EXACT: AgencyOutcome = {
  agency: 2,
  rows: ROWS,
  stored: ROWS,
  storedWinners: ['30904465', '30904467'],
  receivedWinners: ['30904465', '30904467'],
  exitCode: 0,
  starts: 1,
};

describe('verdict on a run of the cluster', () => {
  it('finds the rows of each agency in a bets.csv, and who wins among them', () => {
    const csv = `2,${ROWS[0] ?? ''}\r\n10,${ROWS[1] ?? ''}\r\n2,${ROWS[2] ?? ''}\r\n`;
    const rows = rowsByAgency(csv);
    expect([...rows]).to.deep.equal([
      [2, [ROWS[0], ROWS[2]]],
      [10, [ROWS[1]]],
    ]);
    expect(winnersAmong(ROWS)).to.deep.equal(['30904465', '30904467']);
  });

  it('is content with exactly what the file says', () => {
    expect(differences([EXACT])).to.deep.equal([]);
  });

  const [first = '', second = '', third = ''] = ROWS;
  const cases: readonly [string, Partial<AgencyOutcome>, readonly string[]][] = [
    [
      'a row is lost',
      { stored: [first, third] },
      ['row 2 of its file is not stored there', '2 rows are stored, its file has 3'],
    ],
    ['a row is stored twice', { stored: [...ROWS, third] }, ['4 rows are stored, its file has 3']],
    [
      'two rows are exchanged',
      { stored: [second, first, third] },
      ['row 1 of its file is not stored there'],
    ],
    [
      'a winner is not stored',
      { storedWinners: ['30904465'] },
      ['stored winners 30904465, expected 30904465 30904467'],
    ],
    [
      "another agency's winners arrive",
      { receivedWinners: ['1'] },
      ['it received winners 1, expected 30904465 30904467'],
    ],
    ['no winners arrive', { receivedWinners: null }, ['it received no winners']],
    ['an agency fails', { exitCode: 1 }, ['exit code 1']],
    ['an agency is started again', { starts: 2 }, ['started 2 times']],
  ];
  for (const [what, change, texts] of cases) {
    it(`says when ${what}`, () => {
      const expected = texts.map((text) => `agency 2: ${text}`);
      expect(differences([{ ...EXACT, ...change }])).to.deep.equal(expected);
    });
  }
});
