import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import { InlineParser } from '../../../src/parsing/parser';
import { PooledParser } from '../../../src/parsing/pooled-parser';
import type { Parsable, Parsed } from '../../../src/parsing/parsed';
import type { BetsCommand } from '../../../src/protocol/commands';
import { NORA, PEREZ, rows } from '../../support/wire-builder';
import { InlinePool } from '../helpers/inline-pool';

const ALWAYS = { groupUsMin: 0, costlyGroupUsMin: 0, taskUsMin: 10, startUsMin: 0 };

/** Batches of many sizes, every seventh of them wrong. */
function someBatches(count: number): BetsCommand[] {
  return Array.from({ length: count }, (_, i) => {
    const good = Array.from({ length: 1 + (i % 4) }, () => (i % 2 === 0 ? NORA : PEREZ));
    const bytes = i % 7 === 0 ? rows(...good, { ...NORA, document: 'x' }) : rows(...good);
    return { kind: 'bets', form: 'batch', offset: 0, checksum: 0, count: 1, rows: bytes };
  });
}

/** A batch as large as a frame. */
function fullBatches(count: number): BetsCommand[] {
  const bytes = rows(...Array.from({ length: 190 }, () => NORA));
  return Array.from(
    { length: count },
    () =>
      ({
        ...{ kind: 'bets', form: 'batch', offset: 0, checksum: 0, count: 190 },
        rows: bytes,
      }) as const,
  );
}

const verdicts = (parsed: readonly Parsed[]): unknown => parsed.map(({ verdict }) => verdict);
const inline = (messages: readonly Parsable[]): unknown =>
  verdicts(new InlineParser().parse(messages));

describe('the parser without a pool', () => {
  it('gives one result for each batch, in order, and counts them', () => {
    const parser = new InlineParser();
    expect(verdicts(parser.parse(someBatches(2)))).to.deep.equal([
      { ok: false, index: 1, problem: 'INVALID_DOCUMENT' },
      { ok: true, agency: 3, count: 2 },
    ]);
    expect(parser.parse([])).to.deep.equal([]);
    expect(parser.counts).to.deep.equal({ inline: 2, pooled: 0 });
  });
});

describe('the parser with a pool', () => {
  it('parses a small group at once', () => {
    const pool = new InlinePool(2);
    const parser = new PooledParser(pool);
    const few = fullBatches(2);
    const parsed = parser.parse(few);
    expect(Array.isArray(parsed)).to.equal(true);
    expect(pool.taskMessages).to.deep.equal([]);
    expect(parser.counts).to.deep.equal({ inline: 2, pooled: 0 });
    expect(parser.parse([])).to.deep.equal([]);
  });

  it('sends a large one, with results in order', async () => {
    const pool = new InlinePool(3);
    const parser = new PooledParser(pool);
    const many = [...fullBatches(200), ...someBatches(100)];
    expect(verdicts(await parser.parse(many))).to.deep.equal(inline(many));
    expect(parser.counts).to.deep.equal({ inline: 0, pooled: 300 });
    expect(pool.taskMessages).to.have.length(3);
  });

  it('gives each worker as much work as the others, not as many messages', async () => {
    const pool = new InlinePool(2);
    const parser = new PooledParser(pool, 'lottery', ALWAYS);
    const small = someBatches(100);
    await parser.parse([...small, ...fullBatches(4)]);
    expect(pool.taskMessages).to.deep.equal([102, 2]);
  });

  it('gives a task to no more workers than have enough to do', async () => {
    const pool = new InlinePool(16);
    const parser = new PooledParser(pool, 'lottery', { ...ALWAYS, taskUsMin: 100 });
    await parser.parse(fullBatches(30));
    expect(pool.taskMessages).to.have.length(2);
  });

  it('gives no task to a worker for which no message is left', async () => {
    const pool = new InlinePool(4);
    const parser = new PooledParser(pool, 'lottery', { ...ALWAYS, taskUsMin: 1 });
    for (const count of [1, 2]) {
      const few = fullBatches(count);
      expect(verdicts(await parser.parse(few))).to.deep.equal(inline(few));
    }
    expect(pool.taskMessages).to.deep.equal([1, 1, 1]);
  });

  it('leaves the batches themselves as they were', async () => {
    const many = fullBatches(50);
    const before = Buffer.concat(many.map((batch) => batch.rows));
    await new PooledParser(new InlinePool(2), 'lottery', ALWAYS).parse(many);
    expect(Buffer.concat(many.map((batch) => batch.rows)).equals(before)).to.equal(true);
  });

  it('parses here what fits in no slab', async () => {
    const pool = new InlinePool(1, { slabBytes: 160_000 });
    const parser = new PooledParser(pool, 'lottery', ALWAYS);
    const many = fullBatches(10);
    expect(verdicts(await parser.parse(many))).to.deep.equal(inline(many));
    expect(parser.counts.pooled).to.be.within(1, 9);
    expect(parser.counts.inline + parser.counts.pooled).to.equal(10);
  });

  it('uses its slabs again and again', async () => {
    const parser = new PooledParser(new InlinePool(2), 'lottery', ALWAYS);
    for (let i = 1; i < 20; i++) {
      const messages = someBatches(i * 10);
      expect(verdicts(await parser.parse(messages))).to.deep.equal(inline(messages));
    }
  });

  it('starts its threads when enough has come that they would have got, and not before', async () => {
    const pool = new InlinePool(1, { isRunning: false });
    const parser = new PooledParser(pool);
    const group = fullBatches(100);
    let groups = 0;
    while (pool.starts === 0 && groups < 100) {
      expect(Array.isArray(parser.parse(group))).to.equal(true);
      groups++;
    }
    expect(groups * 100 * 8192 * 1.1).to.be.within(
      LIMITS.poolStartUsMin * 1_000,
      2 * LIMITS.poolStartUsMin * 1_000,
    );
    await parser.parse(group);
    expect(parser.counts).to.deep.equal({ inline: groups * 100, pooled: 100 });
    expect(pool.starts).to.equal(1);
  });

  it('parses one message of a dialect at once, and several in the pool', async () => {
    const pool = new InlinePool(2);
    const parser = new PooledParser(pool);
    const message: Parsable = {
      kind: 'foreign',
      form: 'semicolon_packet',
      bytes: Buffer.from(
        `3;${Array.from({ length: 300 }, () => 'Nora,Paz,7,1990-01-01,7'.replaceAll(',', ';')).join(';')}`,
      ),
      read: () => [],
    };
    expect(Array.isArray(parser.parse([message]))).to.equal(true);
    const parsed = await parser.parse([message, message, message]);
    expect(parsed.map(({ conversion }) => conversion?.count)).to.deep.equal([300, 300, 300]);
    expect(parser.counts).to.deep.equal({ inline: 1, pooled: 3 });
  });

  it('starts no threads for any number of small groups', () => {
    const pool = new InlinePool(1, { isRunning: false });
    const parser = new PooledParser(pool);
    for (let i = 0; i < 2_000; i++) void parser.parse(fullBatches(4));
    expect(pool.starts).to.equal(0);
  });
});
