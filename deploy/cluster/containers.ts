/** The containers of deploy/compose/cluster.yaml, through Docker's command line. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LoteriaError } from '../../src/base/errors';

const run = promisify(execFile);
const FILE = join(__dirname, '..', 'compose', 'cluster.yaml');
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

export interface ContainersOptions {
  /** Name of the Compose project, with which the names of its containers begin. */
  readonly project: string;
  /** Variables of the Compose file. */
  readonly variables: Readonly<Record<string, string>>;
}

export class Containers {
  constructor(private readonly options: ContainersOptions) {}

  /**
   * Runs `docker compose` with these arguments.
   *
   * @returns what it prints
   * @throws LoteriaError GAVE_UP with what it says, when it fails or takes longer than `timeoutMs`
   */
  compose(args: readonly string[], timeoutMs: number): Promise<string> {
    return this.docker(['compose', '-p', this.options.project, '-f', FILE, ...args], timeoutMs);
  }

  /**
   * Runs `docker` with these arguments; as `compose`.
   *
   * @param signal ends it before
   */
  async docker(args: readonly string[], timeoutMs: number, signal?: AbortSignal): Promise<string> {
    const env = { ...process.env, ...this.options.variables };
    const options = { env, timeout: timeoutMs, maxBuffer: OUTPUT_BYTES_MAX, signal };
    try {
      return (await run('docker', args, options)).stdout;
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string };
      const said = stderr.trim() || String(error);
      throw new LoteriaError('GAVE_UP', `docker ${args.join(' ')}: ${said}`, { cause: error });
    }
  }

  /** The name of a service's container, and of a network. */
  container(service: string): string {
    return `${this.options.project}-${service}-1`;
  }

  network(name: string): string {
    return `${this.options.project}_${name}`;
  }
}
