import { expect } from 'chai';
import * as fc from 'fast-check';
import { countOf, decades, Histogram, quantileOf } from '../../../src/telemetry/histogram';

const BOUNDS = [1, 2, 5, 10];

describe('a histogram', () => {
  it('counts a value in the first bucket whose bound is not below it', () => {
    const histogram = new Histogram(BOUNDS);
    for (const value of [0, 1, 1.5, 5, 5.1, 11, 1e9]) histogram.observe(value);
    histogram.observe(2, 3);
    const { counts, sum } = histogram.snapshot();
    expect([...counts]).to.deep.equal([2, 4, 1, 1, 2]);
    expect(sum).to.be.closeTo(0 + 1 + 1.5 + 5 + 5.1 + 11 + 1e9 + 6, 1e-6);
  });

  it('distinguishes what came after a snapshot from what was there', () => {
    const histogram = new Histogram(BOUNDS);
    histogram.observe(1);
    const before = histogram.snapshot();
    histogram.observe(4);
    histogram.observe(4);
    const { counts, sum } = histogram.since(before);
    expect([...counts]).to.deep.equal([0, 0, 2, 0, 0]);
    expect(sum).to.equal(8);
    expect(countOf(before)).to.equal(1);
  });

  it('estimates a quantile within the bucket of the value itself', () => {
    const values = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, part) => {
        const histogram = new Histogram(BOUNDS);
        for (const value of all) histogram.observe(value);
        const estimate = quantileOf(BOUNDS, histogram.snapshot(), part);
        const sorted = [...all].sort((a, b) => a - b);
        const exact = sorted[Math.ceil(all.length * part) - 1] ?? 0;
        const bucket = BOUNDS.findIndex((bound) => exact <= bound);
        expect(estimate).to.be.within(BOUNDS[bucket - 1] ?? 0, BOUNDS[bucket] ?? 0);
      }),
    );
  });

  it('has no quantile without a value, and the last bound above it', () => {
    const histogram = new Histogram(BOUNDS);
    expect(quantileOf(BOUNDS, histogram.snapshot(), 0.99)).to.equal(0);
    histogram.observe(1e6);
    expect(quantileOf(BOUNDS, histogram.snapshot(), 0.5)).to.equal(10);
  });

  it('has bounds that read as they are written', () => {
    expect(decades(0.001, 0.02)).to.deep.equal([
      0.001, 0.0015, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02,
    ]);
  });
});
