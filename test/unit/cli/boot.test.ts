import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  cachePath,
  compileBundle,
  decodeCache,
  encodeCache,
  loadBundle,
  runBundle,
} from '../../../src/cli/boot';
import { configOnly } from '../../../src/cli/run';

const SOURCE = 'exports.answer = function answer() { return 6 * 7; };';

describe('bundles with a code cache', () => {
  let directory: string;
  let path: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'loteria-boot-'));
    path = join(directory, 'bundle.js');
    writeFileSync(path, SOURCE);
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  function writeCache(): Buffer {
    const bundle = compileBundle(path, false);
    runBundle(bundle);
    const file = encodeCache(bundle.source, bundle.script.createCachedData());
    writeFileSync(cachePath(path), file);
    return file;
  }

  const answer = (): number => (loadBundle(path) as { answer(): number }).answer();

  it('run without one', () => {
    expect(answer()).to.equal(42);
  });

  it('take the code of a cache that belongs to them', () => {
    writeCache();
    const { script } = compileBundle(path, true);
    expect(script.cachedDataRejected).to.equal(false);
    expect(answer()).to.equal(42);
  });

  it('leave the cache of another source of the same length alone', () => {
    writeCache();
    writeFileSync(path, SOURCE.replace('6 * 7', '6 + 7'));
    expect(compileBundle(path, true).script.cachedDataRejected).to.equal(undefined);
    expect(answer()).to.equal(13);
  });

  it('leave a damaged cache alone, whichever of its bits is wrong', () => {
    const file = writeCache();
    const source = readFileSync(path);
    expect(decodeCache(source, file)).to.not.equal(undefined);
    for (let at = 0; at < file.length; at++) {
      const damaged = Buffer.from(file);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      expect(decodeCache(source, damaged), `byte ${String(at)}`).to.equal(undefined);
    }
    for (const length of [0, 7, 8, file.length - 1]) {
      expect(decodeCache(source, file.subarray(0, length))).to.equal(undefined);
    }
  });

  it('write both checksums in front of the code', () => {
    const file = encodeCache(Buffer.from('source'), Buffer.from('code'));
    expect(file.readUInt32LE(0)).to.equal(crc32('source'));
    expect(file.readUInt32LE(4)).to.equal(crc32('code'));
    expect(file.subarray(8).toString()).to.equal('code');
  });
});

describe('arguments of a program with a bundle of its own', () => {
  it('are none, or a configuration file', () => {
    expect(configOnly([])).to.deep.equal({});
    expect(configOnly(['--config', 'a.yaml'])).to.deep.equal({ config: 'a.yaml' });
  });

  for (const args of [
    ['--help'],
    ['--config'],
    ['--config', '--help'],
    ['--config', 'a', 'b'],
    ['--config=a'],
    ['--skip-invalid'],
    ['x'],
  ]) {
    it(`are for the whole command otherwise: ${args.join(' ')}`, () => {
      expect(configOnly(args)).to.equal(null);
    });
  }
});
