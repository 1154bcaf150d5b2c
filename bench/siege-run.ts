/** One run of `npm run siege`: five honest agencies load, alone or under attack. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agencyFile, generateBets } from '../src/tools/data/generate-bets';
import { cleanUp, startClient, startServer } from '../test/support/program';

const CLOCK_TICKS_PER_SECOND = 100;
const BETS_PER_AGENCY = 60_000;
const HONEST = [1, 2, 3, 4, 5];
/** Bets of all honest agencies together. */
export const SIEGE_BETS = BETS_PER_AGENCY * HONEST.length;
/** What the central may take at most, whatever peers do (docs/RELIABILITY.md). */
export const SIEGE_MEMORY_MB_MAX = 512;

/** The files of the honest agencies. */
export function generateSiegeBets(directory: string): void {
  generateBets({ directory, agencies: HONEST, bets: BETS_PER_AGENCY, seed: 1, luckless: 5 });
}

export interface SiegeFigures {
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

/** @param idle connections that never speak; 0: no attack at all */
export async function besiege(directory: string, idle: number): Promise<SiegeFigures> {
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
    return {
      betsPerSecond: SIEGE_BETS / seconds,
      centralMicrosPerBet: (central / SIEGE_BETS) * 1e6,
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
