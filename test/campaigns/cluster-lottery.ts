/** One lottery of several centrals whose database, network and centrals fail until all agencies have their winners. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Inputs } from '../support/bets-check';
import { TYPE } from '../support/frame-tap';
import type { Random } from '../support/memory-file';
import type { PatroniCluster } from '../support/patroni';
import { ReplyLedger } from '../support/reply-ledger';
import { CampaignAgencies } from './cluster-agencies';
import { CampaignCentral } from './cluster-central';
import { checkTables } from './cluster-check';
import { KINDS, pairOf, type Fault, type KindName, type Planned } from './cluster-plan';
import { faultSeen, type FaultSeen, type FaultTime } from './cluster-silence';

const START_MS = 60_000;
/** A node that comes back copies what it lacks, and the log: minutes on a machine with a busy disk. */
const WHOLE_MS = 300_000;
const FINISH_MS = 120_000;
const POLL_MS = 100;
/** How long a fault lasts, at most; a primary's key expires after 5 s. */
const HOLD_MS_MAX = 12_000;
/** The same, after a failover. */
const FAILOVER_HOLD_MS_MAX = 1_000;

export interface ClusterLotteryPlan {
  readonly directory: string;
  readonly cluster: PatroniCluster;
  readonly centrals: number;
  readonly inputs: Inputs;
  readonly file: (agency: number) => string;
  readonly random: Random;
  /** In this order, while bets arrive. */
  readonly faults: readonly Planned[];
  /** Strikes when the last agency has finished, unless the draw is known before. */
  readonly faultAtDraw: Planned;
  /** Whether a fault lasts until another node is the primary, and no longer. */
  readonly demandsFailover: boolean;
  /** Seconds over which the agencies spread their bets. */
  readonly paceSeconds: number;
  readonly onFault: (fault: FaultSeen) => void;
  readonly onProgress: (text: string) => void;
}

interface Chosen {
  readonly primary: number;
  readonly names: readonly KindName[];
  readonly faults: readonly Fault[];
}

export class ClusterLottery {
  readonly problems: string[] = [];
  refusedStarts = 0;
  /** How often another node was the primary after a fault. */
  failovers = 0;
  /** Faults of which nothing was seen, and that are not reported. */
  withoutEffect = 0;
  private readonly ledger = new ReplyLedger();
  private readonly centrals: CampaignCentral[] = [];
  private readonly agencies: CampaignAgencies;
  private readonly finishing = new Set<number>();
  private readonly times: FaultTime[] = [];
  private readonly log: string[] = [];
  private allFinish: () => void = () => undefined;

  constructor(private readonly plan: ClusterLotteryPlan) {
    this.agencies = new CampaignAgencies(plan);
  }

  /** ACKs that were compared with what centrals know later, and with the tables. */
  get acknowledgements(): number {
    return this.ledger.acks.length;
  }

  /** Runs to the end; what is wrong is in {@link problems}. */
  async run(): Promise<void> {
    const allFinish = new Promise<void>((resolve) => {
      this.allFinish = resolve;
    });
    this.ledger.onFrame = (_direction, type, agency) => {
      if (type === TYPE.finished) this.finishing.add(agency);
      if (this.haveAllFinished) this.allFinish();
    };
    try {
      await this.begin();
      await this.strike(allFinish);
      await this.finish();
    } catch (error) {
      this.problems.push(String(error));
    }
    this.collectProblems();
    for (const time of this.times) {
      this.plan.onFault(faultSeen(time, this.ledger.acks, this.plan.inputs.keys()));
    }
    if (this.problems.length > 0) this.keepLogs();
    this.agencies.kill();
    for (const central of this.centrals) await central.kill();
    for (const central of this.centrals) central.close();
    this.refusedStarts = this.centrals.reduce((sum, central) => sum + central.refusedStarts, 0);
  }

  private get haveAllFinished(): boolean {
    return this.finishing.size === this.plan.inputs.size;
  }

