import { expect } from 'chai';
import { LoteriaError } from '../../../src/base/errors';
import { damageAt, damaged, storeError, withOwnerAdvice } from '../../../src/store/store-error';
import { expectFailure } from '../helpers/failures';

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

describe('an error of the system below a store', () => {
  for (const [code, advice] of [
    ['ENOSPC', 'make room and start again'],
    ['EDQUOT', 'make room and start again'],
    ['EACCES', 'this user may not use it'],
    ['EPERM', 'this user may not use it'],
    ['EROFS', 'mount the file system for writing'],
    ['EIO', 'check the disk'],
    ['ENOTDIR', 'a file is where a directory has to be'],
    ['EISDIR', 'move it away and start again'],
    ['EMFILE', 'raise the limit on open files'],
  ] as const) {
    it(`${code}: says where, why, and what to do`, () => {
      const error = storeError('/data', systemError(code, `${code}: why, open '/data/x'`));
      expectFailure(error, 'STORE_IO', `/data: ${code}: why, open '/data/x'; `, advice);
    });
  }

  it('says its code once, also where the message has none', () => {
    const whole = storeError('/data', systemError('EXDEV', "EXDEV: why, rename 'a'"));
    expect(whole.message).to.equal("/data: EXDEV: why, rename 'a'");
    const named = storeError('/data', systemError('EXDEV', 'listen EXDEV: why'));
    expect(named.message).to.equal('/data: listen EXDEV: why');
    expect(storeError('/data', systemError('EIO', 'failed')).message).to.match(/^\/data: EIO: fai/);
  });

  it('of access advises chown at the start of a central only', () => {
    const OWNER = 'give the directory to the user of the central (chown -R), and start again';
    for (const code of ['EACCES', 'EPERM']) {
      const denied = storeError('/data', systemError(code, `${code}: why`));
      expect(denied.message).not.to.include('chown');
      expectFailure(withOwnerAdvice(denied), 'STORE_IO', `/data: ${code}: why; `, OWNER);
    }
    const full = storeError('/data', systemError('ENOSPC', 'ENOSPC: why'));
    expect(withOwnerAdvice(full)).to.equal(full);
    const other = new LoteriaError('STORE_IO', 'x', { cause: systemError('EACCES', 'EACCES: y') });
    expect(withOwnerAdvice(other)).to.equal(other);
  });

  it('of files has an offset, whatever their path', () => {
    const path = '/srv/a://b/bets.csv';
    expectFailure(damaged(path, 5, 'bad'), 'STORE_DAMAGED', `${path}: offset 5: bad. `, 'DATA_DIR');
    const place = { name: '/srv/a://b', kind: 'directory' } as const;
    expectFailure(damageAt(place)('bad', 5), 'STORE_DAMAGED', '/srv/a://b: offset 5: bad. ');
    const tables = damageAt({ name: 'postgres://h/l', kind: 'database' })('bad', 5, 'Move it.');
    const advice = 'Keep a copy of the database, and restore it from a backup';
    expect(tables.message).to.equal(`postgres://h/l: bad. ${advice}`);
  });

  it('keeps an error that has a stable code', () => {
    const error = new LoteriaError('STORE_DAMAGED', 'x');
    expect(storeError('/data', error)).to.equal(error);
  });
});
