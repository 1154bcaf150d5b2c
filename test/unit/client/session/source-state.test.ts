import { expect } from 'chai';
import { InvariantError } from '../../../../src/base/invariant';
import type { Batch } from '../../../../src/client/csv/batch';
import { SourceState } from '../../../../src/client/session/source-state';

const BATCH = {
  ...{ form: 'batch' as const, offset: 0, count: 1 },
  ...{ rows: Buffer.alloc(1), checksum: 0, sourceBytes: 1 },
} satisfies Batch;

describe('SourceState', () => {
  for (const [gave, what] of [
    ['a batch', BATCH],
    ['its end', null],
  ] as const) {
    it(`refuses ${gave} that nobody asked for`, () => {
      const source = new SourceState();
      expect(() => {
        source.receive(what);
      }, 'ready').to.throw(InvariantError);
      expect(source.pull()).to.equal(true);
      source.receive(null);
      expect(source.isExhausted).to.equal(true);
      expect(() => {
        source.receive(what);
      }, 'exhausted').to.throw(InvariantError);
    });
  }
});
