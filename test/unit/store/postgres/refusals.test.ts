import { expect } from 'chai';
import { LoteriaError } from '../../../../src/base/errors';
import { failureOf, refusalOf } from '../../../../src/store/postgres/refusals';

function fromServer(code: string, message = 'it says\nwhy | how'): Error {
  return Object.assign(new Error(message), { code, severity: 'ERROR' });
}

describe('an error of PostgreSQL', () => {
  for (const [code, state, advice] of [
    ['STORE_REFUSED', '42P01', 'from a backup'],
    ['STORE_REFUSED', '42703', 'from a backup'],
    ['STORE_REFUSED', '3F000', 'from a backup'],
    ['STORE_REFUSED', '42501', 'store init URL --role ROLE'],
    ['STORE_DAMAGED', '23505', 'from a backup'],
    ['STORE_DAMAGED', '22003', 'from a backup'],
  ] as const) {
    it(`${state} is ${code}, with advice, in one line`, () => {
      const refusal = refusalOf('postgres://here/db', fromServer(state));
      expect(refusal?.code).to.equal(code);
      expect(refusal?.message).to.match(/^postgres:\/\/here\/db: .{5}: it says why how\. /);
      expect(refusal?.message).to.include(state).and.include(advice);
      expect(refusal?.message).not.to.match(/[|\r\n]/);
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
      expect(failureOf('db', fromServer(state, 'why'))).to.include({
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
    expect(failureOf('db', coded)).to.equal(coded);
  });
});
