import { createHash } from 'node:crypto';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { LoteriaError } from '../../../src/base/errors';
import { WinnersSpool } from '../../../src/store/file/winners/winners-spool';
import { MemoryFiles } from '../../support/memory-files';
import {
  allOf,
  readWinners,
  rowsOfWinners,
  winnersOf,
  writeWinners,
  type WinnerList,
} from '../../support/winners-list';

const PATH = '/data/winners.csv';

function of(...documents: readonly string[]): WinnerList {
  return documents.map((document) => [3, document] as const);
}

/** Winners of several agencies, in runs, with documents of every length. */
const anyWinners = fc.array(
  fc.tuple(fc.constantFrom(1, 2, 10, 9_999, 65_535), fc.stringMatching(/^\d{1,10}$/)),
  { maxLength: 60 },
);

/** Agencies in ascending order, each with its winners as they came. */
function grouped(list: WinnerList): WinnerList {
  const agencies = [...new Set(list.map(([agency]) => agency))].sort((a, b) => a - b);
  return agencies.flatMap((agency) => list.filter(([owner]) => owner === agency));
}

/** Many winners of agencies that take turns. */
function manyWinners(count: number): WinnerList {
  return Array.from({ length: count }, (_, i) => {
    const agency = 1 + (Math.floor(i / 7) % 5);
    return [agency * 100, String(i * 7_919).slice(0, 1 + (i % 10))] as const;
  });
}

