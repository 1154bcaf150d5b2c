/**
 * Proof that an acknowledgement waits for the disk: a real central under strace, agencies that send
 * batches of one bet, and a checker that reads the trace (docs/RELIABILITY.md, "Acknowledgements
 * wait for the disk").
 */
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AckChecker } from '../support/ack-checker';
import { LOTERIA, Program } from '../support/program';
import { RawAgency } from '../support/raw-agency';
import { traceEvents } from '../support/strace-lines';
import { NORA, row } from '../support/wire-builder';

/** How the load is spread: from commits of one batch to large groups. */
const ROUNDS = [
  { agencies: 1, window: 1, share: 0.04 },
  { agencies: 5, window: 8, share: 0.26 },
  { agencies: 64, window: 8, share: 0.7 },
] as const;
type Round = (typeof ROUNDS)[number];

const CALLS =
  'write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg,fdatasync,fsync,io_uring_enter';
/** Enough for the entries of a commit of 1100 batches. */
const PRINTED_BYTES = 32_768;

export interface RoundReport {
  readonly round: Round;
  readonly checker: AckChecker;
  readonly problems: readonly string[];
  readonly seconds: number;
}

export interface TraceReport {
  readonly rounds: readonly RoundReport[];
  readonly batchAcks: number;
  /** Empty when every acknowledgement waited. */
  readonly problems: readonly string[];
  /** The traces, kept when something is wrong. */
  readonly directory: string;
}

/** @param batches to be acknowledged, at least */
export async function runTraces(batches: number): Promise<TraceReport> {
  const directory = mkdtempSync(join(tmpdir(), 'loteria-trace-'));
  const rounds: RoundReport[] = [];
  for (const round of ROUNDS) {
    const each = Math.max(2, Math.ceil((batches * round.share) / round.agencies));
    rounds.push(await runRound(round, each, join(directory, String(round.agencies))));
  }
  const batchAcks = rounds.reduce((sum, { checker }) => sum + checker.batchAcks, 0);
  const problems = rounds.flatMap(({ problems: some }) => some);
  if (batchAcks < batches) problems.push(`only ${String(batchAcks)} ACKs are in the trace`);
  if (problems.length === 0) rmSync(directory, { recursive: true });
  return { rounds, batchAcks, problems, directory };
}

function rowsOf(agency: number, count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) =>
    row({ ...NORA, agency, document: String(10_000_000 + i), number: i === 1 ? 7574 : i % 7000 }),
  );
}

async function runRound(round: Round, each: number, path: string): Promise<RoundReport> {
  const startedMs = performance.now();
  const central = startTraced(`${path}-data`, `${path}.strace`, round.agencies);
  const agencies = Array.from(
    { length: round.agencies },
    (_, i) =>
      new RawAgency(i + 1, { rows: rowsOf(i + 1, each), window: round.window, batchBets: 1 }),
  );
  const line = await central.waitFor('action: listen');
  const port = Number(/port: (\d+)/.exec(line)?.[1]);
  await Promise.all(agencies.map((agency) => agency.run(port)));
  central.signal('SIGTERM');
  const exit = await central.exited;
  const problems = agencies.flatMap((agency) => agency.problems);
  if (exit.code !== 0) problems.push(`the central ended with ${JSON.stringify(exit)}`);
  const checker = await checkTrace(`${path}.strace`, agencies);
  problems.push(...checker.violations);
  const acks = agencies.reduce((sum, agency) => sum + agency.acks, 0);
  if (acks !== checker.batchAcks) {
    problems.push(
      `agencies received ${String(acks)} ACKs, the trace has ${String(checker.batchAcks)}`,
    );
  }
  return { round, checker, problems, seconds: (performance.now() - startedMs) / 1000 };
}

export function startTraced(dataDirectory: string, tracePath: string, agencies: number): Program {
  const strace = ['-D', '-f', '-tt', '-yy', '-xx', '--seccomp-bpf', '-s', String(PRINTED_BYTES)];
  return new Program(
    'strace',
    [...strace, '-e', `trace=${CALLS}`, '-o', tracePath, process.execPath, LOTERIA, 'server'],
    {
      SERVER_PORT: '0',
      SERVER_LISTEN_BACKLOG: '128',
      LOGGING_LEVEL: 'INFO',
      AGENCIES: String(agencies),
      DATA_DIR: dataDirectory,
      NODE_V8_COVERAGE: '',
    },
    tmpdir(),
  );
}

async function checkTrace(path: string, agencies: readonly RawAgency[]): Promise<AckChecker> {
  const byPort = new Map(agencies.map(({ localPort, number }) => [localPort, number]));
  const checker = new AckChecker((port) => byPort.get(port));
  for await (const line of createInterface({ input: createReadStream(path) })) {
    for (const event of traceEvents(line)) checker.push(event);
  }
  return checker;
}

/** The report as lines for people. */
export function describeTraces({ rounds, batchAcks, problems, directory }: TraceReport): string {
  const lines = rounds.map(({ round, checker, seconds }) => {
    const sorted = [...checker.groups].sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1] ?? 0;
    return (
      `${String(round.agencies).padStart(3)} agencies, window ${String(round.window)}: ` +
      `${String(checker.batchAcks)} batches acknowledged in ${String(sorted.length)} commits ` +
      `(median ${String(median)}, largest ${String(sorted.at(-1) ?? 0)} batches), ` +
      `${String(checker.journalSyncs)} journal syncs, ${seconds.toFixed(1)} s`
    );
  });
  lines.push(`${String(batchAcks)} acknowledgements, ${String(problems.length)} before their sync`);
  lines.push(...problems.slice(0, 10));
  if (problems.length > 0) lines.push(`traces: ${directory}`);
  return lines.join('\n');
}
