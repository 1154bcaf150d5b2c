/** `npx ts-node test/support/cluster-up.ts`: a replicated PostgreSQL on loopback, until Ctrl-C. */
import { clusterObstacle, PatroniCluster } from './patroni';

async function main(): Promise<void> {
  const obstacle = clusterObstacle();
  if (obstacle !== undefined) throw new Error(obstacle);
  const stopped = new Promise((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve);
  });
  const cluster = await PatroniCluster.start();
  const { servers, database, ownerPasswordFile, storePasswordFile, folder } = cluster;
  const hosts = servers.map(({ host, port }) => `${host}:${String(port)}`).join(',');
  const owner = `postgres://owner@${hosts}/${database} --password-file ${ownerPasswordFile}`;
  console.log(`./bin/loteria store init ${owner} --role loteria`);
  console.log(`STORE=postgres://loteria@${hosts}/${database}`);
  console.log(`STORE_PASSWORD_FILE=${storePasswordFile}`);
  console.log(`logs in ${folder}; Ctrl-C ends it`);
  const timer = setInterval(() => undefined, 60_000);
  await stopped;
  clearInterval(timer);
  await cluster.stop();
}

main().catch((error: unknown) => {
  console.error(String(error));
  process.exitCode = 1;
});
