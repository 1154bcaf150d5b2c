import { expect } from 'chai';
import { etaText, Rate, rateText } from '../../../src/base/rate';

describe('a rate', () => {
  it('is nothing before there are two readings', () => {
    const rate = new Rate(1_000);
    expect(rate.perSecond(0)).to.equal(0);
    rate.note(5, 100);
    expect(rate.perSecond(100)).to.equal(0);
  });

  it('is what was added, by the time since the first reading', () => {
    const rate = new Rate(10_000);
    rate.note(100, 1_000);
    rate.note(150, 1_500);
    rate.note(200, 2_000);
    expect(rate.perSecond(2_000)).to.equal(100);
    expect(rate.perSecond(3_000)).to.equal(50);
  });

  it('forgets what is older than its window', () => {
    const rate = new Rate(1_000);
    rate.note(0, 0);
    for (let i = 1; i <= 20; i++) rate.note(1_000 + i * 10, 5_000 + i * 100);
    expect(rate.perSecond(7_000)).to.equal(100);
  });

  it('is as right with many readings', () => {
    const rate = new Rate(1_000);
    for (let at = 0; at <= 10_000; at += 0.25) rate.note(at * 7, at);
    expect(rate.perSecond(10_000)).to.be.closeTo(7_000, 1);
  });

  it('falls to nothing while nothing is added', () => {
    const rate = new Rate(1_000);
    rate.note(0, 0);
    rate.note(500, 500);
    for (let at = 600; at <= 3_000; at += 100) rate.note(500, at);
    expect(rate.perSecond(3_000)).to.equal(0);
  });
});

describe('the time that is left', () => {
  const CASES: readonly (readonly [number, number, string])[] = [
    [0, 0, '0s'],
    [10, 0, '?'],
    [10, 1, '10s'],
    [10, 3, '4s'],
    [60, 1, '1m00s'],
    [185, 1, '3m05s'],
    [3_599, 1, '59m59s'],
    [3_600, 1, '1h00m'],
    [7_620, 1, '2h07m'],
    [1e9, 1, '?'],
  ];
  for (const [left, perSecond, text] of CASES) {
    it(`${String(left)} at ${String(perSecond)} a second: ${text}`, () => {
      expect(etaText(left, perSecond)).to.equal(text);
    });
  }

  it('rates are written with a unit', () => {
    const texts = [0, 0.4, 12, 999.4, 999.6, 1_234, 99_949, 123_456, 999_600, 3_456_789];
    expect(texts.map(rateText)).to.deep.equal([
      ...['0/s', '0/s', '12/s', '999/s', '1.0k/s', '1.2k/s', '99.9k/s', '123k/s'],
      ...['1.0M/s', '3.5M/s'],
    ]);
  });
});
