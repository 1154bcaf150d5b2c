import { expect } from 'chai';
import { checkRows } from '../../../src/domain/row-check';
import { NORA, row, rows } from '../../support/wire-builder';

// docs/PROTOCOL.md, section 8.1: "not six fields, or no CR LF at the end".
describe('checkRows refuses as MALFORMED_ROW', () => {
  const whole = row(NORA).toString('utf8').trimEnd();
  const fields = whole.split(',');

  function problemOf(text: string, index = 0): string {
    const verdict = checkRows(Buffer.from(text, 'utf8'));
    if (verdict.ok) return 'accepted';
    expect(verdict.index).to.equal(index);
    return verdict.problem;
  }

  for (const count of [2, 3, 4, 5]) {
    it(`a row of ${String(count)} fields`, () => {
      expect(problemOf(`${fields.slice(0, count).join(',')}\r\n`)).to.equal('MALFORMED_ROW');
    });
  }

  it('a row of seven fields', () => {
    expect(problemOf(`${whole},1\r\n`)).to.equal('MALFORMED_ROW');
    expect(problemOf(`${whole},\r\n`)).to.equal('MALFORMED_ROW');
  });

  it('a row without an end', () => {
    expect(problemOf(whole)).to.equal('MALFORMED_ROW');
  });

  it('a row that ends in CR', () => {
    expect(problemOf(`${whole}\r`)).to.equal('MALFORMED_ROW');
  });

  it('a row that ends in LF', () => {
    expect(problemOf(`${whole}\n`)).to.equal('MALFORMED_ROW');
  });

  it('a row that ends in CR and something else', () => {
    expect(problemOf(`${whole}\rx`)).to.equal('MALFORMED_ROW');
  });

  it('a line break in a name that is not in quotes', () => {
    expect(problemOf(`3,No\r\nra,Paz,1,2000-01-01,1\r\n`)).to.equal('MALFORMED_ROW');
  });

  it('the row that is malformed, not the ones before it', () => {
    const text = rows(NORA, NORA).toString('utf8');
    expect(problemOf(`${text}${whole}`, 2)).to.equal('MALFORMED_ROW');
  });
});
