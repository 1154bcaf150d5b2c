import { expect } from 'chai';
import fc from 'fast-check';
import { median, percentile, ratios, summarise } from '../../../bench/support/statistics';

const finite = fc.double({ noNaN: true, min: -1e9, max: 1e9 });

describe('bench statistics', () => {
  it('takes the middle value, or the mean of both', () => {
    expect(median([3, 1, 2])).to.equal(2);
    expect(median([4, 1, 2, 3])).to.equal(2.5);
    expect(() => median([])).to.throw(RangeError);
  });

  it('takes percentiles by the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(percentile(hundred, 0.5)).to.equal(50);
    expect(percentile(hundred, 0.99)).to.equal(99);
    expect(percentile(hundred, 0.999)).to.equal(100);
    expect(percentile(hundred, 0)).to.equal(1);
    expect(percentile(Float64Array.of(7), 0.99)).to.equal(7);
    expect(() => percentile([], 0.5)).to.throw(RangeError);
  });

  it('a median lies between the least and the most, with as many on either side', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1 }), (values) => {
        const { median: middle, min, max, runs } = summarise(values);
        expect(runs).to.equal(values.length);
        expect(middle).to.be.within(min, max);
        const half = values.length / 2;
        expect(values.filter((value) => value < middle)).to.have.length.at.most(half);
        expect(values.filter((value) => value > middle)).to.have.length.at.most(half);
      }),
    );
  });

  it('divides pair by pair', () => {
    expect(ratios([2, 9], [1, 3])).to.deep.equal([2, 3]);
    expect(() => ratios([1], [])).to.throw(RangeError);
  });
});
