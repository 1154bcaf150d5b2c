/**
 * One central and five agencies as users run them, with the real data set where it is at hand:
 * wall time, and what the central used. `npm run bench:dataset [RUNS]`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataset, type Dataset } from '../test/support/dataset';
import { cleanUp, startClient, startServer } from '../test/support/program';

const CLOCK_TICKS_PER_SECOND = 100;

interface Figures {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

/** User and system time of a process, from /proc. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'latin1');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

async function runOnce(data: Dataset): Promise<Figures> {
  try {
    const { program, port } = await startServer();
    const cpuBefore = cpuSeconds(program.pid);
    const startedMs = performance.now();
    const clients = [1, 2, 3, 4, 5].map((id) => startClient(port, id, { CLI_DATA: data.file(id) }));
    await Promise.all(clients.map((client) => client.waitFor('action: consulta_ganadores')));
    const wallSeconds = (performance.now() - startedMs) / 1000;
    await Promise.all(clients.map((client) => client.exited));
    const figures = {
      wallSeconds,
      cpuSeconds: cpuSeconds(program.pid) - cpuBefore,
      peakMegabytes: peakMegabytes(program.pid),
    };
    program.signal('SIGTERM');
    await program.exited;
    return figures;
  } finally {
    await cleanUp();
  }
}

function summary(name: string, values: readonly number[], unit: string): string {
  const sorted = [...values].sort((a, b) => a - b);
  const [min = 0, median = 0, max = 0] = [0, sorted.length >> 1, sorted.length - 1].map(
    (i) => sorted[i],
  );
  const show = (n: number): string =>
    n >= 1000 ? Math.round(n).toLocaleString('en') : n.toFixed(2);
  return `${name.padEnd(42)} ${show(median).padStart(10)} ${unit}  (${show(min)} to ${show(max)})`;
}

async function main(): Promise<void> {
  const runs = Number(process.argv[2] ?? 5);
  const data = openDataset();
  const bets = data.rows.reduce((sum, rows) => sum + rows.length, 0);
  const all: Figures[] = [];
  for (let i = 0; i < runs; i++) all.push(await runOnce(data));
  data.remove();
  const wall = all.map((figures) => figures.wallSeconds);
  const cpu = all.map((figures) => figures.cpuSeconds);
  const kind = data.isReal ? 'the real data set' : 'made-up data';
  console.log(
    `${String(bets)} bets (${kind}), 5 agencies, ${String(runs)} runs, median (min to max)`,
  );
  console.log(summary('wall time, first agency to last winners', wall, 's'));
  console.log(summary("central's CPU time", cpu, 's'));
  console.log(
    summary(
      'bets per second',
      wall.map((s) => bets / s),
      '',
    ),
  );
  console.log(
    summary(
      "bets per second of the central's CPU",
      cpu.map((s) => bets / s),
      '',
    ),
  );
  console.log(
    summary(
      "central's peak memory",
      all.map((f) => f.peakMegabytes),
      'MB',
    ),
  );
  if (!data.isReal)
    console.log(`(put dataset.zip in ${join('..', 'shared', 'data')} for real data)`);
}

void main();
