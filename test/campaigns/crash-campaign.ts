/**
 * kill -9 at random points, on real processes (docs/RELIABILITY.md, "Crash campaign").
 *
 * A seed fixes the data and the plan of each lottery; when a signal really arrives is up to the
 * machine, so that a seed brings back the circumstances of a failure, not each step of it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agencyFile, generateBets } from '../../src/tools/data/generate-bets';
import { readInput } from '../support/bets-check';
import { buildName } from '../support/build-name';
import type { Random } from '../support/memory-file';
import { cleanUp, ROOT } from '../support/program';
import { randomOf } from '../support/store-random';
import { CrashLottery, StartTiming } from './crash-lottery';
import { PHASES, type Phase } from './crash-phase';
import { CrashRelay } from './crash-relay';

/** Every so many lotteries there is one that fills journal files. */
const LARGE_EVERY = 8;
/** And one with a byte of bets.csv that changes at rest, and one where everybody wins. */
const DAMAGED_EVERY = 3;
const ALL_WIN_EVERY = 5;
const SMALL = { agencies: 3, betsMin: 600, betsMore: 900 };
const LARGE = { agencies: 4, bets: 50_000 };

export interface CrashOptions {
  /** Kills of centrals. */
  readonly kills: number;
  readonly seed: number;
  /** Lotteries at the same time. */
  readonly lanes: number;
  /** Whether bytes of bets.csv change at rest in some of them. */
  readonly damage: boolean;
  readonly onProgress: (kills: number) => void;
}

export interface CrashReport {
  readonly kills: number;
  readonly lotteries: number;
  readonly minutes: number;
  readonly byPhase: ReadonlyMap<Phase, number>;
  readonly agencyKills: ReadonlyMap<string, number>;
  /** Starts that completed bets.csv from the journal, or cut off a torn commit. */
  readonly restored: number;
  readonly torn: number;
  /** Draws refused over a changed byte, and starts refused with other settings. */
  readonly refusals: Readonly<Record<'damage' | 'settings', number>>;
  readonly build: string;
  /** Empty when all went well. */
  readonly failures: readonly CrashFailure[];
}

export interface CrashFailure {
  readonly seed: number;
  readonly directory: string;
  readonly problems: readonly string[];
}

export class CrashCampaign {
  private killsClaimed = 0;
  private kills = 0;
  private lotteries = 0;
  private restored = 0;
  private torn = 0;
  private readonly refusals = { damage: 0, settings: 0 };
  private readonly byPhase = new Map<Phase, number>(PHASES.map((phase) => [phase, 0]));
  private readonly agencyKills = new Map<string, number>();
  private readonly failures: CrashFailure[] = [];
  private readonly abort = new AbortController();
  private readonly timing = new StartTiming();
  private readonly root = mkdtempSync(join(tmpdir(), 'loteria-crash-'));

  constructor(private readonly options: CrashOptions) {}

  async run(): Promise<CrashReport> {
    const startedMs = performance.now();
    try {
      await Promise.all(Array.from({ length: this.options.lanes }, () => this.runLane()));
    } finally {
      await cleanUp();
      if (this.failures.length === 0) rmSync(this.root, { recursive: true, force: true });
    }
    const { kills, lotteries, byPhase, agencyKills, restored, torn, refusals, failures } = this;
    const minutes = (performance.now() - startedMs) / 60_000;
    const build = buildName(ROOT);
    const counts = { kills, lotteries, minutes, byPhase, agencyKills, restored, torn, refusals };
    return { ...counts, build, failures };
  }

  private async runLane(): Promise<void> {
    while (this.killsClaimed < this.options.kills && !this.abort.signal.aborted) {
      await this.runLottery(this.options.seed + this.lotteries++);
    }
  }

