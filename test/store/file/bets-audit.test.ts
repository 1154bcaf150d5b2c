import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { LoteriaError } from '../../../src/base/errors';
import { auditRangeBy } from '../../../src/parsing/audit-range';
import type { AuditRange } from '../../../src/domain/range-audit';
import { BetsAudit, type WinnerTotals } from '../../../src/store/file/bets/bets-audit';
import type { AgencyTotals } from '../../../src/store/state';
import { NORA, PEREZ, row, rows, type RowFields } from '../../support/wire-builder';

const CHUNK_BYTES = 4096;

/** What the journal would say of these bets. */
function journalOf(bets: readonly RowFields[]): Map<number, AgencyTotals> {
  const agencies = new Map<number, AgencyTotals>();
  for (const bet of bets) {
    const agency = Number(bet.agency);
    const { stored = 0, checksum = 0 } = agencies.get(agency) ?? {};
    const totals = { agency, stored: stored + 1, checksum: crc32(row(bet), checksum) };
    agencies.set(agency, { ...totals, finished: true, rejected: 0 });
  }
  return agencies;
}

interface Audited {
  readonly totals: ReadonlyMap<number, WinnerTotals>;
  readonly winners: string;
  readonly hashes: readonly Buffer[];
}

interface Options {
  readonly rangeBytes?: number;
  readonly number?: number | null;
  readonly blockBytes?: number | null;
  /** What has become of the file when its ranges are read, and in the end. */
  readonly later?: Buffer;
  /** Which of the ranges at hand is read next. */
  readonly choose?: (count: number) => number;
}

/** Audits `file`, which should hold `bets`. */
function audit(file: Buffer, bets: readonly RowFields[], options: Options = {}): Audited {
  const { rangeBytes = 1000, number = 7574, blockBytes = null, later = file } = options;
  const winners: Uint8Array[] = [];
  let now = file;
  const state = {
    edition: 'lottery' as const,
    csvBytes: rows(...bets).length,
    agencies: journalOf(bets),
  };
  const work = new BetsAudit({
    path: '/data/bets.csv',
    fd: 0,
    size: () => now.length,
    state,
    number,
    blockBytes,
    onWinners: (found) => winners.push(found),
    rangeBytes,
  });
  now = later;
  const atHand: AuditRange[] = [];
  for (;;) {
    for (let range = work.next(); range !== null; range = work.next()) atHand.push(range);
    const [range] = atHand.splice(options.choose?.(atHand.length) ?? 0, 1);
    if (range === undefined) break;
    const read = (into: Buffer, at: number): number => now.copy(into, 0, at);
    work.take(range, auditRangeBy(read, range, CHUNK_BYTES));
  }
  const totals = work.finish();
  return { totals, winners: Buffer.concat(winners).toString('latin1'), hashes: work.hashes };
}

function refusalOf(file: Buffer, bets: readonly RowFields[], options: Options = {}): string {
  try {
    audit(file, bets, options);
  } catch (error) {
    if (error instanceof LoteriaError && error.code === 'STORE_DAMAGED') return error.message;
    throw error;
  }
  return 'accepted';
}

/** Bets of three agencies, in runs of a few rows; every ninth wins. */
function someBets(count: number): RowFields[] {
  return Array.from({ length: count }, (_, i) => ({
    ...(i % 4 === 0 ? PEREZ : NORA),
    agency: [1, 12, 345][Math.floor(i / 5) % 3] ?? 1,
    document: String(1_000 + i),
    number: i % 9 === 0 ? 7574 : i % 7574,
  }));
}

const BETS = someBets(200);
const FILE = rows(...BETS);

