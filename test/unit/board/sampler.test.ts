import { expect } from 'chai';
import type { Sample } from '../../../src/board/feed';
import { Sampler } from '../../../src/board/sampler';
import { lineCounter } from '../../../src/server/board/measured';
import { LoopDelay } from '../../../src/telemetry/loop-delay';
import { Telemetry } from '../../../src/telemetry/telemetry';
import { ManualClock } from '../helpers/manual-clock';

const GAUGES = {
  connections: { handshake: 0, established: 1, waiting: 0, ended: 0 },
  inputBytes: 0,
  outputBytes: 0,
};
const NOBODY = { address: '10.0.0.9', agency: null };

describe('a sample of the board', () => {
  let telemetry: Telemetry;
  let take: () => Sample;
  let close: () => void;

  beforeEach(() => {
    const clock = new ManualClock();
    const loopDelay = new LoopDelay();
    telemetry = new Telemetry(clock);
    const sampler = new Sampler(telemetry, loopDelay, clock);
    take = () => {
      clock.advance(1_000);
      return sampler.take(GAUGES, 0);
    };
    close = () => {
      loopDelay.close();
    };
  });
  afterEach(() => {
    close();
  });

  it('counts a peer that is not authorised as refused, and not as rejected too', () => {
    const fail = (code: string): void => {
      lineCounter(telemetry)({
        ...{ level: 'INFO', action: 'introduce', result: 'fail', details: { code }, peer: NOBODY },
      });
    };
    fail('NOT_AUTHORISED');
    expect(take()).to.include({ rejects: 0, handshakesRefused: 1 });
    fail('UNKNOWN_AGENCY');
    expect(take()).to.include({ rejects: 1, handshakesRefused: 0 });
    fail('NOT_AUTHORISED');
    fail('UNKNOWN_AGENCY');
    expect(take()).to.include({ rejects: 1, handshakesRefused: 1 });
  });

  it('has commits without a sync where a database syncs', () => {
    telemetry.groupEntries.observe(3);
    telemetry.commitSeconds.observe(0.004);
    const sample = take();
    expect(sample).to.include({ commits: 1, groupEntries: 3, syncs: 0 });
    expect(sample.commitP99Ms).to.be.within(3, 5);
    expect(take()).to.include({ commits: 0, syncs: 0, commitP50Ms: 0, commitP99Ms: 0 });
  });

  it('counts syncs', () => {
    telemetry.synced(2, () => undefined);
    const sample = take();
    expect(sample).to.include({ syncs: 1 });
    expect(sample.syncP99Ms).to.be.within(1.4, 2.1);
  });
});
