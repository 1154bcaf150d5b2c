import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../support/program';
import { MUTANTS } from './catalogue';

describe('mutants', () => {
  it('are a hundred at least, ten of them in the draw, and ten in winners, acta and agency', () => {
    const among = (files: RegExp): number => MUTANTS.filter(({ file }) => files.test(file)).length;
    expect(among(/^src\/server\/draw\/|\/drawing\.ts$/)).to.be.at.least(10);
    expect(among(/winners|acta|^src\/client\//)).to.be.at.least(10);
    expect(MUTANTS.length).to.be.at.least(100);
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
