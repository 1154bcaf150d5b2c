import { expect } from 'chai';
import fc from 'fast-check';
import type { Sample } from '../../src/board/feed';
import { clockAt, gapsOf, pointsOf } from '../../web/src/charts/points';
import { beginOf, momentsOf } from '../../web/src/timeline';
import { SAMPLE } from '../support/fake-board';

/** Samples of a second that end at these times, by the central's clock. */
function run(...endsMs: readonly number[]): readonly Sample[] {
  return endsMs.map((atMs) => ({ ...SAMPLE, atMs, seconds: 1 }));
}

describe('the line of time of the charts', () => {
  it('goes back from the newest sample by the lengths of samples, whatever the clock said', () => {
    const ends = (...endsMs: readonly number[]): readonly number[] =>
      momentsOf([run(...endsMs)]).map(({ atMs }) => atMs);
    expect(ends(11_003, 12_001, 13_000)).to.deep.equal([11_000, 12_000, 13_000]);
    expect(ends(11_000, 12_000, 3_000)).to.deep.equal([1_000, 2_000, 3_000]);
    expect(ends(11_000, 12_000, 93_000)).to.deep.equal([91_000, 92_000, 93_000]);
  });

  it('has the time between two runs as long as the clocks of both have it, and never less than nothing', () => {
    const places = (earlier: number, later: number): readonly number[] =>
      momentsOf([run(earlier), [], run(later)]).map(({ atMs }) => atMs);
    expect(places(10_000, 14_500)).to.deep.equal([10_000, 14_500]);
    expect(places(10_000, 10_500)).to.deep.equal([9_499, 10_500]);
    expect(places(10_000, 5_000)).to.deep.equal([3_999, 5_000]);
  });
});

describe('the points of the charts', () => {
  it('have a gap between two runs of a central only', () => {
    const moments = momentsOf([run(11_000, 12_003, 20_000), run(23_500, 24_500), []]);
    const gaps = gapsOf(moments);
    expect(gaps).to.deep.equal([{ fromMs: 20_000, toMs: 22_500 }]);
    const points = pointsOf(moments, gaps);
    expect(points.map(({ sample }) => sample === null)).to.deep.equal([
      ...[false, false, false, true, false, false],
    ]);
    expect(points[3]).to.deep.equal({ atMs: 21_250, sample: null });
  });

  it('are all samples, in their order, and one in each gap', () => {
    const endMs = fc.integer({ min: 0, max: 1_000_000 });
    const length = fc.double({ min: 0.001, max: 20, noNaN: true });
    const sample = fc.record({ atMs: endMs, seconds: length });
    const samples = fc.array(sample, { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(fc.array(samples, { maxLength: 6 }), (drawn) => {
        const runs = drawn.map((one) => one.map((fields) => ({ ...SAMPLE, ...fields })));
        const moments = momentsOf(runs);
        const gaps = gapsOf(moments);
        const points = pointsOf(moments, gaps);
        expect(moments.at(-1)?.atMs).to.equal(runs.at(-1)?.at(-1)?.atMs);
        expect(points.flatMap((point) => point.sample ?? [])).to.deep.equal(runs.flat());
        expect(gaps.length).to.equal(Math.max(0, runs.length - 1));
        expect(points.length).to.equal(runs.flat().length + gaps.length);
        for (const [i, { atMs }] of points.entries()) {
          expect(atMs).to.be.above(points[i - 1]?.atMs ?? Number.NEGATIVE_INFINITY);
        }
        for (const [i, moment] of moments.entries()) {
          const next = moments[i + 1];
          if (next?.run === moment.run) expect(beginOf(next)).to.equal(moment.atMs);
        }
      }),
    );
  });

  it('say what the clock said then, though it was set since', () => {
    const moments = momentsOf([run(11_000, 12_000), run(103_000, 104_000, 5_000)]);
    const points = pointsOf(moments, gapsOf(moments));
    const clocks = points.map(({ atMs }) => clockAt(points, atMs));
    expect(clocks).to.deep.equal([11_000, 12_000, 57_000, 103_000, 104_000, 5_000]);
    expect(clockAt(points, (points[0]?.atMs ?? 0) - 400)).to.equal(10_600);
    expect(clockAt([], 7)).to.equal(7);
  });
});
