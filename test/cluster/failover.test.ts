/** PostgreSQL, Patroni and etcd as deploy/postgres has them, without containers; skipped where they are not installed. */
import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesIn } from '../support/folder-processes';
import { clusterObstacle, PatroniCluster } from '../support/patroni';

/** How long the primary's key lasts in etcd. */
const KEY_MS = 5_000;

describe('a replicated PostgreSQL that fails over by itself', function () {
  this.timeout(120_000);
  let started: PatroniCluster | undefined;
  let cluster: PatroniCluster;

  before(async function () {
    const obstacle = clusterObstacle();
    if (obstacle !== undefined) {
      console.log(`      skipped: ${obstacle}`);
      this.skip();
    }
    cluster = started = await PatroniCluster.start();
  });
  after(async () => {
    if (started === undefined) return;
    await started.stop();
    expect(processesIn(started.folder)).to.deep.equal([]);
  });

  async function count(node: number): Promise<string> {
    return cluster.query(node, 'select count(*) from kept');
  }

  it('asks for a standby with every commit, whatever happens to the standbys', async () => {
    const primary = await cluster.waitUntilWritable();
    expect(await cluster.query(primary, 'show synchronous_standby_names')).to.not.equal('');
    expect(await cluster.query(primary, 'show synchronous_commit')).to.equal('on');
  });

  it('has another primary after kill -9 of a node, with all that was acknowledged, and takes the node back', async () => {
    const first = await cluster.waitUntilWritable();
    await cluster.query(first, 'create table kept (n integer)');
    for (let i = 0; i < 20; i++) {
      await cluster.query(first, `insert into kept values (${String(i)})`);
    }
    await cluster.killPart({ node: first });
    const second = await cluster.waitUntilWritable();
    expect(second).to.not.equal(first);
    expect(await count(second)).to.equal('20');
    cluster.startPart({ node: first });
    expect(await cluster.waitUntilWhole()).to.equal(second);
    expect(await count(first)).to.equal('20');
  });

  it('keeps what another primary acknowledged while this one was frozen', async () => {
    const first = await cluster.waitUntilWhole();
    await cluster.query(first, 'create table of_another (n integer)');
    cluster.freeze({ node: first });
    const second = await cluster.waitUntilWritable();
    expect(second).to.not.equal(first);
    await cluster.query(second, 'insert into of_another values (1)');
    cluster.resume({ node: first });
    expect(await cluster.waitUntilWhole()).to.equal(second);
    for (const node of [first, second]) {
      expect(await cluster.query(node, 'select n from of_another')).to.equal('1');
    }
  });

  it('takes writes at the same primary while etcd is gone', async () => {
    const primary = await cluster.waitUntilWhole();
    await cluster.killPart('etcd');
    await sleep(KEY_MS + 1_000);
    await cluster.query(primary, 'create table without_etcd (n integer)');
    cluster.startPart('etcd');
    expect(await cluster.waitUntilWhole()).to.equal(primary);
  });
});
