import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { LoteriaError } from '../../src/base/errors';
import { drawnNumber } from '../../src/domain/drawn-number';
import {
  actaDigestOf,
  blockBytesFor,
  composeActa,
  outcomeOf,
  type Acta,
} from '../../src/store/acta';
import { checkActa, checkChain } from '../../src/store/acta-check';
import { emptyState, totalsOf, type DrawRecord, type LotteryState } from '../../src/store/state';
import type { NumberTerms } from '../../src/store/terms';

const MIB = 1024 * 1024;
const SEED = '07'.repeat(32);
const COMMITMENT = createHash('sha256').update(Buffer.alloc(32, 7)).digest('hex');
const DRAW: DrawRecord = {
  ...{ id: '0123456789abcdef', timeMs: 5, winningNumber: 7574, winners: 3 },
  digest: 'ab'.repeat(32),
};
/** Of bets.csv as it was when each block was read; the last one is of its end. */
const BLOCKS = { blockBytes: 4_096, hashes: [Buffer.alloc(32, 1), Buffer.alloc(32, 2)] };
const CSV_BYTES = 5_000;

/** @param agencies in the order in which the store learned of them */
function stateOf(
  winningNumber: NumberTerms,
  agencies: readonly number[] = [],
  more: Partial<LotteryState> = {},
): LotteryState {
  const state = emptyState();
  for (const agency of agencies) {
    const totals = { stored: 10 * agency, rejected: agency, finished: true };
    state.agencies.set(agency, { ...totalsOf(state, agency), ...totals });
  }
  return { ...state, terms: { agencies: agencies.length, winningNumber }, ...more };
}

const outcome = (state: LotteryState): ReturnType<typeof outcomeOf> =>
  outcomeOf(state, DRAW, (agency) => agency % 2);

const inActa = (what: string, offset = 0, advice = ''): LoteriaError =>
  new LoteriaError('STORE_DAMAGED', `${what} (${String(offset)}): ${advice}`);

describe('the blocks that an acta is of', () => {
  for (const [csvBytes, blockBytes] of [
    [0, 4_096],
    [16 * MIB, 4_096],
    [16 * MIB + 1, 8_192],
    [32 * MIB, 8_192],
    [32 * MIB + 1, 16_384],
    [5_000 * MIB, 2 * MIB],
  ] as const) {
    it(`are as small as 4096 of them may be, as docs/DRAW.md says: ${String(csvBytes)} bytes`, () => {
      expect(blockBytesFor(csvBytes)).to.equal(blockBytes);
    });
  }
});

describe('what an acta states of the store', () => {
  it('is each agency, in ascending order, and the sum of all', () => {
    const stated = outcome(stateOf({ kind: 'fixed', number: 7574 }, [3, 1, 2]));
    expect(stated.agencies).to.deep.equal([
      { agency: 1, bets: 10, winners: 1, rejected: 1 },
      { agency: 2, bets: 20, winners: 0, rejected: 2 },
      { agency: 3, bets: 30, winners: 1, rejected: 3 },
    ]);
    expect(stated).to.include({ bets: 60, rejected: 6, winners: 3 });
    expect(stated).to.include({ winning_number_origin: 'fixed', random: null });
  });

  it('ends its chain with the digest of nothing where there are no bets', () => {
    const state = stateOf({ kind: 'fixed', number: 7574 });
    const acta = composeActa(outcome(state), 0, { blockBytes: 4_096, hashes: [] });
    const nothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    expect(acta).to.deep.include({ csv_bytes: 0, chain: [], digest: nothing });
  });

  it('is who changed the number of agencies, and when', () => {
    const agenciesChanges = [{ from: 5, to: 3, timeMs: 0 }];
    const stated = outcome(stateOf({ kind: 'fixed', number: 1 }, [1], { agenciesChanges }));
    expect(stated.agencies_changes).to.deep.equal([
      { time: '1970-01-01T00:00:00.000Z', from: 5, to: 3 },
    ]);
  });

  const known = { commitment: COMMITMENT, seed: SEED };
  for (const [what, terms, salt, random] of [
    ['seed', { kind: 'random', seed: SEED, salt: null }, null, { ...known, salt: null }],
    ['seed and salt', { kind: 'random', seed: SEED, salt: 'x' }, null, { ...known, salt: 'x' }],
    [
      'seed and source, before the salt is recorded',
      { kind: 'beacon', seed: SEED, source: 'drand' },
      null,
      { ...known, salt: null, salt_source: 'drand' },
    ],
    [
      'seed, source, and the salt that was recorded',
      { kind: 'beacon', seed: SEED, source: 'drand' },
      { value: 'y', timeMs: 1_000 },
      { ...known, salt: 'y', salt_time: '1970-01-01T00:00:01.000Z', salt_source: 'drand' },
    ],
  ] as const) {
    it(`is what a random number follows from: ${what}`, () => {
      const stated = outcome(stateOf(terms, [1], { salt }));
      expect(stated).to.deep.include({ winning_number_origin: 'random', random });
    });
  }
});

describe('the check of an acta', () => {
  const NOTHING_RECORDED = { betsDigest: null, actaDigest: null, csvBytes: CSV_BYTES };
  const fixed = composeActa(outcome(stateOf({ kind: 'fixed', number: 7574 })), CSV_BYTES, BLOCKS);
  const drawn = drawnNumber(SEED, fixed.digest, null);
  const random: Acta = {
    ...fixed,
    ...{ random: { commitment: COMMITMENT, seed: SEED, salt: null }, winning_number: drawn },
  };

  it('finds nothing wrong with one that was not changed', () => {
    checkChain(inActa, fixed, NOTHING_RECORDED);
    checkChain(inActa, random, NOTHING_RECORDED);
  });

  for (const [what, acta] of [
    ['csv_bytes is 5001, but must be 5000', { ...fixed, csv_bytes: 5_001 }],
    ['block_bytes is 8192, but must be 4096', { ...fixed, block_bytes: 8_192 }],
    ['the length of chain is 1, but must be 2', { ...fixed, chain: fixed.chain.slice(1) }],
    [`digest is ${DRAW.digest}, but must be`, { ...fixed, digest: DRAW.digest }],
    [
      `follows from digest, seed and salt is ${String(drawn)}, not ${String(drawn + 1)}`,
      { ...random, winning_number: drawn + 1 },
    ],
  ] as const) {
    it(`refuses one whose ${what}`, () => {
      const check = (): void => {
        checkChain(inActa, acta, NOTHING_RECORDED);
      };
      expect(check).to.throw(LoteriaError, what).with.property('code', 'STORE_DAMAGED');
      expect(check).to.throw('Restore it from a backup');
    });
  }

  it('refuses any link of the chain that is not as recorded, though the last one is', () => {
    const text = ['5000', '4096', ...fixed.chain, ''].join('\n');
    const actaDigest = createHash('sha256').update(text).digest('hex');
    const check = (acta: Acta): void => {
      checkChain(inActa, acta, { ...NOTHING_RECORDED, actaDigest });
    };
    check(fixed);
    const changed = { ...fixed, chain: [DRAW.digest, ...fixed.chain.slice(1)] };
    expect(() => {
      check(changed);
    }).to.throw(LoteriaError, `${actaDigestOf(changed)}, but ${actaDigest} was recorded`);
  });

  it('names what differs from the store, with both values', () => {
    const expected = outcome(stateOf({ kind: 'fixed', number: 7574 }));
    checkActa(inActa, fixed, expected);
    expect(() => {
      checkActa(inActa, { ...fixed, winners: 4 }, expected);
    }).to.throw(LoteriaError, 'winners is 4, but the store says 3');
  });
});
