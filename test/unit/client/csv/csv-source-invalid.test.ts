import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CsvSource } from '../../../../src/client/csv/csv-source';
import { cleanUp, temporaryDirectory } from '../../../support/program';
import { expectFailure, rejectionOf } from '../../helpers/failures';
import { recordingLogger } from '../../helpers/recording-sink';

const GOOD = 'Nora,Paz,1,1988-04-23,7574\r\n';
const GOOD_ROW = '3,Nora,Paz,1,1988-04-23,7574\r\n';

interface Opened {
  readonly source: CsvSource;
  readonly path: string;
  readonly lines: readonly string[];
}

let opened: CsvSource[] = [];

function sourceOf(contents: string | Buffer, skipInvalid: boolean): Opened {
  const path = join(temporaryDirectory(), 'agency-3.csv');
  writeFileSync(path, contents);
  const { logger, lines } = recordingLogger();
  const source = new CsvSource({ path, agency: 3, batchBetsMax: 10, skipInvalid, logger });
  opened.push(source);
  return { source, path, lines };
}

async function failureOf(contents: string | Buffer): Promise<{ error: unknown; path: string }> {
  const { source, path } = sourceOf(contents, false);
  await source.startAt(0, 0);
  return { error: await rejectionOf(source.next()), path };
}

/** Rows that are left when the bad ones are skipped. */
async function skipping(contents: string | Buffer): Promise<{ text: string } & Opened> {
  const all = sourceOf(contents, true);
  await all.source.startAt(0, 0);
  let text = '';
  for (;;) {
    const batch = await all.source.next();
    if (batch === null) return { ...all, text };
    text += batch.rows.toString('utf8');
  }
}

async function closeAll(): Promise<void> {
  for (const source of opened) source.close();
  opened = [];
  await cleanUp();
}

describe('CsvSource: a bad row is refused', () => {
  afterEach(closeAll);

  const bad: readonly (readonly [string, string, string])[] = [
    [',Paz,1,1988-04-23,1', 'column 1 (first_name)', '"" is empty'],
    ['Nora,,1,1988-04-23,1', 'column 2 (last_name)', '"" is empty'],
    ['No\u0007ra,Paz,1,1988-04-23,1', 'column 1 (first_name)', 'control character'],
    ['Nora,Paz,1.234,1988-04-23,1', 'column 3 (document)', '"1.234" is not 1 to 10 digits'],
    ['Nora,Paz,1,23/04/1988,1', 'column 4 (birthdate)', '"23/04/1988" is not a date'],
    ['Nora,Paz,1,1988-04-23,10000', 'column 5 (number)', '"10000" is not a number from 0 to 9999'],
    ['Nora,Paz,1,1988-04-23,', 'column 5 (number)', '"" is not a number'],
    ['Nora,Paz,1,1988-04-23', 'has 4 columns, not 5', 'first_name, last_name'],
    ['Nora,Paz,1,1988-04-23,1,x', 'has 6 columns, not 5', 'birthdate, number'],
  ];
  for (const [row, where, why] of bad) {
    it(`${JSON.stringify(row)}: ${where}`, async () => {
      const { error, path } = await failureOf(`${GOOD}${GOOD}${row}\r\n${GOOD}`);
      expectFailure(error, 'DATA_INVALID', `${path}: line 3`, where, why);
    });
  }

  it('that is the first one is in line 1, with a byte order mark or without', async () => {
    for (const mark of ['', '\ufeff']) {
      const { error, path } = await failureOf(`${mark}Nora,Paz,x,1988-04-23,1\n${GOOD}`);
      expectFailure(error, 'DATA_INVALID', `${path}: line 1, column 3`);
    }
  });

  it('that is the last one, without a line end', async () => {
    const { error, path } = await failureOf(`${GOOD}Nora,Paz,x,1988-04-23,1`);
    expectFailure(error, 'DATA_INVALID', `${path}: line 2, column 3`);
  });

  it('behind empty lines is counted with them', async () => {
    const { error, path } = await failureOf(`${GOOD}\r\n\r\nNora,Paz,x,1988-04-23,1\r\n`);
    expectFailure(error, 'DATA_INVALID', `${path}: line 4, column 3`);
  });

  it('with a line break in a quoted name', async () => {
    const { error } = await failureOf(`${GOOD}"No\nra",Paz,1,1988-04-23,1\r\n`);
    expectFailure(error, 'DATA_INVALID', 'column 1 (first_name)', '"No ra" has a control');
  });

  it('in Latin-1', async () => {
    const latin1 = Buffer.from('Nora,Ib\xe1\xf1ez,1,1988-04-23,1\r\n', 'latin1');
    const { error, path } = await failureOf(Buffer.concat([Buffer.from(GOOD), latin1]));
    expectFailure(error, 'DATA_INVALID', `${path}: line 2, column 2 (last_name)`, 'UTF-8');
  });

  it('with a name of 513 bytes, of which not all are shown', async () => {
    const { error } = await failureOf(`${'x'.repeat(513)},Paz,1,1988-04-23,1\r\n`);
    expectFailure(error, 'DATA_INVALID', 'column 1', `"${'x'.repeat(60)}" is longer than 512`);
  });

  it('with a quote that is never closed', async () => {
    const { error, path } = await failureOf(`${GOOD}"Nora,Paz,1,1988-04-23,1\r\n${GOOD}`);
    expectFailure(error, 'DATA_INVALID', `${path}: line `);
  });

  it('with a quote inside a name that is not in quotes', async () => {
    const { error, path } = await failureOf(`${GOOD}No"ra,Paz,1,1988-04-23,1\r\n`);
    expectFailure(error, 'DATA_INVALID', `${path}: line 2`);
  });

  it('even among rows that the central has already', async () => {
    const { source } = sourceOf(`${GOOD}x\r\n${GOOD}`, false);
    expectFailure(await rejectionOf(source.startAt(2, 0)), 'DATA_INVALID', 'line 2');
  });
});

