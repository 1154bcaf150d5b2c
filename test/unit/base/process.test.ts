import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { packageVersion, takesEscapes } from '../../../src/base/process';

describe('takesEscapes', () => {
  const terminal = { isTTY: true };

  it('says yes to a terminal only', () => {
    expect(takesEscapes(terminal, { TERM: 'xterm' })).to.equal(true);
    expect(takesEscapes(terminal, {})).to.equal(true);
    expect(takesEscapes({ isTTY: false }, { TERM: 'xterm' })).to.equal(false);
    expect(takesEscapes({}, { TERM: 'xterm' })).to.equal(false);
  });

  it('says no to a terminal that knows none, or whose user wants none', () => {
    expect(takesEscapes(terminal, { TERM: 'dumb' })).to.equal(false);
    expect(takesEscapes(terminal, { TERM: 'xterm', NO_COLOR: '1' })).to.equal(false);
    expect(takesEscapes(terminal, { TERM: 'xterm', NO_COLOR: '' })).to.equal(true);
  });
});

describe('packageVersion', () => {
  it('is what package.json says', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(packageVersion()).to.equal(version);
  });
});
