import { expect } from 'chai';
import * as fc from 'fast-check';
import { LineLimiter, type PeerName } from '../../../../src/server/log/line-limiter';

const LIMITS = { linesMax: 3, periodMs: 100, peersMax: 4 };

function peer(n: number, agency: number | null = null): PeerName {
  return { address: `10.0.0.${String(n)}`, agency };
}

describe('LineLimiter', () => {
  let limiter: LineLimiter;

  beforeEach(() => {
    limiter = new LineLimiter(LIMITS);
  });

  function admit(who: PeerName, times: number, nowMs = 0): number {
    let admitted = 0;
    for (let i = 0; i < times; i++) admitted += Number(limiter.admit(who, 'WARNING', nowMs));
    return admitted;
  }

  it('lets the first lines of a peer pass, and counts the others', () => {
    expect(admit(peer(1), 10)).to.equal(3);
    expect(limiter.takeEnded(99)).to.deep.equal([]);
    expect(limiter.takeEnded(100)).to.deep.equal([
      { address: '10.0.0.1', agency: null, count: 7, level: 'WARNING' },
    ]);
    expect(limiter.takeEnded(1_000)).to.deep.equal([]);
  });

  it('says nothing of a peer that kept within its lines', () => {
    admit(peer(1), 3);
    expect(limiter.takeEnded(100)).to.deep.equal([]);
    expect(admit(peer(1), 3, 100)).to.equal(3);
  });

  it('counts addresses, and the agencies of one address, apart', () => {
    for (const who of [peer(1), peer(2), peer(1, 1), peer(1, 2)]) {
      expect(admit(who, 4), JSON.stringify(who)).to.equal(3);
    }
    const names = limiter.takeEnded(100).map(({ address, agency }) => [address, agency]);
    expect(names).to.deep.equal([
      ['10.0.0.1', null],
      ['10.0.0.2', null],
      ['10.0.0.1', 1],
      ['10.0.0.1', 2],
    ]);
  });

  it('ends each period by itself, and says when the next one ends', () => {
    expect(limiter.nextEndMs).to.equal(null);
    admit(peer(1), 4, 0);
    admit(peer(2), 5, 60);
    expect(limiter.nextEndMs).to.equal(100);
    expect(limiter.takeEnded(159).map(({ count }) => count)).to.deep.equal([1]);
    expect(limiter.nextEndMs).to.equal(160);
    expect(limiter.takeEnded(160).map(({ count }) => count)).to.deep.equal([2]);
    expect(limiter.nextEndMs).to.equal(null);
  });

  it('names the highest level among what it left out, not among what appeared', () => {
    limiter.admit(peer(1), 'ERROR', 0);
    for (const level of ['INFO', 'INFO', 'INFO', 'DEBUG', 'WARNING', 'INFO'] as const) {
      limiter.admit(peer(1), level, 0);
    }
    expect(limiter.takeEnded(100)[0]?.level).to.equal('WARNING');
  });

  it('counts peers above its bound together', () => {
    for (let n = 1; n <= 50; n++) admit(peer(n), 1);
    const [others] = limiter.takeEnded(100);
    expect(others).to.deep.equal({ address: null, agency: null, count: 43, level: 'WARNING' });
    expect(admit(peer(50), 1, 100)).to.equal(1);
  });

  it('never lets more through than its bound, and loses no count', () => {
    const step = fc.record({ who: fc.nat(9), waitMs: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const own = new LineLimiter(LIMITS);
        let nowMs = 0;
        let shown = 0;
        let counted = 0;
        const take = (atMs: number): void => {
          for (const { count } of own.takeEnded(atMs)) counted += count;
        };
        for (const { who, waitMs } of steps) {
          nowMs += waitMs;
          take(nowMs);
          shown += Number(own.admit(peer(who), 'INFO', nowMs));
        }
        take(Number.POSITIVE_INFINITY);
        expect(shown + counted).to.equal(steps.length);
        const periods = Math.ceil((nowMs + 1) / LIMITS.periodMs) + 1;
        expect(shown).to.be.at.most(periods * (LIMITS.peersMax + 1) * LIMITS.linesMax);
      }),
    );
  });
});
