import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readToken } from '../../../src/client/credentials';
import { readSecrets } from '../../../src/server/listen/identity-secrets';
import { makeSecrets } from '../../../src/tools/secret';
import { cleanUp, temporaryDirectory } from '../../support/program';
import { expectFailure, thrownBy } from '../helpers/failures';

describe('loteria secret', () => {
  afterEach(cleanUp);

  it('makes a token for each agency and the digests for the central', () => {
    const directory = join(temporaryDirectory(), 'new');
    const path = makeSecrets({ directory, agencies: 3 });
    expect(path).to.equal(join(directory, 'secrets'));
    const digests = readSecrets(path, 3);
    const tokens = [1, 2, 3].map((n) => readToken(join(directory, `agency-${String(n)}.token`)));
    tokens.forEach((token, i) => {
      expect(token.toString()).to.match(/^[\w-]{43}$/);
      const digest = createHash('sha256').update(token).digest('hex');
      expect(digests.get(i + 1)?.toString('hex')).to.equal(digest);
    });
    expect(new Set(tokens.map(String)).size).to.equal(3);
    for (const token of tokens) expect(readFileSync(path, 'utf8')).not.to.include(String(token));
  });

  it('lets nobody else read what it made', () => {
    const directory = join(temporaryDirectory(), 'new');
    makeSecrets({ directory, agencies: 1 });
    for (const name of readdirSync(directory)) {
      expect(statSync(join(directory, name)).mode & 0o777).to.equal(0o600);
    }
    expect(statSync(directory).mode & 0o777).to.equal(0o700);
  });

  for (const name of ['secrets', 'agency-2.token']) {
    it(`replaces nothing: ${name} is there already`, () => {
      const directory = temporaryDirectory();
      const path = join(directory, name);
      writeFileSync(path, 'mine');
      const error = thrownBy(() => makeSecrets({ directory, agencies: 2 }));
      expectFailure(error, 'DATA_EXISTS', path, '--out');
      expect(readFileSync(path, 'utf8')).to.equal('mine');
      expect(readdirSync(directory)).to.deep.equal([name]);
    });
  }

  it('leaves nothing behind when it cannot write everything', () => {
    const directory = temporaryDirectory();
    // A link that leads nowhere is not there, and yet cannot be made.
    symlinkSync('/nowhere/at-all', join(directory, 'agency-2.token'));
    expectFailure(
      thrownBy(() => makeSecrets({ directory, agencies: 2 })),
      'DATA_UNREADABLE',
      'agency-2.token',
    );
    expect(readdirSync(directory)).to.deep.equal(['agency-2.token']);
  });

  for (const agencies of [0, 65_536]) {
    it(`is not for ${String(agencies)} agencies`, () => {
      const directory = temporaryDirectory();
      expectFailure(
        thrownBy(() => makeSecrets({ directory, agencies })),
        'USAGE',
        'expected 1 to 65535',
      );
      expect(readdirSync(directory)).to.deep.equal([]);
    });
  }
});
