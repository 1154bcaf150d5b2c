import { expect } from 'chai';
import { LIMITS } from '../../../../src/base/limits';
import type { LogLevel } from '../../../../src/base/log/log';
import { PeerLog } from '../../../../src/server/log/peer-log';
import { ManualClock } from '../../helpers/manual-clock';
import { recordingLogger } from '../../helpers/recording-sink';

const MAX = LIMITS.logRefusalsPerPeerMax;

describe('PeerLog', () => {
  let clock: ManualClock;
  let lines: readonly string[];
  let log: PeerLog;

  function open(level: LogLevel = 'INFO'): void {
    const recording = recordingLogger(level);
    clock = new ManualClock();
    ({ lines } = recording);
    log = new PeerLog(recording.logger, clock);
  }

  beforeEach(() => {
    open();
  });

  function refuse(times: number, address = '10.0.0.1', agency: number | null = null): void {
    for (let i = 0; i < times; i++) {
      const peer = { address, agency };
      log.write({ level: 'WARNING', action: 'session', result: 'fail', peer });
    }
  }

  /** Lines without their time. */
  function shown(): string[] {
    return lines.map((line) => line.slice(20, -1));
  }

  it('writes lines that are nobody’s as they are, however many', () => {
    for (let i = 0; i < 2 * MAX; i++) {
      log.write({ level: 'INFO', action: 'apuesta_recibida', result: 'success', details: { i } });
    }
    expect(lines).to.have.length(2 * MAX);
    expect(shown()[7]).to.equal('INFO     action: apuesta_recibida | result: success | i: 7');
  });

  it('has a line about those that it left out when the period ends', () => {
    refuse(MAX + 5);
    expect(lines).to.have.length(MAX);
    clock.advance(LIMITS.logPeriodMs - 1);
    expect(lines).to.have.length(MAX);
    clock.advance(1);
    expect(shown().slice(MAX)).to.deep.equal([
      'WARNING  action: log | result: success | suppressed: 5 | ip: 10.0.0.1',
    ]);
    refuse(1);
    expect(shown().at(-1)).to.equal('WARNING  action: session | result: fail');
  });

  it('names the agency of whose lines it left some out', () => {
    refuse(MAX + 1, '10.0.0.1', 3);
    log.close();
    expect(shown().at(-1)).to.equal(
      'WARNING  action: log | result: success | suppressed: 1 | ip: 10.0.0.1 | agency: 3',
    );
  });

  it('counts the addresses of one network of IPv6 together', () => {
    for (let i = 0; i < MAX + 2; i++) refuse(1, `2001:db8::${i.toString(16)}`);
    expect(lines).to.have.length(MAX);
    log.close();
    expect(shown().at(-1)).to.match(/suppressed: 2 \| ip: 2001:db8:0:0::\/64$/);
  });

  it('counts routine lines and refusals apart', () => {
    refuse(MAX + 1);
    const peer = { address: '10.0.0.1', agency: null };
    for (let i = 0; i < LIMITS.logConnectionsPerPeerMax + 9; i++) {
      log.write({ level: 'INFO', action: 'close_connection', result: 'success', peer });
    }
    expect(lines).to.have.length(MAX + LIMITS.logConnectionsPerPeerMax);
    log.close();
    expect(shown().slice(-2)).to.deep.equal([
      'WARNING  action: log | result: success | suppressed: 1 | ip: 10.0.0.1',
      'WARNING  action: log | result: success | suppressed: 9 | ip: 10.0.0.1',
    ]);
  });

  it('reports lost errors as an error, so that whoever sees errors sees that, too', () => {
    open('ERROR');
    for (let i = 0; i < MAX + 4; i++) {
      const peer = { address: '10.0.0.1', agency: 1 };
      log.write({ level: 'ERROR', action: 'apuesta_recibida', result: 'fail', peer });
    }
    log.close();
    expect(shown().at(-1)).to.match(/^ERROR {4}action: log \| result: success \| suppressed: 4 /);
  });

  it('does not count lines that would not be shown', () => {
    open('ERROR');
    refuse(MAX + 1);
    log.close();
    expect(lines).to.deep.equal([]);
  });

  it('goes on after one period with the next', () => {
    for (let period = 0; period < 3; period++) {
      refuse(MAX + 1, '10.0.0.1');
      refuse(MAX + 2, '10.0.0.2');
      clock.advance(LIMITS.logPeriodMs);
    }
    const notes = shown().filter((line) => line.includes('suppressed'));
    expect(notes).to.have.length(6);
    expect(lines).to.have.length(6 * MAX + 6);
  });

  it('leaves no timer behind when it is closed', () => {
    refuse(MAX + 1);
    log.close();
    const before = lines.length;
    clock.advance(2 * LIMITS.logPeriodMs);
    expect(lines).to.have.length(before);
  });
});
