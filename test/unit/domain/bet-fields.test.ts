import { expect } from 'chai';
import { BET_FIELDS, findFieldProblem, type BetText } from '../../../src/domain/bet-fields';

const GOOD: BetText = {
  firstName: 'Nora',
  lastName: 'Ibáñez',
  document: '30000031',
  birthdate: '1988-04-23',
  number: '7574',
};

/** `field: reason` of the first rule that is broken. */
function problemWith(fields: Partial<BetText>): string {
  const problem = findFieldProblem({ ...GOOD, ...fields });
  return problem === undefined ? 'none' : `${problem.field} ${problem.reason}`;
}

describe('findFieldProblem', () => {
  it('finds nothing wrong with a good bet', () => {
    expect(problemWith({})).to.equal('none');
  });

  it('names fields in the order of the columns', () => {
    expect(BET_FIELDS).to.deep.equal([
      ...['first_name', 'last_name', 'document', 'birthdate', 'number'],
    ]);
  });

  it('names the first field that is wrong', () => {
    const all = { firstName: '', lastName: '', document: '', birthdate: '', number: '' };
    expect(problemWith(all)).to.match(/^first_name /);
    expect(problemWith({ ...all, firstName: 'x' })).to.match(/^last_name /);
    expect(problemWith({ document: '', birthdate: '', number: '' })).to.match(/^document /);
    expect(problemWith({ birthdate: '', number: '' })).to.match(/^birthdate /);
    expect(problemWith({ number: '' })).to.match(/^number /);
  });

  const names = [
    ['firstName', 'first_name'],
    ['lastName', 'last_name'],
  ] as const;
  for (const [key, field] of names) {
    it(`${field}: not empty`, () => {
      expect(problemWith({ [key]: '' })).to.equal(`${field} is empty`);
    });

    it(`${field}: no control character`, () => {
      for (const control of ['\u0000', '\t', '\r', '\n', '\u001f', '\u007f']) {
        const problem = `${field} has a control character or a line break`;
        expect(problemWith({ [key]: `a${control}b` })).to.equal(problem);
      }
    });

    it(`${field}: no half of a surrogate pair`, () => {
      for (const half of ['\ud83c', 'a\udf40', '\udf40\ud83c']) {
        expect(problemWith({ [key]: half })).to.equal(`${field} is not valid Unicode text`);
      }
      expect(problemWith({ [key]: '\ud83c\udf40' })).to.equal('none');
    });

    it(`${field}: at most 512 bytes, in whatever script`, () => {
      const problem = `${field} is longer than 512 bytes`;
      for (const [letter, fits] of [
        ['x', 512],
        ['é', 256],
        ['日', 170],
        ['🍀', 128],
      ] as const) {
        expect(problemWith({ [key]: letter.repeat(fits) }), letter).to.equal('none');
        expect(problemWith({ [key]: letter.repeat(fits + 1) }), letter).to.equal(problem);
      }
    });
  }

  it('document: 1 to 10 digits', () => {
    for (const document of ['1', '0123456789']) expect(problemWith({ document })).to.equal('none');
    for (const document of ['', '12345678901', '1.234', '-1', ' 1', '1\n', '٣']) {
      expect(problemWith({ document })).to.equal('document is not 1 to 10 digits');
    }
  });

  it('birthdate: a day of the calendar', () => {
    expect(problemWith({ birthdate: '2000-02-29' })).to.equal('none');
    for (const birthdate of ['', '2001-02-29', '29/02/2000', '2000-2-29', '2000-02-29 ']) {
      expect(problemWith({ birthdate })).to.equal('birthdate is not a date YYYY-MM-DD');
    }
  });

  it('number: 0 to 9999, with zeros in front or without', () => {
    for (const number of ['0', '9999', '0042', '000000000009999']) {
      expect(problemWith({ number })).to.equal('none');
    }
    for (const number of ['', '10000', '-1', '+1', '1.5', '1e3', ' 1', '1\n', '0x1', '٣']) {
      expect(problemWith({ number })).to.equal('number is not a number from 0 to 9999');
    }
  });
});
