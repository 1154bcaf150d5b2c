import { expect } from 'chai';
import type { RowProblem } from '../../../src/domain/row-bytes';
import { checkRows } from '../../../src/domain/row-check';
import { NORA, PEREZ, row, rows, utf8, type RowFields } from '../../support/wire-builder';

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

function accepts(fields: Partial<RowFields>): void {
  const { agency = NORA.agency } = fields;
  const verdict = checkRows(row({ ...NORA, ...fields }));
  expect(verdict).to.deep.equal({ ok: true, agency: Number(agency), count: 1 });
}

function refuses(block: Uint8Array, problem: RowProblem, index = 0): void {
  expect(checkRows(block)).to.deep.equal({ ok: false, index, problem });
}

/** The row of the bet, with one field as it is given, quotes and all. */
function rawRow(name: keyof RowFields, text: string): Buffer {
  const raw = { ...NORA, [name]: text };
  const fields = [raw.agency, raw.firstName, raw.lastName, raw.document, raw.birthdate, raw.number];
  return bytes(`${fields.join(',')}\r\n`);
}

describe('checkRows accepts', () => {
  it('one row', () => {
    accepts({});
  });

  it('many rows of one agency, and counts them', () => {
    const verdict = checkRows(rows(NORA, PEREZ, NORA));
    expect(verdict).to.deep.equal({ ok: true, agency: 3, count: 3 });
  });

  for (const agency of [1, 9, 10, 65_535]) {
    it(`agency ${String(agency)}`, () => {
      accepts({ agency });
    });
  }

  for (const field of ['firstName', 'lastName'] as const) {
    it(`a ${field} of one byte`, () => {
      accepts({ [field]: 'x' });
    });

    it(`a ${field} of 512 bytes`, () => {
      accepts({ [field]: 'x'.repeat(512) });
    });

    it(`a ${field} of 512 bytes in 256 characters`, () => {
      accepts({ [field]: 'é'.repeat(256) });
    });

    it(`a quoted ${field} of 512 bytes before quoting`, () => {
      accepts({ [field]: '"'.repeat(512) });
    });

    it(`a ${field} with commas, quotes, blanks, accents and emoji`, () => {
      accepts({ [field]: ' a,"b","" ñ 🍀 \u0080\u2028' });
    });
  }

  it('documents of one and of ten digits, zeros in front included', () => {
    accepts({ document: '0' });
    accepts({ document: '0123456789' });
  });

  it('the first and the last date, and 29 February in a leap year', () => {
    for (const birthdate of ['0001-01-01', '9999-12-31', '2000-02-29']) accepts({ birthdate });
  });

  it('numbers from 0 to 9999', () => {
    for (const number of [0, 9, 10, 999, 1000, 9999]) accepts({ number });
  });
});

