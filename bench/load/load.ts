/**
 * The load, as a process of its own: any number of agencies that replay frames encoded beforehand.
 *
 * Prints `ready` when all are connected and welcomed; begins at `go`; prints `stored {...}`
 * when every bet is acknowledged and, where it is to finish, `drawn {...}` when every agency has its
 * winners. Whatever else the central says ends it with exit code 1.
 */
import { createInterface } from 'node:readline';
import { AgencyLink } from './agency-link';
import { OpenLoop, type Latencies } from './open-loop';
import { Replay } from './replay';
import { rowTails } from './rows';

export interface LoadOptions {
  readonly port: number;
  readonly agencies: number;
  /** Number of the first one; 1 unless set. */
  readonly firstAgency?: number;
  /** Bets of all agencies together; rounded up to whole laps of each. */
  readonly bets: number;
  /** Bets in a batch at most. */
  readonly batchBets: number;
  readonly window: number;
  /** Bets of all agencies that are kept encoded; what is more goes round. */
  readonly lapBetsMax: number;
  /** Batches per second of all agencies together, whatever the answers; null: as fast as they come. */
  readonly batchesPerSecond: number | null;
  /** Whether to declare the agencies finished and wait for the winners. */
  readonly finish: boolean;
}

/** What `stored` says. */
export interface LoadReport {
  readonly bets: number;
  readonly batches: number;
  readonly rowBytes: number;
  readonly replyBytes: number;
  readonly seconds: number;
  /** Only at a fixed rate. */
  readonly latencyMs: Latencies | null;
}

/** Connections that are being made at the same time. */
const DIALS_MAX = 200;

function createLinks(options: LoadOptions): AgencyLink[] {
  const { agencies, firstAgency = 1, bets, lapBetsMax, batchBets, port, window } = options;
  const each = Math.max(1, Math.ceil(bets / agencies));
  const laps = Math.ceil(each / Math.max(1, Math.floor(lapBetsMax / agencies)));
  const tails = rowTails(Math.ceil(each / laps));
  return Array.from({ length: agencies }, (_, i) => {
    const agency = firstAgency + i;
    const replay = new Replay({ agency, tails, laps, batchBetsMax: batchBets });
    return new AgencyLink({ agency, port, window, replay, onFailure: fail });
  });
}

function fail(text: string): never {
  process.stderr.write(`load: ${text}\n`);
  process.exit(1);
}

async function connectAll(links: readonly AgencyLink[]): Promise<void> {
  const left = [...links];
  const lane = async (): Promise<void> => {
    for (let link = left.pop(); link !== undefined; link = left.pop()) await link.connect();
  };
  await Promise.all(Array.from({ length: DIALS_MAX }, lane));
}

async function send(options: LoadOptions, links: readonly AgencyLink[]): Promise<LoadReport> {
  const startedMs = performance.now();
  const { batchesPerSecond } = options;
  const loop = batchesPerSecond === null ? null : new OpenLoop(links, batchesPerSecond);
  loop?.start();
  await Promise.all(links.map((link) => link.sendAll(loop)));
  const seconds = (performance.now() - startedMs) / 1000;
  const sum = (of: (link: AgencyLink) => number): number =>
    links.reduce((total, link) => total + of(link), 0);
  return {
    bets: sum(({ replay }) => replay.betsTotal),
    batches: sum(({ replay }) => replay.batchesTotal),
    rowBytes: sum(({ replay }) => replay.rowBytesTotal),
    replyBytes: sum((link) => link.replyBytes),
    seconds,
    latencyMs: loop?.latencyMs() ?? null,
  };
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '') as LoadOptions;
  const links = createLinks(options);
  await connectAll(links);
  const commands = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  console.log('ready');
  await commands.next();
  console.log(`stored ${JSON.stringify(await send(options, links))}`);
  if (options.finish) {
    const startedMs = performance.now();
    await Promise.all(links.map((link) => link.finish()));
    console.log(`drawn ${JSON.stringify({ seconds: (performance.now() - startedMs) / 1000 })}`);
  }
  await commands.next();
  process.exit(0);
}

main().catch((error: unknown) => fail(String(error)));
