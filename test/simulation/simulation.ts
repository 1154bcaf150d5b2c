/** One simulation, from its seed to its end. */
import type { Edition } from '../../src/domain/contest';
import { AgencyHost, type AgencyTask } from './agency-host';
import type { AgencyProgram, AgencyResult } from './agency-program';
import { CentralHost } from './central-host';
import { anyInputs, anyNumber, anySettings, COURSE } from './any-settings';
import { Faults } from './faults';
import type { AgencyInput } from './input';
import { LegacyHost } from './legacy-host';
import type { Dialect } from '../../src/protocol/conversion';
import type { PackedBets } from './legacy-tap';
import type { LinkTap } from './link-tap';
import { Network } from './network';
import { startOddPeer } from './odd-peer';
import { claimElsewhere } from './other-central';
import { Referee } from './referee';
import { Trace } from './trace';
import { WinningNumber } from './winning-number';
import { CheckFailure, World } from './world';

/** Once nothing goes wrong any more, everything must be done within this time, and these steps. */
const QUIET_MS_MAX = 400_000;
const QUIET_STEPS_MAX = 200_000;
const STEPS_MAX = 1_000_000;
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
