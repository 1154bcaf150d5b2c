/** What goes wrong on the way: the primary, a central and an agency's connection are lost, one after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LoteriaError } from '../../src/base/errors';
import type { Containers } from './containers';
import type { Database } from './database';

/** Breaks something. @returns what mends it again, which may take its time */
type Fault = (options: FaultsOptions, stored: number) => Promise<() => Promise<void>>;

/** Each with the share of the bets that are stored before. */
const FAULTS: readonly (readonly [share: number, fault: Fault])[] = [
  // First, because it takes the agency the longest to notice.
  [0.1, cutConnection],
  [0.25, killPrimary],
  [0.5, killCentral],
];
/** How long a central, or the network of an agency, is away. */
const AWAY_MS = 3_000;
const FAILOVER_MS = 60_000;
const POLL_MS = 300;
const DOCKER_MS = 60_000;
/** The central that agency 1 begins with, and an agency that begins with another one. */
const CENTRAL = 'central1';
const AGENCY = 'agency3';

export interface FaultsOptions {
  readonly containers: Pick<Containers, 'compose' | 'docker' | 'container' | 'network'>;
  readonly database: Pick<Database, 'storedBets' | 'untilWritable'>;
  /** Bets of all agencies. */
  readonly bets: number;
  /** Shows people what happens. */
  readonly note: (text: string) => void;
}

/**
 * @param signal everything is over
 * @throws LoteriaError GAVE_UP when something does not come back, or everything is over before all of it went wrong
 */
export async function causeFaults(options: FaultsOptions, signal: AbortSignal): Promise<void> {
  const mends: Promise<void>[] = [];
  for (const [share, fault] of FAULTS) {
    const stored = await untilStored(options, share, signal);
    const mended = (await fault(options, stored))();
    // It counts at the end, below; until then it is nobody's failure.
    mended.catch(() => undefined);
    mends.push(mended);
  }
  await Promise.all(mends);
}

async function untilStored(
  { database, bets }: FaultsOptions,
  share: number,
  signal: AbortSignal,
): Promise<number> {
  while (!signal.aborted) {
    const stored = await database.storedBets();
    if (stored >= bets * share) return stored;
    await sleep(POLL_MS);
  }
  throw new LoteriaError('GAVE_UP', 'the agencies were done before all faults; set a longer PACE');
}

async function killPrimary(
  { containers, database, note }: FaultsOptions,
  stored: number,
): ReturnType<Fault> {
  const primary = await database.untilWritable(FAILOVER_MS);
  await containers.docker(['kill', containers.container(primary)], DOCKER_MS);
  const startedMs = performance.now();
  note(`${primary}, the primary, is killed with ${String(stored)} bets stored.`);
  const next = await database.untilWritable(FAILOVER_MS);
  const seconds = (performance.now() - startedMs) / 1_000;
  note(`${next} is the primary, and takes writes after ${seconds.toFixed(1)} s.`);
  return async () => {
    await containers.docker(['start', containers.container(primary)], DOCKER_MS);
    note(`${primary} is started again.`);
  };
}

async function killCentral({ containers, note }: FaultsOptions, stored: number): ReturnType<Fault> {
  await containers.docker(['kill', containers.container(CENTRAL)], DOCKER_MS);
  note(`${CENTRAL} is killed with ${String(stored)} bets stored.`);
  return async () => {
    await sleep(AWAY_MS);
    await containers.docker(['start', containers.container(CENTRAL)], DOCKER_MS);
    note(`${CENTRAL} is started again.`);
  };
}

/** With another address afterwards: neither end of the old connection hears of the other again. */
async function cutConnection(
  { containers, note }: FaultsOptions,
  stored: number,
): ReturnType<Fault> {
  const [network, agency] = [containers.network('agencies'), containers.container(AGENCY)];
  const address = await addressOf(containers, agency);
  await containers.docker(['network', 'disconnect', network, agency], DOCKER_MS);
  note(`${AGENCY} is cut off with ${String(stored)} bets stored.`);
  return async () => {
    await sleep(AWAY_MS);
    const other = address.replace(/\d+$/, (last) => String(Number(last) === 250 ? 251 : 250));
    await containers.docker(['network', 'connect', '--ip', other, network, agency], DOCKER_MS);
    note(`${AGENCY} is in the network again, at another address.`);
  };
}

async function addressOf(
  containers: FaultsOptions['containers'],
  container: string,
): Promise<string> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  return (await containers.docker(['inspect', '-f', format, container], DOCKER_MS)).trim();
}
