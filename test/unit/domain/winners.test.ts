import { expect } from 'chai';
import * as fc from 'fast-check';
import { Winners } from '../../../src/domain/winners';
import { scanWinners, winnerScanBuffer } from '../../../src/domain/winner-scan';
import { NORA, PEREZ, row, rows, utf8 } from '../../support/wire-builder';
import { goodAgency, goodBet } from '../helpers/arbitraries';

type Scan = (bytes: Uint8Array, at?: number) => [number, string][];

function scanIn(rows: Buffer): [number, string][] {
  const found: [number, string][] = [];
  scanWinners(rows, (agency, document) => found.push([agency, document]));
  return found;
}

/** In a buffer of its own, which Node searches. */
const scanAnywhere: Scan = (bytes) => scanIn(Buffer.from(bytes));

/** In the buffer that WebAssembly searches; bytes of earlier tests stay around it. */
const scanInPlace: Scan = (bytes, at = 0) => {
  const buffer = winnerScanBuffer();
  buffer.set(bytes, at);
  return scanIn(buffer.subarray(at, at + bytes.length));
};

describe('scanWinners, where rows happen to be', () => {
  testScan(scanAnywhere);
});

describe('scanWinners, where rows are read to', () => {
  testScan(scanInPlace);

  it('searches WebAssembly memory, the same one each time', () => {
    const buffer = winnerScanBuffer();
    expect(buffer.buffer.byteLength % 65_536).to.equal(0);
    expect(winnerScanBuffer(100).buffer).to.equal(buffer.buffer);
    expect(winnerScanBuffer(100)).to.have.length(100);
  });

  it('has room for more in an ordinary buffer', () => {
    const bytes = winnerScanBuffer().length + 1;
    expect(winnerScanBuffer(bytes)).to.have.length(bytes);
  });

  it('finds winners at every place, however short the rows in front', () => {
    for (let length = 1; length <= 70; length++) {
      const short = { ...NORA, firstName: 'x'.repeat(length), number: 1 };
      const bytes = rows(NORA, short, short, NORA, { ...NORA, document: '4' }, short);
      for (let at = 0; at < 64; at++) {
        const documents = scanInPlace(bytes, at).map(([, document]) => document);
        expect(documents).to.deep.equal(['30000031', '30000031', '4']);
      }
    }
  });

  it('finds no winner that is cut off, though the rest of it was there before', () => {
    const bytes = rows(NORA, PEREZ, NORA);
    for (let at = 0; at < 64; at++) {
      for (let end = 0; end <= bytes.length; end++) {
        scanInPlace(bytes, at);
        const found = scanInPlace(bytes.subarray(0, end), at);
        const expected = scanAnywhere(bytes.subarray(0, end));
        expect(found, `${String(end)} at ${String(at)}`).to.deep.equal(expected);
      }
    }
  });

  it('finds none in front of where the rows begin', () => {
    const bytes = rows(NORA, PEREZ, { ...NORA, document: '4' });
    for (let at = 0; at < 64; at++) {
      scanInPlace(bytes, at);
      for (let skipped = 1; skipped < bytes.length; skipped++) {
        const rest = winnerScanBuffer().subarray(at + skipped, at + bytes.length);
        expect(scanIn(rest)).to.deep.equal(scanAnywhere(bytes.subarray(skipped)));
      }
    }
  });

  it('finds what Node finds in anything, up to the very end of the buffer', () => {
    const piece = fc.constantFrom(
      ...[',7574\r\n', '7574\r\n', ',7574\r', ',757', '574\r\n', '4\r\n', '\r\n', '\n', ',', 'x'],
      ...['1,a,b,1,2000-01-01,7574\r\n', '1,a,b,22,2000-01-01,8574\r\n', 'x'.repeat(60)],
    );
    const pieces = fc.array(piece, { maxLength: 40 });
    fc.assert(
      fc.property(pieces, fc.nat({ max: 70 }), fc.boolean(), (texts, at, isLast) => {
        const bytes = Buffer.from(texts.join(''));
        const place = isLast ? winnerScanBuffer().length - bytes.length : at;
        expect(scanInPlace(bytes, place)).to.deep.equal(scanAnywhere(bytes));
      }),
      { numRuns: 2_000 },
    );
  });
});