describe('winners.csv', () => {
  it('keeps agencies apart', () => {
    const winners = winnersOf([
      [3, '1'],
      [4, '2'],
    ]);
    expect([winners.total(3), winners.total(4), winners.total(5)]).to.deep.equal([1, 1, 0]);
    expect(winners.page(4, 0, 100)).to.deep.equal(['2']);
    expect(winners.page(5, 0, 100)).to.deep.equal([]);
    expect([winners.digits(3), winners.digits(5)]).to.deep.equal([1, 0]);
  });

  it('keeps the order in which they were found, and doubles', () => {
    expect(allOf(winnersOf(of('2', '1', '2')), 3)).to.deep.equal(['2', '1', '2']);
  });

  it('begins a page where it is asked to', () => {
    const winners = winnersOf(of('1', '2', '3'));
    expect(winners.page(3, 1, 100)).to.deep.equal(['2', '3']);
    expect(winners.page(3, 3, 100)).to.deep.equal([]);
    expect(winners.page(3, 2 ** 53 - 1, 100)).to.deep.equal([]);
  });

  it('counts a byte for the length of each document', () => {
    const winners = winnersOf(of('12', '345', '6'));
    const pages = [2, 3, 6, 7, 8, 9].map((room) => winners.page(3, 0, room).length);
    expect(pages).to.deep.equal([0, 1, 1, 2, 2, 3]);
  });

  it('holds agencies in ascending order, each with its winners as they came', () => {
    fc.assert(
      fc.property(anyWinners, (list) => {
        const files = MemoryFiles.withDirectory('/data');
        writeWinners(files, PATH, list);
        const expected = rowsOfWinners(grouped(list));
        expect(files.contents().get(PATH)?.toString()).to.equal(expected.toString());
        const winners = readWinners(files, PATH);
        expect(winners.winners).to.equal(list.length);
        expect(winners.digest).to.equal(createHash('sha256').update(expected).digest('hex'));
      }),
    );
  });

  it('gives all of them in pages of any size, none twice', () => {
    const list = manyWinners(6_000);
    const winners = winnersOf(list);
    for (const room of [11, 60, 1_000, 8_190, 100_000]) {
      for (const agency of [100, 500]) {
        const read: string[] = [];
        while (read.length < winners.total(agency)) {
          read.push(...winners.page(agency, read.length, room));
        }
        const expected = list.filter(([owner]) => owner === agency).map(([, text]) => text);
        expect(read).to.deep.equal(expected);
        expect(winners.digits(agency)).to.equal(expected.join('').length);
      }
    }
  });

  it('reads no more than a few blocks for a page', () => {
    const files = MemoryFiles.withDirectory('/data');
    writeWinners(files, PATH, manyWinners(60_000));
    const winners = readWinners(files, PATH);
    const before = files.calls.length;
    winners.page(300, 11_000, 100);
    expect(files.calls.length - before).to.be.lessThan(3);
  });

  it('needs no memory for winners that are too many for the spool', () => {
    const files = MemoryFiles.withDirectory('/data');
    const spool = new WinnersSpool(files, `${PATH}.spool`, 100);
    const list = manyWinners(1_000);
    for (let at = 0; at < list.length; at += 10) spool.add(rowsOfWinners(list.slice(at, at + 10)));
    expect(files.contents().has(`${PATH}.spool`)).to.equal(true);
    const taken: Uint8Array[] = [];
    for (let rows = spool.take(64); rows.length > 0; rows = spool.take(64)) taken.push(rows);
    expect(Buffer.concat(taken).toString()).to.equal(rowsOfWinners(list).toString());
    spool.close();
    expect([...files.contents().keys()]).to.deep.equal([]);
    expect(files.openDescriptors).to.equal(0);
  });

  it('notices every changed byte before it answers from it', () => {
    const list = manyWinners(3_000);
    const files = MemoryFiles.withDirectory('/data');
    writeWinners(files, PATH, list);
    const winners = readWinners(files, PATH);
    const bytes = rowsOfWinners(grouped(list));
    const fd = files.open(PATH, false);
    for (let at = 0; at < bytes.length; at += 97) {
      const original = bytes.subarray(at, at + 1);
      files.write(fd, [Buffer.from([bytes.readUInt8(at) ^ 1])], at);
      expect(() => [100, 200, 300, 400, 500].map((agency) => allOf(winners, agency)))
        .to.throw(LoteriaError, /winners\.csv: offset \d+: not the winners of agency \d00 any more/)
        .with.property('code', 'STORE_DAMAGED');
      files.write(fd, [original], at);
    }
    expect(allOf(winners, 100)).to.have.length(winners.total(100));
    files.truncate(fd, bytes.length - 3);
    expect(() => allOf(winners, 500)).to.throw(LoteriaError, 'not the winners of agency 500');
  });

  it('leaves nothing open when the file can be opened, but not asked for its size', () => {
    const files = MemoryFiles.holding(new Map([[PATH, Buffer.from('1,5\r\n')]]));
    files.failWhen(({ kind }) => (kind === 'size' ? 'EIO' : null));
    expect(() => readWinners(files, PATH)).to.throw(/EIO/);
    expect(files.openDescriptors).to.equal(0);
  });

  it('takes what a plain reading of its rows takes, and names the first one that is none', () => {
    const document = fc.stringMatching(/^\d{1,11}$/);
    const rows = fc.array(fc.tuple(fc.constantFrom(1, 1, 1, 1, 12, 345), document), {
      minLength: 1,
      maxLength: 40,
    });
    const byte = fc.option(fc.tuple(fc.nat(600), fc.constantFrom(...Buffer.from('09:/,\r\n\0?@'))));
    fc.assert(
      fc.property(rows, byte, (list, changed) => {
        const sorted = [...list].sort(([one], [other]) => one - other);
        const bytes = Buffer.from(sorted.map((row) => `${row.join(',')}\r\n`).join(''));
        if (changed !== null && changed[0] < bytes.length - 1) bytes[changed[0]] = changed[1];
        const files = MemoryFiles.holding(new Map([[PATH, bytes]]));
        let at = 0;
        let previous = 0;
        let expected = 'taken';
        while (at < bytes.length && expected === 'taken') {
          const row = /^([1-9]\d{0,4}),\d{1,10}\r\n/.exec(bytes.toString('latin1', at));
          const agency = Number(row?.[1]);
          if (row === null || agency > 65_535 || agency < previous)
            expected = `offset ${String(at)}: `;
          else [at, previous] = [at + row[0].length, agency];
        }
        let found = 'taken';
        try {
          expect(readWinners(files, PATH).winners).to.equal(list.length);
        } catch (error) {
          if (!(error instanceof LoteriaError)) throw error;
          found = /offset \d+: /.exec(error.message)?.[0] ?? error.message;
        }
        expect(found).to.equal(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  for (const [what, text, offset] of [
    ['a row that is none', '1,5\r\nx\r\n', 5],
    ['a row without its end', '1,5\r\n1,6', 5],
    ['a document of eleven digits', '1,12345678901\r\n', 0],
    ['no document', '1,\r\n', 0],
    ['agency 0', '0,1\r\n', 0],
    ['an agency with a zero in front', '01,1\r\n', 0],
    ['agency 65536', '65536,1\r\n', 0],
    ['no comma', '1234567\r\n', 0],
    ['zeros', '1,5\r\n\0\0\0\0\0', 5],
    ['a line feed alone', '1,5\n', 0],
    ['agencies that do not ascend', '2,5\r\n1,5\r\n', 5],
  ] as const) {
    it(`refuses ${what}, and says where`, () => {
      const files = MemoryFiles.holding(new Map([[PATH, Buffer.from(text)]]));
      expect(() => readWinners(files, PATH))
        .to.throw(LoteriaError, `${PATH}: offset ${String(offset)}: `)
        .with.property('code', 'STORE_DAMAGED');
      expect(files.openDescriptors).to.equal(0);
    });
  }
});
