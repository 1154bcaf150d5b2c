import { parse } from 'csv-parse/sync';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { Bet } from '../../../src/domain/bet';
import { betOfFields, encodeField, encodeRow } from '../../../src/domain/row';
import { documentAndNumber } from '../../../src/domain/row';
import { row, rowText } from '../../support/wire-builder';
import { goodBet } from '../helpers/arbitraries';

type Fields = readonly [
  agency: number,
  firstName: string,
  lastName: string,
  document: string,
  birthdate: string,
  number: number,
];

/**
 * Made with Python 3.11: `csv.writer(file, quoting=csv.QUOTE_MINIMAL).writerow(fields)`, as the
 * course's `store_bets` does.
 */
const PYTHON_ROWS: readonly (readonly [Fields, string])[] = [
  [
    [3, 'Nora', 'Ibáñez', '30000031', '1988-04-23', 7574],
    '3,Nora,Ibáñez,30000031,1988-04-23,7574\r\n',
  ],
  [
    [3, 'Pérez, hijo', 'Díaz', '5000005', '1970-01-01', 42],
    '3,"Pérez, hijo",Díaz,5000005,1970-01-01,42\r\n',
  ],
  [[1, 'Juan "Pepe"', 'Paz', '1', '2000-02-29', 0], '1,"Juan ""Pepe""",Paz,1,2000-02-29,0\r\n'],
  [[2, '"', '""', '12', '1999-12-31', 9999], '2,"""","""""",12,1999-12-31,9999\r\n'],
  [[2, ',', ',,', '12', '1999-12-31', 1], '2,",",",,",12,1999-12-31,1\r\n'],
  [
    [4, ' Ana ', 'de la Rúa', '9999999999', '0001-01-01', 10],
    '4, Ana ,de la Rúa,9999999999,0001-01-01,10\r\n',
  ],
  [[5, "O'Brien", 'a;b|c', '123', '9999-12-31', 5], "5,O'Brien,a;b|c,123,9999-12-31,5\r\n"],
  [[5, 'tab\there', 'x', '123', '2001-01-01', 5], '5,tab\there,x,123,2001-01-01,5\r\n'],
  [[5, 'line\nbreak', 'x', '123', '2001-01-01', 5], '5,"line\nbreak",x,123,2001-01-01,5\r\n'],
  [
    [5, 'carriage\rreturn', 'x', '123', '2001-01-01', 5],
    '5,"carriage\rreturn",x,123,2001-01-01,5\r\n',
  ],
  [[5, '🍀 Suerte', '日本', '123', '2001-01-01', 5], '5,🍀 Suerte,日本,123,2001-01-01,5\r\n'],
  [[5, 'end"', '"start', '123', '2001-01-01', 5], '5,"end""","""start",123,2001-01-01,5\r\n'],
  [[5, 'a","b', 'x,7574', '123', '2001-01-01', 5], '5,"a"",""b","x,7574",123,2001-01-01,5\r\n'],
  [[5, '\u2028', '\u00a0', '123', '2001-01-01', 5], '5,\u2028,\u00a0,123,2001-01-01,5\r\n'],
  [[5, '#x', "'y'", '123', '2001-01-01', 5], "5,#x,'y',123,2001-01-01,5\r\n"],
  [[5, '', 'x', '123', '2001-01-01', 5], '5,,x,123,2001-01-01,5\r\n'],
];

describe('encodeRow', () => {
  for (const [fields, text] of PYTHON_ROWS) {
    it(`writes what csv.writer writes: ${JSON.stringify(text)}`, () => {
      expect(encodeRow(new Bet(...fields))).to.equal(text);
    });
  }

  it('writes numbers without the zeros and signs that they were given with', () => {
    const bet = new Bet('05', 'a', 'b', '007', '2001-01-01', '+0042');
    expect(encodeRow(bet)).to.equal('5,a,b,007,2001-01-01,42\r\n');
  });

  it('agrees with the independent builder, and csv-parse reads the bet back', () => {
    fc.assert(
      fc.property(goodBet, (text) => {
        const fields = { ...text, agency: 3, number: Number(text.number) };
        const { firstName, lastName, document, birthdate, number } = text;
        const bet = betOfFields(['3', firstName, lastName, document, birthdate, number]);
        const encoded = encodeRow(bet);
        expect(encoded).to.equal(rowText(fields));
        const parsed = parse(encoded, { record_delimiter: '\r\n' });
        expect(parsed).to.have.length(1);
        expect(betOfFields(parsed[0] ?? [])).to.deep.equal(bet);
      }),
    );
  });
});

describe('encodeField', () => {
  it('leaves alone what needs no quotes', () => {
    for (const text of ['', ' ', "'", 'Ñandú', ';']) expect(encodeField(text)).to.equal(text);
  });

  it('quotes comma, quote, CR and LF, and doubles quotes', () => {
    const quoted = [',', '"', '\r', '\n'].map(encodeField);
    expect(quoted).to.deep.equal(['","', '""""', '"\r"', '"\n"']);
  });
});

describe('betOfFields', () => {
  it('takes six fields in stored order', () => {
    const bet = betOfFields(['3', 'Nora', 'Ibáñez', '30000031', '1988-04-23', '7574']);
    expect(bet).to.deep.equal(new Bet(3, 'Nora', 'Ibáñez', '30000031', '1988-04-23', 7574));
  });

  for (const count of [0, 5, 7]) {
    it(`refuses ${String(count)} fields`, () => {
      const fields = ['3', 'Nora', 'Ibáñez', '30000031', '1988-04-23', '7574', 'x'];
      expect(() => betOfFields(fields.slice(0, count))).to.throw(
        RangeError,
        `this one has ${String(count)}`,
      );
    });
  }
});

describe('documentAndNumber', () => {
  it('finds both from the end of any row, whatever the names hold', () => {
    fc.assert(
      fc.property(goodBet, (text) => {
        const number = Number(text.number);
        const found = documentAndNumber(row({ ...text, agency: 12, number }));
        expect(found).to.deep.equal({ document: text.document, number });
      }),
    );
  });
});