  /** Whether a central has said so, in its log or to an agency. */
  private get isDrawn(): boolean {
    const isLogged = this.centrals.some(({ lines }) =>
      lines.some((line) => line.includes(' action: sorteo |')),
    );
    return isLogged || [...this.ledger.received.values()].some(({ winners }) => winners);
  }

  private below(n: number): number {
    return Math.floor(this.plan.random() * n);
  }

  private note(text: string): void {
    this.log.push(`${new Date().toISOString()} ${text}`);
    this.plan.onProgress(text);
  }

  private async begin(): Promise<void> {
    const { cluster, directory, inputs, centrals } = this.plan;
    mkdirSync(directory, { recursive: true });
    for (let i = 0; i < centrals; i++) {
      const central = await CampaignCentral.open({
        ...{ name: `central ${String(i)}`, directory, ledger: this.ledger },
        ...{ passwordFile: cluster.storePasswordFile, agencies: inputs.size },
        nodes: cluster.servers.map(({ port }) => port),
      });
      this.centrals.push(central);
      central.start();
    }
    await this.until('the centrals listen', START_MS, () =>
      this.centrals.every(({ isListening }) => isListening),
    );
    this.note('the centrals listen');
    this.agencies.start(this.centrals, () => 1 + this.below(8));
    await this.until('all agencies store', START_MS, () =>
      [...inputs.keys()].every(
        (agency) => (this.ledger.received.get(agency)?.acknowledged ?? 0) > 0,
      ),
    );
  }

  private async strike(allFinish: Promise<void>): Promise<void> {
    const { faults, faultAtDraw, paceSeconds } = this.plan;
    for (const kind of faults) {
      const chosen = await this.choose(kind);
      await sleep(this.below(1_500));
      if (this.haveAllFinished) break;
      await this.strikeOnce(kind, false, chosen);
    }
    const chosen = await this.choose(faultAtDraw);
    const timeoutMs = FINISH_MS + paceSeconds * 1000;
    await Promise.race([allFinish, sleep(timeoutMs, undefined, { ref: false })]);
    // The moments between the last FINISHED and the winners.
    await sleep(this.below(this.below(4) === 0 ? 300 : 40));
    if (this.haveAllFinished && !this.isDrawn) await this.strikeOnce(faultAtDraw, true, chosen);
    else this.note('no fault at the draw');
  }

  private async choose(kind: Planned): Promise<Chosen> {
    const { cluster, random } = this.plan;
    const primary = await cluster.waitUntilWhole(WHOLE_MS);
    const setting = { cluster, centrals: this.centrals, primary, random };
    if (kind === 'pair') return { primary, ...pairOf(setting) };
    return { primary, names: [kind], faults: [KINDS[kind](setting)] };
  }

  private async strikeOnce(
    kind: Planned,
    atDraw: boolean,
    { primary, names, faults }: Chosen,
  ): Promise<void> {
    const time = { kind, names, atDraw, fromMs: performance.now(), toMs: Infinity };
    this.times.push(time);
    this.note(`inject ${names.join(' + ')}`);
    for (const fault of faults) {
      await fault.inject();
      // Two at once, or one in the wake of the other.
      if (faults.length > 1) await sleep(this.below(this.below(2) * 4_000 + 1));
    }
    if (this.plan.demandsFailover) await this.untilFailover(primary);
    await this.mendAll(faults);
    if (faults.some(({ hasStruck }) => hasStruck?.() === false)) {
      this.note('without effect');
      this.withoutEffect++;
      this.times.splice(this.times.indexOf(time), 1);
    }
    if ((await this.plan.cluster.waitUntilWhole(WHOLE_MS)) !== primary) this.failovers++;
    this.note('whole');
    await this.untilAcknowledged();
    this.note('acknowledged');
    time.toMs = performance.now();
  }

