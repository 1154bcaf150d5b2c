/** What `npm pack` makes, installed into an empty folder as a user would. */
import { isAscii } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanUp, Program, ROOT, temporaryDirectory } from '../support/program';

const INSTALL_MS = 300_000;

interface Manifest {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

/** Packs what is built. @returns the path of the package */
function pack(): string {
  const directory = temporaryDirectory();
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory];
  execFileSync('npm', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
  const [name = ''] = readdirSync(directory);
  return join(directory, name);
}

describe('the npm package', function () {
  this.timeout(INSTALL_MS);
  let tarball = '';
  before(() => {
    tarball = pack();
  });
  // The first test must not remove it.
  after(cleanUp);

  it('holds the programs and the page of the board, and nothing that only builds or tests them', () => {
    const listed = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).split('\n');
    const names = listed.filter((name) => name !== '').map((name) => name.replace('package/', ''));
    expect(names).to.include.members([
      ...['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'bin/loteria'],
      ...['boot', 'loteria', 'client', 'server', 'health', 'worker'].map((n) => `dist/bin/${n}.js`),
      'dist/board/index.html',
    ]);
    const expected =
      /^(package\.json|LICENSE|[A-Z.]+(es\.)?md|README\.es\.md|bin\/loteria|dist\/(bin|board)\/.+)$/;
    expect(names.filter((name) => !expected.test(name))).to.deep.equal([]);
    expect(names.filter((name) => /\.(cache|map|ts)$/.test(name))).to.deep.equal([]);
  });

  it('starts with bundles that V8 keeps in one byte for each character', () => {
    const paths = ['boot', 'loteria', 'client', 'server', 'health', 'worker'].map((name) =>
      join(ROOT, 'dist', 'bin', `${name}.js`),
    );
    expect(paths.filter((path) => !isAscii(readFileSync(path)))).to.deep.equal([]);
  });

  it('installs into an empty folder without what only builds it, and runs the demo', async function () {
    const folder = temporaryDirectory();
    const npm = (...args: readonly string[]): Program => new Program('npm', args, {}, folder);
    await npm('init', '--yes', '--silent').exited;
    const install = npm(
      'install',
      '--omit=dev',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      tarball,
    );
    if ((await install.exited).code !== 0) {
      const isOffline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENOTCACHED|ETIMEDOUT|E50\d|E403/;
      expect(install.output).to.match(isOffline);
      console.log('    the package is not installed: its dependencies cannot be had here');
      this.skip();
    }
    const there = Object.keys(MANIFEST.devDependencies).filter((name) =>
      existsSync(join(folder, 'node_modules', name)),
    );
    expect(there).to.deep.equal([]);
    const npx = (...args: readonly string[]): Program =>
      new Program('npx', ['--no-install', 'loteria', ...args], {}, folder);
    const version = npx('--version');
    expect((await version.exited).code, version.output).to.equal(0);
    expect(version.lines.at(-1)).to.equal(MANIFEST.version);
    // Not through npx, which keeps signals to itself.
    const args = ['demo', '--agencies', '2', '--bets', '200', '--seed', '1', '--keep'];
    const env = { TMPDIR: folder };
    const demo = new Program(join(folder, 'node_modules', '.bin', 'loteria'), args, env, folder);
    const url = (await demo.waitFor('The board: ')).replace('The board: ', '');
    await demo.waitFor('400 rows in bets.csv');
    const page = await fetch(url);
    expect(page.status).to.equal(200);
    expect(await page.text()).to.include('<script');
    demo.signal('SIGINT');
    expect((await demo.exited).code, demo.output).to.equal(0);
  });
});
