import { expect } from 'chai';
import { lineCounter, measured } from '../../../../src/server/board/measured';
import type { CommitResult } from '../../../../src/store/bet-store';
import type { LogLine } from '../../../../src/server/log/peer-log';
import { Telemetry } from '../../../../src/telemetry/telemetry';
import { ManualClock } from '../../helpers/manual-clock';

const PEER = { address: '10.0.0.9', agency: 2 };
const NOBODY = { address: '10.0.0.9', agency: null };

function counted(line: Partial<LogLine>): Telemetry {
  const telemetry = new Telemetry(new ManualClock());
  lineCounter(telemetry)({ level: 'INFO', action: 'session', result: 'fail', ...line });
  return telemetry;
}

describe('lines about peers are counted:', () => {
  it('a handshake', () => {
    const { handshakes, agencies } = counted({
      ...{ action: 'introduce', result: 'success', details: { agency: 2 }, peer: PEER },
      run: 'resumed',
    });
    expect(handshakes).to.equal(1);
    expect(agencies.get(2)).to.include({ address: '10.0.0.9', lastError: '' });
  });

  it('a rejected batch', () => {
    const details = { code: 'WRONG_OFFSET', agency: 2 };
    const { rejects, errors, agencies } = counted({
      ...{ action: 'apuesta_recibida', details, peer: PEER },
    });
    expect([...rejects]).to.deep.equal([['WRONG_OFFSET', 1]]);
    expect(errors.size).to.equal(0);
    expect(agencies.get(2)?.lastError).to.equal('WRONG_OFFSET');
  });

  it('a session that ended with an error', () => {
    const { errors } = counted({ details: { code: 'TOO_SLOW' }, peer: NOBODY });
    expect([...errors]).to.deep.equal([['TOO_SLOW', 1]]);
  });

  it('a peer that may not speak for an agency, which is not to blame', () => {
    const details = { code: 'NOT_AUTHORISED', agency: 2 };
    const { refusals, agencies } = counted({ action: 'introduce', details, peer: NOBODY });
    expect(refusals).to.include({ not_authorised: 1 });
    expect(agencies.size).to.equal(0);
  });

  it('connections without a place, and failed TLS handshakes', () => {
    const busy = counted({ action: 'turn_away', result: 'success', details: { connections: 7 } });
    expect(busy.refusals).to.deep.equal({ no_place: 7, not_authorised: 0, tls: 0 });
    const tls = counted({ action: 'tls', details: { reason: 'no certificate' }, peer: NOBODY });
    expect(tls.refusals).to.deep.equal({ no_place: 0, not_authorised: 0, tls: 1 });
  });

  it('nothing else', () => {
    for (const line of [
      { action: 'apuesta_recibida', result: 'success', details: { cantidad: 3 } },
      { action: 'close_connection', result: 'success', peer: NOBODY },
      { action: 'session', details: { code: 'BUSY' } },
    ] as const) {
      const { rejects, errors, handshakes, refusals } = counted(line);
      expect([rejects.size, errors.size, handshakes]).to.deep.equal([0, 0, 0]);
      expect(Object.values(refusals)).to.deep.equal([0, 0, 0]);
    }
  });
});

describe('what a store does not do now is counted:', () => {
  it('claims and commits, and not those of an agency that another central owns', async () => {
    const clock = new ManualClock();
    const telemetry = new Telemetry(clock);
    const refused = new Set([1]);
    const results = [{ refused, isUnavailable: true }, { refused }];
    const store = {
      claim: () => Promise.resolve(null),
      commit: (_: unknown, done: (result: CommitResult) => void) => {
        done(results.shift() ?? { refused });
      },
    };
    const parser = { parse: () => [] };
    const counting = measured({ parser, store, clock }, telemetry).store;
    expect(await counting.claim(1)).to.equal(null);
    for (let i = 0; i < 2; i++) {
      counting.commit(
        { entries: [{ kind: 'finished', agency: 1 }], promises: new Set() },
        () => undefined,
      );
    }
    expect(telemetry.storeUnavailable).to.deep.equal({ claim: 1, commit: 1 });
  });
});
