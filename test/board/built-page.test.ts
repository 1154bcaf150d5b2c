import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const PAGE = join(__dirname, '../../dist/board');
const COMPRESSED_MAX_BYTES = 80_000;

function filesOf(directory: string): readonly { readonly name: string; readonly bytes: Buffer }[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({
      name: entry.name,
      bytes: readFileSync(join(entry.parentPath, entry.name)),
    }));
}

describe('the built page of the board', () => {
  it('takes less than 80 kB, compressed', () => {
    const files = filesOf(PAGE);
    expect(files.map(({ name }) => name)).to.include('index.html');
    const compressed = files.reduce((sum, { bytes }) => sum + gzipSync(bytes).length, 0);
    expect(compressed).to.be.lessThan(COMPRESSED_MAX_BYTES);
  });

  it('names no address of another machine', () => {
    for (const { name, bytes } of filesOf(PAGE)) {
      // Names of XML namespaces are no addresses.
      const text = bytes.toString('utf8').replaceAll(/http:\/\/www\.w3\.org\/[\w/]+/g, '');
      expect(
        text.match(/(https?:)?\/\/[a-z0-9-]+\.[a-z]{2,}[^\s"'`)]*/gi) ?? [],
        name,
      ).to.deep.equal([]);
    }
  });

  it('has neither scripts nor styles inside its document', () => {
    const html = readFileSync(join(PAGE, 'index.html'), 'utf8');
    expect(html).to.not.match(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/);
  });
});
