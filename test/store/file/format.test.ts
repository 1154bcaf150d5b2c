import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import { MemoryFiles } from '../../support/memory-files';
import {
  agenciesEntry,
  betsEntry,
  digestEntry,
  drawEntry,
  entryOfKind,
  finishedEntry,
  record,
  rejectedEntry,
  saltEntry,
  seal,
  segmentFile,
  segmentHeader,
  termsEntry,
} from '../../support/store-bytes';
import { CSV, DIRECTORY, expectDamage, refusalOf, TestStore } from '../../support/store-driver';
import { currentSegment } from '../../support/store-journal';
import {
  actaDigest,
  agencies,
  BEACON,
  bets,
  betsDigest,
  draw,
  finished,
  RANDOM,
  rejected,
  rowOf,
  salt,
  terms,
} from '../../support/store-ledger';

const BYTES = 4096;
const A = '/data/journal.a';
const B = '/data/journal.b';
const SEED = 'c0ffee00'.repeat(8);
const ROWS = Buffer.from(rowOf(1, 0) + rowOf(1, 1));
const CHECKSUM = crc32(ROWS);
const DETAILS = { winningNumber: 42, winners: 3, digest: 'ab'.repeat(32) };

/** A directory whose journal is this, with the rows that it says are on disk. */
function disk(journal: Buffer, csv: Buffer): MemoryFiles {
  const files = [
    [A, journal],
    [B, Buffer.alloc(BYTES)],
    [CSV, csv],
  ] as const;
  return MemoryFiles.holding(new Map(files));
}

/** Commits of an earlier version: two bets, a finished agency, and perhaps a draw. */
function earlierDisk(isDrawn: boolean): MemoryFiles {
  const header = segmentHeader({
    magic: 'LNJRNL02',
    generation: 1,
    snapshot: { agencies: [], draw: null },
  });
  const loaded = { agency: 1, count: 2, rows: ROWS, stored: 2, checksum: CHECKSUM };
  const first = record({
    generation: 1,
    sequence: 1,
    entries: [betsEntry(loaded), finishedEntry(1)],
    rows: ROWS,
    behind: header,
  });
  const after = { generation: 1, csvBytes: ROWS.length };
  if (!isDrawn) return disk(segmentFile(BYTES, header, first), ROWS);
  const entries = [drawEntry('0123456789abcdef', 1_234_567)];
  const second = record({ ...after, sequence: 2, entries, behind: first });
  const end = seal({ ...after, sequence: 3, behind: second });
  return disk(segmentFile(BYTES, header, first, second, end), ROWS);
}

const AGENCY = { agency: 1, stored: 2, checksum: CHECKSUM, finished: true, rejected: 0 };

