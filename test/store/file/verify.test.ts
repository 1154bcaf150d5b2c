import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LoteriaError } from '../../../src/base/errors';
import { expectActa } from '../../../src/store/file/acta/acta-pending';
import { nodeFiles } from '../../../src/store/file/directory/files';
import { verifyStore } from '../../../src/tools/verify/verify';
import { reportText } from '../../../src/tools/verify/verify-report';
import { makeDirectory, removeDirectories } from '../../support/store-directory';
import { certify, close, load, open } from '../../support/stopped-directory';
import { bets, draw, finished } from '../../support/store-ledger';

const ACTA = 'acta.json';

const LOADING = Array.from({ length: 30 }, (_, i) => [bets(1 + (i % 3), 2)]);
const DRAWN = [...LOADING, [finished(1), finished(2), finished(3)], [draw]];

async function refusalOf(directory: string, digest?: string): Promise<LoteriaError | null> {
  try {
    await verifyStore(directory, { digest });
    return null;
  } catch (error) {
    if (error instanceof LoteriaError) return error;
    throw error;
  }
}

describe('verify', () => {
  let directory: string;

  beforeEach(() => {
    directory = makeDirectory();
  });
  afterEach(removeDirectories);

  const path = (name: string): string => join(directory, name);
  const read = (name: string): Buffer => readFileSync(path(name));

  /** Checks that other contents of a file are refused, with a message that says this. */
  async function expectDamage(name: string, bytes: Buffer | string, said: RegExp): Promise<void> {
    const before = read(name);
    writeFileSync(path(name), bytes);
    const refusal = await refusalOf(directory);
    expect(refusal?.code, refusal?.message ?? `accepted: ${name}`).to.equal('STORE_DAMAGED');
    expect(refusal?.message, refusal?.message).to.match(said);
    writeFileSync(path(name), before);
  }

  it('reports totals of each agency, before the draw and after it', async () => {
    const ledger = await load(directory, LOADING);
    const { state, winners, digest } = await verifyStore(directory);
    expect(state.csvBytes).to.equal(ledger.csv.length);
    expect(winners).to.equal(null);
    expect(reportText({ state, winners, digest })).to.match(/ 20 .*\n(.*\n)*60 bets in \d+ bytes/);
  });

  it('computes the digest as the acta describes it', async () => {
    const { csv } = await load(directory, DRAWN);
    await certify(directory);
    let link = createHash('sha256').digest();
    for (let at = 0; at < csv.length; at += 4096) {
      const block = createHash('sha256')
        .update(csv.subarray(at, at + 4096))
        .digest();
      link = createHash('sha256').update(link).update(block).digest();
    }
    const { digest } = await verifyStore(directory);
    expect(digest).to.equal(link.toString('hex'));
    expect(await refusalOf(directory, digest.toUpperCase())).to.equal(null);
    expect((await refusalOf(directory, '0'.repeat(64)))?.code).to.equal('STORE_DAMAGED');
    const acta = JSON.parse(read(ACTA).toString('utf8')) as Record<string, unknown>;
    expect(acta).to.deep.include({ digest, bets: 60, winning_number: 7574 });
  });

  it('finds any changed byte of bets.csv, drawn or not, in the journal or not', async () => {
    for (const [name, wishes] of [
      ['loading', LOADING],
      ['drawn', DRAWN],
    ] as const) {
      mkdirSync(path(name));
      await load(path(name), wishes);
      if (name === 'drawn') await certify(path(name));
      const csv = readFileSync(join(path(name), 'bets.csv'));
      for (let at = 0; at < csv.length; at += 3) {
        const changed = Buffer.from(csv);
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
        writeFileSync(join(path(name), 'bets.csv'), changed);
        const refusal = await refusalOf(path(name));
        expect(refusal?.code, `${name} ${String(at)}`).to.equal('STORE_DAMAGED');
      }
    }
  }).timeout(60_000);

  it('finds a bet that was added, removed, or put in the place of another', async () => {
    await load(directory, DRAWN);
    await certify(directory);
    // The journal no longer holds any row: what is found is found by digest and checksums.
    await close(open(directory));
    const rows = read('bets.csv')
      .toString('utf8')
      .split(/(?<=\r\n)/);
    const last = rows.at(-1) ?? '';
    await expectDamage('bets.csv', rows.join('') + last, /more than the journal accounts for/);
    await expectDamage('bets.csv', rows.slice(1).join(''), /missing|a bet|journal/);
    const changed = [...rows];
    changed[7] = (rows[7] ?? '').replace(/\d{4}-/, '1907-');
    await expectDamage('bets.csv', changed.join(''), /offset 0: a bet before offset 3216 is not/);
    expect(await refusalOf(directory)).to.equal(null);
  });

  it('finds rows that were never accepted, and says where', async () => {
    const { csv } = await load(directory, LOADING);
    await close(open(directory));
    const text = csv.toString('utf8');
    const at = text.indexOf('\r\n', 500) + 2;
    const offset = String(Buffer.byteLength(text.slice(0, at)));
    const bad = Buffer.from(`${text.slice(0, at)}x${text.slice(at + 1)}`);
    await expectDamage('bets.csv', bad, new RegExp(`offset ${offset}: a row that was never`));
  });

  it('finds winners and actas that are not those of the draw', async () => {
    await load(directory, DRAWN);
    await certify(directory);
    const winners = read('winners.csv').toString('latin1');
    expect(winners).to.match(/^1,/);
    await expectDamage('winners.csv', winners.replace('1,', '2,'), /not the winners/);
    await expectDamage('winners.csv', '', /not the winners/);
    const acta = read(ACTA).toString('utf8');
    const other = (key: string, value: string): string =>
      acta.replace(new RegExp(`("${key}": )("[^"]*"|\\d+)`), `$1${value}`);
    for (const [key, value] of [
      ['draw_id', '"0000000000000000"'],
      ['time', '"2020-01-01T00:00:00.000Z"'],
      ['winning_number', '1'],
      ['bets', '59'],
      ['winners', '0'],
      ['winners_digest', `"${'0'.repeat(64)}"`],
      ['digest', `"${'0'.repeat(64)}"`],
      ['csv_bytes', '1'],
    ] as const) {
      await expectDamage(ACTA, other(key, value), /acta|made from/);
    }
    await expectDamage(ACTA, '{}', /not an acta/);
  });

  it('says what is incomplete and what completes it', async () => {
    await load(directory, DRAWN);
    const incomplete = async (): Promise<string> => {
      const refusal = await refusalOf(directory);
      expect(refusal?.code).to.equal('STORE_INCOMPLETE');
      return refusal?.message ?? '';
    };
    expect(await incomplete()).to.include('winners.csv');
    await certify(directory);
    const acta = read(ACTA);
    rmSync(path(ACTA));
    expectActa(nodeFiles, directory);
    expect(await incomplete())
      .to.include(ACTA)
      .and.include('not written yet');
    writeFileSync(path(ACTA), acta);
    expect(await refusalOf(directory)).to.equal(null);
  });

  it('distinguishes an acta that was removed from one that is not written yet', async () => {
    await load(directory, DRAWN);
    expectActa(nodeFiles, directory);
    await certify(directory);
    expect(existsSync(path('acta.pending'))).to.equal(false);
    rmSync(path(ACTA));
    const refusal = await refusalOf(directory);
    expect(refusal?.code).to.equal('STORE_DAMAGED');
    expect(refusal?.message).to.include(ACTA).and.include('removed').and.include('digest');
    await certify(directory);
    expect(await refusalOf(directory)).to.equal(null);
  });

  it('refuses a directory without a store, and an acta without a draw', async () => {
    expect((await refusalOf(path('none')))?.code).to.equal('DATA_UNREADABLE');
    expect((await refusalOf(directory))?.code).to.equal('DATA_UNREADABLE');
    mkdirSync(path('drawn'));
    await load(path('drawn'), DRAWN);
    await certify(path('drawn'));
    mkdirSync(path('loading'));
    await load(path('loading'), LOADING);
    copyFileSync(join(path('drawn'), ACTA), join(path('loading'), ACTA));
    expect((await refusalOf(path('loading')))?.message).to.match(/acta/);
  });
});
