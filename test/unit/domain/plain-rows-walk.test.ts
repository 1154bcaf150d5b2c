import { expect } from 'chai';
import * as fc from 'fast-check';
import { LIMITS } from '../../../src/base/limits';
import { PlainRowsWalk } from '../../../src/domain/plain-rows-walk';
import { checkRowsBy, takeRowsBy } from '../../../src/domain/row-check';
import { createWasmMemory } from '../../../src/domain/wasm/instance';
import { NORA, PEREZ, row, rows, utf8, type RowFields } from '../../support/wire-builder';
import { goodAgency, goodBet } from '../helpers/arbitraries';

const created = PlainRowsWalk.create();
if (created === null) throw new Error('this Node has no WebAssembly to test');
const plain = created;

/** Both ways say the same of rows. */
function compare(bytes: Uint8Array, what?: string): void {
  const expected = checkRowsBy(null, bytes);
  expect(checkRowsBy(plain, bytes), what ?? Buffer.from(bytes).toString()).to.deep.equal(expected);
}

/** Rows that WebAssembly passes by itself. */
function passed(bytes: Uint8Array): number {
  plain.load(bytes, 0, bytes.length, bytes.indexOf(0x2c) + 1);
  plain.walk(0, bytes.length);
  return plain.count;
}

function compareRow(fields: Partial<RowFields>): void {
  compare(rows(NORA, { ...NORA, ...fields }, NORA));
}

const letters = (count: number): string => 'x'.repeat(count);

describe('PlainRowsWalk', () => {
  it('passes rows whose names fit in 64 bytes, wherever they begin', () => {
    for (let first = 1; first <= 62; first++) {
      for (const last of [1, 2, 62 - first, 63 - first]) {
        if (last < 1 || first + last > 63) continue;
        const fields = { ...NORA, firstName: letters(first), lastName: letters(last) };
        expect(
          passed(rows(fields, NORA, fields, NORA)),
          `${String(first)} and ${String(last)}`,
        ).to.equal(4);
      }
    }
    expect(passed(row({ ...NORA, firstName: letters(32), lastName: letters(32) }))).to.equal(0);
  });

  it('passes agencies, documents, dates and numbers of every length', () => {
    for (const agency of [1, 12, 123, 1234, 12_345, 65_535]) {
      for (let digits = 1; digits <= 10; digits++) {
        for (const number of [0, 7, 42, 757, 7574, 9999]) {
          const fields = { ...NORA, agency, document: '9876543210'.slice(-digits), number };
          expect(passed(rows(fields, fields))).to.equal(2);
        }
      }
    }
  });

  it('leaves quotes and the 29th of February to the walk byte by byte', () => {
    expect(passed(rows(NORA, PEREZ, NORA))).to.equal(1);
    expect(passed(rows(NORA, { ...NORA, birthdate: '2000-02-29' }, NORA))).to.equal(1);
    compare(rows(NORA, PEREZ, NORA, { ...NORA, birthdate: '2000-02-29' }, PEREZ, PEREZ, NORA));
  });

  it('walks rows where they are in its own memory, and copies all others', () => {
    const memory = createWasmMemory(1);
    if (memory === null) throw new Error('there is no WebAssembly');
    const within = PlainRowsWalk.within(memory);
    if (within === null) throw new Error('there are no vector instructions');
    const shared = Buffer.from(memory.buffer);
    const count = (bytes: Uint8Array): number => {
      within.load(bytes, 0, bytes.length, 2);
      expect(within.walk(0, bytes.length)).to.equal(bytes.length);
      return within.count;
    };
    for (const at of [256, 300, 1_001]) {
      const bytes = rows(NORA, NORA);
      bytes.copy(shared, at);
      expect(count(shared.subarray(at, at + bytes.length)), `at ${String(at)}`).to.equal(2);
      shared.fill(0, 256);
    }
    expect(count(rows(NORA, NORA, NORA))).to.equal(3);
  });

  it('stops behind the number of rows that is given', () => {
    const bytes = rows(NORA, NORA, NORA);
    plain.load(bytes, 0, bytes.length, 2);
    expect(plain.walk(0, 2)).to.equal(2 * row(NORA).length);
    expect(plain.count).to.equal(2);
    expect(plain.walk(2 * row(NORA).length, 9)).to.equal(bytes.length);
    expect(plain.count).to.equal(1);
  });
});

