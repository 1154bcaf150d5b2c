/** One simulation, from its seed to its end. */
import type { Edition } from '../../src/domain/contest';
import { AgencyHost, type AgencyTask } from './agency-host';
import type { AgencyProgram, AgencyResult } from './agency-program';
import { CentralHost } from './central-host';
import type { CentralSettings } from './central-settings';
import { Faults } from './faults';
import { makeInput, type AgencyInput } from './input';
import { LegacyHost } from './legacy-host';
import { DIALECTS, type Dialect } from '../../src/protocol/conversion';
import type { PackedBets } from './legacy-tap';
import type { LinkTap } from './link-tap';
import { Network } from './network';
import { startOddPeer } from './odd-peer';
import { claimElsewhere } from './other-central';
import type { SimRandom } from './random';
import { Referee } from './referee';
import { Trace } from './trace';
import { WinningNumber, type NumberPlan } from './winning-number';
import { CheckFailure, World } from './world';

/** Once nothing goes wrong any more, everything must be done within this time, and these steps. */
const QUIET_MS_MAX = 400_000;
const QUIET_STEPS_MAX = 200_000;
const STEPS_MAX = 1_000_000;
/** Whose bets win if nobody says otherwise. */
const COURSE_NUMBER = 7574;
const COURSE: NumberPlan = { kind: 'fixed', number: COURSE_NUMBER };
/** Imagined crashes of one simulation. */
const IMAGINED_MAX = 4;

export interface SimulationResult {
  readonly seed: number;
  /** What did not hold; plain data, which can go from one thread to another. */
  readonly failure: Pick<CheckFailure, 'check' | 'found'> | null;
  readonly steps: number;
  /** Virtual time that passed. */
  readonly endMs: number;
  readonly hash: number;
  /** The last things that happened. */
  readonly tail: readonly string[];
}

/** @param print called with every line of the trace */
export function simulate(
  seed: number,
  print: ((line: string) => void) | null = null,
): SimulationResult {
  return simulateWith(seed, new Trace(true, print));
}

/**
 * The same, faster, for a seed that is expected to pass: only when it fails it is run again, as it
 * was, with all that happens written down.
 */
