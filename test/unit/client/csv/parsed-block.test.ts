import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse as parseStrictly } from 'csv-parse/sync';
import * as fc from 'fast-check';
import papa from 'papaparse';
import { CsvSource } from '../../../../src/client/csv/csv-source';
import { parseBlock } from '../../../../src/client/csv/parsed-block';
import { PlainRows } from '../../../../src/client/csv/plain-rows';
import { cleanUp, temporaryDirectory } from '../../../support/program';
import { row } from '../../../support/wire-builder';
import { rejectionOf } from '../../helpers/failures';
import { recordingLogger } from '../../helpers/recording-sink';

const AGENCY = 3;
const QUOTED = '"Ana María","Pérez",30000031,1988-04-23,0042\n';
const PLAIN = 'Ana María,Pérez,30000031,1988-04-23,42\n';
const ROW = row({
  ...{ agency: AGENCY, firstName: 'Ana María', lastName: 'Pérez', document: '30000031' },
  ...{ birthdate: '1988-04-23', number: 42 },
}).toString();
/** More rows than one block holds. */
const MANY = 20_000;

describe('rows of a file that need a parser', () => {
  let path: string;

  beforeEach(() => {
    path = join(temporaryDirectory(), 'agency-3.csv');
  });
  afterEach(cleanUp);

  function sourceOf(text: string, skipInvalid = false): CsvSource {
    writeFileSync(path, text);
    const { logger } = recordingLogger();
    return new CsvSource({ path, agency: AGENCY, batchBetsMax: 150, skipInvalid, logger });
  }

  async function readAll(source: CsvSource): Promise<{ rows: string; sourceBytes: number }> {
    await source.startAt(0, 0);
    let rows = '';
    let sourceBytes = 0;
    for (;;) {
      const batch = await source.next();
      if (batch === null) break;
      rows += batch.rows.toString();
      expect(batch.sourceBytes).to.be.at.least(sourceBytes);
      ({ sourceBytes } = batch);
    }
    source.close();
    return { rows, sourceBytes };
  }

  for (const [what, text, count] of [
    ['all of them', QUOTED.repeat(MANY), MANY],
    ['every other', (PLAIN + QUOTED).repeat(MANY / 2), MANY],
    ['the first', QUOTED + PLAIN.repeat(MANY), MANY + 1],
    ['the last', PLAIN.repeat(MANY) + QUOTED.trimEnd(), MANY + 1],
    ['empty lines among them', (QUOTED + '\n').repeat(MANY), MANY],
    ['behind a byte order mark', '\ufeff' + QUOTED.repeat(MANY), MANY],
  ] as const) {
    it(`arrive in the central's form: ${what}`, async () => {
      const { rows, sourceBytes } = await readAll(sourceOf(text));
      expect(rows).to.equal(ROW.repeat(count));
      expect(sourceBytes).to.equal(Buffer.byteLength(text));
    }).timeout(20_000);
  }

  it('are named with the right line when one behind them is bad', async () => {
    const source = sourceOf(QUOTED.repeat(MANY) + PLAIN + '"No\nra",Paz,1,1988-04-23,1\n');
    const error = await rejectionOf(readAll(source));
    expect(String(error)).to.contain(`line ${String(MANY + 3)}, column 1`);
  }).timeout(20_000);

  for (const number of ['1e3', '0x10', ' 7', '7 ', '-1', '10000', '']) {
    it(`keep the rules for bets: the number "${number}" is refused`, async () => {
      const source = sourceOf(`${QUOTED}"Ana",Paz,1,1988-04-23,${number}\n${PLAIN}`);
      expect(String(await rejectionOf(readAll(source)))).to.contain('line 2, column 5');
    });
  }

  it('are left out, and only they, when bad rows may be skipped', async () => {
    const source = sourceOf(QUOTED.repeat(MANY) + '"x",y\n' + PLAIN.repeat(3), true);
    expect((await readAll(source)).rows).to.equal(ROW.repeat(MANY + 3));
    expect(source.skippedRows).to.equal(1);
  }).timeout(20_000);

  it('are only taken from a block in which csv-parse finds nothing wrong, and as it reads them', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', '\ufeff', 'é', '"', '""', ',', ' ', '\n', '\r', '\r\n'),
      maxLength: 4,
    });
    const field = fc.oneof(
      name,
      name.map((text) => `"${text}"`),
      fc.constantFrom('Ana', '"Paz"'),
    );
    const end = fc.constantFrom('\n', '\n', '\r\n', '');
    const line = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(QUOTED, PLAIN, '\n', '\r\n') },
      fc.tuple(field, field, end).map(([a, b, e]) => `${a},${b},1,1988-04-23,1${e}`),
    );
    let taken = 0;
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (lines) => {
        const bytes = Buffer.from(lines.join(''));
        const rows = parseBlock(papa.parse, bytes, '3');
        if (rows === null) return;
        taken++;
        const records = parseStrictly(bytes, {
          ...{ record_delimiter: ['\r\n', '\n'], skip_empty_lines: true },
        });
        const bets = records.map(
          ([firstName = '', lastName = '', document = '', birthdate = '', number]) =>
            row({ agency: 3, firstName, lastName, document, birthdate, number: Number(number) }),
        );
        expect(rows.toString()).to.equal(Buffer.concat(bets).toString());
      }),
      { numRuns: 5_000 },
    );
    expect(taken).to.be.greaterThan(100);
  });

  it('need no parser again behind the block that holds them', () => {
    writeFileSync(path, QUOTED + PLAIN.repeat(MANY));
    const plain = new PlainRows(path, String(AGENCY));
    expect(plain.take(1, 10_000)).to.equal('stuck');
    expect(plain.parseRest(papa.parse)).to.equal(true);
    let count = 0;
    for (;;) {
      const block = plain.take(1_000, 1_000_000);
      if (block === null) break;
      if (block === 'stuck') expect.fail('a plain row is stuck');
      count += block.count;
    }
    expect(count).to.equal(MANY + 1);
    plain.close();
  });
});
