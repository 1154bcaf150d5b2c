/** Each setting that README.md lists is in README.es.md, with the same variable and the same default. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../support/program';

/** Rows of all tables whose first cells are names of settings. */
function settingsOf(file: string, headings: readonly string[]): string[][] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const rows: string[][] = [];
  let isTable = false;
  for (const line of text.split('\n')) {
    // A `|` inside a cell is written `\|`.
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (!line.startsWith('|')) isTable = false;
    else if (headings.some((heading) => cells.join('|') === heading)) isTable = true;
    else if (isTable && !line.startsWith('|---')) rows.push(cells.slice(1, -1));
  }
  return rows;
}

/** What must not differ from language to language: names in code, and numbers. */
function literals(cell: string): string[] {
  return cell.match(/`[^`]+`|\d+/g) ?? [];
}

describe('README.es.md', () => {
  const english = settingsOf('README.md', ['|key|default|what|', '|key|variable|default|what|']);
  const spanish = settingsOf('README.es.md', [
    '|clave|por omisión|qué|',
    '|clave|variable|por omisión|qué|',
  ]);

  it('is compared with tables that were found', () => {
    expect(english.length).to.be.at.least(40);
    expect(new Set(english.map(([key]) => key)).size).to.equal(english.length);
  });

  for (const row of english) {
    const [key = ''] = row;
    it(`has the setting ${key.replaceAll('`', '')}, and what it is if it is not set`, () => {
      const translated = spanish.find((other) => other[0] === key) ?? [];
      expect(translated.slice(0, -1).map(literals)).to.deep.equal(row.slice(0, -1).map(literals));
    });
  }

  it('has no setting that README.md has not', () => {
    const known = english.map(([key]) => key);
    expect(spanish.map(([key]) => key)).to.deep.equal(known);
  });
});
