import { parse } from 'csv-parse/sync';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { findFieldProblem, rowOfText, type BetText } from '../../../src/domain/bet-fields';
import { betOfFields, encodeRow } from '../../../src/domain/row';
import { PlainRowsWalk } from '../../../src/domain/plain-rows-walk';
import { checkRowsBy, type RowsVerdict } from '../../../src/domain/row-check';
import { quoted, rows } from '../../support/wire-builder';
import { goodAgency, goodBet, goodDate, goodDocument, goodName } from '../helpers/arbitraries';

/** A text that may break any rule, and often breaks none. */
const anyName = fc.oneof(
  goodName,
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.constantFrom('', 'x'.repeat(513), 'é'.repeat(257), '"'.repeat(513), 'a\r\nb', '\u007f'),
);
/** Without separators: what stands in one column must not spill into the next. */
const anyPlain = fc
  .string({ unit: fc.oneof(fc.constantFrom('0', '7', '-', ' '), fc.string({ unit: 'binary' })) })
  .filter((text) => !/[,"\r\n]/.test(text));
const anyBet: fc.Arbitrary<BetText> = fc.record({
  firstName: anyName,
  lastName: anyName,
  document: fc.oneof({ weight: 4, arbitrary: goodDocument }, anyPlain),
  birthdate: fc.oneof({ weight: 4, arbitrary: goodDate }, anyPlain),
  number: fc.oneof(fc.integer({ min: 0, max: 12_000 }).map(String), anyPlain),
});

const PROBLEM_OF_FIELD = {
  first_name: 'INVALID_FIRST_NAME',
  last_name: 'INVALID_LAST_NAME',
  document: 'INVALID_DOCUMENT',
  birthdate: 'INVALID_BIRTHDATE',
  number: 'INVALID_NUMBER',
} as const;

/** A name as csv.writer would write it, line breaks included. */
function csvField(name: string): string {
  return /[\r\n]/.test(name) ? `"${name.split('"').join('""')}"` : quoted(name);
}

function rowsOf(agency: number, bets: readonly BetText[]): Buffer {
  return rows(...bets.map((bet) => ({ ...bet, agency, number: Number(bet.number) })));
}

const WAYS: readonly (readonly [string, PlainRowsWalk | null])[] = [
  ['with WebAssembly', PlainRowsWalk.create()],
  ['byte by byte', null],
];

for (const [way, plain] of WAYS) {
  describe(`checkRows ${way}`, () => {
    testAnyBet((rows) => checkRowsBy(plain, rows));
    testDamagedRows((rows) => checkRowsBy(plain, rows));
  });
}

type Check = (rows: Uint8Array) => RowsVerdict;

function testAnyBet(checkRows: Check): void {
  it('accepts the row of any good bet, and rowOfText makes that row', () => {
    fc.assert(
      fc.property(goodAgency, goodBet, (agency, bet) => {
        expect(findFieldProblem(bet)).to.equal(undefined);
        const text = rowOfText(String(agency), bet);
        expect(text).to.equal(rowsOf(agency, [bet]).toString('utf8'));
        const verdict = checkRows(Buffer.from(text, 'utf8'));
        expect(verdict).to.deep.equal({ ok: true, agency, count: 1 });
      }),
      { numRuns: 500 },
    );
  });

  it('counts the rows of any batch of good bets', () => {
    fc.assert(
      fc.property(
        goodAgency,
        fc.array(goodBet, { minLength: 1, maxLength: 30 }),
        (agency, bets) => {
          const verdict = checkRows(rowsOf(agency, bets));
          expect(verdict).to.deep.equal({ ok: true, agency, count: bets.length });
        },
      ),
    );
  });

  it('finds what findFieldProblem finds', () => {
    fc.assert(
      fc.property(anyBet, (bet) => {
        // Zeros in front of a number are not stored; everything else travels as it is.
        const number = /^\d+$/.test(bet.number) ? String(BigInt(bet.number)) : bet.number;
        const names = `${csvField(bet.firstName)},${csvField(bet.lastName)}`;
        const line = `3,${names},${bet.document},${bet.birthdate},${number}\r\n`;
        const verdict = checkRows(Buffer.from(line, 'utf8'));
        const problem = findFieldProblem(bet);
        if (problem === undefined) {
          expect(verdict).to.deep.equal({ ok: true, agency: 3, count: 1 });
        } else {
          const expected = PROBLEM_OF_FIELD[problem.field];
          expect(verdict).to.deep.equal({ ok: false, index: 0, problem: expected });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('accepts no field that findFieldProblem refuses, separators included', () => {
    const wild = fc.oneof(anyName, anyPlain, fc.constantFrom('1,2', '1\r\n', '"1"', '7574,'));
    const field = fc.constantFrom('document' as const, 'birthdate' as const, 'number' as const);
    fc.assert(
      fc.property(goodBet, field, wild, (good, name, text) => {
        const bet: BetText = { ...good, [name]: text };
        fc.pre(findFieldProblem(bet) !== undefined);
        const names = `${quoted(bet.firstName)},${quoted(bet.lastName)}`;
        const line = `3,${names},${bet.document},${bet.birthdate},${bet.number}\r\n`;
        expect(checkRows(Buffer.from(line, 'utf8')).ok).to.equal(false);
      }),
      { numRuns: 500 },
    );
  });
}

function testDamagedRows(checkRows: Check): void {
  interface Damage {
    readonly at: number;
    readonly byte: number;
    readonly how: 'replace' | 'insert' | 'remove';
  }

  const damage: fc.Arbitrary<Damage> = fc.record({
    at: fc.nat(),
    byte: fc.oneof(fc.constantFrom(0x2c, 0x22, 0x0d, 0x0a, 0x30, 0x37), fc.nat({ max: 255 })),
    how: fc.constantFrom('replace', 'insert', 'remove'),
  });

  function apply(bytes: Buffer, { at, byte, how }: Damage): Buffer {
    const place = at % bytes.length;
    const before = bytes.subarray(0, place);
    const after = bytes.subarray(how === 'insert' ? place : place + 1);
    return Buffer.concat([before, Buffer.from(how === 'remove' ? [] : [byte]), after]);
  }

  /** What csv-parse and encodeRow make of rows that were accepted. */
  function rewritten(bytes: Buffer): string {
    const parsed = parse(bytes, { record_delimiter: '\r\n' });
    return parsed.map((fields) => encodeRow(betOfFields(fields))).join('');
  }

  it('never throws, and whatever it accepts is canonical', () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.array(goodBet, { minLength: 1, maxLength: 3 }),
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        (bets, damages) => {
          const bytes = damages.reduce(apply, rowsOf(3, bets));
          const verdict = checkRows(bytes);
          if (!verdict.ok) return;
          accepted++;
          expect(rewritten(bytes)).to.equal(bytes.toString('utf8'));
          expect(bytes.toString('utf8').split('\r\n')).to.have.length(verdict.count + 1);
        },
      ),
      { numRuns: 5_000 },
    );
    // Otherwise the comparison above was never made.
    expect(accepted).to.be.greaterThan(200);
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const verdict = checkRows(bytes);
        if (verdict.ok)
          expect(rewritten(Buffer.from(bytes))).to.equal(Buffer.from(bytes).toString());
      }),
      { numRuns: 1_000 },
    );
  });

  it('names the row that is damaged', () => {
    fc.assert(
      fc.property(fc.array(goodBet, { minLength: 2, maxLength: 8 }), fc.nat(), (bets, place) => {
        const index = place % bets.length;
        const bad = bets.map((bet, i) => (i === index ? { ...bet, document: 'x' } : bet));
        const problem = 'INVALID_DOCUMENT';
        expect(checkRows(rowsOf(3, bad))).to.deep.equal({ ok: false, index, problem });
      }),
    );
  });
}