function testScan(scan: Scan): void {
  it('finds the bets on the winning number, in order, repeated ones included', () => {
    const other = { ...NORA, agency: 12, document: '7' };
    const found = scan(rows(NORA, PEREZ, other, NORA));
    expect(found).to.deep.equal([
      [3, '30000031'],
      [12, '7'],
      [3, '30000031'],
    ]);
  });

  it('finds nothing in nothing', () => {
    expect(scan(utf8(''))).to.deep.equal([]);
  });

  for (const number of [757, 574, 75, 0, 7573, 7575]) {
    it(`passes over ${String(number)}`, () => {
      expect(scan(row({ ...NORA, number }))).to.deep.equal([]);
    });
  }

  for (const name of [',7574', 'x,7574', ',7574,', '"",7574', '7574']) {
    it(`is not fooled by the name ${name}`, () => {
      const fooling = { ...NORA, firstName: name, lastName: name, document: '9' };
      expect(scan(rows({ ...fooling, number: 1 }))).to.deep.equal([]);
      expect(scan(rows({ ...fooling, number: 1 }, fooling))).to.deep.equal([[3, '9']]);
    });
  }

  it('is not fooled by the document 7574', () => {
    expect(scan(row({ ...NORA, document: '7574', number: 7 }))).to.deep.equal([]);
  });

  it('does not look at a row without its end', () => {
    const bytes = rows(NORA, { ...NORA, document: '2' });
    expect(scan(bytes.subarray(0, -1))).to.deep.equal([[3, '30000031']]);
  });

  it('agrees with a plain reading of any bets', () => {
    const stored = fc.array(fc.tuple(goodAgency, goodBet, fc.boolean()), { maxLength: 20 });
    fc.assert(
      fc.property(stored, (bets) => {
        const all = bets.map(([agency, bet, wins]) => ({
          ...bet,
          agency,
          number: wins ? 7574 : Number(bet.number),
        }));
        const expected = all.filter(({ number }) => number === 7574);
        expect(scan(rows(...all))).to.deep.equal(
          expected.map(({ agency, document }) => [agency, document]),
        );
      }),
    );
  });
}

describe('Winners', () => {
  function winnersOf(...documents: readonly string[]): Winners {
    const winners = new Winners();
    for (const document of documents) winners.add(3, document);
    return winners;
  }

  it('keeps agencies apart', () => {
    const winners = winnersOf('1');
    winners.add(4, '2');
    expect([winners.total(3), winners.total(4), winners.total(5)]).to.deep.equal([1, 1, 0]);
    expect(winners.page(4, 0, 100)).to.deep.equal(['2']);
    expect(winners.page(5, 0, 100)).to.deep.equal([]);
  });

  it('keeps the order in which they were added, and doubles', () => {
    expect(winnersOf('2', '1', '2').page(3, 0, 100)).to.deep.equal(['2', '1', '2']);
  });

  it('begins a page where it is asked to', () => {
    const winners = winnersOf('1', '2', '3');
    expect(winners.page(3, 1, 100)).to.deep.equal(['2', '3']);
    expect(winners.page(3, 3, 100)).to.deep.equal([]);
    expect(winners.page(3, 2 ** 53 - 1, 100)).to.deep.equal([]);
  });

  it('counts a byte for the length of each document', () => {
    const winners = winnersOf('12', '345', '6');
    const pages = [2, 3, 6, 7, 8, 9].map((room) => winners.page(3, 0, room).length);
    expect(pages).to.deep.equal([0, 1, 1, 2, 2, 3]);
  });

  it('gives all of them in pages, none twice', () => {
    const documents = fc.array(fc.stringMatching(/^\d{1,10}$/), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(documents, fc.integer({ min: 11, max: 60 }), (all, room) => {
        const winners = winnersOf(...all);
        const read: string[] = [];
        while (read.length < winners.total(3)) read.push(...winners.page(3, read.length, room));
        expect(read).to.deep.equal(all);
      }),
    );
  });

  it('lists agencies in ascending order', () => {
    const winners = new Winners();
    for (const agency of [10, 9, 100, 9]) winners.add(agency, String(agency));
    expect([...winners.entries()]).to.deep.equal([
      [9, ['9', '9']],
      [10, ['10']],
      [100, ['100']],
    ]);
  });
});
