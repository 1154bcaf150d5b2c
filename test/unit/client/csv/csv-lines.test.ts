/** Errors name the line on which a row ends, also behind line breaks inside quotes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CsvRows } from '../../../../src/client/csv/csv-rows';

const directory = mkdtempSync(join(tmpdir(), 'loteria-lines-'));

async function linesOf(text: string, from = { bytes: 0, lines: 0 }): Promise<number[]> {
  const path = join(directory, 'rows.csv');
  writeFileSync(path, text);
  const rows = new CsvRows(path, from);
  const lines: number[] = [];
  do {
    for (let row = rows.read(); row !== undefined; row = rows.read()) lines.push(row.line);
  } while (await rows.wait());
  rows.close();
  return lines;
}

/** Lines of rows whose quotes are wrong: of those that are left out, and of the one that is an error. */
async function brokenLines(text: string, skip: boolean): Promise<string[]> {
  const path = join(directory, 'broken.csv');
  writeFileSync(path, text);
  const found: string[] = [];
  const note = ({ message }: Error): void => {
    found.push(/: line (\d+): (?!.*\bline )/.exec(message)?.[1] ?? message);
  };
  const rows = new CsvRows(path, { bytes: 0, lines: 0 }, skip ? note : undefined);
  try {
    do while (rows.read() !== undefined);
    while (await rows.wait());
  } catch (error) {
    note(error as Error);
  }
  rows.close();
  return found;
}

describe('CsvRows: line numbers', () => {
  after(() => {
    rmSync(directory, { recursive: true });
  });

  for (const [name, end] of [
    ['LF', '\n'],
    ['CR LF', '\r\n'],
  ] as const) {
    const write = (...lines: readonly string[]): string => lines.join(end);

    it(`${name}: a line break inside quotes`, async () => {
      expect(await linesOf(write('a,b', '"c', 'd",e', 'f,g', ''))).to.deep.equal([1, 3, 4]);
    });

    it(`${name}: several, in several rows`, async () => {
      const text = write('"a', '', 'b",c', '"d', 'e","f', 'g"', 'h,i', '"j', 'k",l', 'm,n', '');
      expect(await linesOf(text)).to.deep.equal([3, 6, 7, 9, 10]);
    });

    it(`${name}: in the last row, with and without a line end behind it`, async () => {
      expect(await linesOf(write('a,b', '"c', 'd",e', ''))).to.deep.equal([1, 3]);
      expect(await linesOf(write('a,b', '"c', 'd",e'))).to.deep.equal([1, 3]);
    });

    it(`${name}: with empty lines between, a byte order mark, and a place to begin`, async () => {
      const text = write('\ufeffa,b', '', '"c', 'd",e', '', '', 'f,g', '');
      expect(await linesOf(text)).to.deep.equal([1, 4, 7]);
      const bytes = 3 + 'a,b'.length + 2 * end.length;
      expect(await linesOf(text, { bytes, lines: 2 })).to.deep.equal([4, 7]);
    });

    it(`${name}: a quote that is closed in the middle of a field`, async () => {
      const text = write('a,b', '"c', 'd', 'e" f,g', 'h,i', '');
      expect(await brokenLines(text, false)).to.deep.equal(['4']);
    });

    it(`${name}: a stray quote behind rows with line breaks, read or not`, async () => {
      const good = ['"c', 'd",e', '"f ""', 'g"",",h', '', 'i,j'];
      for (const rows of [good, Array<string[]>(9_000).fill(good).flat()]) {
        const text = write(...rows, '"k', 'l",m"n', 'o,p', '');
        expect(await brokenLines(text, false)).to.deep.equal([String(rows.length + 2)]);
      }
    });

    it(`${name}: each row that is left out`, async () => {
      const text = write('"a', 'b",c"d', '"e', 'f",g', 'h,i"j', '"k', 'l","m', 'n",o"p', 'q,r', '');
      expect(await brokenLines(text, true)).to.deep.equal(['2', '5', '8']);
    });

    it(`${name}: in more than a chunk of the file`, async () => {
      const rows = Array.from({ length: 20_000 }, (_, i) => `"${String(i)}${end}x",y${end}`);
      const due = rows.map((_, i) => 2 * i + 2);
      expect(await linesOf(rows.join(''))).to.deep.equal(due);
    });
  }
});
