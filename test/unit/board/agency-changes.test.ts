import { expect } from 'chai';
import * as fc from 'fast-check';
import { AgencyChanges } from '../../../src/board/agency-changes';
import type { AgencyConnection } from '../../../src/board/feed';
import { absentRow } from '../../support/fake-board';

const ABSENT = absentRow(1);

describe('changes of the agencies', () => {
  it('are whole rows at first', () => {
    const rows = [ABSENT, { ...ABSENT, agency: 2 }];
    expect(new AgencyChanges().take(rows)).to.deep.equal(rows);
  });

  it('hold the fields that have another value, and no agency that has none', () => {
    const changes = new AgencyChanges();
    const second = { ...ABSENT, agency: 2 };
    changes.take([ABSENT, second]);
    const later = { ...second, stored: 40, connection: 'connected' as const };
    expect(changes.take([{ ...ABSENT }, later])).to.deep.equal([
      { agency: 2, stored: 40, connection: 'connected' },
    ]);
    expect(changes.take([ABSENT, later])).to.deep.equal([]);
    expect(changes.rows).to.deep.equal([ABSENT, later]);
  });

  it('lead whoever applies them to the rows themselves', () => {
    const connection = fc.constantFrom<AgencyConnection>('absent', 'connected', 'waiting', 'gone');
    const row = fc.record({
      stored: fc.nat(3),
      inFlight: fc.nat(1),
      finished: fc.boolean(),
      connection,
      lastError: fc.constantFrom('', 'BUSY'),
      winners: fc.constantFrom(null, 0, 1),
    });
    const three = fc.tuple(row, row, row);
    fc.assert(
      fc.property(fc.array(three, { minLength: 1, maxLength: 6 }), (steps) => {
        const changes = new AgencyChanges();
        const seen = new Map<number, object>();
        for (const step of steps) {
          const rows = step.map((fields, i) => ({ ...ABSENT, ...fields, agency: i + 1 }));
          for (const change of changes.take(rows)) {
            seen.set(change.agency, { ...seen.get(change.agency), ...change });
          }
          expect([...seen.values()]).to.deep.equal(rows);
        }
      }),
    );
  });
});
