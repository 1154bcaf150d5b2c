/** CONTRIBUTING.md names each dependency, with its reason. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../support/program';
import { tableRows } from './markdown';

const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

describe('CONTRIBUTING.md', () => {
  it('has a reason for each dependency, and for no other package', () => {
    const { dependencies, devDependencies } = PACKAGE;
    const installed = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
    const rows = tableRows('CONTRIBUTING.md', ['package', 'why']);
    const named = rows.flatMap(([names = '']) => names.split(', '));
    const expected = installed.filter((name) => !name.startsWith('@types/'));
    expect(named.sort()).to.deep.equal(expected.sort());
    expect(rows.every(([, why = '']) => why !== '')).to.equal(true);
  });
});
