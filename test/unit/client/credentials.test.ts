import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { readToken } from '../../../src/client/credentials';
import { readTlsFiles } from '../../../src/net/tls-files';
import { Authority } from '../../support/certificates';
import { cleanUp, temporaryDirectory } from '../../support/program';
import { expectFailure, thrownBy } from '../helpers/failures';

function fileOf(content: string | Uint8Array): string {
  const path = join(temporaryDirectory(), 'file');
  writeFileSync(path, content);
  return path;
}

describe('token file', () => {
  afterEach(cleanUp);

  const good: readonly (readonly [string, string, string])[] = [
    ['as it is', 'secret', 'secret'],
    ['without its line end', 'secret\n', 'secret'],
    ['without its line end of two bytes', 'secret\r\n', 'secret'],
    ['without one of two line ends', 'secret\n\n', 'secret\n'],
    ['with its blanks', ' se cret ', ' se cret '],
    ['of 256 bytes', 'x'.repeat(256), 'x'.repeat(256)],
    ['of 256 bytes and a line end', `${'x'.repeat(256)}\r\n`, 'x'.repeat(256)],
  ];
  for (const [name, content, token] of good) {
    it(`is taken ${name}`, () => {
      expect(readToken(fileOf(content)).toString('latin1')).to.equal(token);
    });
  }

  it('may hold any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 256 }), (bytes) => {
        expect([...readToken(fileOf(Buffer.concat([bytes, Buffer.from('\r\n')])))]).to.deep.equal([
          ...bytes,
        ]);
      }),
      { numRuns: 20, examples: [[Uint8Array.of(0xff, 0x0d)], [Uint8Array.of(0x0a)]] },
    );
  });

  const bad: readonly (readonly [string, string, string])[] = [
    ['nothing', '', '0 bytes: expected 1 to 256'],
    ['a line end only', '\n', '0 bytes: expected 1 to 256'],
    ['257 bytes', 'x'.repeat(257), '257 bytes: expected 1 to 256'],
    ['very much', 'x'.repeat(100_000), 'expected at most'],
  ];
  for (const [name, content, words] of bad) {
    it(`is refused with ${name} in it, and not quoted`, () => {
      const path = fileOf(content);
      const error = thrownBy(() => readToken(path));
      expectFailure(error, 'CONFIG_INVALID', path, words);
      expect(String(error)).not.to.include('xxx');
    });
  }

  it('that is not there is named', () => {
    const error = thrownBy(() => readToken('/nowhere/token'));
    expectFailure(error, 'CONFIG_UNREADABLE', '/nowhere/token', 'ENOENT');
  });
});

describe('files of TLS', () => {
  let authority: Authority;
  let paths: { cert: string; key: string; ca: string };

  before(async () => {
    authority = await Authority.create(temporaryDirectory());
    paths = { ...(await authority.issue('CN=agency-1')), ca: authority.caFile };
  });
  after(cleanUp);

  it('are read', () => {
    expect(readTlsFiles(paths).cert.toString()).to.include('-----BEGIN CERTIFICATE-----');
  });

  for (const name of ['cert', 'key', 'ca'] as const) {
    it(`are named when they are not there: ${name}`, () => {
      const error = thrownBy(() => readTlsFiles({ ...paths, [name]: '/nowhere/x.pem' }));
      expectFailure(error, 'CONFIG_UNREADABLE', '/nowhere/x.pem', 'ENOENT');
    });

    for (const content of ['', 'no PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n']) {
      it(`are named when they hold ${JSON.stringify(content)}: ${name}`, () => {
        const path = join(temporaryDirectory(), 'x.pem');
        writeFileSync(path, content);
        const error = thrownBy(() => readTlsFiles({ ...paths, [name]: path }));
        expectFailure(error, 'CONFIG_INVALID', `${path}: expected a`);
      });
    }
  }

  it('are refused when key and certificate do not belong together', async () => {
    const { key } = await authority.issue('CN=agency-1');
    const error = thrownBy(() => readTlsFiles({ ...paths, key }));
    expectFailure(error, 'CONFIG_INVALID', `${key}: expected the key of the certificate`);
  });
});
