import { expect } from 'chai';
import { LoteriaError } from '../../../../src/base/errors';
import {
  adviseCentral,
  adviseCommand,
  adviseInit,
  failureOf,
  refusalOf,
} from '../../../../src/store/postgres/refusals';

function fromServer(code: string, message = 'it says\nwhy | how'): Error {
  return Object.assign(new Error(message), { code, severity: 'ERROR' });
}

describe('an error of PostgreSQL', () => {
  const RESTORE = 'Restore the tables from a backup, or use the program that made them';
  const RIGHTS = 'Give the role its rights with `loteria store init URL --role ROLE`';
  for (const [state, ofCommand, ofInit] of [
    ['42P01', RESTORE, ''],
    ['42703', RESTORE, ''],
    ['3F000', RESTORE, ''],
    ['42501', RIGHTS, 'Use a user that may make a schema'],
  ] as const) {
    it(`${state} is STORE_REFUSED, in one line, with advice to who can follow it`, () => {
      for (const [advise, expected] of [
        [undefined, ''],
        [adviseCommand, `. ${ofCommand}`],
        [adviseCentral, `. ${ofCommand}, and start again`],
        [adviseInit, ofInit === '' ? '' : `. ${ofInit}`],
      ] as const) {
        const error = fromServer(state);
        const refusal = refusalOf('postgres://here/db', error, advise);
        expect(refusal).to.include({ code: 'STORE_REFUSED', cause: error });
        const said = `postgres://here/db: ${state}: it says why   how${expected}`;
        expect(refusal?.message.slice(0, said.length)).to.equal(said);
        if (expected === '') expect(refusal?.message).to.equal(said);
        expect(refusal?.message).not.to.match(/[|\r\n]/);
      }
    });
  }

  for (const state of ['23505', '22003']) {
    it(`${state} is STORE_DAMAGED, in one line, with advice`, () => {
      const error = fromServer(state);
      const refusal = refusalOf('db', error);
      expect(refusal).to.include({ code: 'STORE_DAMAGED', cause: error });
      expect(refusal?.message).to.include(`db: ${state}: it says why   how. `);
      expect(refusal?.message).to.include('from a backup');
    });
  }

  for (const [state, what] of [
    ['08006', 'a lost connection'],
    ['25006', 'a read-only transaction'],
    ['28P01', 'a refused password'],
    ['40P01', 'a deadlock'],
    ['53100', 'a full disk'],
    ['53300', 'too many connections'],
    ['55P03', 'a lock'],
    ['57P01', 'a server that shuts down'],
    ['58030', 'an error of the disk'],
    ['XX001', 'a damaged page'],
  ] as const) {
    it(`${state} may pass: ${what}`, () => {
      expect(refusalOf('db', fromServer(state))).to.equal(null);
      expect(failureOf('db', fromServer(state, 'why'), adviseCommand)).to.include({
        ...{ code: 'STORE_IO', message: 'db: why' },
      });
    });
  }

  it('is none where it does not come from the server', () => {
    const own = Object.assign(new Error('x'), { code: '42P01' });
    for (const error of [own, new Error('x'), 'x', null]) {
      expect(refusalOf('db', error)).to.equal(null);
    }
    const coded = new LoteriaError('CONFIG_INVALID', 'x');
    expect(failureOf('db', coded, adviseCommand)).to.equal(coded);
  });
});
