import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { messageOf } from '../../../../src/base/errors';
import type { Batch } from '../../../../src/client/csv/batch';
import { CsvSource } from '../../../../src/client/csv/csv-source';
import { openDataFile } from '../../../../src/client/csv/data-file';
import { cleanUp, temporaryDirectory } from '../../../support/program';
import { crcOf, rows, type RowFields } from '../../../support/wire-builder';
import { expectFailure, rejectionOf, thrownBy } from '../../helpers/failures';
import { recordingLogger } from '../../helpers/recording-sink';
import { betsOf } from '../../helpers/scene';

const open: CsvSource[] = [];

/** A source over a file with these contents. */
function sourceOf(
  contents: string | Buffer,
  options: { readonly maxAmount?: number } = {},
): CsvSource {
  const path = join(temporaryDirectory(), 'agency-3.csv');
  writeFileSync(path, contents);
  const source = new CsvSource({
    path,
    agency: 3,
    batchBetsMax: options.maxAmount ?? 130,
    skipInvalid: false,
    logger: recordingLogger().logger,
  });
  open.push(source);
  return source;
}

/** A file as the agencies have it: without the agency. */
function fileOf(bets: readonly RowFields[], lineEnd = '\r\n'): string {
  return rows(...bets)
    .toString('utf8')
    .split('\r\n')
    .map((line) => line.slice(line.indexOf(',') + 1))
    .join(lineEnd);
}

async function batchesOf(source: CsvSource): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (;;) {
    const batch = await source.next();
    if (batch === null) return batches;
    batches.push(batch);
  }
}

/** Everything that a file of these contents gives. */
async function readAll(contents: string | Buffer, maxAmount = 130): Promise<string> {
  const source = sourceOf(contents, { maxAmount });
  await source.startAt(0, 0);
  const batches = await batchesOf(source);
  return Buffer.concat(batches.map((batch) => batch.rows)).toString('utf8');
}

function closeAll(): Promise<void> {
  for (const source of open.splice(0)) source.close();
  return cleanUp();
}

describe('CsvSource: rows', () => {
  afterEach(closeAll);

  const bets = betsOf(3, 5);
  const expected = rows(...bets).toString('utf8');

  it('gives rows as the central stores them', async () => {
    expect(await readAll(fileOf(bets))).to.equal(expected);
  });

  it('takes lines that end in LF', async () => {
    expect(await readAll(fileOf(bets, '\n'))).to.equal(expected);
  });

  it('takes a last line without an end', async () => {
    expect(await readAll(fileOf(bets).trimEnd())).to.equal(expected);
  });

  it('takes a byte order mark, and does not make it part of a name', async () => {
    expect(await readAll(`\ufeff${fileOf(bets)}`)).to.equal(expected);
  });

  it('takes quotes that need not be, and leaves them out', async () => {
    const quoted = '"Nora","Ibáñez","1","1988-04-23","7574"\r\n';
    expect(await readAll(quoted)).to.equal('3,Nora,Ibáñez,1,1988-04-23,7574\r\n');
  });

  it('leaves out zeros in front of a number', async () => {
    expect(await readAll('Nora,Paz,007,1988-04-23,0042\n')).to.equal(
      '3,Nora,Paz,007,1988-04-23,42\r\n',
    );
  });

  it('keeps blanks around a name', async () => {
    expect(await readAll(' Nora , Paz,1,1988-04-23,1\n')).to.equal(
      '3, Nora , Paz,1,1988-04-23,1\r\n',
    );
  });

  it('passes over empty lines', async () => {
    expect(await readAll(`\r\n${fileOf(bets)}\r\n\r\n`)).to.equal(expected);
  });

  it('gives nothing for an empty file', async () => {
    for (const contents of ['', '\ufeff', '\r\n']) expect(await readAll(contents)).to.equal('');
  });

  it('keeps characters whole where the file is read in pieces', async () => {
    const many = betsOf(3, 4_000).map((bet) => ({ ...bet, firstName: '🍀ñé', lastName: 'Ü' }));
    expect(await readAll(fileOf(many))).to.equal(rows(...many).toString('utf8'));
  });
});

