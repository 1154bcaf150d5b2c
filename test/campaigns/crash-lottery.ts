/** One lottery of real processes whose central and agencies are killed until it is over. */
import { mkdirSync, watch, writeFileSync, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { checkBets, checkLottery, winnersOf, type Inputs } from '../support/bets-check';
import { loteria, type Exit, type Program } from '../support/program';
import type { Random } from '../support/memory-file';
import { agencyPhaseOf, phaseOf, type Phase, type Stage } from './crash-phase';
import type { CrashRelay } from './crash-relay';
import { ColdDamage, tryOtherSettings, wholeRowBytes } from './crash-twists';

const FINISH_MS = 60_000;
/** What a campaign may set in the programs' environment: coverage of killed programs is nothing. */
const NO_COVERAGE = { NODE_V8_COVERAGE: '' };

export interface LotteryPlan {
  readonly directory: string;
  readonly inputs: Inputs;
  readonly file: (agency: number) => string;
  readonly random: Random;
  /** How often to kill the central in each stage. */
  readonly kills: Readonly<Record<Stage, number>>;
  /** Whether another kill of the central is wanted; it is then expected. */
  readonly claimKill: () => boolean;
  /** The central ended by itself before the signal reached it. */
  readonly releaseKill: () => void;
  readonly onKill: (phase: Phase) => void;
  readonly onAgencyKill: (phase: string) => void;
  readonly onRecovery: (line: string) => void;
  /** How often a byte of bets.csv is to change between two lives. */
  readonly damages: number;
  readonly onRefusal: (what: 'damage' | 'settings') => void;
  readonly timing: StartTiming;
  readonly signal: AbortSignal;
}

/** How long a central takes from exec to listening, measured as the campaign goes. */
export class StartTiming {
  ms = 250;
  note(ms: number): void {
    this.ms = this.ms * 0.9 + ms * 0.1;
  }
}

export class CrashLottery {
  readonly problems: string[] = [];
  private readonly logs: string[] = [];
  private stage: Stage = 'loading';
  private sorteos = 0;
  private readonly finished = new Set<number>();
  private readonly done = new Set<number>();
  private readonly agencies = new Map<number, Program>();
  private readonly killedAgencies = new Set<Program>();
  private readonly left: Record<Stage, number>;
  private readonly dataDirectory: string;
  private central: Program | null = null;
  /** The last central has stopped in good order. */
  private isClosed = false;
  private killed = false;
  private inFlightAtKill = 0;
  /** The line of the log after which to kill this life's central, and within which time. */
  private killAfter: { readonly action: string; readonly ms: number } | null = null;
  private watcher: FSWatcher | null = null;
  private killTimer: NodeJS.Timeout | undefined;
  private wake: () => void = () => undefined;
  private deadlineMs = Infinity;
  private readonly batchBets: number;
  private readonly window: number;
  private readonly damage: ColdDamage;
  /** Bytes of bets.csv that the journal no longer holds, as far as is known. */
  private coldBytes = 0;
  private knownBytes = 0;
  /** Since a commit is known, the directory is bound to its settings. */
  private isBegun = false;

  constructor(
    private readonly plan: LotteryPlan,
    private readonly relay: CrashRelay,
  ) {
    this.left = { ...plan.kills };
    this.dataDirectory = join(plan.directory, 'data');
    this.damage = new ColdDamage(this.dataDirectory, plan.random, plan.damages);
    const many = [...plan.inputs.values()].some(({ length }) => length > 10_000);
    this.batchBets = many ? 130 : 1 + this.below(3);
    this.window = 1 + this.below(8);
  }

  /** Runs to the end; what is wrong is in {@link problems}. */
  async run(): Promise<void> {
    mkdirSync(this.dataDirectory, { recursive: true });
    for (const agency of this.plan.inputs.keys()) this.startAgency(agency);
    while (this.problems.length === 0 && !this.isClosed && !this.plan.signal.aborted) {
      await this.runLife();
    }
    for (const agency of this.agencies.values()) agency.signal('SIGKILL');
    if (this.problems.length === 0) {
      this.problems.push(...(await this.checkEnd()));
    }
    if (this.problems.length > 0) this.keepLogs();
  }

  private get isOver(): boolean {
    return this.done.size === this.plan.inputs.size;
  }

  /** Row by row with the inputs, and by what users are given to check it. */
  private async checkEnd(): Promise<string[]> {
    if (this.plan.signal.aborted) return [];
    const verify = loteria(['verify', this.dataDirectory], NO_COVERAGE, this.plan.directory);
    const { code } = await verify.exited;
    const found = checkLottery(this.dataDirectory, this.plan.inputs);
    return code === 0 ? found : [...found, `loteria verify: ${verify.output}`];
  }

  private below(n: number): number {
    return Math.floor(this.plan.random() * n);
  }

  /** One life of the central, from exec to its end. */
  private async runLife(): Promise<void> {
    const { directory, inputs, timing } = this.plan;
    this.killed = false;
    const env = {
      SERVER_PORT: '0',
      SERVER_LISTEN_BACKLOG: '64',
      LOGGING_LEVEL: 'DEBUG',
      AGENCIES: String(inputs.size),
      DATA_DIR: this.dataDirectory,
      PARSE_WORKERS: String(this.below(2)),
      ...NO_COVERAGE,
    };
    await this.meddle(env);
    const startedMs = performance.now();
    const central = loteria(['server'], env, directory);
    this.central = central;
    central.onLine((line) => {
      this.receiveLine(line, () => {
        timing.note(performance.now() - startedMs);
      });
    });
    this.planKill();
    const agencyKill = this.planAgencyKill();
    const exit = await this.untilOver(central);
    clearTimeout(this.killTimer);
    clearTimeout(agencyKill);
    this.watcher?.close();
    this.watcher = null;
    this.relay.centralPort = null;
    this.relay.onFrame = () => undefined;
    this.logs.push(...central.lines, `--- ${JSON.stringify(exit)}`);
    this.judge(central, exit);
  }

  /** What happens between two lives, now and then. */
  private async meddle(env: Readonly<Record<string, string>>): Promise<void> {
    const { random, directory, onRefusal } = this.plan;
    if (this.isBegun && random() < 0.08) {
      const problem = await tryOtherSettings(directory, env, random);
      if (problem === null) onRefusal('settings');
      else this.problems.push(problem);
    }
    // Once the draw is due, recovery and draw may be one.
    if (this.stage === 'loading' && random() < 0.3) this.damage.perhapsDo(this.coldBytes);
  }

  /** Until the central has ended: killed, on its own (which is wrong), or when all is done. */
  private async untilOver(central: Program): Promise<Exit> {
    const over = { exited: false };
    void central.exited.then(() => {
      over.exited = true;
      this.wake();
    });
    const isDone = (): boolean => this.isOver && central.matching('action: acta ').length > 0;
    while (!over.exited && !isDone() && performance.now() < this.deadlineMs) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, 50).unref();
      });
    }
    if (over.exited) return central.exited;
    if (!isDone()) {
      this.problems.push(`the lottery was not over ${String(FINISH_MS)} ms after the last kill`);
    }
    central.signal(isDone() ? 'SIGTERM' : 'SIGKILL');
    return central.exited;
  }

  private judge(central: Program, exit: Exit): void {
    if (this.killed && exit.signal !== 'SIGKILL') this.plan.releaseKill();
    if (this.damage.isThere && exit.code === 1) {
      this.judgeDamaged(central);
      return;
    }
    if (this.killed && exit.signal === 'SIGKILL') {
      const { directory } = this.plan;
      const phase = phaseOf(central.lines, this.stage, this.inFlightAtKill, this.dataDirectory);
      this.plan.onKill(phase);
      this.compareWithTold(directory);
    } else if (this.isOver && exit.code === 0) this.isClosed = true;
    else if (!this.plan.signal.aborted) {
      this.problems.push(
        `the central ended with ${JSON.stringify(exit)}: ${central.lines.at(-1) ?? ''}`,
      );
    }
    // A central that was killed while it refused a changed byte has perhaps said so.
    const isExpected = (line: string): boolean =>
      this.damage.isThere && line.includes('STORE_DAMAGED');
    const failed = central.lines.filter((line) => line.includes(' ERROR ') && !isExpected(line));
    this.problems.push(...failed, ...this.relay.problems);
    if (this.sorteos > 1) this.problems.push(`sorteo was logged ${String(this.sorteos)} times`);
  }

  /** A central that ended of itself because of a changed byte; another one gets the right bytes. */
  private judgeDamaged(central: Program): void {
    const problem = this.damage.judge(central.lines);
    if (problem === null) {
      this.plan.onRefusal('damage');
      this.deadlineMs = performance.now() + FINISH_MS;
    } else this.problems.push(problem);
    this.problems.push(...this.relay.problems);
  }

  /** Between two lives: whatever was acknowledged is in bets.csv. */
  private compareWithTold(name: string): void {
    if (this.damage.isThere) return;
    const { counts, problems } = checkBets(this.dataDirectory, this.plan.inputs, false);
    this.problems.push(...problems);
    for (const [agency, { acknowledged }] of this.relay.received) {
      const stored = counts.get(agency) ?? 0;
      if (stored < acknowledged) {
        this.problems.push(
          `${name}: agency ${String(agency)}: ${String(acknowledged)} bets acknowledged, ` +
            `${String(stored)} in bets.csv`,
        );
      }
    }
  }

  private receiveLine(line: string, onListen: () => void): void {
    const { inputs } = this.plan;
    const { killAfter } = this;
    if (killAfter !== null && line.includes(`action: ${killAfter.action} |`)) {
      this.killWithin(killAfter.ms);
    }
    if (line.includes('action: recover |')) {
      this.plan.onRecovery(line);
      this.isBegun ||= !line.includes(' bets: 0 ');
      // What the central finds, or completes, before it listens.
      this.knownBytes = wholeRowBytes(this.dataDirectory);
      const finished = Number(/agencies_finished: (\d+)/.exec(line)?.[1]);
      if (line.includes('drawn: yes')) this.stage = 'drawn';
      else if (finished === inputs.size) this.stage = 'drawing';
    } else if (line.includes('action: listen |')) {
      onListen();
      // A central that has come up has begun a new journal file behind what was there.
      this.coldBytes = this.knownBytes;
      this.relay.centralPort = Number(/port: (\d+)/.exec(line)?.[1]);
      if (this.stage !== 'loading') this.killWithin(this.stage === 'drawing' ? 120 : 60);
    } else if (line.includes('action: agency_finished |')) {
      this.finished.add(Number(/agency: (\d+)/.exec(line)?.[1]));
      if (this.finished.size === inputs.size && this.stage === 'loading') {
        this.stage = 'drawing';
        this.killWithin(60);
      }
    } else if (line.endsWith('action: sorteo | result: success')) {
      this.sorteos++;
      this.stage = 'drawn';
      this.killWithin(40);
    }
  }

  /** Chooses when this life ends, as far as that can be said at its beginning. */
  private planKill(): void {
    const { timing, random } = this.plan;
    if (this.wanted() <= 0) return;
    const dice = random();
    this.killAfter = null;
    if (this.stage !== 'drawn' && random() < 0.5) this.watchForWinners();
    if (dice < 0.12) this.killAfter = { action: 'config', ms: 40 };
    else if (dice < 0.16) this.killAfter = { action: 'recover', ms: 2 };
    else if (dice < 0.35) this.killWithin(timing.ms * 1.4);
    else if (this.stage === 'loading') {
      const direction = random() < 0.5 ? 'to_central' : 'to_agency';
      let frames = this.below(dice < 0.7 ? 40 : 600);
      this.relay.onFrame = (of) => {
        if (of === direction && frames-- === 0) this.kill();
      };
    }
  }

  /** The moment between the winners and the draw's own commit is short: waits for its beginning. */
  private watchForWinners(): void {
    this.watcher = watch(this.dataDirectory, (_event, name) => {
      if (!name?.startsWith('winners.csv')) return;
      this.watcher?.close();
      this.killWithin(1.5);
    });
  }

  private wanted(): number {
    return this.plan.signal.aborted ? 0 : this.left[this.stage];
  }

  private killWithin(ms: number): void {
    if (this.wanted() <= 0) return;
    clearTimeout(this.killTimer);
    this.killTimer = setTimeout(() => {
      this.kill();
    }, this.plan.random() * ms);
  }

  private kill(): void {
    if (this.killed || this.central === null || this.wanted() <= 0) return;
    if (!this.plan.claimKill()) {
      this.left.loading = this.left.drawing = this.left.drawn = 0;
      this.deadlineMs = performance.now() + FINISH_MS;
      return;
    }
    this.left[this.stage]--;
    this.killed = true;
    this.inFlightAtKill = this.relay.inFlight;
    this.central.signal('SIGKILL');
    this.deadlineMs = performance.now() + FINISH_MS;
  }

  private startAgency(agency: number): void {
    const { file, directory } = this.plan;
    const env = {
      CLI_ID: String(agency),
      CLI_SERVER_ADDRESS: `127.0.0.1:${String(this.relay.port)}`,
      CLI_LOOP_AMOUNT: '1',
      CLI_LOOP_PERIOD: '1ms',
      CLI_LOG_LEVEL: 'DEBUG',
      CLI_DATA: file(agency),
      CLI_BATCH_MAXAMOUNT: String(this.batchBets),
      CLI_BATCH_WINDOW: String(this.window),
      CLI_RETRY_FOR: '1h',
      ...NO_COVERAGE,
    };
    const program = loteria(['client'], env, directory);
    this.agencies.set(agency, program);
    void program.exited.then((exit) => {
      if (this.killedAgencies.has(program) && exit.signal === 'SIGKILL') {
        if (!this.isOver && this.problems.length === 0) this.startAgency(agency);
      } else this.judgeAgency(agency, program, exit);
      this.wake();
    });
  }

  private judgeAgency(agency: number, program: Program, exit: Exit): void {
    if (this.plan.signal.aborted || this.problems.length > 0) return;
    const who = `agency ${String(agency)}`;
    if (exit.code !== 0) {
      this.problems.push(
        `${who} ended with ${JSON.stringify(exit)}: ${program.lines.at(-1) ?? ''}`,
      );
    }
    // A line for each page of winners.
    const received = program
      .matching('action: winners |')
      .flatMap((line) => /documents: (.+)$/.exec(line)?.[1]?.split(' ') ?? [])
      .sort()
      .join(' ');
    const expected = winnersOf(this.plan.inputs.get(agency) ?? [])
      .sort()
      .join(' ');
    if (received !== expected) {
      this.problems.push(`${who} received the winners "${received}", expected "${expected}"`);
    }
    this.done.add(agency);
  }

  private planAgencyKill(): NodeJS.Timeout | undefined {
    const { random, timing } = this.plan;
    if (this.wanted() <= 0 || random() > 0.5) return undefined;
    const agency = 1 + this.below(this.plan.inputs.size);
    return setTimeout(
      () => {
        const program = this.agencies.get(agency);
        if (program === undefined || this.done.has(agency)) return;
        this.killedAgencies.add(program);
        this.plan.onAgencyKill(agencyPhaseOf(program.lines));
        program.signal('SIGKILL');
      },
      random() * timing.ms * 3,
    );
  }

  private keepLogs(): void {
    const { directory } = this.plan;
    writeFileSync(join(directory, 'problems.txt'), `${this.problems.join('\n')}\n`);
    writeFileSync(join(directory, 'central.log'), `${this.logs.join('\n')}\n`);
    for (const [agency, program] of this.agencies) {
      writeFileSync(join(directory, `agency-${String(agency)}.log`), program.output);
    }
  }
}