describe('audit of bets.csv', () => {
  it('accounts for every bet, and finds the winners in stored order', () => {
    const winners = BETS.filter(({ number }) => number === 7574);
    const text = winners.map(({ agency, document }) => `${String(agency)},${document}\r\n`);
    for (const rangeBytes of [1, 47, 1_000, FILE.length, 10 * FILE.length]) {
      const found = audit(FILE, BETS, { rangeBytes });
      expect(found.winners, String(rangeBytes)).to.equal(text.join(''));
      for (const agency of [1, 12, 345]) {
        const own = text.filter((winner) => winner.startsWith(`${String(agency)},`));
        const { winners: count, winnerBytes } = found.totals.get(agency) ?? {};
        expect([count, winnerBytes]).to.deep.equal([own.length, own.join('').length]);
      }
    }
  });

  it('gives the same whatever order ranges are read in', () => {
    const expected = audit(FILE, BETS);
    const places = fc.array(fc.nat(), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(places, fc.integer({ min: 1, max: 3_000 }), (order, rangeBytes) => {
        let at = 0;
        const choose = (count: number): number =>
          (order[at++ % order.length] ?? 0) % Math.max(1, count);
        const found = audit(FILE, BETS, { rangeBytes, choose });
        expect(found.winners).to.equal(expected.winners);
      }),
    );
  });

  it('never has many ranges under way', () => {
    let most = 0;
    audit(FILE, BETS, { rangeBytes: 20, choose: (count) => (most = Math.max(most, count)) && 0 });
    expect(most).to.equal(24);
  });

  it('hashes the blocks of the file on the way', () => {
    const blockBytes = 512;
    const expected: string[] = [];
    for (let at = 0; at < FILE.length; at += blockBytes) {
      const block = FILE.subarray(at, at + blockBytes);
      expected.push(createHash('sha256').update(block).digest('hex'));
    }
    for (const rangeBytes of [1, 600, 2_000, 100_000]) {
      const { hashes } = audit(FILE, BETS, { rangeBytes, blockBytes });
      expect(hashes.map((hash) => hash.toString('hex'))).to.deep.equal(expected);
    }
  });

  it('accounts for an empty file', () => {
    expect(audit(Buffer.alloc(0), []).totals.size).to.equal(0);
  });

  it('finds any changed byte, and the row that it broke', () => {
    for (let at = 0; at < FILE.length; at += 7) {
      const changed = Buffer.from(FILE);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(refusalOf(changed, BETS), String(at)).to.match(
        /^\/data\/bets\.csv: offset \d+: (a|\d+ bets)/,
      );
    }
  });

  it('finds a number that was edited in place, and says whose bet it is', () => {
    const changed = Buffer.from(
      FILE.toString('latin1').replace(/,\d{4}\r\n12,/, ',7575\r\n12,'),
      'latin1',
    );
    expect(changed).to.have.length(FILE.length);
    expect(refusalOf(changed, BETS)).to.match(/a bet of agency \d+ is not as it was acc/);
  });

  it('says between which offsets the rows of the agency lie that differ', () => {
    const starts = BETS.map((_, i) => rows(...BETS.slice(0, i)).length);
    // The runs of agency 345 begin with its eleventh row, and the last row is of agency 12.
    const [first, last] = [10, 194];
    expect([BETS[first]?.agency, BETS[last]?.agency, BETS[last + 1]?.agency]).to.deep.equal([
      345, 345, 1,
    ]);
    const between = `offset ${String(starts[first])}: `;
    const end = `between here and offset ${String(starts[last + 1])}`;
    const changed = BETS.map((bet, i) => (i === 100 ? { ...bet, document: '2100' } : bet));
    expect(changed[100]?.agency).to.equal(345);
    for (const rangeBytes of [47, 1_000, FILE.length]) {
      const edited = refusalOf(rows(...changed), BETS, { rangeBytes });
      expect(edited).to.include(`${between}a bet of agency 345 is not as it was acc`);
      expect(edited).to.include(end);
      const moved = BETS.map((bet, i) => {
        return i === 100 ? { ...bet, agency: 12, document: '21000' } : bet;
      });
      expect(refusalOf(rows(...moved), BETS, { rangeBytes })).to.include(
        `offset ${String(starts[5])}: 66 bets of agency 12, not 65; its rows lie between here and`,
      );
    }
  });

  it('finds rows that were zeroed, and where', () => {
    const start = FILE.indexOf('\r\n', 2_000) + 2;
    const changed = Buffer.from(FILE);
    changed.fill(0, start, start + 512);
    const said = refusalOf(changed, BETS);
    expect(said).to.include(`offset ${String(start)}: a row that was never accepted`);
    const all = Buffer.alloc(FILE.length);
    expect(refusalOf(all, BETS)).to.include('offset 0: a row');
    const large = Buffer.concat([FILE.subarray(0, start), Buffer.alloc(FILE.length - start)]);
    expect(refusalOf(large, BETS, { rangeBytes: 100_000 })).to.include(`offset ${String(start)}`);
  });

  it('finds two rows that changed places, also of two agencies', () => {
    for (const [one, other] of [
      [3, 4],
      [4, 6],
      [0, 199],
    ] as const) {
      const bets = [...BETS];
      [bets[one], bets[other]] = [BETS[other] ?? NORA, BETS[one] ?? NORA];
      expect(refusalOf(rows(...bets), BETS)).to.match(/a bet of agency \d+ is not/);
    }
  });

  it('finds bets that are missing, and bets too many', () => {
    const doubled = rows(...BETS.map((bet, i) => (i === 2 ? (BETS[1] ?? bet) : bet)));
    expect(doubled).to.have.length(FILE.length);
    expect(refusalOf(doubled, BETS)).to.match(/bets? of agency/);
    const shorter = FILE.subarray(0, -1);
    const end = String(FILE.length - 1);
    expect(refusalOf(shorter, BETS)).to.include(`offset ${end}: the file ends here, 1 bytes short`);
    const longer = Buffer.concat([FILE, row(NORA)]);
    expect(refusalOf(longer, BETS)).to.include('bytes more than were stored');
  });

  it('finds a file that becomes shorter or longer while it is read', () => {
    for (const [later, said] of [
      [FILE.subarray(0, 3_000), /offset 3000: the file ends here/],
      [Buffer.alloc(0), /offset 0: the file ends here/],
      [Buffer.concat([FILE, row(NORA)]), /more than were stored/],
    ] as const) {
      for (const blockBytes of [null, 512]) {
        expect(refusalOf(FILE, BETS, { later, blockBytes })).to.match(said);
      }
    }
  });

  it('refuses agencies of which the journal knows nothing', () => {
    const others = BETS.map((bet) => ({ ...bet, agency: bet.agency === 12 ? 13 : bet.agency }));
    expect(refusalOf(rows(...others), BETS)).to.match(/bets of agency 1[23], not/);
  });
});
