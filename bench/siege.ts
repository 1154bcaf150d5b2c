/**
 * Five honest agencies, alone and under attack, and what the attack costs:
 * `npm run siege -- [RUNS] [IDLE]`. Attackers run in a process of their own, at the lowest priority,
 * since they share two cores with what is measured.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agencyFile, generateBets } from '../src/tools/generate-bets';
import { cleanUp, startClient, startServer } from '../test/support/program';

const CLOCK_TICKS_PER_SECOND = 100;
const BETS_PER_AGENCY = 60_000;
const HONEST = [1, 2, 3, 4, 5];
/** What the central may take at most, whatever peers do (docs/RELIABILITY.md). */
const MEMORY_MB_MAX = 512;
const RATIO_MIN = 0.9;

interface Figures {
  readonly betsPerSecond: number;
  readonly centralMicrosPerBet: number;
  readonly centralCpuShare: number;
  readonly attackerCpuShare: number;
  readonly peakMegabytes: number;
}

/** User and system time of a process, from /proc. */
function cpuSeconds(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'latin1');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

async function startAttackers(port: number, idle: number): Promise<ChildProcess> {
  const script = join(__dirname, 'siege-attackers.ts');
  const args = ['-n', '19', process.execPath, '-r', 'ts-node/register/transpile-only', script];
  const child = spawn('nice', [...args, String(port), String(idle)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => {
      resolve();
    });
    child.once('exit', () => {
      reject(new Error('the attackers ended'));
    });
  });
  return child;
}

async function runOnce(directory: string, idle: number): Promise<Figures> {
  let attackers: ChildProcess | null = null;
  try {
    const { program, port } = await startServer({ AGENCIES: '6', SERVER_LISTEN_BACKLOG: '511' });
    if (idle > 0) attackers = await startAttackers(port, idle);
    const before = [cpuSeconds(program.pid), cpuSeconds(attackers?.pid)] as const;
    const clients = HONEST.map((id) =>
      startClient(port, id, { CLI_DATA: agencyFile(directory, id), CLI_RETRY_FOR: '5m' }),
    );
    await Promise.all(clients.map((client) => client.waitFor('action: introduce')));
    const startedMs = performance.now();
    await Promise.all(HONEST.map((id) => finishOf(program.lines, id)));
    const seconds = (performance.now() - startedMs) / 1000;
    const central = cpuSeconds(program.pid) - before[0];
    const bets = BETS_PER_AGENCY * HONEST.length;
    return {
      betsPerSecond: bets / seconds,
      centralMicrosPerBet: (central / bets) * 1e6,
      centralCpuShare: central / seconds,
      attackerCpuShare: (cpuSeconds(attackers?.pid) - before[1]) / seconds,
      peakMegabytes: peakMegabytes(program.pid),
    };
  } finally {
    attackers?.kill('SIGKILL');
    await cleanUp();
  }
}

async function finishOf(lines: readonly string[], agency: number): Promise<void> {
  const wanted = `action: agency_finished | result: success | agency: ${String(agency)} `;
  let seen = 0;
  for (;;) {
    for (; seen < lines.length; seen++) if (lines[seen]?.includes(wanted) === true) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function show(name: string, runs: readonly Figures[]): number {
  const of = (pick: (figures: Figures) => number): number => medianOf(runs.map(pick));
  const rate = of((f) => f.betsPerSecond);
  console.log(
    `${name.padEnd(14)} ${Math.round(rate).toLocaleString('en').padStart(9)} bets/s` +
      ` | central ${of((f) => f.centralMicrosPerBet).toFixed(2)} us of CPU per bet,` +
      ` ${(of((f) => f.centralCpuShare) * 100).toFixed(0)} % of a core` +
      ` | attackers ${(of((f) => f.attackerCpuShare) * 100).toFixed(0)} % of a core` +
      ` | central's peak ${Math.max(...runs.map((f) => f.peakMegabytes)).toFixed(0)} MB`,
  );
  return rate;
}

async function main(): Promise<void> {
  const [runs = 5, idle = 10_000] = process.argv.slice(2).map(Number);
  const directory = mkdtempSync(join(tmpdir(), 'loteria-siege-'));
  const alone: Figures[] = [];
  const attacked: Figures[] = [];
  try {
    generateBets({ directory, agencies: HONEST, bets: BETS_PER_AGENCY, seed: 1, luckless: 5 });
    // One of each in turn, so that what else the machine does falls on both alike.
    for (let i = 0; i < runs; i++) {
      alone.push(await runOnce(directory, 0));
      attacked.push(await runOnce(directory, idle));
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const bets = (BETS_PER_AGENCY * HONEST.length).toLocaleString('en');
  console.log(`${bets} bets of 5 agencies, ${String(runs)} runs each, medians`);
  const undisturbed = show('undisturbed', alone);
  const ratio = show('under attack', attacked) / undisturbed;
  const peak = Math.max(...attacked.map((f) => f.peakMegabytes));
  console.log(`ratio ${(ratio * 100).toFixed(1)} % (goal: ${String(RATIO_MIN * 100)} %)`);
  console.log(`memory ${peak.toFixed(0)} MB of at most ${String(MEMORY_MB_MAX)} MB`);
  if (peak > MEMORY_MB_MAX) process.exitCode = 1;
}

void main();
