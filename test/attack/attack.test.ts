import { expect } from 'chai';
import type { AttackCase } from './attack-case';
import { reportOf, runAttacks, type AttackOutcome } from './campaign';
import { ATTACK_CASES } from './catalogue';

const NEVER = new Promise<string>(() => undefined);

function attackOf(name: string, attack: () => Promise<string>): AttackCase {
  return { name, does: 'does it', holds: 'it holds', attack };
}

describe('the attack campaign', () => {
  let cleanUps = 0;
  const seen: string[] = [];

  function run(...cases: readonly AttackCase[]): Promise<AttackOutcome[]> {
    return runAttacks(cases, {
      timeoutMs: 20,
      cleanUp: async () => {
        cleanUps++;
        await Promise.resolve();
      },
      onOutcome: ({ of, ok }) => seen.push(`${of.name} ${String(ok)}`),
    });
  }

  beforeEach(() => {
    cleanUps = 0;
    seen.length = 0;
  });

  it('has a name for each attack, and few that take long', () => {
    expect(new Set(ATTACK_CASES.map(({ name }) => name)).size).to.equal(ATTACK_CASES.length);
    expect(ATTACK_CASES.filter(({ isLong }) => isLong !== true).length).to.be.at.least(25);
  });

  it('goes on behind an attack that was not withstood, and says so', async () => {
    const outcomes = await run(
      attackOf('one', () => Promise.resolve('as it should')),
      attackOf('two', () => Promise.reject(new Error('it fell'))),
      attackOf('three', () => NEVER),
      attackOf('four', () => Promise.resolve('well')),
    );
    expect(outcomes.map(({ ok }) => ok)).to.deep.equal([true, false, false, true]);
    expect(seen).to.deep.equal(['one true', 'two false', 'three false', 'four true']);
    expect(cleanUps).to.equal(4);
    const report = reportOf(outcomes);
    expect(report).to.include('as it should').and.include('it fell').and.include('no end after');
    expect(report.match(/FAILED/g)).to.have.length(2);
    expect(report).to.include('2 of 4 attacks withstood');
  });
});
