import { expect } from 'chai';
import fc from 'fast-check';
import { gapsOf, pointsOf } from '../../web/src/charts/points';
import { SAMPLE } from '../support/fake-board';

/** Samples of a second, each so long after the end of the one before. */
function samplesAfter(...pausesMs: readonly number[]): (typeof SAMPLE)[] {
  let atMs = 10_000;
  return pausesMs.map((pauseMs) => {
    atMs += pauseMs + 1_000;
    return { ...SAMPLE, atMs, seconds: 1 };
  });
}

describe('the points of the charts', () => {
  it('have a gap where no central was there, and none for what clocks do not agree on', () => {
    const samples = samplesAfter(0, 3, 2_500, -2);
    const gaps = gapsOf(samples);
    expect(gaps).to.deep.equal([{ fromMs: 12_003, toMs: 14_503 }]);
    const points = pointsOf(samples, gaps);
    expect(points.map(({ sample }) => sample === null)).to.deep.equal([
      ...[false, false, true, false, false],
    ]);
    expect(points[2]).to.deep.equal({ atMs: 13_253, sample: null });
  });

  it('are all samples, by time, and one in each gap', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 40 }), (pauses) => {
        const samples = samplesAfter(...pauses);
        const gaps = gapsOf(samples);
        const points = pointsOf(samples, gaps);
        expect(points.flatMap(({ sample }) => sample ?? [])).to.deep.equal(samples);
        expect(points.length - samples.length).to.equal(gaps.length);
        expect(gaps.length).to.equal(pauses.slice(1).filter((ms) => ms >= 750).length);
        for (const [i, { atMs }] of points.entries()) {
          expect(atMs).to.be.above(points[i - 1]?.atMs ?? 0);
        }
      }),
    );
  });
});
