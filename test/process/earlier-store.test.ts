import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { cleanUp, loteria, startServer, temporaryDirectory } from '../support/program';
import {
  betsEntry,
  drawEntry,
  finishedEntry,
  record,
  seal,
  segmentFile,
  segmentHeader,
} from '../support/store-bytes';
import { NORA, rows } from '../support/wire-builder';

const SEGMENT_BYTES = 8 * 1024 * 1024;

/** DATA_DIR as an earlier version left it: one agency with two bets, the second one a winner. */
function earlierDirectory(isDrawn: boolean): string {
  const directory = temporaryDirectory();
  const csv = rows({ ...NORA, agency: 1, number: 1 }, { ...NORA, agency: 1, number: 7574 });
  const loaded = { agency: 1, count: 2, rows: csv, stored: 2, checksum: crc32(csv) };
  const snapshot = { agencies: [], draw: null };
  const header = segmentHeader({ magic: 'LNJRNL02', generation: 1, snapshot });
  const first = record({
    generation: 1,
    sequence: 1,
    entries: [betsEntry(loaded), finishedEntry(1)],
    rows: csv,
    behind: header,
  });
  const after = { generation: 1, csvBytes: csv.length };
  const entries = [drawEntry('0123456789abcdef', 1_700_000_000_000)];
  const second = record({ ...after, sequence: 2, entries, behind: first });
  const drawn = isDrawn ? [second, seal({ ...after, sequence: 3, behind: second })] : [];
  const journal = segmentFile(SEGMENT_BYTES, header, first, ...drawn);
  writeFileSync(join(directory, 'journal.a'), journal);
  writeFileSync(join(directory, 'journal.b'), Buffer.alloc(SEGMENT_BYTES));
  writeFileSync(join(directory, 'bets.csv'), csv);
  return directory;
}

describe('a directory that an earlier version wrote', () => {
  afterEach(cleanUp);

  it('keeps its draw, whose outcome is computed and recorded', async () => {
    const directory = earlierDirectory(true);
    const before = loteria(['verify', directory]);
    expect((await before.exited).code).to.equal(1);
    expect(before.output).to.include('STORE_INCOMPLETE');
    const { program } = await startServer({ AGENCIES: '1' }, directory);
    await program.waitFor('action: acta | result: success');
    program.signal('SIGTERM');
    expect((await program.exited).code).to.equal(0);
    expect(program.matching('action: sorteo')).to.deep.equal([]);
    const acta = JSON.parse(readFileSync(join(directory, 'acta.json'), 'utf8')) as unknown;
    expect(acta).to.include({
      draw_id: '0123456789abcdef',
      time: new Date(1_700_000_000_000).toISOString(),
      winning_number: 7574,
      winners: 1,
    });
    const winners = readFileSync(join(directory, 'winners.csv'));
    expect(winners.toString('latin1')).to.equal(`1,${NORA.document}\r\n`);
    const journal = ['journal.a', 'journal.b'].map((name) => readFileSync(join(directory, name)));
    const digest = createHash('sha256').update(winners).digest('hex');
    // In a record the digest is cut in pieces; a snapshot has it whole.
    await startServer({ AGENCIES: '1' }, directory);
    const later = ['journal.a', 'journal.b'].map((name) => readFileSync(join(directory, name)));
    expect(journal.some((bytes) => bytes.includes(digest))).to.equal(false);
    expect(later.some((bytes) => bytes.includes(digest))).to.equal(true);
  });

  it('that was not drawn goes on, and draws', async () => {
    const directory = earlierDirectory(false);
    const { program } = await startServer({ AGENCIES: '1' }, directory);
    await program.waitFor('action: acta | result: success');
    program.signal('SIGTERM');
    await program.exited;
    const verified = loteria(['verify', directory]);
    expect((await verified.exited).code, verified.output).to.equal(0);
  });
});
