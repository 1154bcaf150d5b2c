/** One PostgreSQL node for the tests of a file, in which each test has a lottery of its own. */
import { present } from '../../src/base/invariant';
import { PostgresCluster } from './postgres';
import { initStore } from '../../src/tools/database/init';

export type Rows = readonly Record<string, unknown>[];

class LotteryDatabase {
  private constructor(
    private readonly cluster: PostgresCluster,
    readonly port: number,
  ) {}

  /** @returns null: PostgreSQL is not installed, which is printed */
  static async start(): Promise<LotteryDatabase | null> {
    const cluster = await PostgresCluster.startIfInstalled(1);
    if (cluster === null) return null;
    return new LotteryDatabase(cluster, cluster.nodes[0]?.port ?? 0);
  }

  /** @param user the owner, unless another one is named */
  url(user = 'loteria'): string {
    return `postgres://${user}@127.0.0.1:${String(this.port)}/postgres`;
  }

  async query(text: string, user?: string): Promise<Rows> {
    const { Client } = (await import('pg')).default;
    const client = new Client({ connectionString: this.url(user) });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  /** Takes out the lottery that is there, and makes an empty one. */
  async renew(role: string | null = null): Promise<void> {
    await this.query('drop schema if exists loteria cascade');
    await initStore(this.url(), null, role);
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }
}

/**
 * A database for the tests of a suite, which are skipped where PostgreSQL is not installed.
 *
 * @param role that may log in, besides the owner
 * @returns the database, in a test
 */
export function databaseForSuite(role: string | null = null): () => LotteryDatabase {
  let database: LotteryDatabase | null = null;
  before(async function () {
    database = await LotteryDatabase.start();
    if (database === null) this.skip();
    if (role !== null) await database.query(`create role ${role} login`);
  });
  after(() => database?.stop());
  return () => present(database, 'tests begin after it has started');
}
