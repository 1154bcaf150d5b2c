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

  it('names the source of a salt that will be published, and is damaged with another one', () => {
    const beacon: NumberTerms = { kind: 'beacon', seed: TERMS.seed, source: 'drand round 7' };
    const files = MemoryFiles.withDirectory('/data');
    expect(publishCommitment(files, '/data', beacon)).to.include({
      salt: null,
      salt_source: 'drand round 7',
    });
    demandOwnCommitment(files, '/data', beacon);
    expect(() => {
      demandOwnCommitment(files, '/data', { ...beacon, source: 'drand round 8' });
    }).to.throw(LoteriaError, 'but the journal holds the seed, salt and source of');
  });

  it('is damaged where the journal has no seed, and may be missing', () => {
    const files = MemoryFiles.withDirectory('/data');
    demandOwnCommitment(files, '/data', TERMS);
    expect(publishCommitment(files, '/data', null)).to.equal(null);
    expect(files.exists(PATH)).to.equal(false);
    publishCommitment(files, '/data', TERMS);
    expect(() => {
      demandOwnCommitment(files, '/data', null);
    }).to.throw(LoteriaError, 'but the journal holds no seed');
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
