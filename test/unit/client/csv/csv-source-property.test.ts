import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { CsvSource } from '../../../../src/client/csv/csv-source';
import { cleanUp, temporaryDirectory } from '../../../support/program';
import { row, rows } from '../../../support/wire-builder';
import { rejectionOf } from '../../helpers/failures';
import { recordingLogger } from '../../helpers/recording-sink';

const AGENCY = 3;
const GOOD = 'Nora,Ibáñez,30000031,1988-04-23,7574';

/** Lines as they may stand in a file: plain ones mostly, and whatever else makes sense of a kind. */
const line = fc.oneof(
  { weight: 12, arbitrary: fc.constant(GOOD) },
  fc.constantFrom(
    '"Nora","Ibáñez",1,1988-04-23,1',
    '"Pérez, hijo",Díaz,50000005,1970-01-01,42',
    'Ana "la" Negra,Paz,1,1988-04-23,1',
    '"Ana ""la"" Negra",Paz,1,1988-04-23,1',
    'Nora,Paz,007,1988-04-23,0042',
    ' Nora , Paz,1,2000-02-29,0',
    '',
    'Nora,Paz,1,1988-04-23',
    'Nora,Paz,1,1988-04-23,1,2',
    'Nora,Paz,x,1988-04-23,1',
    'Nora,Paz,1,1900-02-29,1',
    'Nora,Paz,1,1988-04-23,10000',
    '3,Nora,Paz,1,1988-04-23,1',
    ',Paz,1,1988-04-23,1',
    'N\u007fra,Paz,1,1988-04-23,1',
    '\ufeffNora,Paz,1,1988-04-23,1',
    '"Nora",Paz,"1",1988-04-23,"1"',
    'Nora,Paz,1,1988-04-23,1\r',
    '   ',
    ',,,,',
  ),
);
const lineEnd = fc.constantFrom('\r\n', '\r\n', '\r\n', '\n');

/** What csv-parse alone makes of a file: rows as the central stores them. */
function expectedRows(text: string): string {
  const records = parse(text, {
    bom: true,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
  });
  return records
    .filter(
      ([first = '', last = '', document = '', date = '', number = '', ...more]) =>
        more.length === 0 &&
        [first, last].every((name) => name !== '' && !/\p{Cc}/u.test(name)) &&
        /^\d{1,10}$/.test(document) &&
        /^(1988-04-23|1970-01-01|2000-02-29)$/.test(date) &&
        /^0*\d{1,4}$/.test(number),
    )
    .map(([firstName = '', lastName = '', document = '', birthdate = '', number = '']) =>
      row({
        ...{ agency: AGENCY, firstName, lastName, document, birthdate },
        number: Number(number),
      }).toString('utf8'),
    )
    .join('');
}

describe('CsvSource: properties', () => {
  afterEach(cleanUp);

  async function read(text: string, batchBetsMax: number, at = 0): Promise<string> {
    const path = join(temporaryDirectory(), 'agency-3.csv');
    writeFileSync(path, text);
    const { logger } = recordingLogger();
    const source = new CsvSource({ path, agency: AGENCY, batchBetsMax, skipInvalid: true, logger });
    try {
      await source.startAt(at, 0);
      let all = '';
      for (;;) {
        const batch = await source.next();
        if (batch === null) return all;
        expect(batch.count).to.be.within(1, batchBetsMax);
        expect(batch.rows.length).to.be.at.most(8174);
        expect(batch.rows.toString('utf8').split('\r\n')).to.have.length(batch.count + 1);
        all += batch.rows.toString('utf8');
      }
    } finally {
      source.close();
    }
  }

  it('gives what csv-parse gives, whatever stands in the file', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(line, lineEnd), { maxLength: 40 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 50 }),
        async (lines, cutEnd, batchBetsMax) => {
          const whole = lines.flat().join('');
          const text = cutEnd ? whole.trimEnd() : whole;
          expect(await read(text, batchBetsMax)).to.equal(expectedRows(text));
        },
      ),
      { numRuns: 400, endOnFailure: true },
    );
  });

  it('is the same over many blocks, with an odd row anywhere', async () => {
    const good = `${GOOD}\r\n`;
    for (const before of [0, 1, 6_800, 6_899, 6_900, 20_000]) {
      const text = `${good.repeat(before)}"Nora",Paz,1,1988-04-23,1\r\n${good.repeat(7_000)}`;
      expect(await read(text, 130)).to.equal(expectedRows(text));
    }
    const bet = { agency: AGENCY, firstName: 'Nora', lastName: 'Paz', document: '1' };
    expect(expectedRows('Nora,Paz,1,1988-04-23,1')).to.equal(
      rows({ ...bet, birthdate: '1988-04-23', number: 1 }).toString('utf8'),
    );
  });

  it('names the very line of a bad row far behind the beginning', async () => {
    const path = join(temporaryDirectory(), 'agency-3.csv');
    writeFileSync(path, `${`${GOOD}\r\n`.repeat(9_000)}Nora,Paz,x,1988-04-23,1\r\n`);
    const { logger } = recordingLogger();
    const source = new CsvSource({
      ...{ path, agency: AGENCY, batchBetsMax: 130, skipInvalid: false, logger },
    });
    await source.startAt(0, 0);
    let bets = 0;
    const readToEnd = async (): Promise<void> => {
      for (;;) bets += (await source.next())?.count ?? 0;
    };
    const error = await rejectionOf(readToEnd());
    source.close();
    expect(String(error)).to.include('agency-3.csv: line 9001, column 3 (document): "x"');
    expect(bets).to.be.within(8_900, 9_000);
  });
});
