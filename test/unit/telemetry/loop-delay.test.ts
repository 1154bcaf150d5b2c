import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import { Histogram } from '../../../src/telemetry/histogram';
import { drainInto } from '../../../src/telemetry/loop-delay';

const period = LIMITS.loopDelayPeriodMs * 1e6;

describe('the delay of the event loop', () => {
  it('is what a monitor measured beyond its own period', () => {
    const histogram = new Histogram([0.001, 0.01, 0.1, 1]);
    const percentiles = new Map([
      [0, period - 1e5],
      [50, period],
      [90, period + 5e6],
      [100, period + 5e8],
    ]);
    drainInto(histogram, { count: 10, percentiles });
    expect([...histogram.snapshot().counts]).to.deep.equal([5, 4, 0, 1, 0]);
    expect(histogram.snapshot().sum).to.be.closeTo(4 * 0.005 + 0.5, 1e-9);
  });

  it('is nothing where nothing was measured', () => {
    const histogram = new Histogram([1]);
    drainInto(histogram, { count: 0, percentiles: new Map([[100, 0]]) });
    expect([...histogram.snapshot().counts]).to.deep.equal([0, 0]);
  });
});
