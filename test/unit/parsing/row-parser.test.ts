import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import { checkRows, type RowsVerdict } from '../../../src/domain/row-check';
import { InlineParser, PooledParser } from '../../../src/parsing/row-parser';
import { checkBatches } from '../../../src/parsing/check-batches';
import { NORA, PEREZ, row, rows } from '../../support/wire-builder';
import { InlinePool } from '../helpers/inline-pool';

/** Batches of many sizes, every seventh of them wrong. */
function someBatches(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => {
    const good = Array.from({ length: 1 + (i % 4) }, () => (i % 2 === 0 ? NORA : PEREZ));
    return i % 7 === 0 ? rows(...good, { ...NORA, document: 'x' }) : rows(...good);
  });
}

describe('row parsers', () => {
  const few = someBatches(LIMITS.pooledGroupBatchesMin - 1);
  const many = someBatches(LIMITS.pooledGroupBatchesMin + 1);

  it('inline: one verdict for each batch, in order', () => {
    expect(new InlineParser().check([row(NORA), row({ ...NORA, number: 'x' })])).to.deep.equal([
      { ok: true, agency: 3, count: 1 },
      { ok: false, index: 0, problem: 'INVALID_NUMBER' },
    ]);
  });

  it('inline: nothing for nothing', () => {
    expect(new InlineParser().check([])).to.deep.equal([]);
  });

  it('checkBatches says of joined batches what checkRows says of each', () => {
    const lengths = many.map(({ length }) => length);
    const verdicts = checkBatches({ bytes: Buffer.concat(many), lengths });
    expect(verdicts).to.deep.equal(many.map(checkRows));
  });

  it('pooled: small groups do not go to the pool', () => {
    const pool = new InlinePool(2);
    expect(new PooledParser(pool).check(few)).to.deep.equal(few.map(checkRows));
    expect(pool.taskBatches).to.deep.equal([]);
  });

  it('pooled: large groups are checked in tasks, with verdicts in order', async () => {
    const pool = new InlinePool(3);
    const verdicts: RowsVerdict[] = await new PooledParser(pool).check(many);
    expect(verdicts).to.deep.equal(many.map(checkRows));
    expect(pool.taskBatches).to.deep.equal([1366, 1366, 1365]);
  });

  it('pooled: a task is never so small that it does not pay its trip', async () => {
    const pool = new InlinePool(16);
    await new PooledParser(pool).check(someBatches(LIMITS.pooledGroupBatchesMin));
    for (const count of pool.taskBatches) {
      expect(count).to.be.at.least(LIMITS.pooledTaskBatchesMin);
    }
  });

  it('pooled: leaves the batches themselves as they were', async () => {
    const before = Buffer.concat(many);
    await new PooledParser(new InlinePool(2)).check(many);
    expect(Buffer.concat(many).equals(before)).to.equal(true);
  });
});
