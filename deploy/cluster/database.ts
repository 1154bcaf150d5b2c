/** What the three nodes say, asked inside their containers with the password that is there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LoteriaError } from '../../src/base/errors';
import type { Containers } from './containers';

export const NODES: readonly string[] = ['node1', 'node2', 'node3'];

/** What psql runs, at the address at which the centrals reach the node. */
const PSQL =
  'read -r PGPASSWORD < "$STORE_PASSWORD_FILE"; export PGPASSWORD; ' +
  'exec timeout "$1" psql -XAtq -v ON_ERROR_STOP=1 ' +
  '-d "host=$ADDRESS user=loteria dbname=loteria connect_timeout=2" -c "$0"';
const ASK_MS = 10_000;
const ANSWER_SECONDS = 3;
const POLL_MS = 200;

export class Database {
  constructor(private readonly containers: Containers) {}

  /**
   * Runs SQL on one node.
   *
   * @param seconds how long that may take
   * @returns what psql prints, unaligned and without headings
   * @throws LoteriaError GAVE_UP
   */
  async query(node: string, sql: string, seconds = ANSWER_SECONDS): Promise<string> {
    const container = this.containers.container(node);
    const args = ['exec', container, 'bash', '-c', PSQL, sql, String(seconds)];
    return (await this.containers.docker(args, seconds * 1_000 + ASK_MS)).trim();
  }

  /**
   * Waits until a commit is acknowledged, which a standby also has.
   *
   * @returns the primary
   * @throws LoteriaError GAVE_UP
   */
  async untilWritable(timeoutMs: number): Promise<string> {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      const asked = NODES.map((node) =>
        this.query(node, "select pg_logical_emit_message(true, 'loteria', 'writable')").then(
          () => node,
        ),
      );
      const node = await Promise.any(asked).catch(() => null);
      if (node !== null) return node;
      await sleep(POLL_MS);
    }
    throw new LoteriaError('GAVE_UP', `no node takes writes after ${String(timeoutMs)} ms`);
  }

  /** @returns bets that are stored, as far as the node knows that answers first; 0 when none does */
  async storedBets(): Promise<number> {
    const sql = 'select coalesce(sum(stored), 0) from loteria.agency';
    const asked = NODES.map((node) => this.query(node, sql));
    return Number(await Promise.any(asked).catch(() => '0'));
  }
}