describe('CsvSource: with skipInvalid', () => {
  afterEach(closeAll);

  it('a bad row is left out, counted and logged', async () => {
    const { source, text, lines, path } = await skipping(
      `${GOOD}Nora,Paz,x,1988-04-23,1\r\n${GOOD}`,
    );
    expect(text).to.equal(GOOD_ROW + GOOD_ROW);
    expect(source.skippedRows).to.equal(1);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include('WARNING  action: skip_row | result: success | error: ');
    expect(lines[0]).to.include(`${path}: line 2, column 3 (document): "x" is not`);
  });

  it('each bad row is', async () => {
    const { source, text } = await skipping(`\r\nx\r\n${GOOD},,,,\r\n${GOOD}a,b\r\n`);
    expect(text).to.equal(GOOD_ROW + GOOD_ROW);
    expect(source.skippedRows).to.equal(3);
  });

  it('a file of bad rows is like an empty one', async () => {
    const { source, text } = await skipping('x\r\ny\r\n');
    expect(text).to.equal('');
    expect(source.skippedRows).to.equal(2);
  });

  it('bad rows do not count as bets: offsets are those of good rows', async () => {
    const { source } = sourceOf(`x\r\n${GOOD}y\r\n${GOOD}`, true);
    await source.startAt(0, 0);
    const first = await source.next();
    expect(first).to.include({ offset: 0, count: 2 });
  });

  it('rows that are read again are counted once', async () => {
    const { source } = sourceOf(`x\r\n${GOOD}`, true);
    for (const round of [1, 2]) {
      await source.startAt(0, 0);
      await source.next();
      expect(source.skippedRows, `round ${String(round)}`).to.equal(1);
    }
  });

  it('a row with a stray quote is left out like any other', async () => {
    const { source, text } = await skipping(`${GOOD}No"ra,Paz,1,1988-04-23,1\r\n${GOOD}`);
    expect(text).to.equal(GOOD_ROW + GOOD_ROW);
    expect(source.skippedRows).to.equal(1);
  });

  for (const [what, rest] of [
    ['to the end of the file', GOOD],
    ['over more than any row can be', GOOD.repeat(1000)],
  ] as const) {
    it(`a quote that swallows the rows behind it ${what} is an error all the same`, async () => {
      const error = await rejectionOf(skipping(`${GOOD}"Nora,Paz,1,1988-04-23,1\r\n${rest}`));
      expectFailure(error, 'DATA_INVALID', 'agency-3.csv: line');
    });
  }
});
