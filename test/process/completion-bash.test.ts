/** TAB in a bash that has read nothing but the script: no start-up file, no package bash-completion. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanUp, LOTERIA, loteria, temporaryDirectory } from '../support/program';

const TIMEOUT_MS = 60_000;
const TAB = '\t';
const TO_BEGIN = '\u0001';

/** Types into a bash on a terminal of its own. @returns what the terminal shows */
async function type(directory: string, keys: string): Promise<string> {
  const env = {
    ...{ PATH: `${directory}:${process.env['PATH'] ?? ''}`, HOME: directory, TERM: 'dumb' },
    ...{ PS1: '> ', HISTFILE: '/dev/null' },
  };
  const child = spawn('script', ['-qec', 'bash --norc --noprofile -i', '/dev/null'], {
    ...{ cwd: directory, env, timeout: TIMEOUT_MS },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  child.stdin.end(`${keys}exit\n`);
  await new Promise((resolve) => child.once('close', resolve));
  return shown;
}

describe('completion in bash', () => {
  let directory: string;

  before(function () {
    if (spawnSync('script', ['--version']).status !== 0) this.skip();
    if (spawnSync('bash', ['--version']).status !== 0) this.skip();
  });
  beforeEach(async () => {
    directory = temporaryDirectory();
    symlinkSync(LOTERIA, join(directory, 'loteria'));
    writeFileSync(join(directory, 'sorteo.csv'), '');
    mkdirSync(join(directory, 'apuestas'));
    const program = loteria(['complete', 'bash']);
    await program.exited;
    writeFileSync(join(directory, 'script'), program.output);
  });
  afterEach(cleanUp);

  it('knows sub-commands, options and their values, and elsewhere paths', async () => {
    const lines = [
      ['loteria sta', 'loteria status '],
      ['loteria demo --ki', 'loteria demo --kill '],
      ['loteria status --sort=be', 'loteria status --sort=bets '],
      ['loteria status --sort be', 'loteria status --sort bets '],
      ['AGENCIES=2 loteria store ag', 'AGENCIES=2 loteria store agencies '],
      [`${LOTERIA} verify sor`, `${LOTERIA} verify sorteo.csv `],
      ['loteria data --data apu', 'loteria data --data apuestas/'],
      ['loteria server --config=sor', 'loteria server --config=sorteo.csv '],
      // What a value may be is known, and it is no file.
      ['loteria status --sort sor', 'loteria status --sort sor'],
    ] as const;
    // What TAB makes of each is shown by echo, which is put in front of it.
    const keys = lines.map(([typed]) => `${typed}${TAB}|'${TO_BEGIN}echo '=\n`);
    const shown = await type(directory, `source ./script\n${keys.join('')}`);
    const echoed = Array.from(shown.matchAll(/^=(.*)\|\r?$/gm), ([, line]) => line);
    expect(echoed, shown).to.deep.equal(lines.map(([, completed]) => completed));
  }).timeout(TIMEOUT_MS);

  it('may be sourced again', async () => {
    const shown = await type(directory, 'source ./script\nsource ./script\n');
    expect(shown).not.to.match(/readonly|error|command not found/i);
    expect(shown).to.include('source ./script');
  }).timeout(TIMEOUT_MS);
});