  private async runLottery(seed: number): Promise<void> {
    const random = randomOf(seed);
    const directory = join(this.root, `seed-${String(seed)}`);
    const isLarge = (seed + 1) % LARGE_EVERY === 0;
    const count = (min: number, more: number): number => min + Math.floor(random() * more);
    const data = this.makeData(directory, isLarge, seed, random);
    const relay = await CrashRelay.open();
    try {
      const lottery = new CrashLottery(
        {
          directory,
          ...data,
          random,
          kills: {
            loading: isLarge ? count(3, 3) : count(6, 14),
            drawing: count(2, 6),
            drawn: count(0, 4),
          },
          claimKill: () => this.killsClaimed < this.options.kills && ++this.killsClaimed > 0,
          releaseKill: () => {
            this.killsClaimed--;
          },
          onKill: (phase) => {
            this.byPhase.set(phase, (this.byPhase.get(phase) ?? 0) + 1);
            this.options.onProgress(++this.kills);
          },
          onAgencyKill: (phase) => {
            this.agencyKills.set(phase, (this.agencyKills.get(phase) ?? 0) + 1);
          },
          onRecovery: (line) => {
            if (!line.includes('restored_bytes: 0')) this.restored++;
            if (line.includes('torn_commit: cut')) this.torn++;
          },
          damages: this.options.damage && seed % DAMAGED_EVERY === 0 ? 1 : 0,
          onRefusal: (what) => {
            this.refusals[what]++;
          },
          timing: this.timing,
          signal: this.abort.signal,
        },
        relay,
      );
      await lottery.run();
      const { problems } = lottery;
      if (problems.length > 0 && !this.abort.signal.aborted) {
        this.failures.push({ seed, directory, problems });
        this.abort.abort();
      } else rmSync(directory, { recursive: true, force: true });
    } finally {
      relay.close();
    }
  }

  private makeData(
    directory: string,
    isLarge: boolean,
    seed: number,
    random: Random,
  ): { file: (agency: number) => string; inputs: Map<number, string[]> } {
    const bets = isLarge ? LARGE.bets : SMALL.betsMin + Math.floor(random() * SMALL.betsMore);
    const numbers = Array.from(
      { length: isLarge ? LARGE.agencies : SMALL.agencies },
      (_, i) => i + 1,
    );
    generateBets({ directory, agencies: numbers, bets, seed, luckless: 2 });
    const file = (agency: number): string => agencyFile(directory, agency);
    if (!isLarge && seed % ALL_WIN_EVERY === 0) numbers.map(file).forEach(letAllWin);
    return { file, inputs: new Map(numbers.map((agency) => [agency, readInput(file(agency))])) };
  }
}

/** Puts every bet of a file on the winning number. */
function letAllWin(path: string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/,\d+\r\n/g, ',7574\r\n'));
}

/** The report as lines for people. */
export function describeCrashes(report: CrashReport): string {
  const { kills, lotteries, minutes, byPhase, agencyKills, restored, torn, refusals } = report;
  const lines = [
    `build ${report.build}`,
    `${String(kills)} kills of the central in ${String(lotteries)} lotteries, ` +
      `${(minutes * 60).toFixed(0)} s, ${(kills / minutes).toFixed(0)} kills/minute`,
    ...[...byPhase].map(([phase, n]) => `  ${String(n).padStart(6)}  ${phase}`),
    `${String([...agencyKills.values()].reduce((a, b) => a + b, 0))} kills of agencies`,
    ...[...agencyKills].map(([phase, n]) => `  ${String(n).padStart(6)}  ${phase}`),
    `starts that completed bets.csv: ${String(restored)}, that cut a torn commit: ${String(torn)}`,
    `draws refused over a changed byte: ${String(refusals.damage)}, ` +
      `starts refused with other settings: ${String(refusals.settings)}`,
  ];
  for (const { seed, directory, problems } of report.failures) {
    lines.push(
      `FAILED, seed ${String(seed)}:`,
      ...problems.slice(0, 10).map((problem) => `  ${problem}`),
      `  files and logs: ${directory} (problems.txt, central.log, agency-N.log, data/)`,
      `  once more: npm run crash -- --runs 50 --seed ${String(seed)} --lanes 1`,
    );
  }
  return lines.join('\n');
}
