import { expect } from 'chai';
import * as fc from 'fast-check';
import { Bet, hasWon, isCalendarDate, LOTTERY_WINNER_NUMBER } from '../../../src/domain/bet';
import { goodDate } from '../helpers/arbitraries';

function betWith(agency: number | string, number: number | string, date = '2000-12-20'): Bet {
  return new Bet(agency, 'first', 'last', '10000000', date, number);
}

describe('Bet', () => {
  it('makes numbers of agency and number, as the course class does', () => {
    const bet = betWith('1', '7500');
    expect(Object.fromEntries(Object.entries(bet))).to.deep.equal({
      agency: 1,
      firstName: 'first',
      lastName: 'last',
      document: '10000000',
      birthdate: '2000-12-20',
      number: 7500,
    });
  });

  it("reads numbers as Python's int() does: blanks, sign, leading zeros", () => {
    expect(betWith(' 1 ', '+007').number).to.equal(7);
    expect(betWith('-1', '0').agency).to.equal(-1);
  });

  for (const text of ['', 'x', '1.5', '1e3', '0x10', '1 2', 'NaN', '1'.repeat(16)]) {
    it(`refuses "${text}" as a number`, () => {
      expect(() => betWith('1', text)).to.throw(RangeError, 'not a whole number');
      expect(() => betWith(text, '1')).to.throw(RangeError, 'not a whole number');
    });
  }

  it('refuses a number that is not whole', () => {
    expect(() => betWith(1, 0.5)).to.throw(RangeError);
  });

  for (const text of ['2000-13-01', '20001220', '2000-12-20 ', 'yesterday', '']) {
    it(`refuses "${text}" as a birth date`, () => {
      expect(() => betWith(1, 1, text)).to.throw(RangeError, 'not a date');
    });
  }
});

describe('hasWon', () => {
  it('the winning number is the one of the course', () => {
    expect(LOTTERY_WINNER_NUMBER).to.equal(7574);
  });

  it('holds for the winning number, however it is written', () => {
    expect(hasWon(betWith(1, 7574))).to.equal(true);
    expect(hasWon(betWith(1, '07574'))).to.equal(true);
  });

  it('holds for no other number', () => {
    const winning: number[] = [];
    for (let number = 0; number <= 9999; number++) {
      if (hasWon(betWith(1, number))) winning.push(number);
    }
    expect(winning).to.deep.equal([7574]);
  });
});

describe('isCalendarDate', () => {
  it('takes 29 February in leap years only', () => {
    const years = ['2000', '2024', '0004', '1900', '2023', '0001'];
    expect(years.map((year) => isCalendarDate(`${year}-02-29`))).to.deep.equal([
      ...[true, true, true, false, false, false],
    ]);
  });

  it('takes the first and the last day of the calendar', () => {
    expect(isCalendarDate('0001-01-01')).to.equal(true);
    expect(isCalendarDate('9999-12-31')).to.equal(true);
    expect(isCalendarDate('0000-12-31')).to.equal(false);
  });

  for (const text of ['1-1-1', '2000-1-01', '2000/01/01', '2000-01-01\n', '+002000-01-01', '']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(isCalendarDate(text)).to.equal(false);
    });
  }

  it('takes every date that there is', () => {
    fc.assert(
      fc.property(goodDate, (date) => {
        expect(isCalendarDate(date)).to.equal(true);
      }),
    );
  });

  it('agrees with Date on what is a day', () => {
    const year = fc.integer({ min: 1, max: 9999 });
    fc.assert(
      fc.property(year, fc.nat({ max: 14 }), fc.nat({ max: 33 }), (y, m, d) => {
        const date = new Date(0);
        date.setUTCFullYear(y, m - 1, d);
        const exists = date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
        const two = (n: number): string => String(n).padStart(2, '0');
        const text = `${String(y).padStart(4, '0')}-${two(m)}-${two(d)}`;
        expect(isCalendarDate(text), text).to.equal(exists);
      }),
      { numRuns: 500 },
    );
  });
});
