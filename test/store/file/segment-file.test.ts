import { mkdtempSync, openSync, closeSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { nodeFiles, type Files } from '../../../src/store/file/directory/files';
import { SegmentFile } from '../../../src/store/file/journal/segment-file';
import { decodeSegmentHeader } from '../../../src/store/file/journal/segment-header';
import { segmentHeader } from '../../support/store-bytes';

const SEGMENT_BYTES = 100_000;
const HEADER = segmentHeader({
  ...{ magic: 'LNJRNL03', generation: 3, csvBytes: 500, csvSyncedBytes: 400 },
  snapshot: { agencies: [[2, 11, 99, 1]], draw: null },
});

function segment(change: (bytes: Buffer) => void = () => undefined): Buffer {
  const bytes = Buffer.alloc(SEGMENT_BYTES, 0x41);
  HEADER.copy(bytes);
  change(bytes);
  return bytes;
}

describe('SegmentFile', () => {
  let directory = '';
  let fd = -1;
  let bytesRead = 0;
  const files: Files = {
    ...nodeFiles,
    read: (from, into, position) => {
      const count = nodeFiles.read(from, into, position);
      bytesRead += count;
      return count;
    },
  };

  function opened(bytes: Buffer): SegmentFile {
    const path = join(directory, 'journal.a');
    writeFileSync(path, bytes);
    fd = openSync(path, 'r');
    return new SegmentFile(files, path, fd);
  }

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'loteria-segment-'));
    bytesRead = 0;
  });

  afterEach(() => {
    closeSync(fd);
    rmSync(directory, { recursive: true });
  });

  it('reads the header, and the rest only when it is asked for', () => {
    const bytes = segment();
    const file = opened(bytes);
    expect(file.header.equals(HEADER)).to.equal(true);
    const expected = { generation: 3, csvSyncedBytes: 400, bytes: HEADER.length };
    for (const read of [file.header, bytes]) {
      const header = decodeSegmentHeader(read);
      expect(header).to.include(expected);
      expect([...(header?.state.agencies.keys() ?? [])]).to.deep.equal([2]);
    }
    expect(bytesRead).to.be.lessThan(2 * HEADER.length);
    expect(file.bytes.equals(bytes)).to.equal(true);
    expect(file.bytes).to.equal(file.bytes);
    expect(bytesRead).to.be.lessThan(SEGMENT_BYTES + 2 * HEADER.length + 1);
  });

  const broken: readonly (readonly [string, Buffer])[] = [
    ['of zeros', Buffer.alloc(SEGMENT_BYTES)],
    ['whose header is longer than it', segment((bytes) => bytes.writeUInt32BE(SEGMENT_BYTES, 40))],
    ['whose header is damaged', segment((bytes) => bytes.writeUInt32BE(0, 44))],
    ['cut off within its header', segment().subarray(0, HEADER.length - 1)],
    ['cut off before its snapshot', segment().subarray(0, 20)],
    ['without a byte', Buffer.alloc(0)],
  ];
  for (const [what, bytes] of broken) {
    it(`finds no header in a file ${what}, as in all of its bytes`, () => {
      const file = opened(bytes);
      expect(decodeSegmentHeader(file.header)).to.equal(null);
      expect(decodeSegmentHeader(bytes)).to.equal(null);
      expect(file.header.length).to.be.lessThan(bytes.length + 1);
      expect(file.header.length >= Math.min(bytes.length, 48)).to.equal(true);
      expect(file.bytes.equals(bytes)).to.equal(true);
    });
  }
});
