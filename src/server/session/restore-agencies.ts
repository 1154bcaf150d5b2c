/** The agencies of a lottery, as far as the store has recovered them. */
import { LoteriaError } from '../../base/errors';
import { totalsOf, type LotteryState } from '../../store/state';
import type { Agency } from './state';

/**
 * @param expected how many agencies; their numbers are 1 to this
 * @returns all of them by number, in ascending order; this central has claimed none
 * @throws LoteriaError CONFIG_INVALID when the store holds agencies that are not expected, or a draw without one
 *   that is
 */
export function restoreAgencies(
  expected: number,
  stored: Readonly<LotteryState>,
): ReadonlyMap<number, Agency> {
  const agencies = new Map<number, Agency>();
  for (let number = 1; number <= expected; number++) {
    agencies.set(number, restoreAgency(number, stored));
  }
  for (const { agency } of stored.agencies.values()) {
    if (agencies.has(agency)) continue;
    throw otherAgencies(`holds bets of agency ${String(agency)}`, expected);
  }
  for (const { number, finished } of agencies.values()) {
    if (stored.draw === null || finished) continue;
    throw otherAgencies(`holds a draw without agency ${String(number)}`, expected);
  }
  return agencies;
}

function restoreAgency(number: number, stored: Readonly<LotteryState>): Agency {
  const { stored: accepted, checksum, finished, rejected } = totalsOf(stored, number);
  return {
    ...{ number, accepted, checksum, finished, rejected },
    // Nobody knows whether the run goes on that brought them: its end is refused once rather than
    // accepted without them.
    rejectedInRun: finished ? 0 : rejected,
    ...{ rejectedUnsaved: 0, endRefused: false, holder: null },
    ...{ unattributedSeen: 0, unattributedRefusals: 0 },
    ...{ isOwned: false, isAsked: false, unsettled: 0 },
  };
}

function otherAgencies(what: string, agencies: number): LoteriaError {
  return new LoteriaError(
    'CONFIG_INVALID',
    `the store ${what}, but AGENCIES is ${String(agencies)}: ` +
      'expected the number of agencies that it was begun with',
  );
}
