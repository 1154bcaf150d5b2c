/** docs/guia.md: the planted bugs and the tests that it names exist. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { MUTANTS } from '../../mutants/catalogue';
import { commandsOf } from '../../docs/commands';
import { ROOT } from '../../support/program';
import { codes, tableRows } from './markdown';

const GUIDE = 'docs/guia.md';

describe('guia.md', () => {
  it('names bugs that the catalogue can plant', () => {
    const rows = tableRows(GUIDE, ['error plantado', 'pregunta']);
    const names = MUTANTS.map(({ name }) => name);
    for (const [cell = ''] of rows) expect(names).to.include(codes(cell)[0]);
    expect(rows.length).to.be.at.least(10);
  });

  it('makes bets in a folder of their own: in .data the files of the course stay, whatever is asked for', () => {
    const texts = commandsOf(GUIDE).map(({ text }) => text);
    const making = texts.filter((text) => /\bdata\b.*(?:BETS=|--bets )/.test(text));
    expect(making).to.have.length(1);
    for (const text of making) {
      const [, directory = ''] = / --data (\S+)/.exec(text) ?? [];
      expect(directory, text).to.match(/^\/tmp\//);
      const clients = texts.filter((line) => line.includes(`CLI_DATA=${directory}/agency-1.csv `));
      expect(clients).to.have.length(1);
    }
  });

  it('quotes titles of tests as they are', () => {
    const text = readFileSync(join(ROOT, GUIDE), 'utf8').replaceAll(/\s+/g, ' ');
    const quotes = Array.from(text.matchAll(/"([^"]+)" en `(test\/[^`]+)`/g));
    for (const [, title = '', file = ''] of quotes) {
      expect(readFileSync(join(ROOT, file), 'utf8'), file).to.include(title);
    }
    expect(quotes.length).to.be.at.least(2);
  });
});
