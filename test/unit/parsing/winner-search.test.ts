import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { LIMITS } from '../../../src/base/limits';
import type { Winners } from '../../../src/domain/winners';
import { scanRange } from '../../../src/parsing/tasks';
import { searchWinners } from '../../../src/parsing/winner-search';
import { cleanUp, temporaryDirectory } from '../../support/program';
import { NORA, PEREZ, rows, type RowFields } from '../../support/wire-builder';
import { InlinePool } from '../helpers/inline-pool';

const TRAP: RowFields = { ...NORA, firstName: 'x,7574', lastName: '"",7574', document: '7574' };
const SMALL: readonly RowFields[] = [
  NORA,
  PEREZ,
  { ...TRAP, agency: 1, number: 1 },
  { ...TRAP, agency: 1, document: '2' },
  { ...NORA, agency: 20, document: '3' },
  { ...PEREZ, agency: 20, number: 757 },
  { ...TRAP, agency: 20, number: 7575 },
  { ...PEREZ, agency: 3, document: '4', number: 7574 },
];

interface Found {
  readonly row: number;
  readonly start: number;
  readonly agency: number;
  readonly document: string;
}

/** The plain reading: parse everything, keep who bet on 7574. */
function reference(bytes: Buffer): Found[] {
  const found: Found[] = [];
  let start = 0;
  parse(bytes, { record_delimiter: '\r\n' }).forEach((fields: readonly string[], row: number) => {
    const agency = Number(fields[0]);
    if (Number(fields[5]) === 7574) found.push({ row, start, agency, document: fields[3] ?? '' });
    start = bytes.indexOf('\r\n', start) + 2;
  });
  return found;
}

const pairsOf = (found: readonly Found[]): [number, string][] =>
  found.map(({ agency, document }) => [agency, document]);

function scan(path: string, start: number, end: number): [number, string][] {
  const { agencies, documents } = scanRange({ path, start, end });
  expect(documents).to.have.length(agencies.length);
  return agencies.map((agency, i) => [agency, documents[i] ?? '']);
}

function listOf(winners: Winners): unknown {
  return Object.fromEntries(winners.entries());
}

describe('scanRange', () => {
  const bytes = rows(...SMALL);
  const all = reference(bytes);
  let path: string;

  beforeEach(() => {
    path = join(temporaryDirectory(), 'bets.csv');
    writeFileSync(path, bytes);
  });

  afterEach(cleanUp);

  it('has a reference that finds what it should', () => {
    expect(pairsOf(all)).to.deep.equal([
      [3, '30000031'],
      [1, '2'],
      [20, '3'],
      [3, '4'],
    ]);
  });

  it('finds each winner once, wherever the file is split', () => {
    for (let split = 0; split <= bytes.length; split++) {
      const parts = [...scan(path, 0, split), ...scan(path, split, bytes.length)];
      expect(parts, `split at ${String(split)}`).to.deep.equal(pairsOf(all));
    }
  });

  it('looks at the rows that begin in its range, and at no other', () => {
    const place = fc.nat({ max: bytes.length });
    fc.assert(
      fc.property(place, place, (one, other) => {
        const [start, end] = [Math.min(one, other), Math.max(one, other)];
        const inside = all.filter((found) => found.start >= start && found.start < end);
        expect(scan(path, start, end)).to.deep.equal(pairsOf(inside));
      }),
      { numRuns: 300 },
    );
  });

  it('finds nothing in an empty range, an empty file, or behind the end', () => {
    expect(scan(path, 0, 0)).to.deep.equal([]);
    expect(scan(path, bytes.length, bytes.length + 10)).to.deep.equal([]);
    expect(scan(path, bytes.length + 5, bytes.length + 10)).to.deep.equal([]);
    writeFileSync(path, '');
    expect(scan(path, 0, 10)).to.deep.equal([]);
  });

  it('fails when the file is not there', () => {
    expect(() => scan(`${path}.gone`, 0, 1)).to.throw('ENOENT');
  });

  it('finds the winners of a file of many chunks', () => {
    const long = { ...TRAP, firstName: ','.repeat(512), lastName: '"'.repeat(512) };
    const many: RowFields[] = [];
    for (let i = 0; i < 500; i++) {
      many.push({ ...long, document: String(i), number: i % 3 === 0 ? 7574 : i });
    }
    const large = rows(...many);
    expect(large.length).to.be.greaterThan(2 * LIMITS.scanChunkBytes);
    writeFileSync(path, large);
    expect(scan(path, 0, large.length)).to.deep.equal(pairsOf(reference(large)));
  });
});

describe('searchWinners', () => {
  const bytes = rows(...SMALL);
  const expected = { 1: ['2'], 3: ['30000031', '4'], 20: ['3'] };
  let path: string;

  beforeEach(() => {
    path = join(temporaryDirectory(), 'bets.csv');
    writeFileSync(path, bytes);
  });

  afterEach(cleanUp);

  it('gives each agency its winners in stored order', async () => {
    expect(listOf(await searchWinners(path, bytes.length, null))).to.deep.equal(expected);
  });

  it('does not look behind the bytes that it is told of', async () => {
    appendFileSync(path, rows({ ...NORA, agency: 9 }));
    expect(listOf(await searchWinners(path, bytes.length, null))).to.deep.equal(expected);
  });

  it('finds nobody where there are no bets', async () => {
    expect(listOf(await searchWinners(path, 0, null))).to.deep.equal({});
  });

  describe('in a file of several ranges', () => {
    /** A winner every 64 KiB or so, among bets that lost, over two ranges and a bit. */
    function writeLarge(): { size: number; documents: string[] } {
      const loser = rows({ ...PEREZ, firstName: 'y'.repeat(500) });
      const block = Buffer.concat(Array.from({ length: 120 }, () => loser));
      const parts: Buffer[] = [];
      const documents: string[] = [];
      for (let size = 0; size < 2 * LIMITS.scanRangeBytes + 1_000;) {
        const document = String(documents.length);
        const winner = rows({ ...NORA, agency: 3, document });
        documents.push(document);
        parts.push(block, winner);
        size += block.length + winner.length;
      }
      const large = Buffer.concat(parts);
      writeFileSync(path, large);
      return { size: large.length, documents };
    }

    it('keeps the stored order without a pool', async () => {
      const { size, documents } = writeLarge();
      expect(listOf(await searchWinners(path, size, null))).to.deep.equal({ 3: documents });
    });

    it('keeps the stored order when a pool answers out of order', async () => {
      const { size, documents } = writeLarge();
      const pool = new InlinePool(2);
      expect(listOf(await searchWinners(path, size, pool))).to.deep.equal({ 3: documents });
      expect(pool.scanned).to.have.length(3);
      expect(pool.answered).not.to.deep.equal(pool.scanned);
    });
  });
});
