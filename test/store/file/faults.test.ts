import { expect } from 'chai';
import { LoteriaError } from '../../../src/base/errors';
import { InvariantError } from '../../../src/base/invariant';
import type { FileCall } from '../../support/memory-faults';
import { DIRECTORY, TestStore } from '../../support/store-driver';
import { bets } from '../../support/store-ledger';
import {
  callsThatCanFail,
  describeCall,
  expectKept,
  from,
  only,
  run,
  SEGMENT_BYTES,
} from '../../support/store-faults';
import { nothingElse } from '../../support/store-random';

describe('store: a disk that fails', () => {
  const calls = callsThatCanFail();

  it('the scenario makes calls of every kind that a store makes', () => {
    expect(new Set(calls.map(({ kind }) => kind))).to.include.keys(
      ...['open', 'close', 'read', 'write', 'size', 'sync', 'syncLater', 'rename', 'remove'],
      'syncDirectory',
    );
    expect(calls.filter(({ kind }) => kind === 'syncLater').length).to.be.greaterThan(27);
  });

  for (const code of ['EIO', 'ENOSPC']) {
    it(`at any one call (${code}) is reported exactly once, with code and place`, () => {
      for (const call of calls) {
        const { store, refusal } = run(only(call.index, code));
        const reported = store === null ? [refusal] : store.failures;
        expect(reported, describeCall(call)).to.have.lengthOf(1);
        const [error] = reported;
        expect(error, describeCall(call)).to.be.instanceOf(LoteriaError);
        expect(error).to.have.property('code', 'STORE_IO');
        expect(String(error)).to.include(`${DIRECTORY}: ${code}: `);
        expect(String(error).includes('make room')).to.equal(code === 'ENOSPC');
      }
    });
  }

  it('at every call from one on is reported exactly once, too', () => {
    for (const call of calls) {
      const { store } = run(from(call.index, 'EIO'));
      if (store === null) continue;
      const isClosed = callsAtClosing(store).length > 0;
      expect(store.failures.length, describeCall(call)).to.equal(1);
      expect(isClosed).to.equal(true);
    }
  });

  it('leaves the commit that met it without an acknowledgement', () => {
    for (const call of calls) {
      const { store, allowed } = run(only(call.index, 'EIO'));
      if (store === null) continue;
      expect(allowed.length, describeCall(call)).to.equal(2);
      const { commits } = store.ledger;
      while (store.files.completeSync());
      expect(store.ledger.commits, describeCall(call)).to.equal(commits);
    }
  });

  it('is not asked again: no write, no sync, no other commit', () => {
    for (const call of calls) {
      const { store } = run(only(call.index, 'EIO'));
      if (store === null) continue;
      expect(() => store.begin([bets(1, 1)]), describeCall(call)).to.throw(
        InvariantError,
        /failed/,
      );
      const atClosing = callsAtClosing(store);
      expect(new Set(atClosing), describeCall(call)).to.deep.equal(new Set(['close']));
    }
  });

  it('leaves no file open, once the store is closed or could not be opened', () => {
    for (const call of calls) {
      const { store, files } = run(only(call.index, 'EIO'));
      if (store !== null) expect(store.close(), describeCall(call)).to.equal(true);
      expect(files.openDescriptors, describeCall(call)).to.equal(0);
    }
  });

  it('loses nothing acknowledged: the next start has it, and so has every later one', () => {
    for (const call of calls) {
      const byRule = run(only(call.index, 'EIO'));
      try {
        expectKept(byRule.files.kill(), byRule.allowed);
      } catch (error) {
        throw new Error(`${describeCall(call)}: ${String(error)}`, { cause: error });
      }
    }
  });

  it('loses nothing acknowledged when the power goes, too', () => {
    for (const call of calls) {
      const { files, allowed } = run(only(call.index, 'EIO'));
      expectKept(files.crash(nothingElse), allowed);
    }
  });
});

describe('store: a disk that fails at closing', () => {
  function closingCalls(): FileCall[] {
    const { store, files } = run(() => null);
    const before = files.calls.length;
    expect(store?.close()).to.equal(true);
    return files.calls.slice(before);
  }

  it('is reported once, and does not keep the store from being closed', () => {
    for (const call of closingCalls()) {
      const { store } = run(only(call.index, 'EIO'));
      expect(store?.close(), describeCall(call)).to.equal(true);
      expect(
        store?.failures.map(({ code }) => code),
        describeCall(call),
      ).to.deep.equal(['STORE_IO']);
      expect(store?.files.openDescriptors, describeCall(call)).to.equal(0);
    }
  });
});

describe('store: a disk that takes only a part of what is written', () => {
  const whole = run(() => null).files.contents();

  it('gets the rest, at whichever write it happens', () => {
    const writes = callsThatCanFail().filter(({ kind }) => kind === 'write').length;
    for (let which = 0; which < writes; which++) {
      for (const part of [1, 0.5]) {
        let seen = 0;
        const { store, files } = run(
          () => null,
          (disk) => {
            disk.shortenWrites((bytes) =>
              seen++ === which ? Math.floor(bytes * part) - 1 : bytes,
            );
          },
        );
        expect(store?.failures).to.deep.equal([]);
        expect(files.contents(), `write ${String(which)}`).to.deep.equal(whole);
      }
    }
  });

  it('gets the rest byte by byte', () => {
    const { store, files } = run(
      () => null,
      (disk) => {
        disk.shortenWrites(() => 1);
      },
    );
    expect(store?.failures).to.deep.equal([]);
    expect(files.contents()).to.deep.equal(whole);
    new TestStore(files.kill(), SEGMENT_BYTES, store?.ledger).expectHolds();
  });
});

/** What closing asks of the files. */
function callsAtClosing(store: TestStore): string[] {
  const before = store.files.calls.length;
  store.close();
  return store.files.calls.slice(before).map(({ kind }) => kind);
}
