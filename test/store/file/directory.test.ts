import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createDirectory } from '../../../src/store/file/directory/directory';
import { nodeFiles, type Files } from '../../../src/store/file/directory/files';
import { Store } from '../../../src/store/file/store';
import { makeDirectory, removeDirectories } from '../../support/store-directory';
import { writeWinners } from '../../support/winners-list';
import { expectFailure, thrownBy } from '../../unit/helpers/failures';

describe('the directory of a store', () => {
  let parent: string;
  let calls: string[];
  let files: Files;

  beforeEach(() => {
    parent = makeDirectory();
    calls = [];
    const note = (what: string, path: string): void => {
      calls.push(`${what} ${path.replace(parent, '')}`);
    };
    files = {
      ...nodeFiles,
      makeDirectory: (path) => {
        note('make', path);
        nodeFiles.makeDirectory(path);
      },
      syncDirectory: (path) => {
        note('sync', path);
        nodeFiles.syncDirectory(path);
      },
    };
  });
  afterEach(removeDirectories);

  it('is made with those above it, each name on disk before anything is in it', () => {
    createDirectory(files, join(parent, 'a', 'b', 'c'));
    expect(calls.slice(1)).to.deep.equal([
      'make /a',
      'sync ',
      'make /a/b',
      'sync /a',
      'make /a/b/c',
      'sync /a/b',
    ]);
  });

  it('that another life has made and perhaps not synced is synced again', () => {
    mkdirSync(join(parent, 'a'));
    createDirectory(files, join(parent, 'a'));
    expect(calls).to.deep.equal(['sync ']);
  });

  it('is left as it is when it is there, also behind a link', () => {
    mkdirSync(join(parent, 'a'), { mode: 0o755 });
    symlinkSync(join(parent, 'a'), join(parent, 'link'));
    for (const name of ['a', 'link']) createDirectory(files, join(parent, name));
    expect(statSync(join(parent, 'a')).mode & 0o777).to.equal(0o755);
  });

  it('and its files are not readable by others', async () => {
    const directory = join(parent, 'a', 'b');
    const before = process.umask(0o022);
    try {
      createDirectory(nodeFiles, directory);
      const store = Store.open({
        directory,
        files: nodeFiles,
        segmentBytes: 4096,
        onFailure: (error) => {
          throw error;
        },
      });
      writeWinners(nodeFiles, join(directory, 'winners.csv'), []);
      await new Promise<void>((resolve) => {
        store.close(resolve);
      });
    } finally {
      process.umask(before);
    }
    const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    expect(modeOf(join(parent, 'a'))).to.equal('750');
    expect(modeOf(directory)).to.equal('750');
    const names = readdirSync(directory);
    expect(names).to.have.members(['bets.csv', 'journal.a', 'journal.b', 'winners.csv']);
    for (const name of names) expect(modeOf(join(directory, name)), name).to.equal('640');
  });

  it('that cannot be made is an I/O error of the store', () => {
    writeFileSync(join(parent, 'file'), '');
    symlinkSync(join(parent, 'nowhere'), join(parent, 'dangling'));
    for (const path of ['/proc/x/y', join(parent, 'file', 'a'), join(parent, 'dangling')]) {
      const create = (): void => {
        createDirectory(nodeFiles, path);
      };
      expectFailure(thrownBy(create), 'STORE_IO', path);
    }
  });
});