describe('checkRows refuses', () => {
  describe('as WRONG_AGENCY', () => {
    for (const agency of ['0', '03', '65536', '100000', '-3', '+3', ' 3', 'x', '']) {
      it(`agency "${agency}"`, () => {
        refuses(row({ ...NORA, agency }), 'WRONG_AGENCY');
      });
    }

    it('a row of another agency behind the first', () => {
      refuses(rows(NORA, PEREZ, { ...NORA, agency: 4 }), 'WRONG_AGENCY', 2);
    });

    it('a row whose agency only begins like the first', () => {
      refuses(rows(NORA, { ...NORA, agency: 33 }), 'WRONG_AGENCY', 1);
      refuses(rows({ ...NORA, agency: 33 }, NORA), 'WRONG_AGENCY', 1);
    });

    it('nothing at all', () => {
      refuses(bytes(''), 'WRONG_AGENCY');
    });
  });

  const names = [
    ['firstName', 'INVALID_FIRST_NAME'],
    ['lastName', 'INVALID_LAST_NAME'],
  ] as const;
  for (const [field, problem] of names) {
    describe(`as ${problem}`, () => {
      it('no name', () => {
        refuses(rawRow(field, ''), problem);
      });

      it('513 bytes', () => {
        refuses(rawRow(field, 'x'.repeat(513)), problem);
      });

      it('257 characters of two bytes', () => {
        refuses(rawRow(field, 'é'.repeat(257)), problem);
      });

      it('513 bytes before quoting', () => {
        refuses(row({ ...NORA, [field]: `,${'x'.repeat(512)}` }), problem);
      });

      it('513 quotes', () => {
        refuses(row({ ...NORA, [field]: '"'.repeat(513) }), problem);
      });

      for (const control of ['\u0000', '\t', '\u001f', '\u007f']) {
        it(`the control character ${JSON.stringify(control)}`, () => {
          refuses(rawRow(field, `a${control}b`), problem);
        });
      }

      it('a line break inside quotes', () => {
        refuses(rawRow(field, '"a,\r\nb"'), problem);
        refuses(rawRow(field, '"a,\nb"'), problem);
      });
    });
  }

  describe('as INVALID_DOCUMENT', () => {
    for (const text of ['', '12345678901', '30.000.031', '-1', ' 1', '1 ', '1a', '"1"', '１']) {
      it(`document "${text}"`, () => {
        refuses(rawRow('document', text), 'INVALID_DOCUMENT');
      });
    }
  });

  describe('as INVALID_BIRTHDATE', () => {
    for (const text of [
      ...['', '1988-4-23', '23-04-1988', '1988/04/23', '1988-04-231', '19880423', '01988-04-23'],
      ...['1988-13-01', '1988-00-01', '1988-01-00', '1988-04-31', '1987-02-29', '1900-02-29'],
      ...['0000-01-01', '1988-04-2x', '-988-04-23', '1988-04-23 ', '"1988-04-23"'],
    ]) {
      it(`birth date "${text}"`, () => {
        refuses(rawRow('birthdate', text), 'INVALID_BIRTHDATE');
      });
    }
  });

  describe('as INVALID_NUMBER', () => {
    for (const text of ['', '10000', '07574', '00', '-1', '+1', '1.5', '7574 ', '0x1', '"1"']) {
      it(`number "${text}"`, () => {
        refuses(rawRow('number', text), 'INVALID_NUMBER');
      });
    }
  });

  describe('as NOT_CANONICAL', () => {
    for (const [field] of names) {
      it(`a ${field} in quotes that need not be`, () => {
        refuses(rawRow(field, '"Nora"'), 'NOT_CANONICAL');
        refuses(rawRow(field, '""'), 'NOT_CANONICAL');
      });

      it(`a quote in a ${field} that is not in quotes`, () => {
        refuses(rawRow(field, 'No"ra'), 'NOT_CANONICAL');
      });

      it(`a quote in a ${field} that is not doubled`, () => {
        refuses(rawRow(field, '"No"ra, X"'), 'NOT_CANONICAL');
      });

      it(`a ${field} with text behind its closing quote`, () => {
        refuses(rawRow(field, '"No,ra"x'), 'NOT_CANONICAL');
      });
    }

    it('quotes that are never closed', () => {
      refuses(bytes('3,"Nora,Paz'), 'NOT_CANONICAL');
    });
  });

  describe('as INVALID_UTF8', () => {
    const garbled = (...wrong: readonly number[]): Buffer =>
      Buffer.concat([utf8('3,No'), Buffer.from(wrong), utf8('ra,Paz,1,2000-01-01,1\r\n')]);

    it('a byte that UTF-8 never has', () => {
      refuses(garbled(0xff), 'INVALID_UTF8');
    });

    it('Latin-1', () => {
      refuses(garbled(0xe9), 'INVALID_UTF8');
    });

    it('an overlong form', () => {
      refuses(garbled(0xc0, 0xac), 'INVALID_UTF8');
    });

    it('half of a surrogate pair', () => {
      refuses(garbled(0xed, 0xa0, 0x80), 'INVALID_UTF8');
    });

    it('in the row where it stands, before anything else that is wrong', () => {
      const block = Buffer.concat([row(NORA), row({ ...PEREZ, number: 'x' }), garbled(0xff)]);
      refuses(block, 'INVALID_UTF8', 2);
    });
  });
});