describe('CsvSource: batches', () => {
  afterEach(closeAll);

  it('hold as many bets as they may, the last one what is left', async () => {
    const source = sourceOf(fileOf(betsOf(3, 10)), { maxAmount: 4 });
    await source.startAt(0, 0);
    const batches = await batchesOf(source);
    expect(batches.map(({ form, offset, count }) => [form, offset, count])).to.deep.equal([
      ['batch', 0, 4],
      ['batch', 4, 4],
      ['batch', 8, 2],
    ]);
  });

  it('of k x max and one bets lose none', async () => {
    for (const bets of [7, 8, 9]) {
      const source = sourceOf(fileOf(betsOf(3, bets)), { maxAmount: 4 });
      await source.startAt(0, 0);
      const counts = (await batchesOf(source)).map(({ count }) => count);
      expect(counts).to.deep.equal({ 7: [4, 3], 8: [4, 4], 9: [4, 4, 1] }[bets]);
    }
  });

  it('carry the checksum of everything up to their end', async () => {
    const bets = betsOf(3, 10);
    const source = sourceOf(fileOf(bets), { maxAmount: 4 });
    await source.startAt(0, 0);
    const sums = (await batchesOf(source)).map(({ checksum }) => checksum);
    expect(sums).to.deep.equal([4, 8, 10].map((end) => crcOf(rows(...bets.slice(0, end)))));
  });

  it('never exceed 8192 bytes on the wire, and waste none', async () => {
    // 85 rows of 95 bytes and one of 99 are 8174 bytes, which is all that fits.
    const bet: RowFields = {
      agency: 3,
      firstName: 'é'.repeat(30),
      lastName: 'Pazos',
      document: '12345678',
      birthdate: '1988-04-23',
      number: 1234,
    };
    const long = { ...bet, lastName: 'Pazos1234' };
    expect(rows(...Array<RowFields>(85).fill(bet), long)).to.have.length(8174);
    for (const [last, counts] of [
      [long, [86, 1]],
      [{ ...long, lastName: 'Pazos12345' }, [85, 2]],
    ] as const) {
      const source = sourceOf(fileOf([...Array<RowFields>(85).fill(bet), last, bet]), {
        maxAmount: 1_000,
      });
      await source.startAt(0, 0);
      const batches = await batchesOf(source);
      expect(batches.map(({ count }) => count)).to.deep.equal(counts);
      for (const batch of batches) expect(batch.rows.length + 18).to.be.at.most(8192);
    }
  });

  it('hold a row that did not fit before once, also when the file is read again', async () => {
    // A quote in the first row: a parser reads this file.
    const bets = betsOf(3, 300).map((bet) => ({ ...bet, lastName: 'é'.repeat(30) }));
    const source = sourceOf(`"${fileOf(bets).replace(',', '",')}`, { maxAmount: 1_000 });
    for (const stored of [0, 3, 0]) {
      await source.startAt(stored, crcOf(rows(...bets.slice(0, stored))));
      const first = await source.next();
      expect(first?.count).to.be.within(50, 200);
      const end = stored + (first?.count ?? 0);
      // What comes next did not fit, and is waiting in the source.
      const second = await source.next();
      const expected = bets.slice(end, end + (second?.count ?? 0));
      expect(second?.offset).to.equal(end);
      expect(second?.rows.equals(rows(...expected))).to.equal(true);
    }
  });

  it('say how far the file has been read, and the last one: to its end', async () => {
    const contents = fileOf(betsOf(3, 9));
    const source = sourceOf(contents, { maxAmount: 4 });
    expect(source.totalBytes).to.equal(Buffer.byteLength(contents));
    await source.startAt(0, 0);
    const read = (await batchesOf(source)).map(({ sourceBytes }) => sourceBytes);
    const ends = [4, 8, 9].map((count) => Buffer.byteLength(fileOf(betsOf(3, count))));
    expect(read).to.deep.equal(ends);
  });

  it('do not depend on how the rows before them were cut', async () => {
    const bets = betsOf(3, 9);
    for (let stored = 0; stored <= 9; stored++) {
      const source = sourceOf(fileOf(bets), { maxAmount: 4 });
      await source.startAt(stored, crcOf(rows(...bets.slice(0, stored))));
      const batches = await batchesOf(source);
      expect(batches[0]?.offset ?? 9).to.equal(stored);
      const rest = Buffer.concat(batches.map((batch) => batch.rows));
      expect(rest.equals(rows(...bets.slice(stored)))).to.equal(true);
    }
  });

  it('can be read again from any place', async () => {
    const bets = betsOf(3, 9);
    const source = sourceOf(fileOf(bets), { maxAmount: 4 });
    await source.startAt(0, 0);
    await source.next();
    await source.startAt(2, crcOf(rows(...bets.slice(0, 2))));
    expect(await source.next()).to.include({ offset: 2, count: 4 });
    await source.startAt(0, 0);
    expect(await source.next()).to.include({ offset: 0, count: 4 });
  });
});

