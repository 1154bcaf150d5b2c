import { expect } from 'chai';
import type { AgencyRow } from '../../src/board/feed';
import { lookOf, missingOf, placeOf, sortIntoPlaces } from '../../web/src/places';
import { absentRow } from '../support/fake-board';
import { Scenario } from './scenario';

function row(change: Partial<AgencyRow>): AgencyRow {
  return { ...absentRow(1), ...change };
}

describe('where agencies stand on the way to the draw', () => {
  it('knows who never came from who has gone', () => {
    expect(placeOf(row({}), 'loading')).to.equal('absent');
    expect(placeOf(row({ connection: 'gone' }), 'loading')).to.equal('loading');
    expect(lookOf(row({ connection: 'gone' }))).to.equal('gone');
  });

  it('counts an agency whose bets a restarted central has among those that load', () => {
    expect(placeOf(row({ stored: 5 }), 'loading')).to.equal('loading');
  });

  it('has nobody served before the draw, nor one that still waits for its winners', () => {
    const waits = row({ finished: true, connection: 'waiting' });
    expect(placeOf(waits, 'drawing')).to.equal('barrier');
    expect(placeOf(waits, 'drawn')).to.equal('barrier');
    expect(placeOf(row({ finished: true, connection: 'gone' }), 'drawn')).to.equal('served');
    expect(placeOf(row({ finished: true, connection: 'gone' }), 'salt')).to.equal('barrier');
  });

  it('puts every agency in exactly one place', () => {
    const scenario = new Scenario({ agencies: 200, bets: 2_000 });
    for (let i = 0; i < 60; i++) {
      scenario.next();
      const { agencies, state } = scenario.full();
      const places = sortIntoPlaces(agencies, state.phase);
      expect(Object.values(places).flat()).to.have.members(agencies);
    }
  });

  it('names those first that need somebody: gone, never there, then those with fewest bets', () => {
    const missing = missingOf([
      row({ agency: 1, connection: 'connected', stored: 90 }),
      row({ agency: 2, connection: 'connected', stored: 10 }),
      row({ agency: 3 }),
      row({ agency: 4, connection: 'gone', stored: 500 }),
      row({ agency: 5, finished: true, connection: 'waiting' }),
    ]);
    expect(missing.map(({ agency }) => agency)).to.deep.equal([4, 3, 2, 1]);
  });
});
