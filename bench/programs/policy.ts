/**
 * Groups of messages parsed on the spot, and in the pool, by size of the group: what the main thread
 * pays, and how many messages a second come out. Prints one line of JSON.
 */
import { crc32 } from 'node:zlib';
import { LIMITS } from '../../src/base/limits';
import { winningRowsAt, winningRowsOf } from '../../src/domain/contest-rows';
import { combineCrc32 } from '../../src/domain/crc32-combine';
import type { Parsable, Parsed } from '../../src/parsing/parsed';
import { InlineParser } from '../../src/parsing/parser';
import { WorkerPool } from '../../src/parsing/pool';
import { PooledParser } from '../../src/parsing/pooled-parser';
import { messagesOf, type MessageKind } from '../load/messages';
import { mainThreadSeconds } from '../support/proc';

export interface PolicyOptions {
  readonly kind: MessageKind;
  /** 0: on the spot. */
  readonly workers: number;
  /** Messages in a group, one size after the other. */
  readonly groups: readonly number[];
  readonly seconds: number;
}

export interface PolicyReport {
  readonly messagesPerSecond: number;
  /** Main thread's CPU for a message, microseconds. */
  readonly mainMicroseconds: number;
}

const WARM_UP_SHARE = 0.5;

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '') as PolicyOptions;
  const { kind, workers, groups, seconds } = options;
  const edition = kind === '2020' ? '2020' : 'lottery';
  const pool = workers > 0 ? new WorkerPool(workers, fail) : null;
  // Whatever the size of a group, so that it can be seen from which on the pool pays.
  const policy = {
    groupUsMin: 0,
    costlyGroupUsMin: 0,
    taskUsMin: LIMITS.pooledTaskUsMin,
    startUsMin: 0,
  };
  const parser =
    pool === null ? new InlineParser(edition) : new PooledParser(pool, edition, policy);
  const all = messagesOf(kind);
  let next = 0;
  let running = 0;
  const takeGroup = (size: number): Parsable[] =>
    Array.from({ length: size }, () => {
      const message = all[next++ % all.length];
      if (message === undefined) throw new Error('there are no messages');
      return message;
    });
  /** What the session needs of each, which it computes itself where no worker has. */
  const use = (message: Parsable, { verdict, checksum, winnersAt, conversion }: Parsed): void => {
    const rows = message.kind === 'bets' ? message.rows : conversion?.rows;
    if (!verdict.ok || rows === null || rows === undefined) throw new Error('a message is wrong');
    running =
      checksum === undefined ? crc32(rows, running) : combineCrc32(running, checksum, rows.length);
    if (edition === 'lottery') return;
    if (winnersAt === undefined) winningRowsOf(rows);
    else winningRowsAt(rows, winnersAt);
  };
  const runFor = async (size: number, ms: number): Promise<number> => {
    const endMs = performance.now() + ms;
    let done = 0;
    for (; performance.now() < endMs; done += size) {
      const group = takeGroup(size);
      const parsed = await parser.parse(group);
      group.forEach((message, i) => {
        const found = parsed[i];
        if (found === undefined) throw new Error('a message was left out');
        use(message, found);
      });
    }
    return done;
  };
  pool?.start();
  while (pool?.slabs === null) await new Promise((resolve) => setTimeout(resolve, 5));
  const reports: PolicyReport[] = [];
  for (const size of groups) {
    await runFor(size, seconds * 1_000 * WARM_UP_SHARE);
    const mainBefore = mainThreadSeconds(process.pid);
    const startedMs = performance.now();
    const messages = await runFor(size, seconds * 1_000);
    reports.push({
      messagesPerSecond: messages / ((performance.now() - startedMs) / 1_000),
      mainMicroseconds: ((mainThreadSeconds(process.pid) - mainBefore) / messages) * 1e6,
    });
  }
  console.log(JSON.stringify(reports));
  process.exit(0);
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

main().catch(fail);
