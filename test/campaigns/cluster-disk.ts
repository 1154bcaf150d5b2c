/** A full disk of a node: every call of its PostgreSQL that needs space fails, through strace. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PatroniCluster } from '../support/patroni';
import { Program } from '../support/program';
import { tracerOf } from '../support/strace';
import { until } from '../support/until';

const CALLS = 'pwrite64,pwritev,pwritev2,fallocate,ftruncate';
/** How long it waits for a first call that needs space. */
const FIRST_MS = 5_000;
const POLL_MS = 20;

export class FullDisk {
  private strace: Program | null = null;

  constructor(
    private readonly cluster: Pick<PatroniCluster, 'processesOf'>,
    private readonly node: number,
    private readonly firstMs = FIRST_MS,
  ) {}

  /** Whether a call has failed since. */
  get hasStruck(): boolean {
    return this.strace?.lines.some((line) => /ENOSPC .*\(INJECTED\)/.test(line)) ?? false;
  }

  /**
   * @returns when a call has failed, or none was made for some seconds
   * @throws Error when strace does not trace all of its processes
   */
  async fill(): Promise<void> {
    const pids = this.cluster.processesOf({ node: this.node, postgresOnly: true });
    const strace = new Program(
      'strace',
      [
        ...['-f', '-qq', '--failed-only', '-e', `trace=${CALLS}`],
        ...['-e', `inject=${CALLS}:error=ENOSPC`],
        ...pids.flatMap((pid) => ['-p', String(pid)]),
      ],
      {},
      '/',
    );
    this.strace = strace;
    await until('strace traces all of them', () => {
      if (strace.isOver) throw new Error(`strace ended: ${strace.output}`);
      const tracers = pids.map(tracerUnlessOver);
      return (
        tracers.includes(strace.pid) &&
        tracers.every((tracer) => tracer === null || tracer === strace.pid)
      );
    });
    const deadline = performance.now() + this.firstMs;
    while (!this.hasStruck && performance.now() < deadline) await sleep(POLL_MS);
  }

  /** What still writes goes on as before. */
  async free(): Promise<void> {
    this.strace?.signal('SIGINT');
    await this.strace?.exited;
  }
}

/** Who traces a process; null: it has ended meanwhile. */
function tracerUnlessOver(pid: number): number | null {
  try {
    return tracerOf(pid);
  } catch {
    return null;
  }
}
