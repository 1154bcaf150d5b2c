/** One run of `npm run siege`: five honest agencies load, alone or under attack. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { agencyFile, generateBets } from '../src/tools/data/generate-bets';
import { cleanUp, startClient, startServer } from '../test/support/program';
import { cpuSeconds, peakMegabytes } from './support/proc';

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
    const attackersPid = attackers?.pid;
    const attackerSeconds = (): number =>
      attackersPid === undefined ? 0 : cpuSeconds(attackersPid);
    const before = [cpuSeconds(program.pid), attackerSeconds()] as const;
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
      attackerCpuShare: (attackerSeconds() - before[1]) / seconds,
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
