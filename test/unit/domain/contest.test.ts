import { createHash } from 'node:crypto';
import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  checkContestRows,
  contestantOf,
  isWinner,
  winningRowsOf,
} from '../../../src/domain/contest-rows';
import {
  findContestantProblem,
  rowOfContestant,
  winnerLine,
  type Contestant,
} from '../../../src/domain/contest';
import { contestantRow, join, NORA, PEREZ } from '../../support/wire-builder';

/** Computed with Python's hashlib: the first 8 bytes modulo 17. */
const VECTORS: readonly (readonly [string, string, string, string, number])[] = [
  ['Santiago Lionel', 'Lorca', '30904465', '1999-03-17', 10],
  ['Nora', 'Ibáñez', '30000031', '1988-04-23', 9],
  ['Pérez, hijo', 'Díaz', '5000005', '1970-01-01', 1],
  ['Ana "Nita"', 'Ñandú', '1', '0001-01-01', 16],
  ['A|B', 'C', '12', '2000-02-29', 0],
  ['Nora', 'Ibáñez', '30000005', '1988-04-23', 0],
  ['Nora', 'Ibáñez', '30000006', '1988-04-23', 0],
  ['Nora', 'Ibáñez', '30000018', '1988-04-23', 0],
  ['Pérez, hijo', 'Díaz', '5000015', '1970-01-01', 0],
  ['Ana "Nita"', 'Ñandú', '6', '0001-01-01', 0],
];

const NAMES = fc.stringMatching(/^[a-zA-ZñÁ ,"|]{1,12}$/);

/** Contestants by the letter of the specification. */
const anyContestant: fc.Arbitrary<Contestant> = fc.record({
  firstName: NAMES,
  lastName: NAMES,
  document: fc.stringMatching(/^\d{1,10}$/),
  birthdate: fc.constantFrom('1970-01-01', '2000-02-29', '0001-12-31'),
});

describe('2020 edition: who has won', () => {
  for (const [firstName, lastName, document, birthdate, remainder] of VECTORS) {
    it(`${firstName} ${lastName}, ${document}: ${remainder === 0 ? 'yes' : 'no'}`, () => {
      const contestant = { firstName, lastName, document, birthdate };
      expect(isWinner(contestant)).to.equal(remainder === 0);
    });
  }

  it('is what a big integer says, for anybody', () => {
    fc.assert(
      fc.property(anyContestant, (contestant) => {
        const { firstName, lastName, document, birthdate } = contestant;
        const text = [firstName, lastName, document, birthdate].join('|');
        const first = createHash('sha256').update(text, 'utf8').digest().readBigUInt64BE(0);
        expect(isWinner(contestant)).to.equal(first % 17n === 0n);
      }),
      { numRuns: 500 },
    );
  });

  it("a winner's line is the course's", () => {
    const [firstName, lastName] = ['Santiago Lionel', 'Lorca'];
    const line = winnerLine({ firstName, lastName, document: '30904465', birthdate: '1999-03-07' });
    expect(line).to.equal(
      'Full name: Santiago Lionel Lorca | Document: 30904465 | Date of Birth: 07/03/1999\n',
    );
  });

  it('a contestant needs no number', () => {
    expect(findContestantProblem({ ...NORA })).to.equal(undefined);
    expect(findContestantProblem({ ...NORA, document: '1x' })).to.include({ field: 'document' });
  });
});

describe('2020 edition: rows', () => {
  const good = join(contestantRow(NORA), contestantRow(PEREZ));

  it('are those of bets without the last column', () => {
    expect(rowOfContestant('3', PEREZ)).to.equal('3,"Pérez, hijo",Díaz,5000005,1970-01-01\r\n');
    expect(contestantRow(PEREZ).toString()).to.equal(rowOfContestant('3', PEREZ));
    expect(checkContestRows(good)).to.deep.equal({ ok: true, agency: 3, count: 2 });
  });

  const bad: readonly (readonly [string, string, string])[] = [
    ['with a number', '3,Ana,Paz,1,1990-01-01,5\r\n', 'MALFORMED_ROW'],
    ['with four fields', '3,Ana,Paz,1\r\n', 'MALFORMED_ROW'],
    ['without an end', '3,Ana,Paz,1,1990-01-01', 'MALFORMED_ROW'],
    ['that end with LF', '3,Ana,Paz,1,1990-01-01\n', 'MALFORMED_ROW'],
    ['with an empty field behind', '3,Ana,Paz,1,1990-01-01,\r\n', 'MALFORMED_ROW'],
    ['of another agency', '4,Ana,Paz,1,1990-01-01\r\n', 'WRONG_AGENCY'],
    ['without a first name', '3,,Paz,1,1990-01-01\r\n', 'INVALID_FIRST_NAME'],
    ['with a line break in a name', '3,Ana,"P\r\nz",1,1990-01-01\r\n', 'INVALID_LAST_NAME'],
    ['with letters in the document', '3,Ana,Paz,1x,1990-01-01\r\n', 'INVALID_DOCUMENT'],
    ['with a day that does not exist', '3,Ana,Paz,1,1990-02-29\r\n', 'INVALID_BIRTHDATE'],
    ['quoted without need', '3,"Ana",Paz,1,1990-01-01\r\n', 'NOT_CANONICAL'],
  ];
  for (const [what, text, problem] of bad) {
    it(`${what} are refused, wherever they stand`, () => {
      const rows = join(contestantRow(NORA), Buffer.from(text));
      expect(checkContestRows(rows)).to.deep.equal({ ok: false, index: 1, problem });
    });
  }

  it('that are not UTF-8 are refused', () => {
    const rows = join(good, Buffer.from('3,\xff,Paz,1,1990-01-01\r\n', 'latin1'));
    expect(checkContestRows(rows)).to.deep.equal({
      ok: false,
      index: 2,
      problem: 'INVALID_UTF8',
    });
  });

  it('give back what they were made from', () => {
    fc.assert(
      fc.property(anyContestant, (contestant) => {
        const row = Buffer.from(rowOfContestant('65535', contestant));
        expect(contestantOf(row)).to.deep.equal(contestant);
      }),
    );
  });

  it('of winners are found, in order, as the bytes that they are', () => {
    const rows = ['30000031', '30000005', '30000004', '30000006'].map((document) =>
      contestantRow({ ...NORA, document }),
    );
    const found = winningRowsOf(join(...rows));
    expect(found.map(({ row }) => row)).to.deep.equal([rows[1], rows[3]]);
    expect(found[0]?.contestant).to.deep.equal({
      firstName: 'Nora',
      lastName: 'Ibáñez',
      document: '30000005',
      birthdate: '1988-04-23',
    });
  });
});
