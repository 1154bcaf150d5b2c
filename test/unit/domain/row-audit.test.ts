import { expect } from 'chai';
import * as fc from 'fast-check';
import { PlainRowsWalk } from '../../../src/domain/plain-rows-walk';
import { RowAudit, type BadRow, type Run } from '../../../src/domain/row-audit';
import { checkRowsBy } from '../../../src/domain/row-check';
import { NORA, PEREZ, row, rows, utf8, type RowFields } from '../../support/wire-builder';
import { goodAgency, goodBet } from '../helpers/arbitraries';

interface Audited {
  readonly bad: BadRow | null;
  /** Agency, rows and bets of each run. */
  readonly runs: readonly (readonly [agency: number, text: string, bets: number])[];
  readonly winners: string;
  /** Winners and bytes of their rows, of each agency. */
  readonly totals: Record<number, readonly [number, number]>;
}

function audit(bytes: Buffer, number: number | null, plain: PlainRowsWalk | null): Audited {
  const rowAudit = new RowAudit(number, plain);
  const runs: Run[] = [];
  const bad = rowAudit.block(bytes, (run) => runs.push(run));
  const totals: Record<number, [number, number]> = {};
  for (const { agency, winners, winnerBytes } of runs) {
    const total = (totals[agency] ??= [0, 0]);
    total[0] += winners;
    total[1] += winnerBytes;
  }
  return {
    bad,
    runs: runs.map(({ agency, start, end, bets }) => [
      agency,
      bytes.toString('latin1', start, end),
      bets,
    ]),
    winners: Buffer.from(rowAudit.winners.take()).toString('latin1'),
    totals,
  };
}

/** The plain reading: one row after the other, from what the rows were made of. */
function expectedOf(bets: readonly RowFields[], number: number | null): Audited {
  const runs: [number, string, number][] = [];
  const totals: Record<number, [number, number]> = {};
  let winners = '';
  for (const bet of bets) {
    const text = row(bet).toString('latin1');
    const agency = Number(bet.agency);
    const last = runs.at(-1);
    if (last?.[0] === agency) {
      last[1] += text;
      last[2]++;
    } else runs.push([agency, text, 1]);
    const total = (totals[agency] ??= [0, 0]);
    if (Number(bet.number) !== number) continue;
    const winner = `${String(agency)},${bet.document}\r\n`;
    winners += winner;
    total[0]++;
    total[1] += winner.length;
  }
  return { bad: null, runs, winners, totals };
}

const plain = PlainRowsWalk.create();
if (plain === null) throw new Error('this Node has no WebAssembly to test');

const NUMBERS = [0, 7, 9, 10, 42, 99, 100, 757, 999, 1000, 7574, 9999];
const aNumber = fc.oneof(fc.constantFrom(...NUMBERS), fc.integer({ min: 0, max: 9999 }));

for (const [name, walk] of [
  ['with WebAssembly', plain],
  ['without WebAssembly', null],
] as const) {
  describe(`RowAudit ${name}`, () => {
    it('finds the bets on any number, and on no other', () => {
      const bets = NUMBERS.flatMap((number, i) => [
        { ...NORA, number, document: String(i) },
        { ...PEREZ, agency: 1 + (i % 3), number },
        { ...NORA, birthdate: '2000-02-29', number },
      ]);
      for (const number of [...NUMBERS, 1, 74, 574, 5747]) {
        expect(audit(rows(...bets), number, walk)).to.deep.equal(expectedOf(bets, number));
      }
    });

    it('agrees with a plain reading of any bets, on any number', () => {
      const bet = fc.tuple(fc.constantFrom(3, 12, 65_535), goodBet, fc.boolean(), goodAgency);
      const stored = fc.array(bet, { maxLength: 30 });
      fc.assert(
        fc.property(stored, aNumber, fc.boolean(), (some, number, looks) => {
          const bets = some.map(([near, fields, wins, far]) => ({
            ...fields,
            agency: wins ? near : far % 7 === 0 ? far : near,
            number: wins ? number : Number(fields.number),
          }));
          const wanted = looks ? number : null;
          const found = audit(rows(...bets), wanted, walk);
          expect(found).to.deep.equal(expectedOf(bets, wanted));
        }),
        { numRuns: 500 },
      );
    });

    it('finds winners in blocks of many windows', () => {
      const bets: RowFields[] = [];
      for (let i = 0; i < 3_000; i++) {
        const number = i % 5 === 0 ? 42 : i % 100;
        const lastName = 'x'.repeat(1 + (i % 70));
        bets.push({ ...NORA, agency: 1 + (Math.floor(i / 130) % 5), lastName, number });
      }
      expect(audit(rows(...bets), 42, walk)).to.deep.equal(expectedOf(bets, 42));
    });

    it('is not fooled by names and documents that look like the end of a row', () => {
      const trap = { ...NORA, firstName: ',42', lastName: '"",42', document: '42', number: 1 };
      expect(audit(rows(trap, trap), 42, walk).winners).to.equal('');
    });

    it('says where the first wrong row begins, and what is wrong', () => {
      const good = rows(NORA, PEREZ, { ...NORA, agency: 4 });
      for (const [bad, problem] of [
        [row({ ...NORA, document: 'x' }), 'INVALID_DOCUMENT'],
        [row({ ...NORA, number: '10000' }), 'INVALID_NUMBER'],
        [row({ ...NORA, number: '07' }), 'INVALID_NUMBER'],
        [utf8('0,a,b,1,2000-01-01,1\r\n'), 'WRONG_AGENCY'],
        [Buffer.concat([Buffer.alloc(40), utf8('\r\n')]), 'WRONG_AGENCY'],
        [Buffer.from('4,\xff,b,1,2000-01-01,1\r\n', 'latin1'), 'INVALID_UTF8'],
        [utf8('4,a,b,1,2000-01-01\r\n'), 'MALFORMED_ROW'],
      ] as const) {
        const { bad: found } = audit(Buffer.concat([good, bad, good]), 7574, walk);
        expect(found).to.deep.equal({ at: good.length, problem });
      }
    });

    it('refuses every changed byte that row-check refuses, and no other', () => {
      const good = rows(NORA, { ...NORA, lastName: 'Ibáñez', number: 42 });
      for (let place = 0; place < good.length; place++) {
        for (const mask of [1, 2, 0x10, 0x80]) {
          const changed = Buffer.from(good);
          changed.writeUInt8(changed.readUInt8(place) ^ mask, place);
          const { bad, runs } = audit(changed, 42, walk);
          const isAccepted = changed
            .toString('latin1')
            .split(/(?<=\n)/)
            .every((text) => checkRowsBy(null, Buffer.from(text, 'latin1')).ok);
          expect(bad === null, `${String(place)} ^ ${String(mask)}`).to.equal(isAccepted);
          if (bad === null)
            expect(runs.map(([, text]) => text).join('')).to.have.length(good.length);
        }
      }
    });
  });
}

describe('PlainRowsWalk', () => {
  it('looks for nothing when nothing is looked for any more', () => {
    const bytes = rows(NORA, NORA, NORA);
    plain.lookFor(utf8(',7574\r\n'));
    plain.load(bytes, 0, bytes.length, 2);
    expect(plain.walk(0, 9)).to.equal(row(NORA).length);
    expect([plain.count, plain.isWanted]).to.deep.equal([1, true]);
    plain.lookFor(Buffer.alloc(0));
    expect(plain.walk(0, 9)).to.equal(bytes.length);
    expect([plain.count, plain.isWanted]).to.deep.equal([3, false]);
  });
});