describe('checkRows with and without WebAssembly', () => {
  it('agree on every byte in every place', () => {
    const victim = row({ ...NORA, lastName: 'Ibáñez Ω', number: 42 });
    for (let place = 0; place < victim.length; place++) {
      for (let byte = 0; byte < 256; byte++) {
        const changed = Buffer.from(victim);
        changed[place] = byte;
        const what = `${String(byte)} at ${String(place)}`;
        compare(Buffer.concat([row(NORA), changed, row(NORA)]), what);
      }
    }
  });

  it('agree on every byte put in or taken away anywhere', () => {
    const victim = row(NORA);
    for (let place = 0; place < victim.length; place++) {
      const before = victim.subarray(0, place);
      const after = victim.subarray(place);
      compare(Buffer.concat([row(NORA), before, after.subarray(1), row(NORA)]));
      for (const byte of utf8('\0\t\n\r\u001f "+,-./059:;AZ\u007f')) {
        const what = `${String(byte)} before ${String(place)}`;
        compare(Buffer.concat([row(NORA), before, Buffer.of(byte), after, row(NORA)]), what);
      }
    }
  });

  it('agree on names of every length', () => {
    for (let first = 0; first <= 70; first++) {
      for (let last = 0; last <= 70; last++) {
        compareRow({ firstName: letters(first), lastName: letters(last) });
      }
    }
    for (const long of [127, 128, 129, 510, 511, 512, 513]) {
      compareRow({ firstName: letters(long) });
      compareRow({ lastName: letters(long) });
      compareRow({ firstName: letters(long), lastName: letters(long) });
      compareRow({ firstName: `${letters(long - 2)}é`, lastName: 'é'.repeat(long) });
    }
  });

  it('agree on anything special at every place of long names', () => {
    for (let length = 1; length <= 70; length++) {
      for (const special of ['\u001f', '\u007f', '\0', '"', ',', '\r\n', 'é', '🍀', '\u0080']) {
        const name = `${letters(length)}${special}`;
        const tail = ',1,2000-01-01,1\r\n';
        compare(utf8(`3,${name},b${tail}3,a,b${tail}`));
        compare(utf8(`3,a,${name}${tail}3,a,b${tail}`));
        compare(utf8(`3,a,${name}x${tail}`));
      }
    }
  });

  it('agree on every month and day', () => {
    for (const year of ['0000', '0001', '1900', '1999', '2000', '2024', '9999']) {
      for (let i = 0; i < 10_000; i++) {
        const digits = String(i).padStart(4, '0');
        compareRow({ birthdate: `${year}-${digits.slice(0, 2)}-${digits.slice(2)}` });
      }
    }
  });

  it('agree on documents and numbers of any digits', () => {
    for (let digits = 0; digits <= 20; digits++) {
      compareRow({ document: '7'.repeat(digits) });
      compareRow({ number: '7'.repeat(digits) });
      compareRow({ number: '0'.repeat(digits) });
      compareRow({ number: `0${'7'.repeat(digits)}` });
    }
  });

  it('agree on rows cut off anywhere, also when what is missing was there before', () => {
    const all = rows(NORA, { ...NORA, firstName: letters(50) }, PEREZ, NORA, NORA);
    for (let end = 0; end <= all.length; end++) {
      compare(all);
      compare(all.subarray(0, end), `cut off at ${String(end)}`);
    }
  });

  it('agree on rows of other agencies', () => {
    for (const other of [0, 1, 2, 4, 30, 33, 13, '03', '']) {
      compare(rows(NORA, { ...NORA, agency: other }, NORA));
    }
    for (const agency of ['65535', '65536', '06', '', 'x', '655350']) {
      compare(rows({ ...NORA, agency }, { ...NORA, agency }));
    }
  });

  it('agree on blocks of many windows, whatever stands where they meet', () => {
    const count = Math.ceil((5 * LIMITS.checkWindowBytes) / row(NORA).length);
    for (const odd of [PEREZ, { ...NORA, document: 'x' }, { ...NORA, firstName: letters(99) }]) {
      for (let shift = 0; shift < 50; shift++) {
        const block = Array<RowFields>(count).fill(NORA);
        block[0] = { ...NORA, firstName: letters(shift + 1) };
        for (const window of [1, 2]) {
          const place = Math.floor((window * LIMITS.checkWindowBytes - shift) / row(NORA).length);
          block[place] = odd;
        }
        if (shift % 10 === 0) compare(rows(...block), `shifted by ${String(shift)}`);
        compareTaken(rows(...block.slice(0, 200)), 0, 1000, 8174 - shift);
      }
    }
  });

  it('take as many rows as fit, and are not stuck at one that is only too much', () => {
    const bytes = rows(NORA, PEREZ, NORA);
    const ends = [0, row(NORA).length, rows(NORA, PEREZ).length, bytes.length];
    for (let bytesMax = 0; bytesMax <= bytes.length; bytesMax++) {
      const count = ends.filter((end) => end > 0 && end <= bytesMax).length;
      const expected = { end: ends[count], count, stuck: false };
      for (const way of [plain, null]) {
        expect(takeRowsBy(way, bytes, 0, 9, bytesMax)).to.deep.equal(expected);
      }
    }
  });

  const piece = fc.oneof(
    fc.tuple(goodAgency, goodBet).map(([, bet]) => row({ ...bet, agency: 3, number: 7 })),
    fc.constantFrom(row(NORA), row(PEREZ), row({ ...NORA, birthdate: '1999-02-29' })),
    fc.constantFrom('3,', 'a,b,', '1,2000-01-01', ',1\r\n', '"', '\n', '\r\n', ',').map(utf8),
  );

  it('agree on any pieces of rows', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        compare(Buffer.concat([utf8('3,'), ...pieces]));
        compare(Buffer.concat([row(NORA), ...pieces]));
      }),
      { numRuns: 2_000 },
    );
  });

  it('agree on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        compare(bytes);
        compare(Buffer.concat([row(NORA), bytes]));
      }),
      { numRuns: 2_000 },
    );
  });

  it('agree on how many rows to take, and where from', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 20 }),
        fc.nat({ max: 20 }),
        fc.nat({ max: 25 }),
        fc.oneof(fc.nat({ max: 400 }), fc.constant(8174)),
        (pieces, skipped, countMax, bytesMax) => {
          const bytes = Buffer.concat([row(NORA), ...pieces]);
          const start = pieces.slice(0, skipped).reduce((sum, { length }) => sum + length, 0);
          compareTaken(bytes, start, countMax, bytesMax);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

function compareTaken(bytes: Buffer, start: number, countMax: number, bytesMax: number): void {
  const expected = takeRowsBy(null, bytes, start, countMax, bytesMax);
  const what = `from ${String(start)}, ${String(countMax)} rows, ${String(bytesMax)} bytes`;
  expect(takeRowsBy(plain, bytes, start, countMax, bytesMax), what).to.deep.equal(expected);
}
