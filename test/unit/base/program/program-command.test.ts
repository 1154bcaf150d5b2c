import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ownStart, programCommand, shellWord } from '../../../../src/base/program/program-command';

describe('the command that runs the program again', () => {
  const PATH = '/usr/local/bin:/usr/bin::/clone/node_modules/.bin';

  for (const [name, script, cwd, expected] of [
    ['in a clone', '/clone/bin/loteria', '/clone', './bin/loteria'],
    ['elsewhere', '/clone/bin/loteria', '/tmp', '/clone/bin/loteria'],
    ['in a folder with a space', '/my clone/bin/loteria', '/', "'/my clone/bin/loteria'"],
    ['with npx', '/clone/node_modules/.bin/loteria', '/clone', 'npx loteria'],
    ['in a folder of PATH', '/usr/local/bin/loteria', '/', 'loteria'],
    ['in a part of another program', '/clone/node_modules/mocha/bin/mocha.js', '/clone', 'loteria'],
    ['in no script', undefined, '/clone', 'loteria'],
  ] as const) {
    it(`${name} is ${expected}`, () => {
      expect(programCommand({ script, cwd, path: PATH })).to.equal(expected);
    });
  }

  it('in a clone, for anywhere, is the whole path', () => {
    const start = { script: '/clone/bin/loteria', cwd: null, path: PATH };
    expect(programCommand(start)).to.equal('/clone/bin/loteria');
  });

  it('is known in a folder that was removed: a central that runs there goes on', () => {
    const before = process.cwd();
    const removed = mkdtempSync(join(tmpdir(), 'loteria-removed-'));
    try {
      process.chdir(removed);
      rmdirSync(removed);
      expect(ownStart().cwd).to.equal(null);
      expect(programCommand()).to.equal('loteria');
    } finally {
      process.chdir(before);
    }
  });

  it('is a word of a shell', () => {
    expect(shellWord('/var/lib/loteria-1.0')).to.equal('/var/lib/loteria-1.0');
    expect(shellWord("it's")).to.equal(String.raw`'it'\''s'`);
  });
});
