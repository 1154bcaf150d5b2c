import { expect } from 'chai';
import * as fc from 'fast-check';
import { durationText, parseDurationMs } from '../../../src/base/duration';

describe('parseDurationMs', () => {
  const good: readonly (readonly [string, number])[] = [
    ['100ms', 100],
    ['5s', 5_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['0', 0],
    ['0s', 0],
    ['.5s', 500],
    ['1.s', 1_000],
    ['2h45m', 9_900_000],
    ['1h1m1s1ms', 3_661_001],
    ['250us', 0.25],
    ['250µs', 0.25],
    ['250μs', 0.25],
    ['3000000ns', 3],
    ['1s1s', 2_000],
    ['007s', 7_000],
  ];
  for (const [text, ms] of good) {
    it(`reads ${text}`, () => {
      expect(parseDurationMs(text)).to.be.closeTo(ms, 1e-9);
    });
  }

  const bad = [
    ['', 'nothing'],
    ['5', 'a number without a unit'],
    ['s', 'a unit without a number'],
    ['.s', 'a point without digits'],
    ['5 s', 'a space'],
    [' 5s', 'a leading space'],
    ['5s ', 'a trailing space'],
    ['5S', 'a unit in capitals'],
    ['5d', 'days'],
    ['-5s', 'a negative duration'],
    ['1e3s', 'an exponent'],
    ['1,5s', 'a comma'],
    ['1m30', 'a last part without a unit'],
    ['00', 'a zero that is not the plain one'],
    ['1.2.3s', 'two points'],
    ['٣s', 'digits that are not ASCII'],
    [`${'9'.repeat(400)}h`, 'more than a number can hold'],
  ] as const;
  for (const [text, what] of bad) {
    it(`refuses ${what}`, () => {
      expect(parseDurationMs(text)).to.equal(undefined);
    });
  }

  it('adds up the parts of any duration', () => {
    const part = fc.nat({ max: 10_000 });
    fc.assert(
      fc.property(part, part, part, (hours, minutes, seconds) => {
        const text = `${String(hours)}h${String(minutes)}m${String(seconds)}s`;
        expect(parseDurationMs(text)).to.equal(((hours * 60 + minutes) * 60 + seconds) * 1_000);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('0', '1', '9', '.', 'm', 'u', 's', 'h', 'n', ' ', '-') }),
        (text) => {
          const ms = parseDurationMs(text);
          expect(ms === undefined || ms >= 0).to.equal(true);
        },
      ),
    );
  });
});

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
