import { expect } from 'chai';
import { LoteriaError } from '../../../src/base/errors';
import { demandOwnCommitment, publishCommitment } from '../../../src/store/file/acta/commitment';
import type { NumberTerms } from '../../../src/store/terms';
import { MemoryFiles } from '../../support/memory-files';

const PATH = '/data/commitment.json';
const TERMS: NumberTerms = { kind: 'random', seed: '07'.repeat(32), salt: null };

describe('commitment.json', () => {
  it('is accepted as it was published', () => {
    const files = MemoryFiles.withDirectory('/data');
    publishCommitment(files, '/data', TERMS);
    demandOwnCommitment(files, '/data', TERMS);
    expect(files.openDescriptors).to.equal(0);
  });

  it('is damaged when it promises another seed, or nothing that can be read', () => {
    const files = MemoryFiles.withDirectory('/data');
    publishCommitment(files, '/data', { ...TERMS, seed: '08'.repeat(32) });
    expect(() => {
      demandOwnCommitment(files, '/data', TERMS);
    })
      .to.throw(LoteriaError, PATH)
      .with.property('code', 'STORE_DAMAGED');
    const other = MemoryFiles.holding(new Map([[PATH, Buffer.from('{')]]));
    expect(() => {
      demandOwnCommitment(other, '/data', TERMS);
    })
      .to.throw(LoteriaError, 'not a commitment')
      .with.property('code', 'STORE_DAMAGED');
  });

  for (const kind of ['open', 'size', 'read'] as const) {
    it(`has not been damaged by a disk that fails at ${kind}`, () => {
      const files = MemoryFiles.withDirectory('/data');
      publishCommitment(files, '/data', TERMS);
      files.failWhen((call) => (call.kind === kind ? 'EIO' : null));
      expect(() => {
        demandOwnCommitment(files, '/data', TERMS);
      })
        .to.throw(LoteriaError, PATH)
        .with.property('code', 'STORE_IO');
      expect(files.openDescriptors).to.equal(0);
    });
  }
});
