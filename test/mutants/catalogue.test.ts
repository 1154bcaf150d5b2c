import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../support/program';
import { MUTANTS } from './catalogue';

describe('mutants', () => {
  it('are twenty at least, each with a name of its own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).to.equal(MUTANTS.length);
    expect(MUTANTS.length).to.be.at.least(20);
  });

  for (const { name, file, find, put } of MUTANTS) {
    it(`"${name}" has exactly one place to be planted`, () => {
      const parts = readFileSync(join(ROOT, file), 'utf8').split(find);
      expect(parts).to.have.length(2);
      expect(put).not.to.equal(find);
    });
  }
});
