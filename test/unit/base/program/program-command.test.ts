import { mkdirSync, mkdtempSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { ownStart, programCommand, shellWord } from '../../../../src/base/program/program-command';

describe('the command that runs the program again', () => {
  const PATH = '/usr/local/bin:/usr/bin::/clone/node_modules/.bin';

  for (const [name, script, cwd, expected] of [
    ['in a clone', '/clone/bin/loteria', '/clone', './bin/loteria'],
    ['elsewhere', '/clone/bin/loteria', '/tmp', '/clone/bin/loteria'],
    ['in a folder with a space', '/my clone/bin/loteria', '/', "'/my clone/bin/loteria'"],
    ['with npx', '/clone/node_modules/.bin/loteria', '/clone', 'npx loteria'],
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

  describe('with executable files', () => {
    let folder: string;
    let script: string;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'loteria-path-'));
      script = file('ours/loteria', 0o755);
    });
    afterEach(() => {
      rmSync(folder, { recursive: true });
    });

    function file(name: string, mode: number): string {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '#!/bin/sh\n', { mode });
      return path;
    }

    /** @param folders of PATH, each in the temporary one */
    function commandWith(folders: readonly string[], cwd: string | null = '/'): string {
      const path = folders.map((name) => join(folder, name)).join(':');
      return programCommand({ script, cwd, path: `${path}::relative` });
    }

    it('is the name, where that is found first in PATH', () => {
      expect(commandWith(['ours'])).to.equal('loteria');
      file('other/loteria', 0o755);
      expect(commandWith(['absent', 'ours', 'other'])).to.equal('loteria');
      expect(commandWith(['ours/.'])).to.equal('loteria');
    });

    it('is the whole path, where PATH has another program of that name before it', () => {
      file('other/loteria', 0o755);
      expect(commandWith(['other', 'ours'])).to.equal(script);
      expect(commandWith(['other'])).to.equal(script);
    });

    it('is the name behind what a shell passes over: a file that is none to run, a folder', () => {
      file('text/loteria', 0o644);
      mkdirSync(join(folder, 'data', 'loteria'), { recursive: true });
      expect(commandWith(['text', 'data', 'ours'])).to.equal('loteria');
    });

    it('is the name, where the first of that name is a link to the same file', () => {
      mkdirSync(join(folder, 'links'));
      symlinkSync(script, join(folder, 'links', 'loteria'));
      expect(commandWith(['links'])).to.equal('loteria');
      expect(commandWith(['links', 'ours'])).to.equal('loteria');
    });

    it('depends on relative folders of PATH only where the command is given', () => {
      const ours = join(folder, 'ours');
      expect(programCommand({ script, cwd: ours, path: '' })).to.equal('loteria');
      expect(programCommand({ script, cwd: null, path: '' })).to.equal(script);
      file('relative/loteria', 0o755);
      const path = `relative:${ours}`;
      expect(programCommand({ script, cwd: folder, path })).to.equal(script);
      expect(programCommand({ script, cwd: null, path })).to.equal('loteria');
    });

    it('is the whole path, where the file was removed', () => {
      rmSync(script);
      expect(commandWith(['ours'])).to.equal(script);
    });
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
