/**
 * Makes the code caches of the bundles `server` and `client`, at the end of the build: runs a small lottery
 * with both, and keeps what V8 has compiled on the way. When that fails, the programs start without.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BETS = 2_000;
const TIMEOUT_MS = 20_000;
const WRITER = join(__dirname, 'cache-writer.js');
const BUNDLES = join(__dirname, '..', 'bin');

function start(program: string, env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [WRITER, join(BUNDLES, `${program}.js`)], {
    // Nothing of the builder's environment: settings, or options of Node that V8's caches depend on.
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: TIMEOUT_MS,
  });
}

/** Waits for a line of the log that a pattern finds. */
async function waitFor(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      const [, found] = pattern.exec(log) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('close', (code) => {
      reject(new Error(`it ended with ${String(code)}:\n${log}`));
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
}

async function makeCaches(directory: string): Promise<void> {
  const bets = Array.from({ length: BETS }, (_, i) => {
    return `Ana María,Pérez,${String(30_000_000 + i)},1990-01-31,${String(i % 10_000)}\n`;
  });
  const data = join(directory, 'agency-1.csv');
  writeFileSync(data, bets.join(''));
  const central = start('server', {
    SERVER_PORT: '0',
    BIND_ADDRESS: '127.0.0.1',
    DATA_DIR: join(directory, 'store'),
    AGENCIES: '1',
    PARSE_WORKERS: '0',
  });
  const centralEnd = end(central);
  const port = await waitFor(central, /action: listen \| result: success.*port: (\d+)/);
  const agency = start('client', {
    CLI_ID: '1',
    CLI_SERVER_ADDRESS: `127.0.0.1:${port}`,
    CLI_DATA: data,
  });
  const agencyEnd = end(agency);
  await waitFor(agency, /(consulta_ganadores \| result: success)/);
  await agencyEnd;
  central.kill('SIGTERM');
  await centralEnd;
}

const directory = mkdtempSync(join(tmpdir(), 'loteria-build-'));
makeCaches(directory)
  .catch((error: unknown) => {
    process.stderr.write(`build: no code cache, the programs start slower: ${String(error)}\n`);
  })
  .finally(() => {
    rmSync(directory, { recursive: true, force: true });
  });
