import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child';
import { isListening } from './proc';

const POLL_MS = 1;
const WAIT_MS = 30_000;

/** A loopback port that nobody uses at the moment, for programs that must be told one. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until somebody listens on a port, without connecting: a receiver would count that. */
export async function untilListening(port: number, child: Child): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!isListening(port)) {
    if (performance.now() > deadline) throw new Error(`nobody listens:\n${child.output}`);
    await sleep(POLL_MS);
  }
}
