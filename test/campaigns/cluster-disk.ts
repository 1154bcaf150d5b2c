/** A full disk of a node: every call of its PostgreSQL that needs space fails, through strace. */
import { Program } from '../support/program';
import type { PatroniCluster } from '../support/patroni';

const CALLS = 'pwrite64,pwritev,pwritev2,fallocate,ftruncate';

export class FullDisk {
  private strace: Program | null = null;

  constructor(
    private readonly cluster: PatroniCluster,
    private readonly node: number,
  ) {}

  fill(): void {
    const pids = this.cluster.processesOf({ node: this.node, postgresOnly: true });
    this.strace = new Program(
      'strace',
      [
        ...['-f', '-qq', '-e', `trace=${CALLS}`],
        ...['-e', `inject=${CALLS}:error=ENOSPC`, '-o', '/dev/null'],
        ...pids.flatMap((pid) => ['-p', String(pid)]),
      ],
      {},
      '/',
    );
  }

  /** What still writes goes on as before. */
  async free(): Promise<void> {
    this.strace?.signal('SIGINT');
    await this.strace?.exited;
  }
}
