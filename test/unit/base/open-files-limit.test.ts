import { expect } from 'chai';
import { openFilesMax } from '../../../src/base/process';

describe('openFilesMax', () => {
  it('is what the system lets this process have', () => {
    const limits =
      'Max processes 9 9 processes\nMax open files            1024       4096    files\n';
    expect(openFilesMax(limits)).to.equal(1_024);
    expect(openFilesMax()).to.be.above(0);
  });

  it('is no limit where the system does not say, or has none', () => {
    expect(openFilesMax('')).to.equal(Infinity);
    expect(
      openFilesMax('Max open files            unlimited            unlimited   files'),
    ).to.equal(Infinity);
  });
});
