import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  cleanUp,
  Program,
  ROOT,
  startClient,
  startServer,
  temporaryDirectory,
} from '../support/program';

interface LockedPackage {
  readonly dev?: boolean;
}

const LOCK = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};

/** Names of the packages that `npm ci --omit=dev` installs, or leaves out. */
function packagesWith(isDev: boolean): string[] {
  return Object.entries(LOCK.packages)
    .filter(([path, { dev = false }]) => path.startsWith('node_modules/') && dev === isDev)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
}

/** Makes each module that a production install does not have one that cannot be found. */
function hook(): string {
  const installed = new Set(packagesWith(false));
  const missing = packagesWith(true).filter((name) => !installed.has(name));
  const path = join(temporaryDirectory(), 'production.js');
  writeFileSync(
    path,
    `const Module = require('node:module');
     const missing = new Set(${JSON.stringify(missing)});
     const resolve = Module._resolveFilename;
     Module._resolveFilename = function (request, ...rest) {
       const name = request.split('/').slice(0, request.startsWith('@') ? 2 : 1).join('/');
       if (missing.has(name)) throw new Error(name + ' is not part of a production install');
       return resolve.call(this, request, ...rest);
     };`,
  );
  return path;
}

describe('a production install', () => {
  afterEach(cleanUp);

  it('contains no compiler', () => {
    const installed = packagesWith(false);
    expect(installed).to.include('piscina');
    const compilers = /^(typescript|ts-node|esbuild|wabt|tslib|@swc\/.*|@esbuild\/.*|@types\/.*)$/;
    expect(installed.filter((name) => compilers.test(name))).to.deep.equal([]);
  });

  it('is all that central, worker threads, agency and health check need', async () => {
    const NODE_OPTIONS = `--require ${hook()}`;
    const env = { NODE_OPTIONS, PARSE_WORKERS: '1', AGENCIES: '1', SERVER_PORT: '0' };
    const { program, port, dataDirectory } = await startServer(env);
    const file = join(temporaryDirectory(), 'bets.csv');
    writeFileSync(file, 'Ana,Paz,1,2000-01-01,7574\r\n');
    const client = startClient(port, 1, { CLI_DATA: file, NODE_OPTIONS });
    expect((await client.exited).code, client.output + program.output).to.equal(0);
    await program.waitFor('action: acta | result: success');
    const health = new Program(
      process.execPath,
      [join(ROOT, 'dist', 'bin', 'health.js')],
      {
        ...env,
        DATA_DIR: dataDirectory,
        SERVER_LISTEN_BACKLOG: '5',
        LOGGING_LEVEL: 'INFO',
      },
      temporaryDirectory(),
    );
    expect((await health.exited).code, health.output).to.equal(0);
  });
});
