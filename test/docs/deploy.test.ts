/** The files under deploy/: what they start is a central, with settings that exist. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { cleanUp, Program, ROOT, temporaryDirectory } from '../support/program';
import { codes, tableRows } from '../unit/docs/markdown';

const UNIT = 'deploy/systemd/loteria.service';
const COMPOSE = 'deploy/compose/central.yaml';

function isInstalled(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'pipe', timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/** A value of the unit, as systemd reads it. */
function unitValue(key: string): string {
  const text = readFileSync(join(ROOT, UNIT), 'utf8');
  return new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? '';
}

const SETTINGS = tableRows('docs/CONFIGURATION.md', ['key', 'default', 'values', 'what']).map(
  ([key = '']) => codes(key)[0],
);

describe(UNIT, () => {
  afterEach(cleanUp);

  it('is accepted by systemd', function () {
    if (!isInstalled('systemd-analyze', '--version')) this.skip();
    // The program is not installed here; this one stands for it.
    const text = readFileSync(join(ROOT, UNIT), 'utf8').replace('/usr/bin/node', process.execPath);
    const copy = join(temporaryDirectory(), 'loteria.service');
    writeFileSync(copy, text);
    const args = ['verify', '--man=no', copy];
    const said = execFileSync('systemd-analyze', args, { encoding: 'utf8', stdio: 'pipe' });
    expect(said).to.equal('');
  });

  it('starts a central, which stops in good order', async () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'config.ini');
    const port = (text: string): string => text.replace(/SERVER_PORT = \d+/, 'SERVER_PORT = 0');
    writeFileSync(file, port(readFileSync(join(ROOT, 'server/config.ini'), 'utf8')));
    const [command = '', ...args] = unitValue('ExecStart')
      .replace('/usr/bin/node', process.execPath)
      .replace('/opt/loteria', ROOT)
      .replace('/etc/loteria/config.ini', file)
      .split(' ');
    const env = Object.fromEntries(
      unitValue('Environment')
        .split(' ')
        .map((pair) => pair.split('=')),
    ) as Record<string, string>;
    expect(env['DATA_DIR']).to.equal(`/var/lib/${unitValue('StateDirectory')}`);
    const data = join(directory, 'data');
    const central = new Program(command, args, { ...env, DATA_DIR: data }, directory);
    await central.waitFor('action: listen | result: success');
    expect(readFileSync(join(data, 'bets.csv'), 'utf8')).to.equal('');
    central.signal('SIGTERM');
    expect((await central.exited).code, central.output).to.equal(0);
  });
});

describe(COMPOSE, () => {
  afterEach(cleanUp);

  interface Service {
    readonly image: string;
    readonly environment: readonly string[];
    readonly volumes: readonly string[];
  }

  const { services } = parse(readFileSync(join(ROOT, COMPOSE), 'utf8')) as {
    services: Record<string, Service>;
  };
  const { central } = services;

  it('sets what the central has settings for, and mounts what they name', () => {
    const environment = central?.environment.map((pair) => pair.split('=')) ?? [];
    const mounts = central?.volumes.map((volume) => volume.split(':')) ?? [];
    for (const [name = ''] of environment) expect(SETTINGS).to.include(name);
    const targets = mounts.map(([, target]) => target);
    for (const [name = '', value = ''] of environment) {
      if (value.startsWith('/')) expect(targets, name).to.include(value);
    }
    const dockerfile = readFileSync(join(ROOT, 'server/Dockerfile'), 'utf8');
    expect(dockerfile).to.include('WORKDIR /app\n').and.include('mkdir -m 750 data');
    expect(targets).to.include('/app/config.ini');
    expect(readFileSync(join(ROOT, 'Makefile'), 'utf8')).to.include(`-t ${central?.image ?? ''} `);
  });

  it('is accepted by Docker Compose', function () {
    if (!isInstalled('docker', 'compose', 'version')) this.skip();
    const root = temporaryDirectory();
    for (const folder of ['deploy/compose', 'server', 'secrets']) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    for (const file of [COMPOSE, 'server/config.ini'])
      copyFileSync(join(ROOT, file), join(root, file));
    writeFileSync(join(root, 'secrets', 'secrets'), '');
    const args = ['compose', '-f', join(root, COMPOSE), 'config', '--quiet'];
    expect(execFileSync('docker', args, { encoding: 'utf8' })).to.equal('');
  });
});
