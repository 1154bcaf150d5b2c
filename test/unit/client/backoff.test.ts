import { expect } from 'chai';
import { askedPauseMs, backoffMs } from '../../../src/client/backoff';

describe('backoff', () => {
  it('doubles with each attempt up to a maximum', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map((attempt) => backoffMs(attempt, 1));
    expect(longest).to.deep.equal([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
  });

  it('is spread out over the upper half', () => {
    expect([0, 0.5, 1].map((random) => backoffMs(3, random))).to.deep.equal([200, 300, 400]);
  });

  it('does what the central asks for, within bounds', () => {
    const asked = [0, 1, 100, 2500, 60_000, 2 ** 32 - 1];
    expect(asked.map(askedPauseMs)).to.deep.equal([100, 100, 100, 2500, 60_000, 60_000]);
  });
});
