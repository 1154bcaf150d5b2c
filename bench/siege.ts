/**
 * Five honest agencies, alone and under attack, and what the attack costs:
 * `npm run siege -- [RUNS] [IDLE]`. Attackers run in a process of their own, at the lowest priority,
 * since they share two cores with what is measured.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  besiege,
  generateSiegeBets,
  SIEGE_BETS,
  SIEGE_MEMORY_MB_MAX,
  type SiegeFigures,
} from './siege-run';
import { median } from './support/statistics';

const RATIO_MIN = 0.9;

function show(name: string, runs: readonly SiegeFigures[]): number {
  const of = (pick: (figures: SiegeFigures) => number): number => median(runs.map(pick));
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
  const alone: SiegeFigures[] = [];
  const attacked: SiegeFigures[] = [];
  try {
    generateSiegeBets(directory);
    // One of each in turn, so that what else the machine does falls on both alike.
    for (let i = 0; i < runs; i++) {
      alone.push(await besiege(directory, 0));
      attacked.push(await besiege(directory, idle));
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const bets = SIEGE_BETS.toLocaleString('en');
  console.log(`${bets} bets of 5 agencies, ${String(runs)} runs each, medians`);
  const undisturbed = show('undisturbed', alone);
  const ratio = show('under attack', attacked) / undisturbed;
  const peak = Math.max(...attacked.map((f) => f.peakMegabytes));
  console.log(`ratio ${(ratio * 100).toFixed(1)} % (goal: ${String(RATIO_MIN * 100)} %)`);
  console.log(`memory ${peak.toFixed(0)} MB of at most ${String(SIEGE_MEMORY_MB_MAX)} MB`);
  if (peak > SIEGE_MEMORY_MB_MAX) process.exitCode = 1;
}

void main();
