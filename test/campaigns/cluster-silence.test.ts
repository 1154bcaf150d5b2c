/** How long a fault of the cluster campaign left agencies without an acknowledgement. */
import { expect } from 'chai';
import type { AckSeen } from '../support/reply-ledger';
import { faultSeen, type FaultTime } from './cluster-silence';

const AGENCIES = [1, 2];
const FAULT: FaultTime = {
  ...{ kind: 'kill -9: primary', names: ['kill -9: primary'], atDraw: false },
  ...{ fromMs: 1_000, toMs: 2_000 },
};

/** @param moments of agency 1, and of agency 2; in ms */
function silences(
  moments: readonly [readonly number[], readonly number[]],
  fault: Partial<FaultTime> = {},
): readonly [number | null, number | null] {
  const acks = moments
    .flatMap((of, i) => of.map((atMs): AckSeen => ({ agency: i + 1, atMs })))
    .sort((a, b) => a.atMs - b.atMs);
  const { silentMs, agencySilentMs } = faultSeen({ ...FAULT, ...fault }, acks, AGENCIES);
  return [silentMs, agencySilentMs];
}

describe('silence of a fault', () => {
  it('is the longest time between two acknowledgements of anybody, and of one agency', () => {
    expect(
      silences([
        [900, 1_300, 2_100],
        [950, 1_900, 2_050],
      ]),
    ).to.deep.equal([600, 950]);
  });

  it('has begun before the fault, or ends after it', () => {
    expect(silences([[400, 1_100, 1_900, 2_900], []])).to.deep.equal([1_000, 1_000]);
    expect(silences([[100, 1_050, 1_900, 2_100], []])).to.deep.equal([950, 950]);
    expect(silences([[0, 5_000], []])).to.deep.equal([5_000, 5_000]);
  });

  it('is none that was over before the fault, or began after it', () => {
    expect(silences([[0, 999, 1_500, 2_001, 9_000], []])).to.deep.equal([501, 501]);
  });

  it('is not measured at the draw, when all have what they sent', () => {
    expect(
      silences(
        [
          [900, 2_900],
          [900, 2_900],
        ],
        { atDraw: true },
      ),
    ).to.deep.equal([null, null]);
  });

  it('keeps what the fault was', () => {
    expect(faultSeen(FAULT, [], AGENCIES)).to.deep.equal({
      ...{ kind: FAULT.kind, names: FAULT.names, atDraw: false },
      ...{ silentMs: 0, agencySilentMs: 0 },
    });
  });
});
