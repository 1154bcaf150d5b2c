import { expect } from 'chai';
import {
  ERROR_NUMBER,
  nameOfNumber,
  REJECT_NUMBER,
  WHOLE_BATCH,
  WireError,
} from '../../../src/protocol/codes';
import * as wire from '../../support/wire-builder';
import { repliesOf } from '../helpers/codec';
import { PROTOCOL, tableBehind } from '../helpers/protocol-document';

const TABLES = [
  ['8.1 Reasons in REJECT', REJECT_NUMBER],
  ['8.2 Codes in ERROR', ERROR_NUMBER],
] as const;

describe('codes on the wire', () => {
  for (const [heading, numbers] of TABLES) {
    const rows = tableBehind(`### ${heading}`);

    it(`${heading}: the document and the code have the same`, () => {
      const documented = rows.slice(0, -1).map(([code, name]) => [name, Number(code)]);
      expect(documented).to.deep.equal(Object.entries(numbers));
    });

    it(`${heading}: the last line is for codes that are not known`, () => {
      expect(rows.at(-1)).to.deep.equal(['other', '-', 'stop']);
    });

    it(`${heading}: no number has two meanings`, () => {
      const all = Object.values<number>(numbers);
      expect(new Set(all).size).to.equal(all.length);
    });

    it(`${heading}: names are found by number`, () => {
      for (const [name, number] of Object.entries<number>(numbers)) {
        expect(nameOfNumber<string>(numbers, number)).to.equal(name);
      }
      expect(nameOfNumber<string>(numbers, 60_000)).to.equal(undefined);
    });
  }

  it('the number for a batch as a whole is the one of section 5.3', () => {
    expect(PROTOCOL).to.include(`${String(WHOLE_BATCH)}: the batch as a whole`);
  });

  it('each reason arrives by its name, one that is not known by its number', () => {
    const reasonOf = (reason: number): unknown =>
      repliesOf([wire.reject({ offset: 0, expected: 0, index: 0, reason })])[0];
    for (const [name, number] of Object.entries(REJECT_NUMBER)) {
      expect(reasonOf(number)).to.have.property('reason', name);
    }
    expect(reasonOf(999)).to.have.property('reason', '999');
  });

  it('each error arrives by its name, one that is not known by its number', () => {
    const codeOf = (code: number): unknown => repliesOf([wire.error(code, '')])[0];
    for (const [name, number] of Object.entries(ERROR_NUMBER)) {
      expect(codeOf(number)).to.have.property('code', name);
    }
    expect(codeOf(4_000)).to.have.property('code', '4000');
  });

  it('a WireError says its code', () => {
    const error = new WireError('TOO_SLOW', 'why');
    expect(error).to.include({ name: 'WireError', code: 'TOO_SLOW', message: 'why' });
  });
});
