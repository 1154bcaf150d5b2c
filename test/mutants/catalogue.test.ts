import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../support/program';
import { MUTANTS } from './catalogue';

describe('mutants', () => {
  it('are sixty at least, ten of them in draw, winners, acta and agency', () => {
    const draw = /session-winners|lottery\.ts|draw|winner|acta|src\/client\//;
    expect(MUTANTS.filter(({ file }) => draw.test(file)).length).to.be.at.least(10);
    expect(MUTANTS.length).to.be.at.least(60);
  });

  it('name test files that exist', () => {
    for (const { firstTry } of MUTANTS) {
      for (const file of firstTry?.split(' ') ?? []) {
        expect(existsSync(join(ROOT, file)), file).to.equal(true);
      }
    }
  });

  it('have each a name of its own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).to.equal(MUTANTS.length);
  });

  for (const { name, file, find, put } of MUTANTS) {
    it(`"${name}" has exactly one place to be planted`, () => {
      const parts = readFileSync(join(ROOT, file), 'utf8').split(find);
      expect(parts).to.have.length(2);
      expect(put).not.to.equal(find);
    });
  }
});
