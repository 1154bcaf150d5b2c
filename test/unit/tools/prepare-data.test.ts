import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { zipSync } from 'fflate';
import { agencyFile } from '../../../src/tools/data/generate-bets';
import { BETS_DEFAULT, prepareData, type Prepared } from '../../../src/tools/data/prepare-data';
import { cleanUp, temporaryDirectory } from '../../support/program';
import { expectFailure, thrownBy } from '../helpers/failures';

const ROW = 'Nora,Paz,1,1988-04-23,7574\r\n';

describe('prepareData', () => {
  let directory: string;

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  afterEach(cleanUp);

  function prepare(agencies: number, bets?: number, seed?: number): Prepared {
    return prepareData({ directory, agencies, bets, seed });
  }

  function textOf(agency: number): string {
    return readFileSync(agencyFile(directory, agency), 'utf8');
  }

  const rowsOf = (agency: number): number => textOf(agency).split('\r\n').length - 1;
  const winnersOf = (agency: number): number => textOf(agency).split(',7574\r\n').length - 1;

  function pack(files: Readonly<Record<string, string>>): void {
    const entries = Object.entries(files).map(([name, text]) => [name, Buffer.from(text)] as const);
    writeFileSync(join(directory, 'dataset.zip'), zipSync(Object.fromEntries(entries)));
  }

  describe('files that are there', () => {
    it('are used as they are', () => {
      writeFileSync(agencyFile(directory, 1), ROW);
      expect(prepare(1)).to.deep.equal({ present: 1, unpacked: 0, generated: 0 });
      expect(textOf(1)).to.equal(ROW);
      expect(readdirSync(directory)).to.deep.equal(['agency-1.csv']);
    });

    it('are not touched by other wishes when somebody else put them there', () => {
      writeFileSync(agencyFile(directory, 1), ROW);
      prepare(2, 10, 1);
      prepare(2, 20, 2);
      expect(textOf(1)).to.equal(ROW);
      expect(rowsOf(2)).to.equal(20);
    });

    it('come before those of the archive', () => {
      writeFileSync(agencyFile(directory, 1), ROW);
      pack({ 'agency-1.csv': 'other', 'agency-2.csv': ROW + ROW });
      expect(prepare(2)).to.deep.equal({ present: 1, unpacked: 1, generated: 0 });
      expect(textOf(1)).to.equal(ROW);
    });
  });

  describe('the archive', () => {
    it('gives the files of the agencies that are wanted', () => {
      pack({ 'agency-1.csv': ROW, 'agency-2.csv': ROW + ROW, 'agency-3.csv': 'x', readme: 'x' });
      expect(prepare(2)).to.deep.equal({ present: 0, unpacked: 2, generated: 0 });
      expect([textOf(1), textOf(2)]).to.deep.equal([ROW, ROW + ROW]);
      expect(readdirSync(directory).sort()).to.deep.equal([
        ...['agency-1.csv', 'agency-2.csv', 'dataset.zip'],
      ]);
    });

    it('gives them wherever in it they are, and never writes elsewhere', () => {
      pack({ 'data/agency-1.csv': ROW, '../../agency-2.csv': ROW });
      expect(prepare(2)).to.deep.equal({ present: 0, unpacked: 2, generated: 0 });
      expect(textOf(2)).to.equal(ROW);
      expect(existsSync(join(directory, '..', '..', 'agency-2.csv'))).to.equal(false);
    });

    it('comes before files that were made up, but not before one that somebody changed', () => {
      prepare(3, 5);
      writeFileSync(agencyFile(directory, 2), ROW);
      pack({ 'agency-1.csv': ROW + ROW, 'old/agency-1.csv': ROW + ROW, 'agency-2.csv': 'other' });
      const before = textOf(3);
      expect(prepare(3)).to.deep.equal({ present: 2, unpacked: 1, generated: 0 });
      expect([1, 2, 3].map(textOf)).to.deep.equal([ROW + ROW, ROW, before]);
      expect(prepare(3)).to.deep.equal({ present: 3, unpacked: 0, generated: 0 });
    });

    it('is helped out where it lacks a file', () => {
      pack({ 'agency-1.csv': ROW });
      expect(prepare(2, 5)).to.deep.equal({ present: 0, unpacked: 1, generated: 1 });
      expect(rowsOf(2)).to.equal(5);
    });

    it('that is damaged is an error that names it', () => {
      const path = join(directory, 'dataset.zip');
      writeFileSync(path, 'this is no archive');
      const error = thrownBy(() => prepare(1));
      expectFailure(error, 'DATA_UNREADABLE', path);
      expect(existsSync(agencyFile(directory, 1))).to.equal(false);
    });
  });

  describe('made-up files', () => {
    it('are made where there are none', () => {
      expect(prepare(3, 20)).to.deep.equal({ present: 0, unpacked: 0, generated: 3 });
      expect([1, 2, 3].map(rowsOf)).to.deep.equal([20, 20, 20]);
    });

    it('have a size of their own when nobody asks for one', () => {
      prepare(1);
      expect(rowsOf(1)).to.equal(BETS_DEFAULT);
    });

    it('leave the last agency without luck, as in the data of the course', () => {
      prepare(3, 500);
      expect([winnersOf(1) > 0, winnersOf(2) > 0, winnersOf(3)]).to.deep.equal([true, true, 0]);
    });

    it('spare an agency that is alone', () => {
      prepare(1, 500);
      expect(winnersOf(1)).to.be.greaterThan(0);
    });

    it('are kept when nothing else is wished', () => {
      prepare(2, 20, 3);
      const before = textOf(1);
      expect(prepare(2, 20, 3)).to.include({ present: 2, generated: 0 });
      expect(prepare(2)).to.include({ present: 2, generated: 0 });
      expect(textOf(1)).to.equal(before);
    });

    for (const [what, bets, seed] of [
      ['size', 30, 3],
      ['seed', 20, 4],
    ] as const) {
      it(`are made again when another ${what} is wished`, () => {
        prepare(2, 20, 3);
        const before = textOf(1);
        expect(prepare(2, bets, seed)).to.include({ present: 0, generated: 2 });
        expect(textOf(1)).not.to.equal(before);
        expect(rowsOf(1)).to.equal(bets);
      });
    }

    it('are made again as they were', () => {
      prepare(2, 20, 3);
      const before = textOf(1);
      rmSync(agencyFile(directory, 1));
      expect(prepare(2)).to.include({ present: 1, generated: 1 });
      expect(textOf(1)).to.equal(before);
    });

    it('that somebody has put others in the place of are not removed', () => {
      prepare(2, 2, 3);
      writeFileSync(agencyFile(directory, 1), ROW);
      prepare(2, 3, 3);
      expect(textOf(1)).to.equal(ROW);
    });

    it('for more agencies are made like those that are there', () => {
      prepare(2, 20, 3);
      prepare(4);
      expect([1, 2, 3, 4].map(rowsOf)).to.deep.equal([20, 20, 20, 20]);
      expect(prepare(4, 21, 3)).to.include({ generated: 4 });
    });
  });

  describe('the note beside made-up files', () => {
    const marker = (): string => join(directory, 'generated.json');

    it('says how they were made', () => {
      prepare(2, 20, 3);
      const note: unknown = JSON.parse(readFileSync(marker(), 'utf8'));
      const crc = (n: number): number => crc32(readFileSync(agencyFile(directory, n)));
      expect(note).to.deep.equal({ agencies: { 1: crc(1), 2: crc(2) }, bets: 20, seed: 3 });
    });

    it('says nothing of files that were not made up', () => {
      writeFileSync(agencyFile(directory, 1), ROW);
      prepare(2, 20, 3);
      expect(JSON.parse(readFileSync(marker(), 'utf8')))
        .to.have.property('agencies')
        .that.has.keys('2');
    });

    for (const text of ['not json', '{}', '5', '{"agencies":"all","bets":1,"seed":1}']) {
      it(`that says ${text} is an error that names it and says what to do`, () => {
        prepare(1, 5);
        writeFileSync(marker(), text);
        const error = thrownBy(() => prepare(1, 6));
        expectFailure(error, 'DATA_INVALID', marker(), 'remove it');
      });
    }
  });
});
