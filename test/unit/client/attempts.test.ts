import { expect } from 'chai';
import type { AddressList } from '../../../src/base/address-list';
import { Attempts } from '../../../src/client/attempts';
import { pauseMs } from '../../../src/client/backoff';

const ONE: AddressList = [{ host: 'a', port: 1 }];
const THREE: AddressList = [
  { host: 'a', port: 1 },
  { host: '::1', port: 2 },
  { host: 'c', port: 3 },
];
const LOST = { elsewhere: true };
const STAYS = { elsewhere: false };

/** The centrals and the pauses before them, as an agency goes on after failures. */
function course(
  attempts: Attempts,
  failures: readonly { elsewhere: boolean; afterMs?: number }[],
): string[] {
  return failures.map((failure) => {
    const pause = pauseMs(attempts.fail(failure), () => 0);
    return `${attempts.inUse.host} after ${String(pause)}`;
  });
}

describe('Attempts', () => {
  it('begin with another central for each agency in turn', () => {
    const first = [1, 2, 3, 4, 65_535].map((agency) => new Attempts(THREE, agency).inUse.host);
    expect(first).to.deep.equal(['::1', 'c', 'a', '::1', 'a']);
  });

  it('try each central in a round, and wait longer after each round', () => {
    const attempts = new Attempts(THREE, 1);
    expect(course(attempts, Array<typeof LOST>(9).fill(LOST))).to.deep.equal([
      ...['c after 0', 'a after 0', '::1 after 50'],
      ...['c after 0', 'a after 0', '::1 after 100'],
      ...['c after 0', 'a after 0', '::1 after 200'],
    ]);
    expect(attempts.failed).to.equal(9);
  });

  it('wait after each failure where there is one central', () => {
    const attempts = new Attempts(ONE, 1);
    const failures = [LOST, LOST, STAYS, { ...LOST, afterMs: 1_000 }, LOST];
    expect(course(attempts, failures)).to.deep.equal([
      ...['a after 50', 'a after 100', 'a after 200', 'a after 1000', 'a after 800'],
    ]);
  });

  it('wait for the shortest pause that a central of the round asked for', () => {
    const attempts = new Attempts(THREE, 0);
    const busy = (afterMs: number): object => ({ elsewhere: true, afterMs });
    const failures = [busy(2_000), LOST, busy(3_000), busy(1e9), busy(0), LOST, LOST, LOST, LOST];
    expect(course(attempts, failures as (typeof LOST)[])).to.deep.equal([
      ...['::1 after 0', 'c after 0', 'a after 2000'],
      ...['::1 after 0', 'c after 0', 'a after 100'],
      ...['::1 after 0', 'c after 0', 'a after 200'],
    ]);
  });

  it('stay at a central, with a pause, when no other can do better', () => {
    const attempts = new Attempts(THREE, 0);
    const failures = [{ ...LOST, afterMs: 9_000 }, STAYS, STAYS, LOST, LOST, LOST];
    expect(course(attempts, failures)).to.deep.equal([
      ...['::1 after 0', '::1 after 50', '::1 after 100'],
      ...['c after 0', 'a after 0', '::1 after 200'],
    ]);
  });

  it('begin a round at the central in use when there was progress', () => {
    const attempts = new Attempts(THREE, 0);
    expect(course(attempts, [LOST, LOST, LOST, LOST]).at(-1)).to.equal('::1 after 0');
    attempts.restart();
    expect(attempts.failed).to.equal(0);
    expect(course(attempts, [LOST, LOST, LOST])).to.deep.equal([
      ...['c after 0', 'a after 0', '::1 after 50'],
    ]);
  });

  it('name the central in use only where there are several', () => {
    const several = new Attempts(THREE, 1);
    expect(several.logDetails).to.deep.equal({ server_address: '[::1]:2' });
    expect(several.named).to.equal(', at [::1]:2');
    several.fail(LOST);
    expect(several.logDetails).to.deep.equal({ server_address: 'c:3' });
    const single = new Attempts(ONE, 1);
    expect(single.logDetails).to.deep.equal({});
    expect(single.named).to.equal('');
  });
});
