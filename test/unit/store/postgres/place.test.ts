import { expect } from 'chai';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePlace, serversOf } from '../../../../src/store/postgres/connection/place';
import { makeDirectory, removeDirectories } from '../../../support/store-directory';

describe('the place of a PostgreSQL', () => {
  after(removeDirectories);

  it('is one host or several, with a port or without', () => {
    expect(parsePlace('postgres://loteria@10.0.0.1,db-2:5433,[::1]:5434/lottery')).to.deep.equal({
      name: 'postgres://10.0.0.1,db-2:5433,[::1]:5434/lottery',
      user: 'loteria',
      hosts: [
        { host: '10.0.0.1', port: 5432 },
        { host: 'db-2', port: 5433 },
        { host: '::1', port: 5434 },
      ],
      database: 'lottery',
      authorities: null,
      demandsStandby: true,
      assumesNoStandby: false,
    });
  });

  it('waits for a standby where there may be one, unless it says something else', () => {
    const demands = (url: string): boolean => parsePlace(url).demandsStandby;
    expect(demands('postgres://a@h/d')).to.equal(false);
    expect(demands('postgresql://a@h,i/d')).to.equal(true);
    expect(demands('postgres://a@h/d?synchronous=required')).to.equal(true);
    expect(demands('postgres://a@h,i/d?synchronous=off')).to.equal(false);
  });

  it('assumes that there is no standby where one host is named and nothing is said', () => {
    const assumes = (url: string): boolean => parsePlace(url).assumesNoStandby;
    expect(assumes('postgres://a@h/d')).to.equal(true);
    expect(assumes('postgres://a@h/d?synchronous=off')).to.equal(false);
    expect(assumes('postgres://a@h/d?synchronous=required')).to.equal(false);
    expect(assumes('postgres://a@h,i/d')).to.equal(false);
  });

  it('has its user and database percent-encoded, as in a URL', () => {
    const { user, database } = parsePlace('postgres://a%40b@h/d%2F1');
    expect([user, database]).to.deep.equal(['a@b', 'd/1']);
  });

  function fileOf(text: string): string {
    const path = join(makeDirectory(), 'file');
    writeFileSync(path, text);
    return path;
  }

  function passwordOf(file: string): string | undefined {
    return serversOf(parsePlace('postgres://a@h/d'), file)[0]?.password?.();
  }

  it('has TLS with the name of each host, or none whatever the environment says', () => {
    const url = `postgres://a@h,i:6000/d?sslmode=verify-full&sslrootcert=${fileOf('certificates')}`;
    const shared = { user: 'a', database: 'd' };
    const tls = (host: string): object => ({ ca: 'certificates', host, rejectUnauthorized: true });
    expect(serversOf(parsePlace(url), null)).to.deep.equal([
      { host: 'h', port: 5432, ...shared, ssl: tls('h') },
      { host: 'i', port: 6000, ...shared, ssl: tls('i') },
    ]);
    const none = { host: 'h', port: 5432, ...shared, ssl: false };
    for (const options of ['', '?sslmode=disable']) {
      const place = parsePlace(`postgres://a@h/d${options}`);
      expect(serversOf(place, null)).to.deep.equal([none]);
    }
  });

  for (const [what, text] of [
    ['all of a file without a line break', 'se cret'],
    ['its line', 'se cret\n'],
    ['its line, written on Windows', 'se cret\r\n'],
    ['the first of several lines', 'se cret\nanother\n'],
  ] as const) {
    it(`has as password ${what}`, () => {
      expect(passwordOf(fileOf(text))).to.equal('se cret');
    });
  }

  it('has the password that the file holds now', () => {
    const file = fileOf('before\n');
    const [server] = serversOf(parsePlace('postgres://a@h/d'), file);
    expect(server?.password?.()).to.equal('before');
    writeFileSync(file, 'behind\n');
    expect(server?.password?.()).to.equal('behind');
  });

  it('has the password of a pipe, which is read once', async () => {
    const pipe = join(makeDirectory(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = spawn('sh', ['-c', 'echo "se cret" > "$0"', pipe]);
    const ended = once(writer, 'exit');
    const [server] = serversOf(parsePlace('postgres://a@h/d'), pipe);
    expect([server?.password?.(), server?.password?.()]).to.deep.equal(['se cret', 'se cret']);
    await ended;
  });

  it('is refused with a password file without a password, or without an end', () => {
    for (const [file, what] of [
      [fileOf(''), 'its first line is empty'],
      [fileOf('\nsecond\n'), 'its first line is empty'],
      ['/dev/zero', 'expected at most 65536 bytes'],
    ] as const) {
      expect(() => passwordOf(file))
        .to.throw(what)
        .and.include({ code: 'CONFIG_INVALID' });
    }
  });

  for (const [url, what] of [
    ['postgres://a@h', 'not postgres://'],
    ['postgres://a@h/', 'not postgres://'],
    ['mysql://a@h/d', 'not postgres://'],
    ['postgres://h/d', 'the user is missing'],
    ['postgres://a:b@h/d', 'STORE_PASSWORD_FILE'],
    ['postgres://a@h,/d', '"" is not HOST'],
    ['postgres://a@h:0/d', '"h:0" is not HOST'],
    ['postgres://a@h:65536/d', '"h:65536" is not HOST'],
    ['postgres://a@%zz/d%zz', 'percent-encoded'],
    ['postgres://a@h/d?sslmode=require', 'expected disable or verify-full'],
    ['postgres://a@h/d?sslmode=verify-full', 'expected both or none'],
    ['postgres://a@h/d?sslrootcert=x', 'expected both or none'],
    ['postgres://a@h/d?synchronous=maybe', 'expected required or off'],
    ['postgres://a@h/d?sslkey=x', 'unknown option "sslkey"'],
  ] as const) {
    it(`is refused as ${url}`, () => {
      expect(() => parsePlace(url))
        .to.throw(what)
        .and.include({ code: 'CONFIG_INVALID' });
    });
  }

  it('is refused when its password cannot be read', () => {
    expect(() => serversOf(parsePlace('postgres://a@h/d'), '/nonexistent/password'))
      .to.throw('/nonexistent/password')
      .and.include({ code: 'CONFIG_UNREADABLE' });
  });
});
