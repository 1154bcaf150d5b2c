import { expect } from 'chai';
import fc from 'fast-check';
import { parseDurationMs } from '../../../src/base/duration';
import { durationText } from '../../../src/tools/duration-text';

describe('a duration for people', () => {
  it('has the largest unit of which it is a whole number', () => {
    const texts = ['10000ms', '300000ms', '7200000ms', '90000ms', '1500ms', '1ms'];
    expect(texts.map(durationText)).to.deep.equal(['10s', '5m', '2h', '90s', '1500ms', '1ms']);
  });

  it('is what was written, where that is nothing of the kind', () => {
    for (const text of ['0ms', '1m30s', 'none', '', '10', 'x10000ms']) {
      expect(durationText(text)).to.equal(text);
    }
  });

  it('is as long as before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (ms) => {
        expect(parseDurationMs(durationText(`${String(ms)}ms`))).to.equal(ms);
      }),
    );
  });
});
