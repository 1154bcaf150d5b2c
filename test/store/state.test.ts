import { expect } from 'chai';
import { LIMITS } from '../../src/base/limits';
import {
  applyEntry,
  emptyState,
  isDrawn,
  isUntouched,
  totalsOf,
  type LotteryState,
} from '../../src/store/state';

const DRAW = { id: '0123456789abcdef', timeMs: 5 };
const WHOLE_DRAW = { ...DRAW, winningNumber: 7574, winners: 0, digest: 'ab'.repeat(32) };

/** What has happened in a store, whether its draw was made, and whether nobody has taken part. */
const STATES: readonly [string, Partial<LotteryState>, boolean, boolean][] = [
  ['nothing', {}, false, true],
  ['terms', { terms: { agencies: 5, winningNumber: null } }, false, true],
  [
    'another number of agencies',
    { agenciesChanges: [{ from: 5, to: 3, timeMs: 1 }] },
    false,
    false,
  ],
  ['an agency', { agencies: new Map([[1, totalsOf(emptyState(), 1)]]) }, false, false],
  ['a draw', { draw: WHOLE_DRAW }, true, false],
  ['a draw of an earlier version', { bareDraw: DRAW }, true, false],
];

describe('what a state says has happened', () => {
  for (const [what, more, drawn, untouched] of STATES) {
    it(what, () => {
      const state = { ...emptyState(), ...more };
      expect([isDrawn(state), isUntouched(state)]).to.deep.equal([drawn, untouched]);
    });
  }
});

describe('changes of the number of agencies', () => {
  it('above what is kept, join the last one, and none is refused', () => {
    const state = emptyState();
    applyEntry(state, { kind: 'terms', terms: { agencies: 1, winningNumber: null } });
    const kept = LIMITS.agenciesChangesMax;
    for (let from = 1; from <= kept + 50; from++) {
      const change = { from, to: from + 1, timeMs: 1_000 + from };
      applyEntry(state, { kind: 'agencies', change });
    }
    expect(state.terms?.agencies).to.equal(kept + 51);
    expect(state.agenciesChanges).to.have.length(kept);
    expect(state.agenciesChanges.slice(-2)).to.deep.equal([
      { from: kept - 1, to: kept, timeMs: 1_000 + kept - 1 },
      { from: kept, to: kept + 51, timeMs: 1_000 + kept + 50 },
    ]);
  });
});