export function simulateFast(seed: number): SimulationResult {
  const { stackTraceLimit } = Error;
  // The simulated network and disk make thousands of errors, whose stacks nobody reads.
  Error.stackTraceLimit = 0;
  try {
    const result = simulateWith(seed, new Trace(false));
    if (result.failure === null) return result;
  } catch {
    // A mistake of the simulator's own: it happens again below, with a stack.
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return simulate(seed);
}

function simulateWith(seed: number, trace: Trace): SimulationResult {
  const world = new World(seed, trace);
  let failure: CheckFailure | null = null;
  try {
    new Simulation(world).run();
  } catch (error) {
    if (!(error instanceof CheckFailure)) throw error;
    failure = error;
  }
  const { steps, nowMs: endMs } = world;
  const first = world.failure ?? failure;
  const tail = first === null ? [] : trace.tail();
  return {
    seed,
    failure: first && { check: first.check, found: first.found },
    steps,
    endMs,
    hash: trace.hash,
    tail,
  };
}

class Simulation {
  private readonly network: Network;
  private readonly central: CentralHost;
  private readonly referee: Referee;
  private readonly faults: Faults;
  private readonly agencies: AgencyProgram[] = [];
  private readonly edition: Edition;
  /** Agencies' programs that have yet to be started, or to end. */
  private unfinished = 0;
  private imagined = 0;
  private readonly isCrowded: boolean;
  /** A single bet goes behind whatever others have stored: these agencies have none. */
  private readonly withoutSingles: AgencyInput[] = [];
  private readonly batchBetsMax: number;

  constructor(private readonly world: World) {
    const { random } = world;
    // Sometimes many small ones, whose totals alone fill more than a sector of the disk.
    const areMany = random.chance(0.02);
    this.edition = !areMany && random.chance(0.2) ? '2020' : 'lottery';
    const number = this.edition === 'lottery' ? anyNumber(random) : COURSE;
    const inputs = anyInputs(random, this.edition, areMany, number);
    this.batchBetsMax = random.pick([1, 2, 5]);
    const settings = anySettings(random, this.edition, inputs, this.batchBetsMax, number);
    this.referee = new Referee(world, this.edition, new WinningNumber(world, number), inputs);
    this.referee.book.absent = settings.agenciesPlan[0] - inputs.length;
    this.network = new Network(world, settings.inputBounds);
    this.central = new CentralHost(world, this.network, this.referee, settings);
    this.faults = new Faults(world, this.network, this.central, this.agencies, {
      startOddPeer: () => {
        const input = random.any(this.withoutSingles);
        if (input !== undefined) startOddPeer(world, this.network, this.referee, input);
      },
      claimElsewhere: () => {
        const input = random.any([...this.withoutSingles, ...inputs.filter(isLegacy)]);
        if (input !== undefined) claimElsewhere(world, this.central, this.referee, input);
      },
    });
    this.referee.book.onPromise = () => {
      this.onPromise();
    };
    this.isCrowded = areMany;
    for (const input of inputs) {
      if (input.dialect === null) this.beginAgency(input);
      else this.beginLegacy(input, input.dialect);
    }
    world.schedule(random.int(0, 1_000), () => {
      this.central.start();
    });
  }

  run(): void {
    const { world, faults, central } = this;
    let quietSince: { readonly ms: number; readonly steps: number } | null = null;
    while (this.unfinished > 0 || !central.isComplete) {
      if (!world.step()) world.fail('liveness', 'nothing will ever happen again');
      if (world.failure !== null) throw world.failure;
      faults.afterStep();
      if (quietSince === null && faults.areOver) {
        quietSince = { ms: world.nowMs, steps: world.steps };
        world.note('fault', 'nothing will go wrong any more');
        central.settle();
      }
      const isLate =
        quietSince !== null &&
        (world.nowMs - quietSince.ms > QUIET_MS_MAX ||
          world.steps - quietSince.steps > QUIET_STEPS_MAX);
      if (isLate || world.steps > STEPS_MAX) {
        world.fail('liveness', `${String(this.unfinished)} programs do not end`);
      }
    }
    central.checkEnd();
  }

  private onPromise(): void {
    if (this.imagined < IMAGINED_MAX && this.world.random.chance(0.15)) {
      this.imagined++;
      this.central.imagineCrash();
    }
    this.faults.onPromise();
  }

  /** Single bets one after the other, then the whole file, perhaps twice at once, or once more. */
  private beginAgency(input: AgencyInput): void {
    const programs: AgencyProgram[] = [];
    const { random } = this.world;
    const singles = random.chance(0.2) ? random.int(0, Math.min(3, input.rows.length)) : 0;
    if (singles === 0) this.withoutSingles.push(input);
    const files = this.isCrowded ? 1 : random.pick([1, 1, 1, 2, 3]);
    this.unfinished += singles + files;
    const startFiles = (): void => {
      for (let i = 0; i < files; i++) this.startLater(input, programs, null, () => undefined);
    };
    const startSingle = (index: number): void => {
      if (index === singles) startFiles();
      else {
        this.startLater(input, programs, index, () => {
          startSingle(index + 1);
        });
      }
    };
    startSingle(0);
  }

  private startLater(
    input: AgencyInput,
    programs: AgencyProgram[],
    singleBet: number | null,
    next: () => void,
  ): void {
    const { world, network, referee, edition, central } = this;
    const { random } = world;
    const task: AgencyTask = {
      input,
      edition,
      singleBet,
      window: random.pick([1, 2, 4, 20, 20]),
      batchBetsMax: this.batchBetsMax,
      sourceMsMax: random.pick([0, 1, 30]),
      retryMs: random.pick([100, 3_000]),
      wasClaimedElsewhere: () => central.wasClaimedElsewhere(input.agency),
      hasRival: () => programs.some((other) => other !== host && !other.hasEnded),
    };
    const onDone = (outcome: AgencyResult | null): void => {
      this.unfinished--;
      if (outcome !== null) referee.onOutcome(input.agency, outcome, singleBet === null);
      next();
    };
    const tap = (): LinkTap => referee.tapNative(input.agency, true);
    const host = new AgencyHost(world, network, this.nextName(input), task, tap, onDone);
    programs.push(host);
    this.startHost(host);
  }

  /** One program, which sends everything again when it has to begin again. */
  private beginLegacy(input: AgencyInput, dialect: Dialect): void {
    const { world, network, referee, central } = this;
    const { random } = world;
    const task = {
      input,
      dialect,
      batchBetsMax: this.batchBetsMax,
      sourceMsMax: random.pick([0, 1, 30]),
      retryMs: random.pick([100, 3_000]),
    };
    this.unfinished++;
    const onDone = (outcome: AgencyResult | null): void => {
      this.unfinished--;
      if (outcome !== null) referee.onOutcome(input.agency, outcome, true);
    };
    const tap = (lastPacked: () => PackedBets | null): LinkTap =>
      referee.tapLegacy(input.agency, lastPacked);
    const name = this.nextName(input);
    this.startHost(new LegacyHost(world, network, name, task, central, tap, onDone));
  }

  private nextName({ agency, dialect }: AgencyInput): string {
    const program = 'abcdefgh'[this.agencies.length % 8] ?? '';
    return `agency ${String(agency)}${program}${dialect === null ? '' : ` ${dialect}`}`;
  }

  private startHost(host: AgencyProgram): void {
    const { world, agencies } = this;
    const { random } = world;
    agencies.push(host);
    world.schedule(random.pick([0, random.int(0, 1_000), random.int(0, 10_000)]), () => {
      host.start();
    });
  }
}

const isLegacy = ({ dialect }: AgencyInput): boolean => dialect !== null;

function anyInputs(
  random: SimRandom,
  edition: Edition,
  areMany: boolean,
  number: NumberPlan,
): AgencyInput[] {
  const count = areMany ? random.int(16, 26) : random.int(1, 4);
  const speakDialects = edition === 'lottery' && !areMany && random.chance(0.4);
  const allWin = random.chance(0.1);
  const lucky = number.kind === 'fixed' ? number.number : COURSE_NUMBER;
  return Array.from({ length: count }, (_, i) => {
    const isLegacy = speakDialects && random.chance(0.6);
    const dialect = isLegacy ? random.pick(DIALECTS) : null;
    const betsMax = areMany ? 1 : random.chance(0.2) ? 40 : 14;
    return makeInput(random, i + 1, betsMax, { edition, dialect, allWin, lucky });
  });
}

/** The number of the course, another one, or one that nobody knows before the last bet. */
function anyNumber(random: SimRandom): NumberPlan {
  if (random.chance(0.25)) {
    return { kind: 'random', salt: random.pick([null, 'a salt', 'drand 4711']) };
  }
  return { kind: 'fixed', number: random.pick([COURSE_NUMBER, COURSE_NUMBER, 0, 9_999, 42]) };
}

/** Sometimes an agency is expected that never bets, until the operator says so. */
function anyPlan(random: SimRandom, agencies: number): readonly [number, ...number[]] {
  if (random.chance(0.85)) return [agencies];
  const first = agencies + random.int(1, 2);
  return random.chance(0.3) ? [first, first + 1, agencies] : [first, agencies];
}

/** Bounds as small as the input allows, so that they are met. */
function anySettings(
  random: SimRandom,
  edition: Edition,
  inputs: readonly AgencyInput[],
  batchBetsMax: number,
  number: NumberPlan,
): CentralSettings {
  let rowBytesMax = 64;
  for (const { rows } of inputs) {
    for (const row of rows) rowBytesMax = Math.max(rowBytesMax, Buffer.byteLength(row));
  }
  const frameBytesMax = batchBetsMax * rowBytesMax + 18;
  const window = random.pick([1, 2, 3, 6, 20, 20]);
  const commitBytesMax = random.pick([1, frameBytesMax, 4 * frameBytesMax]);
  // One connection may go over the bound with what it has in one turn.
  const shareBytes = Math.min(16, window) * (frameBytesMax + 72);
  // In the dialects a bet may be twice as long, and its message says more about it.
  const legacyBytesMax = batchBetsMax * (2 * rowBytesMax + 80) + 100;
  const commitMax = 750 + 30 * inputs.length + commitBytesMax + shareBytes;
  return {
    edition,
    agencies: inputs.length,
    agenciesPlan: edition === 'lottery' ? anyPlan(random, inputs.length) : [inputs.length],
    number,
    window,
    commitBytesMax,
    detects: edition === 'lottery' && random.chance(0.3),
    inputBounds: {
      native: 2 * frameBytesMax + random.int(0, 200),
      legacy: 2 * legacyBytesMax + random.int(0, 200),
    },
    segmentBytes: Math.ceil(commitMax * (1 + random.next())),
    winnersPageBytesMax: random.pick([12, 40, 8_170]),
    scanChunkBytes: 2 * rowBytesMax + random.int(0, 200),
    scanRangeBytes: random.pick([rowBytesMax, 500, 100_000]),
    syncMsMax: random.pick([0, 2, 20, 300]),
    checksLater: random.chance(0.3),
    shortWrites: random.chance(0.3),
    lateMsMax: random.chance(0.5) ? null : random.pick([0, 5, 100, 700]),
  };
}
