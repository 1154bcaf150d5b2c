import { expect } from 'chai';
import { takesEscapes } from '../../../src/base/terminal';

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