  private async mendAll(faults: readonly Fault[]): Promise<void> {
    for (const fault of faults) {
      await sleep(this.below(this.plan.demandsFailover ? FAILOVER_HOLD_MS_MAX : HOLD_MS_MAX));
      this.note(`mend ${fault.victims.join(' ')}`);
      await fault.mend();
    }
  }

  /** The key of a primary that is dead or frozen stays for some seconds. */
  private async untilFailover(primary: number): Promise<void> {
    const { cluster } = this.plan;
    const deadline = performance.now() + WHOLE_MS;
    while ((await cluster.waitUntilWritable(WHOLE_MS)) === primary) {
      if (performance.now() > deadline) throw new Error('no failover');
      await sleep(POLL_MS);
    }
    this.note('failover');
  }

  /** Until each agency that has not finished has an acknowledgement of now: the fault has no trace left. */
  private async untilAcknowledged(): Promise<void> {
    const fromMs = performance.now();
    const { inputs } = this.plan;
    await this.until('acknowledgements go on', FINISH_MS, () => {
      const late = new Set<number>(this.finishing);
      for (let i = this.ledger.acks.length - 1; i >= 0; i--) {
        const ack = this.ledger.acks[i];
        if (ack === undefined || ack.atMs < fromMs) break;
        late.add(ack.agency);
      }
      return late.size === inputs.size;
    });
  }

  private async finish(): Promise<void> {
    const { cluster, inputs } = this.plan;
    await this.until('all agencies have their winners', FINISH_MS, () => this.agencies.isOver);
    this.note('all have their winners');
    await this.until('every central knows the draw', FINISH_MS, () =>
      this.centrals.every(({ lines }) =>
        lines.some((line) => / action: sorteo \||drawn: yes/.test(line)),
      ),
    );
    await this.until('an acta', FINISH_MS, () => this.actas().length > 0);
    for (const central of this.centrals) await central.stop();
    const primary = await cluster.waitUntilWhole(WHOLE_MS);
    this.problems.push(...(await checkTables(cluster, primary, inputs)));
  }

  /** Digests of the acta, of all centrals. */
  private actas(): string[] {
    return this.centrals.flatMap(({ lines }) =>
      lines
        .filter((line) => line.includes(' action: acta | result: success'))
        .map((line) => /digest: (\S+)/.exec(line)?.[1] ?? 'none'),
    );
  }

  private collectProblems(): void {
    this.problems.push(...this.ledger.problems.splice(0));
    for (const { problems } of [this.agencies, ...this.centrals]) {
      this.problems.push(...problems.splice(0));
    }
    const errors = this.centrals.flatMap(({ lines }) =>
      lines.filter((line) => line.includes(' ERROR ') && !line.includes('STORE_IO')),
    );
    this.problems.push(...errors.filter((line) => !this.problems.includes(line)));
    const actas = new Set(this.actas());
    if (actas.size > 1) this.problems.push(`several actas: ${[...actas].join(' ')}`);
  }

  private async until(what: string, timeoutMs: number, isSo: () => boolean): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!isSo()) {
      this.collectProblems();
      if (this.problems.length > 0) throw new Error(`then it was over, before: ${what}`);
      if (performance.now() > deadline) {
        throw new Error(`not after ${String(timeoutMs)} ms: ${what}`);
      }
      await sleep(POLL_MS);
    }
  }

  private keepLogs(): void {
    const { directory, cluster } = this.plan;
    const write = (name: string, lines: readonly string[]): void => {
      writeFileSync(join(directory, name), `${lines.join('\n')}\n`);
    };
    write('problems.txt', this.problems);
    write('faults.log', this.log);
    write('nodes.log', [cluster.logs()]);
    for (const [i, { lines }] of this.centrals.entries()) write(`central-${String(i)}.log`, lines);
    for (const [agency, { lines }] of this.agencies.programs) {
      write(`agency-${String(agency)}.log`, lines);
    }
  }
}
