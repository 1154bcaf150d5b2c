import { expect } from 'chai';
import { InvariantError } from '../../../src/base/invariant';
import { replaceFile } from '../../../src/store/file/directory/files';
import { guardedFiles, StoreGuard } from '../../../src/store/file/directory/guard';
import { Store } from '../../../src/store/file/store';
import { MemoryFiles } from '../../support/memory-files';
import { expectFailure, thrownBy } from '../../unit/helpers/failures';

const PATH = '/data/bets.csv';
const OTHER = '/data/other.csv';

describe('the guard of a store', () => {
  let disk: MemoryFiles;
  let fd: number;
  let guard: StoreGuard;
  const check = (): void => {
    guard.check();
  };

  beforeEach(() => {
    const names = [PATH, OTHER];
    disk = MemoryFiles.holding(new Map(names.map((name) => [name, Buffer.from('row')])));
    fd = disk.open(PATH, false);
    guard = new StoreGuard(disk);
    guard.watch(PATH, fd);
  });

  it('finds nothing wrong while the file grows, shrinks, and is synced', () => {
    disk.write(fd, [Buffer.from('more')], 3);
    disk.truncate(fd, 1);
    disk.sync(fd);
    check();
  });

  it('names a file that was removed', () => {
    disk.remove(PATH);
    expectFailure(thrownBy(check), 'STORE_IO', PATH, 'not there');
  });

  it('names a file that was replaced by another one with the same bytes', () => {
    disk.rename(OTHER, PATH);
    expectFailure(thrownBy(check), 'STORE_IO', PATH, 'another one is in its place');
  });

  it('names a socket that is another one', () => {
    guard.watchSocket(OTHER, 'what it was');
    expectFailure(thrownBy(check), 'STORE_IO', OTHER);
  });

  it('names what the system says when it cannot look', () => {
    disk.failWhen(({ kind }) => (kind === 'identityAt' ? 'ESTALE' : null));
    expectFailure(thrownBy(check), 'STORE_IO', PATH, 'ESTALE');
  });

  it('refuses to watch what it cannot look at', () => {
    disk.failWhen(({ kind }) => (kind === 'identityOf' ? 'EIO' : null));
    const watch = (): void => {
      guard.watch(OTHER, fd);
    };
    expectFailure(thrownBy(watch), 'STORE_IO', OTHER, 'EIO');
  });

  it('leaves no file of a store open that it cannot look at', () => {
    for (const failing of ['identityOf', 'identityAt', 'size']) {
      const files = MemoryFiles.withDirectory('/data');
      const onFailure = (error: unknown): never => {
        throw error;
      };
      const options = { directory: '/data', files, segmentBytes: 4096, onFailure };
      const store = Store.open(options);
      files.failWhen(({ kind }) => (kind === failing ? 'EIO' : null));
      const watch = (): void => {
        store.watchedBy(new StoreGuard(files));
      };
      expectFailure(thrownBy(watch), 'STORE_IO', '/data/', 'EIO');
      expect(files.openDescriptors, failing).to.equal(0);
      const commit = (): void => {
        store.commit([], () => undefined);
      };
      expect(commit).to.throw(InvariantError, 'from closed to committing');
    }
  });

  it('believes a file system that has given the open file another identity', () => {
    let identity = 'first';
    const shifting = guardedFiles(disk, guard);
    const fickle = new StoreGuard({
      ...shifting,
      identityOf: () => identity,
      identityAt: () => identity,
    });
    fickle.watch(PATH, fd);
    identity = 'second';
    fickle.check();
  });

  it('lets nothing be put in place by path once a file was replaced', () => {
    const files = guardedFiles(disk, guard);
    replaceFile(files, '/data/winners.csv', [Buffer.from('1,2')]);
    expect(disk.contents().get('/data/winners.csv')?.toString()).to.equal('1,2');
    disk.rename(OTHER, PATH);
    const before = [...disk.contents()].join();
    for (const change of [
      () => {
        replaceFile(files, '/data/winners.csv', [Buffer.from('9,9')]);
      },
      () => files.open('/data/new', true),
      () => {
        files.rename('/data/winners.csv', '/data/acta.json');
      },
      () => {
        files.remove('/data/winners.csv');
      },
      () => {
        files.makeDirectory('/data/below');
      },
    ]) {
      expectFailure(thrownBy(change), 'STORE_IO', PATH);
    }
    expect([...disk.contents()].join()).to.equal(before);
  });

  it('names what is wrong when a file cannot be opened because all of them are gone', () => {
    const files = guardedFiles(disk, guard);
    expect(() => files.open('/data/winners.csv', false)).to.throw('ENOENT');
    disk.displace(PATH, false);
    const open = (): unknown => files.open('/data/winners.csv', false);
    expectFailure(thrownBy(open), 'STORE_IO', PATH, 'removed, moved or replaced');
  });
});
