import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkRows } from '../../../src/domain/row-check';
import {
  agencyFile,
  generateBets,
  type GenerateOptions,
} from '../../../src/tools/data/generate-bets';
import { cleanUp, temporaryDirectory } from '../../support/program';

describe('generateBets', () => {
  afterEach(cleanUp);

  function generate(options: Partial<GenerateOptions> = {}): string {
    const directory = temporaryDirectory();
    generateBets({ directory, agencies: [1, 2, 3], bets: 400, seed: 5, luckless: 3, ...options });
    return directory;
  }

  const linesOf = (directory: string, agency: number): string[] =>
    readFileSync(agencyFile(directory, agency), 'utf8').split('\r\n').slice(0, -1);

  const winnersOf = (directory: string, agency: number): number =>
    linesOf(directory, agency).filter((line) => line.endsWith(',7574')).length;

  it('writes one file for each agency, and nothing else', () => {
    expect(readdirSync(generate()).sort()).to.deep.equal([
      ...['agency-1.csv', 'agency-2.csv', 'agency-3.csv'],
    ]);
  });

  it('makes the directory', () => {
    const directory = join(temporaryDirectory(), 'a', 'b');
    generate({ directory });
    expect(existsSync(agencyFile(directory, 1))).to.equal(true);
  });

  for (const bets of [0, 1, 2, 399, 5_000]) {
    it(`writes ${String(bets)} rows when it is asked to`, () => {
      expect(linesOf(generate({ bets, agencies: [1] }), 1)).to.have.length(bets);
    });
  }

  it('writes rows that the central accepts', () => {
    const lines = linesOf(generate({ bets: 5_000 }), 1);
    const rows = lines.map((line) => `1,${line}\r\n`).join('');
    expect(checkRows(Buffer.from(rows))).to.deep.equal({ ok: true, agency: 1, count: 5_000 });
  });

  it('writes the same for the same seed', () => {
    const [one, two] = [generate(), generate()];
    for (const agency of [1, 2, 3]) {
      expect(linesOf(one, agency)).to.deep.equal(linesOf(two, agency));
    }
  });

  it('writes something else for another seed, and for another agency', () => {
    const one = generate();
    expect(linesOf(one, 1)).not.to.deep.equal(linesOf(one, 2));
    expect(linesOf(one, 1)).not.to.deep.equal(linesOf(generate({ seed: 6 }), 1));
  });

  it('does not share agencies between neighbouring seeds', () => {
    expect(linesOf(generate({ seed: 5 }), 2)).not.to.deep.equal(linesOf(generate({ seed: 6 }), 1));
  });

  it('writes the file of an agency alike, whichever others are written', () => {
    const alone = generate({ agencies: [2] });
    expect(linesOf(alone, 2)).to.deep.equal(linesOf(generate(), 2));
  });

  it('gives each agency one to four winners, but the luckless one none', () => {
    const directory = generate({ agencies: [1, 2, 3, 4, 5, 6, 7, 8], bets: 3_000 });
    const winners = [1, 2, 3, 4, 5, 6, 7, 8].map((agency) => winnersOf(directory, agency));
    expect(winners[2]).to.equal(0);
    for (const [i, count] of winners.entries()) {
      if (i !== 2) expect(count, `agency ${String(i + 1)}`).to.be.within(1, 4);
    }
  });

  it('gives a lone bet of a lucky agency the winning number', () => {
    expect(winnersOf(generate({ bets: 1 }), 1)).to.equal(1);
    expect(winnersOf(generate({ bets: 1 }), 3)).to.equal(0);
  });

  it('uses names with accents, and compound ones', () => {
    const text = linesOf(generate({ bets: 2_000 }), 1).join('\n');
    for (const piece of ['ñ', 'á', 'Á', ',de la Rúa,', '-']) expect(text).to.include(piece);
  });

  it('replaces a file that is there', () => {
    const directory = generate({ bets: 7 });
    generateBets({ directory, agencies: [1], bets: 3, seed: 5, luckless: 0 });
    expect(linesOf(directory, 1)).to.have.length(3);
  });
});
