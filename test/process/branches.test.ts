/** `make branches` in a scratch clone of this checkout as it is, with whatever is not committed yet. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { cleanUp, Program, ROOT, temporaryDirectory } from '../support/program';

const ECHO = ['ej1', 'ej2', 'ej3', 'ej4'];
const LOTTERY = ['ej5', 'ej6', 'ej7', 'ej8'];
const BUILD_MS = 180_000;
/** Nobody's configuration of git must decide what these tests see. */
const GIT = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };

function git(directory: string, ...args: readonly string[]): string {
  const env = { ...process.env, ...GIT };
  return execFileSync('git', args, { cwd: directory, env, encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** The files that git would commit here, or null where this is no checkout. */
function ownFiles(): string[] | null {
  try {
    const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
    return git(ROOT, ...args)
      .split('\0')
      .filter((name) => name !== '');
  } catch {
    return null;
  }
}

function commit(directory: string, message: string): void {
  const identity = ['-c', 'user.name=Ana', '-c', 'user.email=ana@example.com'];
  git(directory, 'add', '--all');
  git(directory, ...identity, 'commit', '--quiet', '--message', message);
}

/** A repository with one commit of the given files of ours. */
function repository(files: readonly string[]): string {
  const directory = temporaryDirectory();
  for (const name of files) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    cpSync(join(ROOT, name), join(directory, name));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  git(directory, 'init', '--quiet', '--initial-branch', 'trunk');
  commit(directory, 'All of it');
  return directory;
}

function makeBranches(directory: string, ...variables: readonly string[]): Program {
  return new Program('make', ['--no-print-directory', 'branches', ...variables], GIT, directory);
}

async function succeed(program: Program): Promise<string> {
  expect((await program.exited).code, program.output).to.equal(0);
  return program.output;
}

function branches(directory: string): string {
  return git(directory, 'for-each-ref', '--format=%(refname) %(objectname)');
}

describe('make branches', () => {
  let files: string[];
  before(function () {
    const found = ownFiles();
    if (found === null) {
      console.log('    make branches is not tested: this is no checkout of git');
      this.skip();
    }
    files = found;
  });
  afterEach(cleanUp);

  const FEW = ['Makefile', 'scripts/branches.sh', 'src/base/mode.ts', '.gitignore'];

  it('gives ej1 to ej4 the echo programs as their default, ej5 to ej8 the lottery', async () => {
    const clone = repository(files);
    await succeed(makeBranches(clone));
    const trees = (names: readonly string[]): Set<string> =>
      new Set(names.map((name) => git(clone, 'rev-parse', `${name}^{tree}`)));
    expect(trees(ECHO).size).to.equal(1);
    expect(trees(LOTTERY)).to.deep.equal(trees(['trunk']));
    expect(git(clone, 'diff', '--name-only', 'trunk', 'ej1')).to.equal('src/base/mode.ts');
    for (const [branch, run] of [
      ['ej4', runEcho],
      ['ej5', runLottery],
    ] as const) {
      git(clone, 'checkout', '--quiet', branch);
      await succeed(new Program('npm', ['run', '--silent', 'build'], {}, clone));
      const script = ['generar-compose.sh', 'compose.yaml', '1'];
      await succeed(new Program('bash', script, {}, clone));
      const compose = readFileSync(join(clone, 'compose.yaml'), 'utf8');
      expect(environmentOf(compose).filter((text) => text.includes('MODE'))).to.deep.equal([]);
      await run(clone);
    }
  }).timeout(BUILD_MS);

  it('leaves the checkout as it is, and creates the same again', async () => {
    const clone = repository(FEW);
    const place = (): string[] => [
      git(clone, 'status', '--porcelain', '--branch'),
      git(clone, 'rev-parse', 'HEAD'),
      readFileSync(join(clone, 'src/base/mode.ts'), 'utf8'),
    ];
    const before = place();
    await succeed(makeBranches(clone));
    const created = branches(clone);
    expect(place()).to.deep.equal(before);
    expect(await succeed(makeBranches(clone))).to.include('ej1: echo, as it was');
    expect(branches(clone)).to.equal(created);
    // From one of the branches, which has the other default, they are the same.
    git(clone, 'checkout', '--quiet', 'ej2');
    await succeed(makeBranches(clone));
    expect(branches(clone)).to.equal(created);
  });

  it('refuses changes that no commit has', async () => {
    const clone = repository(FEW);
    for (const name of ['Makefile', 'new.ts']) {
      const path = join(clone, name);
      const text = name === 'Makefile' ? readFileSync(path, 'utf8') : '';
      writeFileSync(path, `${text}# more\n`);
      const program = makeBranches(clone);
      expect((await program.exited).code, program.output).not.to.equal(0);
      expect(program.output).to.include('commit or remove them');
      expect(branches(clone).split('\n')).to.have.length(1);
      if (name === 'Makefile') writeFileSync(path, text);
    }
  });

  it('refuses a branch with other content, and replaces it with FORCE=1', async () => {
    const clone = repository(FEW);
    git(clone, 'checkout', '--quiet', '-b', 'ej3');
    writeFileSync(join(clone, 'mine.txt'), 'mine\n');
    commit(clone, 'Mine');
    const mine = git(clone, 'rev-parse', '--short', 'HEAD');
    git(clone, 'checkout', '--quiet', 'trunk');
    const before = branches(clone);

    const refused = makeBranches(clone);
    expect((await refused.exited).code).not.to.equal(0);
    expect(refused.output).to.include(`ej3 is there with other content (${mine})`);
    expect(branches(clone)).to.equal(before);

    const tree = join(temporaryDirectory(), 'tree');
    git(clone, 'worktree', 'add', '--quiet', tree, 'ej3');
    const inUse = makeBranches(clone, 'FORCE=1');
    expect((await inUse.exited).code).not.to.equal(0);
    expect(inUse.output).to.include('ej3 is checked out');
    expect(branches(clone)).to.equal(before);
    git(clone, 'worktree', 'remove', tree);

    const output = await succeed(makeBranches(clone, 'FORCE=1'));
    expect(output).to.include(`ej3: echo, in place of ${mine}`);
    expect(git(clone, 'show', 'ej3:src/base/mode.ts')).to.include("DEFAULT_MODE: Mode = 'echo'");
  });
});

function environmentOf(compose: string): string[] {
  const { services } = parse(compose) as {
    services: Record<string, { environment: string[] }>;
  };
  return Object.values(services).flatMap(({ environment }) => environment);
}

function start(clone: string, program: string, env: Readonly<Record<string, string>>): Program {
  const data = join(temporaryDirectory(), 'data');
  const args = [join(clone, 'bin', 'loteria'), program];
  return new Program(process.execPath, args, { DATA_DIR: data, ...env }, clone);
}

/** Starts central and agency 1 with the configuration files of the checkout. @returns their logs */
async function runBoth(clone: string, ready: string, env: Record<string, string>): Promise<string> {
  const server = start(clone, 'server', { SERVER_PORT: '0', AGENCIES: '1' });
  const port = /port: (\d+)/.exec(await server.waitFor(ready))?.[1] ?? '';
  const address = { CLI_ID: '1', CLI_SERVER_ADDRESS: `127.0.0.1:${port}` };
  const client = start(clone, 'client', { ...address, ...env });
  const output = await succeed(client);
  server.signal('SIGTERM');
  return output + (await succeed(server));
}

async function runEcho(clone: string): Promise<void> {
  const env = { CLI_LOOP_AMOUNT: '2', CLI_LOOP_PERIOD: '10ms' };
  const output = await runBoth(clone, 'action: listen | result: success', env);
  expect(output).to.include('client_id: 1 | msg: [CLIENT 1] Message N°2');
  expect(output).to.include('action: loop_finished | result: success | client_id: 1');
}

async function runLottery(clone: string): Promise<void> {
  const bets = join(temporaryDirectory(), 'bets.csv');
  writeFileSync(bets, 'Ana,Paz,1,2000-01-01,7574\r\n');
  const output = await runBoth(clone, 'action: listen | result: success', { CLI_DATA: bets });
  expect(output).to.include('action: consulta_ganadores | result: success | cant_ganadores: 1');
}
