import { expect } from 'chai';
import * as fc from 'fast-check';
import { LIMITS } from '../../../src/base/limits';
import { RowPrefix, rowsByText, type RowEnding } from '../../../src/domain/row-prefix';

const created = RowPrefix.create();
if (created === null) throw new Error('this Node has no WebAssembly to test');
const fast = created;

const ENDINGS: readonly RowEnding[] = ['\n', '\r\n'];

/** Both ways make the same of lines. @returns what they make */
function rowsOf(lines: Buffer, prefix: string, ending: RowEnding): Buffer {
  const expected = rowsByText(lines, prefix, ending);
  const rows = fast.rowsOf(lines, prefix, ending);
  expect(rows.equals(expected), JSON.stringify(lines.toString('latin1'))).to.equal(true);
  return rows;
}

describe('RowPrefix', () => {
  it('puts the agency in front of every line', () => {
    for (const lines of ['Nora,x\r\nAna,y\r\n', 'Nora,x\r\nAna,y']) {
      expect(rowsOf(Buffer.from(lines), '3,', '\n').toString()).to.equal('3,Nora,x\r\n3,Ana,y\r\n');
    }
  });

  it('ends rows in CR LF where lines end in LF', () => {
    for (const lines of ['Nora,x\nAna,y\n', 'Nora,x\nAna,y']) {
      const rows = rowsOf(Buffer.from(lines), '65535,', '\r\n').toString();
      expect(rows).to.equal('65535,Nora,x\r\n65535,Ana,y\r\n');
    }
  });

  it('takes lines of every length, wherever they begin', () => {
    for (const ending of ENDINGS) {
      for (let first = 0; first <= 50; first++) {
        for (let second = 0; second <= 50; second++) {
          const lines = `${'a'.repeat(first)}\n${'b'.repeat(second)}\n\n`;
          rowsOf(Buffer.from(lines), '12,', ending);
        }
      }
    }
  });

  it('takes any bytes', () => {
    const byte = fc.oneof(fc.constantFrom(0x0a, 0x0d, 0x2c), fc.integer({ min: 0, max: 255 }));
    const lines = fc.array(byte, { minLength: 1, maxLength: 300 }).map((all) => Buffer.from(all));
    const prefix = fc.integer({ min: 1, max: 65_535 }).map((agency) => `${String(agency)},`);
    fc.assert(
      fc.property(lines, prefix, fc.constantFrom(...ENDINGS), (all, agency, ending) => {
        rowsOf(all, agency, ending);
      }),
    );
  });

  it('takes a whole block of empty lines, and not a byte more', () => {
    const most = LIMITS.csvRowBytesMax + LIMITS.csvChunkBytes;
    const rows = rowsOf(Buffer.alloc(most, '\n'), '65535,', '\r\n');
    expect(rows.length).to.equal(most * 8);
    expect(rowsOf(Buffer.alloc(most, 'x'), '65535,', '\n').length).to.equal(most + 8);
    expect(() => fast.rowsOf(Buffer.alloc(most + 1), '3,', '\n')).to.throw('a block at a time');
  });

  it('gives rows that stay when the next ones are made', () => {
    const rows = rowsOf(Buffer.from('Nora\n'), '3,', '\n');
    rowsOf(Buffer.from('Anabella\n'), '4,', '\n');
    expect(rows.toString()).to.equal('3,Nora\n');
  });
});
