import { expect } from 'chai';
import { LIMITS } from '../../../../src/base/limits';
import type { AgencyRow } from '../../../../src/board/feed';
import { agencyRows } from '../../../../src/server/board/agency-rows';
import { Lottery } from '../../../../src/server/session/lottery';
import { emptyState, type AgencyTotals } from '../../../../src/store/state';
import { Telemetry } from '../../../../src/telemetry/telemetry';
import { ManualClock } from '../../helpers/manual-clock';

const AGENCY = 1;

describe('the row of an agency on the board', () => {
  let clock: ManualClock;
  let telemetry: Telemetry;
  let startedAtMs: number;
  let totals: Map<number, AgencyTotals>;

  beforeEach(() => {
    clock = new ManualClock();
    telemetry = new Telemetry(clock);
    startedAtMs = clock.nowMs();
    totals = new Map();
  });

  /** Without a connection of anybody. */
  function row(): AgencyRow | undefined {
    const lottery = new Lottery({ agencies: 1, window: 8 }, emptyState());
    const stored = { agencies: totals };
    const history = telemetry.agencies;
    const [found] = agencyRows({
      ...{ lottery, stored, sessions: [], history },
      ...{ startedAtMs, nowMs: clock.nowMs() },
    });
    return found;
  }

  it('is connected between the connections that it opens for each message, for a bounded time', () => {
    telemetry.greeted(AGENCY, '10.0.0.1', true);
    clock.advance(LIMITS.boardBetweenConnectionsMs - 1);
    expect(row()).to.include({ connection: 'connected', connections: 1 });
    clock.advance(1);
    expect(row()).to.include({ connection: 'gone' });
    telemetry.greeted(AGENCY, '10.0.0.1', true);
    expect(row()).to.include({ connection: 'connected', connections: 2, reconnects: 0 });
  });

  it('is gone at once when it has finished, or had one connection for all messages', () => {
    expect(row()).to.include({ connection: 'absent' });
    telemetry.greeted(AGENCY, '10.0.0.1', false);
    expect(row()).to.include({ connection: 'gone' });
    telemetry.greeted(AGENCY, '10.0.0.1', true);
    expect(row()).to.include({ connection: 'connected' });
    totals.set(AGENCY, { agency: AGENCY, stored: 2, checksum: 7, finished: true, rejected: 0 });
    expect(row()).to.include({ connection: 'gone', finished: true });
  });

  it('has the time of its last error also by the clock that nobody sets', () => {
    expect(row()).to.include({ lastError: '', lastErrorUpMs: 0 });
    clock.advance(3_000);
    telemetry.failed('errors', 'TOO_SLOW', AGENCY);
    clock.advance(5_000);
    expect(row()).to.include({ lastError: 'TOO_SLOW', lastErrorUpMs: 3_000 });
  });
});
