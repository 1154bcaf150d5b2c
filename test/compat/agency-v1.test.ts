/** The frozen agency against the built central, as a process of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanUp, startServer } from '../support/program';
import { RawPeer } from '../support/raw-peer';
import * as wire from '../support/wire-builder';
import { Refused, runAgency, type AgencyOptions } from './agency-v1';

/** Every seventh bet of an agency is on the winning number. */
function betRows(agency: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    wire.rowText({
      agency,
      firstName: i % 3 === 0 ? 'Pérez, "hijo"' : 'Ñandú',
      lastName: 'Díaz',
      document: String(agency * 1_000_000 + i),
      birthdate: '1988-04-23',
      number: i % 7 === 0 ? 7574 : i % 7000,
    }),
  );
}

function contestantRows(agency: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    wire
      .contestantRow({ ...wire.NORA, agency, document: String(30_000_000 + agency * 10_000 + i) })
      .toString(),
  );
}

const winningDocuments = (agency: number, count: number): string[] =>
  Array.from({ length: Math.ceil(count / 7) }, (_, i) => String(agency * 1_000_000 + 7 * i));

async function refusal(options: AgencyOptions): Promise<unknown> {
  return runAgency(options).catch((error: unknown) => error);
}

describe('an agency written from the document of before', () => {
  afterEach(cleanUp);

  it('lottery: loads with a window, breaks off, resumes, waits for the draw, reads its pages', async () => {
    const { port, dataDirectory } = await startServer({ AGENCIES: '2' });
    const rows = { 1: betRows(1, 9_000), 2: betRows(2, 50) };
    const one: AgencyOptions = {
      ...{ port, agency: 1, edition: 'lottery', rows: rows[1], betsPerBatch: 100 },
    };
    const broken = await runAgency({ ...one, breakAfter: 20 });
    expect(broken.acknowledged).to.be.at.least(2_000);
    const first = runAgency(one);
    const second = runAgency({ ...one, agency: 2, rows: rows[2], betsPerBatch: 1 });
    const [resumed, other] = await Promise.all([first, second]);
    expect(resumed.resumedAt).to.be.at.least(broken.acknowledged);
    expect(resumed.acknowledged).to.equal(9_000);
    expect(resumed.winners).to.deep.equal(winningDocuments(1, 9_000));
    expect(other.winners).to.deep.equal(winningDocuments(2, 50));
    // 1,286 documents of seven digits do not fit in one page.
    expect(resumed.heard.filter((type) => type === 0x84)).to.have.length(2);
    const stored = readFileSync(join(dataDirectory, 'bets.csv'), 'utf8').split(/(?<=\r\n)/);
    expect(stored.filter((row) => row.startsWith('1,'))).to.deep.equal(rows[1]);
    expect(stored.filter((row) => row.startsWith('2,'))).to.deep.equal(rows[2]);
    const again = await runAgency(one);
    expect(again.winners).to.deep.equal(resumed.winners);
  });

  it('lottery: stops at an invalid bet, at another file, and at what it is refused', async () => {
    const { port } = await startServer({ AGENCIES: '2' });
    const rows = betRows(1, 20);
    const one: AgencyOptions = { port, agency: 1, edition: 'lottery', rows, betsPerBatch: 10 };
    const bad = rows.with(13, rows[13]?.replace('1988-04-23', '1988-02-30') ?? '');
    const rejected = await refusal({ ...one, rows: bad });
    expect(rejected).to.be.instanceOf(Refused).that.includes({ code: 106, message: 'bet 3' });
    const changed = rows.with(0, betRows(1, 2)[1] ?? '');
    expect(await refusal({ ...one, rows: changed })).to.include({ message: 'another file' });
    expect(await refusal({ ...one, agency: 9 })).to.include({ code: 7 });
    expect(await refusal({ ...one, edition: '2020' })).to.include({ code: 15 });
  });

  it('lottery: receives REPLACED when another connection takes its place', async () => {
    const { port, program } = await startServer({ AGENCIES: '2' });
    const waiting = refusal({ port, agency: 1, edition: 'lottery', rows: [], betsPerBatch: 1 });
    await program.waitFor('action: agency_finished | result: success');
    const rival = await RawPeer.introduced(port, 1);
    expect(await waiting).to.include({ code: 9 });
    rival.socket.destroy();
  });

  it('2020: loads, breaks off, resumes, and has the winners of the rule', async () => {
    const { port, dataDirectory } = await startServer({ EDITION: '2020', AGENCIES: '2' });
    const rows = contestantRows(1, 2_000);
    const one: AgencyOptions = { port, agency: 1, edition: '2020', rows, betsPerBatch: 60 };
    const broken = await runAgency({ ...one, breakAfter: 10 });
    const [resumed, other] = await Promise.all([
      runAgency(one),
      runAgency({ ...one, agency: 2, rows: contestantRows(2, 30), betsPerBatch: 1 }),
    ]);
    expect(resumed.resumedAt).to.be.at.least(broken.acknowledged).and.at.least(600);
    expect(resumed.total)
      .to.equal(other.total)
      .and.equal(resumed.won + other.won);
    const winners = readFileSync(join(dataDirectory, 'winners'), 'utf8').trim().split('\n');
    expect(winners).to.have.length(resumed.total);
    const stored = readFileSync(join(dataDirectory, 'bets.csv'), 'utf8').split(/(?<=\r\n)/);
    expect(stored.filter((row) => row.startsWith('1,'))).to.deep.equal(rows);
    const told = [...broken.winners, ...resumed.winners];
    expect(new Set(told).size).to.be.at.most(resumed.won).and.at.least(resumed.winners.length);
  });
});
