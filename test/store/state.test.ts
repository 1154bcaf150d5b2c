import { expect } from 'chai';
import { LIMITS } from '../../src/base/limits';
import { applyEntry, emptyState } from '../../src/store/state';

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