describe('store: the format of the journal', () => {
  it('is read as the documents say: terms, refused bets, other agencies, the draw', () => {
    const header = segmentHeader({
      magic: 'LNJRNL03',
      generation: 1,
      snapshot: {
        agencies: [[1, 2, CHECKSUM, 1, 7]],
        draw: null,
        terms: { agencies: 5, winningNumber: { kind: 'fixed', number: 7574 } },
        agenciesChanges: [{ from: 6, to: 5, timeMs: 11 }],
      },
      csvBytes: ROWS.length,
    });
    const winningNumber = { kind: 'random', seed: SEED, salt: 'Ñandú, a block' };
    const first = record({
      generation: 1,
      sequence: 1,
      csvBytes: ROWS.length,
      entries: [
        termsEntry(9, { winningNumber }),
        rejectedEntry(1, 130),
        rejectedEntry(4, 1),
        agenciesEntry(9, 4, 1_700_000_000_123),
        drawEntry('fedcba9876543210', 1_700_000_000_456, DETAILS),
      ],
      behind: header,
    });
    const end = seal({ generation: 1, sequence: 2, csvBytes: ROWS.length, behind: first });
    const store = new TestStore(disk(segmentFile(BYTES, header, first, end), ROWS), BYTES);
    expect(store.state.terms).to.deep.equal({ agencies: 4, winningNumber });
    expect(store.state.agenciesChanges).to.deep.equal([
      { from: 6, to: 5, timeMs: 11 },
      { from: 9, to: 4, timeMs: 1_700_000_000_123 },
    ]);
    expect(store.state.draw).to.deep.equal({
      id: 'fedcba9876543210',
      timeMs: 1_700_000_000_456,
      ...DETAILS,
    });
    expect(store.state.bareDraw).to.equal(null);
    expect([...store.state.agencies.values()]).to.deep.equal([
      { ...AGENCY, rejected: 137 },
      { agency: 4, stored: 0, checksum: 0, finished: false, rejected: 1 },
    ]);
  });

  it('is written as the documents say', () => {
    const store = new TestStore(MemoryFiles.withDirectory(DIRECTORY), BYTES);
    store.commit(terms(5, RANDOM), rejected(2, 130), agencies(6), draw);
    const { bytes, records } = currentSegment(store.files.contents());
    const [{ at, rowsAt } = { at: 0, rowsAt: 0 }] = records;
    const [, , change] = store.ledger.entries([terms(5), rejected(2, 1), agencies(6)]);
    const timeMs = change?.kind === 'agencies' ? change.change.timeMs : 0;
    const { draw: drawn } = store.state;
    const { id = '', timeMs: drawnMs = 0, ...details } = drawn ?? {};
    const written = Buffer.concat([
      termsEntry(5, { winningNumber: RANDOM }),
      rejectedEntry(2, 130),
      agenciesEntry(5, 6, timeMs),
      drawEntry(id, drawnMs, details),
    ]);
    expect(bytes.subarray(at + 44, rowsAt).equals(written)).to.equal(true);
  });

  it('is read and written as the documents say: terms that name a source, and its salt', () => {
    const snapshot = { agencies: [], draw: null };
    const header = segmentHeader({ magic: 'LNJRNL03', generation: 1, snapshot });
    const entries = [termsEntry(2, { winningNumber: BEACON }), saltEntry(11, { value: 'a "b" c' })];
    const first = record({ generation: 1, sequence: 1, entries, behind: header });
    const end = seal({ generation: 1, sequence: 2, behind: first });
    const empty = Buffer.alloc(0);
    const store = new TestStore(disk(segmentFile(BYTES, header, first, end), empty), BYTES);
    const expected = {
      terms: { agencies: 2, winningNumber: BEACON },
      salt: { value: 'a "b" c', timeMs: 11 },
    };
    expect(store.state).to.deep.include(expected);
    // A version that knows nothing of sources refuses this header; it would draw without the salt.
    const { bytes, header: span } = currentSegment(store.files.contents());
    const written = segmentHeader({
      magic: 'LNJRNL04',
      generation: 2,
      sequence: 2,
      snapshot: { ...snapshot, ...expected },
    });
    expect(bytes.subarray(0, span.end).toString('latin1')).to.equal(written.toString('latin1'));
    expect(new TestStore(store.files.kill(), BYTES).state).to.deep.include(expected);
    const again = new TestStore(MemoryFiles.withDirectory(DIRECTORY), BYTES);
    again.commit(terms(2, BEACON), salt('5bb8f0c6'));
    const { bytes: file, records } = currentSegment(again.files.contents());
    const [{ at, rowsAt } = { at: 0, rowsAt: 0 }] = records;
    const [, added] = again.ledger.entries([terms(2), salt('5bb8f0c6')]);
    const timeMs = added?.kind === 'salt' ? added.salt.timeMs : 0;
    const committed = Buffer.concat([
      termsEntry(2, { winningNumber: BEACON }),
      saltEntry(timeMs, { value: '5bb8f0c6' }),
    ]);
    expect(file.subarray(at + 44, rowsAt).equals(committed)).to.equal(true);
  });

  it('is read and written as the documents say: digests of the bets and of the acta', () => {
    const snapshot = { agencies: [], draw: null };
    const digests = { betsDigest: 'b0'.repeat(32), actaDigest: 'ac'.repeat(32) };
    const written = Buffer.concat([
      digestEntry('bets', { digest: digests.betsDigest }),
      digestEntry('acta', { digest: digests.actaDigest }),
    ]);
    const header = segmentHeader({ magic: 'LNJRNL03', generation: 1, snapshot });
    const first = record({ generation: 1, sequence: 1, entries: [written], behind: header });
    const end = seal({ generation: 1, sequence: 2, behind: first });
    const empty = Buffer.alloc(0);
    const store = new TestStore(disk(segmentFile(BYTES, header, first, end), empty), BYTES);
    expect(store.state).to.deep.include(digests);
    // A version that knows nothing of digests would drop them, and refuses this header.
    const { bytes, header: span } = currentSegment(store.files.contents());
    const next = { magic: 'LNJRNL05', generation: 2, sequence: 2 } as const;
    const expected = segmentHeader({ ...next, snapshot: { ...snapshot, ...digests } });
    expect(bytes.subarray(0, span.end).toString('latin1')).to.equal(expected.toString('latin1'));
    expect(new TestStore(store.files.kill(), BYTES).state).to.deep.include(digests);
    const again = new TestStore(MemoryFiles.withDirectory(DIRECTORY), BYTES);
    again.commit(betsDigest(digests.betsDigest), actaDigest(digests.actaDigest));
    const { bytes: file, records } = currentSegment(again.files.contents());
    const [{ at, rowsAt } = { at: 0, rowsAt: 0 }] = records;
    expect(file.subarray(at + 44, rowsAt).equals(written)).to.equal(true);
  });

  it('of an earlier version is taken over: bets and finished agencies', () => {
    const store = new TestStore(earlierDisk(false), BYTES);
    expect([...store.state.agencies.values()]).to.deep.equal([AGENCY]);
    expect(store.state).to.include({ draw: null, bareDraw: null, terms: null });
    expect(store.state.agenciesChanges).to.deep.equal([]);
    store.commit(terms(3));
    expect(store.state.terms?.agencies).to.equal(3);
    const again = new TestStore(store.files.kill(), BYTES);
    expect(again.state.terms?.agencies).to.equal(3);
  });

  it('of an earlier version keeps its draw, which has no outcome until it is recorded', () => {
    const store = new TestStore(earlierDisk(true), BYTES);
    const bare = { id: '0123456789abcdef', timeMs: 1_234_567 };
    expect(store.state.bareDraw).to.deep.equal(bare);
    expect(store.state.draw).to.equal(null);
    // By now it stands in a snapshot.
    const again = new TestStore(store.files.kill(), BYTES);
    expect(again.state.bareDraw).to.deep.equal(bare);
    again.commit(draw);
    expect(again.state.draw).not.to.equal(null);
    const last = new TestStore(again.files.kill(), BYTES);
    expect(last.state).to.deep.include({ bareDraw: null, draw: again.state.draw });
  });

  it('is refused with an entry of another version, and nothing is cut off', () => {
    const header = segmentHeader({
      magic: 'LNJRNL03',
      generation: 1,
      snapshot: { agencies: [], draw: null },
    });
    for (const entry of [
      entryOfKind(99),
      entryOfKind(6),
      termsEntry(5, { winningNumber: { kind: 'guessed' } }),
      drawEntry('0123456789abcdef', 5, { winners: 3 }),
      termsEntry(5, { winningNumber: { ...BEACON, source: null } }),
      saltEntry(5, {}),
      digestEntry('bets', {}),
      digestEntry('acta', { digest: 'ab' }),
    ]) {
      const first = record({ generation: 1, sequence: 1, entries: [entry], behind: header });
      const files = disk(segmentFile(BYTES, header, first), Buffer.alloc(0));
      expectDamage(
        refusalOf(() => new TestStore(files, BYTES)),
        A,
      );
    }
  });

  it('is refused when one file does not lead to what the other one says', () => {
    const commits = (store: TestStore): void => {
      store.commit(terms(5, RANDOM), rejected(2, 3));
      store.commit(agencies(6));
      const generation = (): number => currentSegment(store.files.contents()).generation;
      for (const before = generation(); generation() === before;) store.commit(bets(1, 2));
      store.commit(finished(1));
    };
    const store = new TestStore(MemoryFiles.withDirectory(DIRECTORY), 1024);
    commits(store);
    const { path, bytes, header, generation } = currentSegment(store.files.contents());
    const snapshot = JSON.parse(bytes.toString('utf8', 48, header.end)) as Record<string, unknown>;
    const other = (changes: Record<string, unknown>): MemoryFiles => {
      const changed = segmentHeader({
        magic: 'LNJRNL03',
        generation,
        csvBytes: Number(bytes.readBigUInt64BE(16)),
        sequence: Number(bytes.readBigUInt64BE(24)),
        csvSyncedBytes: Number(bytes.readBigUInt64BE(32)),
        snapshot: { ...snapshot, ...changes },
      });
      return MemoryFiles.holding(
        new Map(store.files.contents()).set(path, segmentFile(1024, changed)),
      );
    };
    const says = (changed: Record<string, unknown>): string =>
      refusalOf(() => new TestStore(other(changed), 1024))?.message ?? '';
    expect(says({})).not.to.include('lead up');
    const totals = snapshot['agencies'] as number[][];
    const changes: Record<string, unknown>[] = [
      { terms: { agencies: 6, winningNumber: { kind: 'fixed', number: 7574 } } },
      { terms: { agencies: 5, winningNumber: RANDOM } },
      { agenciesChanges: [] },
      { agenciesChanges: [{ from: 5, to: 6, timeMs: 1 }] },
      { draw: { id: '0123456789abcdef', timeMs: 1 } },
      { draw: { id: '0123456789abcdef', timeMs: 1, ...DETAILS } },
      { betsDigest: 'b0'.repeat(32) },
      { actaDigest: 'ac'.repeat(32) },
      { agencies: totals.map((fields) => [...fields.slice(0, 4), 99]) },
    ];
    for (const changed of changes) {
      expect(says(changed), JSON.stringify(changed)).to.include('do not lead up to');
    }
  });
});