describe('CsvSource: line ends', () => {
  afterEach(closeAll);

  it('may differ from line to line', async () => {
    const bets = betsOf(3, 5);
    const lines = fileOf(bets, '\n').split('\n');
    for (const ends of [
      ['\r\n', '\n', '\r\n', '\r\n', '\n'],
      ['\n', '\r\n', '\n', '\n', ''],
    ]) {
      const contents = bets.map((_, i) => `${lines[i] ?? ''}${ends[i] ?? ''}`).join('');
      expect(await readAll(contents)).to.equal(rows(...bets).toString('utf8'));
    }
  });
});

describe('CsvSource: another file than the central has seen', () => {
  afterEach(closeAll);

  const bets = betsOf(3, 5);

  for (const [what, stored, checksum] of [
    ['other rows', 3, 1],
    ['more rows', 6, crcOf(rows(...bets))],
    ['rows of a file that was emptied', 1, 0],
  ] as const) {
    it(`is refused when the central has ${what}`, async () => {
      const source = sourceOf(what.includes('emptied') ? '' : fileOf(bets));
      const error = await rejectionOf(source.startAt(stored, checksum));
      expectFailure(error, 'DATA_DIFFERS', 'agency-3.csv', `${String(stored)} bets of agency 3`);
    });
  }

  it('is refused when it is not there', () => {
    const path = join(temporaryDirectory(), 'gone.csv');
    const { logger } = recordingLogger();
    const options = { path, agency: 3, batchBetsMax: 1, skipInvalid: false, logger };
    expectFailure(
      thrownBy(() => new CsvSource(options)),
      'DATA_UNREADABLE',
      path,
      'ENOENT',
      'CLI_DATA',
    );
  });

  it('is not said to be named wrong when the system refuses it', () => {
    const path = join(temporaryDirectory(), 'loop.csv');
    symlinkSync(path, path);
    const error = thrownBy(() => openDataFile(path));
    expectFailure(error, 'DATA_UNREADABLE', path, 'ELOOP');
    expect(messageOf(error)).not.to.include('CLI_DATA');
  });

  it('is refused when it cannot be read', async () => {
    const path = join(temporaryDirectory(), 'bets.csv');
    writeFileSync(path, '');
    const { logger } = recordingLogger();
    const source = new CsvSource({ path, agency: 3, batchBetsMax: 1, skipInvalid: false, logger });
    await source.startAt(0, 0);
    rmSync(path);
    mkdirSync(path);
    expectFailure(await rejectionOf(source.next()), 'DATA_UNREADABLE', path, 'is a directory');
  });
});
