import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import { Telemetry } from '../../../src/telemetry/telemetry';
import { ManualClock } from '../helpers/manual-clock';

describe('telemetry', () => {
  it('counts handshakes, and remembers where an agency was last', () => {
    const telemetry = new Telemetry(new ManualClock());
    telemetry.greeted(3, '10.0.0.1', false);
    telemetry.greeted(3, '10.0.0.2', false);
    expect(telemetry.handshakes).to.equal(2);
    expect(telemetry.agencies.get(3)).to.include({ handshakes: 2, address: '10.0.0.2' });
  });

  it('distinguishes connections of agencies that open many in one run from handshakes after a loss', () => {
    const telemetry = new Telemetry(new ManualClock());
    telemetry.greeted(3, '10.0.0.1', true);
    telemetry.greeted(3, '10.0.0.1', true);
    telemetry.greeted(3, '10.0.0.2', false);
    telemetry.greeted(3, '10.0.0.2', false);
    expect(telemetry.handshakes).to.equal(4);
    expect(telemetry.agencies.get(3)).to.include({ handshakes: 2, connections: 2 });
  });

  it('remembers the last error of an agency, and none of an unknown peer', () => {
    const telemetry = new Telemetry(new ManualClock());
    telemetry.failed('errors', 'TOO_SLOW', 2);
    telemetry.failed('rejects', 'INVALID_NUMBER', 2);
    telemetry.failed('errors', 'BAD_PREFACE', null);
    expect([...telemetry.agencies.keys()]).to.deep.equal([2]);
    expect(telemetry.agencies.get(2)).to.include({
      lastError: 'INVALID_NUMBER',
      lastErrorMs: 1_000,
    });
    expect([...telemetry.errors]).to.deep.equal([
      ['TOO_SLOW', 1],
      ['BAD_PREFACE', 1],
    ]);
    expect([...telemetry.rejects]).to.deep.equal([['INVALID_NUMBER', 1]]);
  });

  it('counts a bounded number of codes one by one', () => {
    const telemetry = new Telemetry(new ManualClock());
    for (let i = 0; i < LIMITS.errorCodesMax + 10; i++)
      telemetry.failed('errors', `C${String(i)}`, null);
    expect(telemetry.errors.size).to.equal(LIMITS.errorCodesMax + 1);
    expect(telemetry.errors.get('OTHER')).to.equal(10);
  });

  it('lets a sync go on in the stage of commits', () => {
    const clock = new ManualClock();
    const telemetry = new Telemetry(clock);
    telemetry.synced(2, () => {
      clock.advance(7);
    });
    expect(telemetry.turns.stageMs.commit).to.equal(7);
    expect(telemetry.syncSeconds.snapshot().sum).to.equal(0.002);
  });
});
