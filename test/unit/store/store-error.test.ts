import { expect } from 'chai';
import { LoteriaError } from '../../../src/base/errors';
import { storeError } from '../../../src/store/store-error';
import { expectFailure } from '../helpers/failures';

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

describe('an error of the system below a store', () => {
  for (const [code, advice] of [
    ['ENOSPC', 'make room and start again'],
    ['EDQUOT', 'make room and start again'],
    ['EACCES', 'give the directory to the user of the central (chown -R)'],
    ['EPERM', 'give the directory to the user of the central (chown -R)'],
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
    expect(storeError('/data', systemError('EIO', 'failed')).message).to.match(/^\/data: EIO: fai/);
  });

  it('keeps an error that has a stable code', () => {
    const error = new LoteriaError('STORE_DAMAGED', 'x');
    expect(storeError('/data', error)).to.equal(error);
  });
});
