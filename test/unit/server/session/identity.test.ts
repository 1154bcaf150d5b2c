import { createHash } from 'node:crypto';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { NO_TOKEN } from '../../../../src/protocol/commands';
import {
  CertificateIdentity,
  certifiedAgency,
  CombinedIdentity,
  OpenIdentity,
  SecretIdentity,
} from '../../../../src/server/session/identity';

function digest(token: string | Uint8Array): Buffer {
  return createHash('sha256').update(token).digest();
}

describe('identity', () => {
  it('open: anybody may be anybody', () => {
    expect(new OpenIdentity().mayBe()).to.equal(true);
  });

  const secrets = new SecretIdentity(
    new Map([
      [1, digest('uno')],
      [2, digest('dos')],
    ]),
  );
  const cases: readonly (readonly [string, number, string, boolean])[] = [
    ['its own token', 1, 'uno', true],
    ["another agency's token", 1, 'dos', false],
    ['no token', 1, '', false],
    ['a longer token', 1, 'unos', false],
    ['a shorter token', 1, 'un', false],
    ['the digest in place of the token', 1, digest('uno').toString('hex'), false],
    ['an unknown agency with a token of another', 3, 'uno', false],
    ['an unknown agency without a token', 3, '', false],
  ];
  for (const [name, agency, token, expected] of cases) {
    it(`secrets: ${name}: ${String(expected)}`, () => {
      expect(secrets.mayBe(agency, Buffer.from(token))).to.equal(expected);
    });
  }

  it('secrets: an agency is who holds its token, for any tokens', () => {
    const token = fc.uint8Array({ minLength: 1, maxLength: 256 });
    const tokens = fc.uniqueArray(token, { maxLength: 8, selector: (bytes) => bytes.join() });
    fc.assert(
      fc.property(tokens, token, fc.integer({ min: 1, max: 10 }), (known, other, agency) => {
        const identity = new SecretIdentity(new Map(known.map((t, i) => [i + 1, digest(t)])));
        for (const tried of [...known, other]) {
          const own = known[agency - 1];
          const expected = own !== undefined && Buffer.compare(own, tried) === 0;
          expect(identity.mayBe(agency, tried)).to.equal(expected);
        }
      }),
    );
  });

  it('certificates: a connection is the agency that its certificate names', () => {
    const identity = new CertificateIdentity();
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.option(fc.integer({ min: 1, max: 5 })),
        fc.uint8Array({ maxLength: 4 }),
        (agency, certified, token) => {
          expect(identity.mayBe(agency, token, certified)).to.equal(agency === certified);
        },
      ),
    );
  });

  it('both: both must agree', () => {
    const both = new CombinedIdentity([secrets, new CertificateIdentity()]);
    expect(both.mayBe(1, Buffer.from('uno'), 1)).to.equal(true);
    expect(both.mayBe(1, Buffer.from('uno'), 2)).to.equal(false);
    expect(both.mayBe(1, Buffer.from('uno'), null)).to.equal(false);
    expect(both.mayBe(1, Buffer.from('dos'), 1)).to.equal(false);
    expect(both.mayBe(2, Buffer.from('uno'), 2)).to.equal(false);
    expect(both.mayBe(1, NO_TOKEN, 1)).to.equal(false);
  });

  const names: readonly (readonly [string | undefined, number | null])[] = [
    ['agency-1', 1],
    ['agency-65535', 65_535],
    [undefined, null],
    ['', null],
    ['agency-', null],
    ['agency-0', null],
    ['agency-01', null],
    ['agency-1 ', null],
    ['agency-1\n', null],
    ['agency-1\0', null],
    ['xagency-1', null],
    ['AGENCY-1', null],
    ['agency-1e1', null],
    ['agency--1', null],
    ['agency-123456', null],
    ['1', null],
  ];
  for (const [name, agency] of names) {
    it(`the name ${JSON.stringify(name ?? '(none)')} is that of ${String(agency)}`, () => {
      expect(certifiedAgency(name)).to.equal(agency);
    });
  }
});
