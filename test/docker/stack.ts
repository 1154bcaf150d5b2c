/** Containers of the tests: a Compose project of their own, and what its containers log and answer. */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ROOT, temporaryDirectory } from '../support/program';

const run = promisify(execFile);

/** Why there can be no containers here, or undefined. */
export function obstacle(baseImages: readonly string[]): string | undefined {
  try {
    execFileSync('docker', ['compose', 'version'], { stdio: 'pipe', timeout: 10_000 });
    execFileSync('docker', ['info'], { stdio: 'pipe', timeout: 10_000 });
  } catch (error) {
    return `no Docker engine with Compose answers (${String(error).split('\n')[0] ?? ''})`;
  }
  for (const image of baseImages) {
    try {
      execFileSync('docker', ['image', 'inspect', image], { stdio: 'pipe', timeout: 10_000 });
    } catch {
      try {
        execFileSync('docker', ['pull', image], { stdio: 'pipe', timeout: 120_000 });
      } catch {
        return `the image ${image} is not there and cannot be pulled`;
      }
    }
  }
  return undefined;
}

export async function docker(...args: readonly string[]): Promise<string> {
  return (await run('docker', args, { maxBuffer: 64 * 1024 * 1024 })).stdout;
}

/** A Compose project in a directory of its own, as `generar-compose.sh` lays it out. */
export class Stack {
  readonly directory = temporaryDirectory();

  constructor() {
    for (const name of ['server', 'client']) {
      mkdirSync(join(this.directory, name));
      const file = name === 'server' ? 'config.ini' : 'config.yaml';
      cpSync(join(ROOT, name, file), join(this.directory, name, file));
    }
    cpSync(join(ROOT, 'validar-echo-server.sh'), join(this.directory, 'validar-echo-server.sh'));
    mkdirSync(join(this.directory, '.data'));
    // The container's user is not the one who runs the tests.
    chmodSync(this.directory, 0o755);
  }

  edit(file: string, from: string | RegExp, to: string): void {
    const path = join(this.directory, file);
    const before = readFileSync(path, 'utf8');
    const after = before.replace(from, to);
    expect(after, `${file} has no ${String(from)}`).not.to.equal(before);
    writeFileSync(path, after);
  }

  async up(clients: number, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const environment = { ...process.env, ...env };
    const script = join(ROOT, 'generar-compose.sh');
    const options = { cwd: this.directory, env: environment };
    await run('bash', [script, 'compose.yaml', String(clients)], options);
    await run('docker', ['compose', '-f', 'compose.yaml', 'up', '-d'], options);
  }

  async down(): Promise<void> {
    const args = ['compose', '-f', 'compose.yaml', 'down', '-v', '-t', '1'];
    await run('docker', args, { cwd: this.directory }).catch(() => undefined);
  }

  async restart(...services: readonly string[]): Promise<void> {
    await run('docker', ['compose', '-f', 'compose.yaml', 'restart', '-t', '2', ...services], {
      cwd: this.directory,
    });
  }

  async validate(): Promise<{ readonly output: string; readonly code: number }> {
    const options = { cwd: this.directory, timeout: 60_000 };
    try {
      const { stdout } = await run('sh', ['validar-echo-server.sh'], options);
      return { output: stdout, code: 0 };
    } catch (error) {
      const { stdout, code } = error as { stdout: string; code: number };
      return { output: stdout, code };
    }
  }
}

/** Waits for a container to end. @returns its exit code */
export async function exitCode(container: string): Promise<number> {
  return Number((await docker('wait', container)).trim());
}

export async function waitForLog(container: string, text: string, count = 1): Promise<string> {
  for (let i = 0; i < 300; i++) {
    const log = await docker('logs', container).catch(() => '');
    if (log.split(text).length > count) return log;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${container} never logged "${text}":\n${await docker('logs', container)}`);
}

/** Waits until somebody in a container listens on port 12345 (0x3039). */
export async function waitUntilListening(container: string): Promise<void> {
  const script = 'until grep -q ":3039 .* 0A " /proc/net/tcp /proc/net/tcp6; do sleep 0.05; done';
  await docker('exec', container, 'timeout', '10', 'sh', '-c', script);
}
