import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { LoteriaError, type ErrorCode } from '../../../../src/base/errors';
import { parseSecrets, readSecrets } from '../../../../src/server/listen/identity-secrets';
import { cleanUp, temporaryDirectory } from '../../../support/program';
import { expectFailure, thrownBy } from '../../helpers/failures';

const hex = (token: string): string => createHash('sha256').update(token).digest('hex');
const ONE = `1:${hex('uno')}`;
const TWO = `2:${hex('dos')}`;

describe('file of secrets', () => {
  afterEach(cleanUp);

  it('holds a digest for each agency, in any order, with comments and blank lines', () => {
    const text = `# secrets\r\n\n${TWO}\n  # more\n  1 : ${hex('uno').toUpperCase()}  \r\n\n`;
    const secrets = parseSecrets('s', text, 2);
    expect([...secrets].map(([agency, digest]) => [agency, digest.toString('hex')])).to.deep.equal([
      [2, hex('dos')],
      [1, hex('uno')],
    ]);
  });

  it('needs no line end behind its last line', () => {
    expect(parseSecrets('s', `${ONE}\n${TWO}`, 2).size).to.equal(2);
  });

  it('may be empty when no agencies are expected', () => {
    expect(parseSecrets('s', '', 0).size).to.equal(0);
  });

  const bad: readonly (readonly [string, string, ErrorCode, string])[] = [
    [
      'no colon',
      `${ONE}\n2 ${hex('dos')}\n`,
      'CONFIG_INVALID',
      's: line 2: expected agency:sha256',
    ],
    ['a short digest', `\n1:${hex('uno').slice(1)}\n`, 'CONFIG_INVALID', 's: line 2: expected'],
    ['a long digest', `1:${hex('uno')}0\n`, 'CONFIG_INVALID', 's: line 1: expected'],
    ['agency 0', `0:${hex('uno')}\n`, 'CONFIG_INVALID', 's: line 1: expected'],
    ['agency 01', `01:${hex('uno')}\n`, 'CONFIG_INVALID', 's: line 1: expected'],
    ['a comment behind a line', `${ONE} # uno\n`, 'CONFIG_INVALID', 's: line 1: expected'],
    [
      'an agency twice',
      `${ONE}\n${TWO}\n1:${hex('tres')}\n`,
      'CONFIG_INVALID',
      's: line 3: agency 1 is in line 1 already',
    ],
    [
      'a secret twice',
      `${ONE}\n2:${hex('uno')}\n`,
      'CONFIG_INVALID',
      's: line 2: the same secret is in line 1 already',
    ],
    [
      'an agency that is not expected',
      `${ONE}\n${TWO}\n3:${hex('tres')}\n`,
      'CONFIG_INVALID',
      's: line 3: agency 3 is not expected: AGENCIES is 2',
    ],
    ['the empty secret', `1:${hex('')}\n`, 'CONFIG_INVALID', 's: line 1: this is the digest of an'],
    ['an agency missing', `${TWO}\n`, 'CONFIG_MISSING', 's: agency 1 is missing'],
    ['nothing', '', 'CONFIG_MISSING', 's: agency 1 is missing'],
  ];
  for (const [name, text, code, message] of bad) {
    it(`is refused with ${name}`, () => {
      expectFailure(
        thrownBy(() => parseSecrets('s', text, 2)),
        code,
        message,
      );
    });
  }

  it('is never quoted in an error: a line may hold a secret by mistake', () => {
    const error = thrownBy(() => parseSecrets('s', '1:hunter2-hunter2\n', 1));
    expect(String(error)).not.to.include('hunter2');
  });

  it('leads to digests or to a coded error, whatever it holds', () => {
    const line = fc.oneof(
      fc.constantFrom(ONE, TWO, '# x', '', '1:', ':', `3:${hex('tres')}`),
      fc.string({ unit: 'binary', maxLength: 80 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        try {
          const secrets = parseSecrets('s', lines.join('\n'), 2);
          expect([...secrets.keys()].sort()).to.deep.equal([1, 2]);
          for (const digest of secrets.values()) expect(digest).to.have.length(32);
        } catch (error) {
          expect(error).to.be.instanceOf(LoteriaError);
        }
      }),
    );
  });

  it('is read from the disk', () => {
    const path = join(temporaryDirectory(), 'secrets');
    writeFileSync(path, `${ONE}\n`);
    expect(readSecrets(path, 1).get(1)?.toString('hex')).to.equal(hex('uno'));
  });

  it('that is not there is named', () => {
    const path = join(temporaryDirectory(), 'secrets');
    expectFailure(
      thrownBy(() => readSecrets(path, 1)),
      'CONFIG_UNREADABLE',
      path,
      'SECRETS_FILE',
      'ENOENT',
    );
  });

  it('that is a directory is refused', () => {
    const path = temporaryDirectory();
    expectFailure(
      thrownBy(() => readSecrets(path, 1)),
      'CONFIG_UNREADABLE',
      path,
      'EISDIR',
    );
  });
});
