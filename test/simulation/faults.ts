/** What goes wrong in a simulation, and when. After a while nothing does any more. */
import type { Files } from '../../src/store/file/directory/files';
import type { FileCall } from '../support/memory-faults';
import type { AgencyProgram } from './agency-program';
import type { CentralHost } from './central-host';
import type { End } from './central-settings';
import type { Network } from './network';
import type { World } from './world';

type FaultKind =
  | 'kill'
  | 'power'
  | 'kill at a call'
  | 'power at a call'
  | 'power at a promise'
  | 'kill, then power'
  | 'odd peer'
  | 'stop'
  | 'disk'
  | 'damage'
  | 'taken file'
  | 'agency crash'
  | 'agency stop'
  | 'reset'
  | 'cut'
  | 'half-open'
  | 'stall'
  | 'other central'
  | 'engine'
  | 'outage';

const FAULT_KINDS: readonly [FaultKind, ...FaultKind[]] = [
  'kill',
  'power',
  'kill at a call',
  'power at a call',
  'power at a call',
  'power at a promise',
  'kill, then power',
  'kill, then power',
  'odd peer',
  'odd peer',
  'stop',
  'disk',
  'disk',
  'taken file',
  'agency crash',
  'agency stop',
  'reset',
  'reset',
  'cut',
  'half-open',
  'stall',
];

/** What goes wrong besides with an engine that several centrals use. */
const REMOTE_FAULT_KINDS: typeof FAULT_KINDS = [
  'other central',
  'other central',
  'engine',
  'outage',
];

const FAILING_CALLS: readonly (readonly (keyof Files)[])[] = [
  ['write'],
  ['syncLater'],
  ['sync'],
  ['open'],
  ['rename', 'remove'],
  ['truncate'],
  ['read', 'size'],
  ['syncDirectory'],
  ['write', 'sync', 'syncLater', 'open', 'rename', 'truncate', 'syncDirectory'],
];

interface DiskFault {
  readonly kinds: readonly (keyof Files)[];
  readonly code: string;
  callsToPass: number;
  /** Fails until then; once when this is null. */
  readonly untilMs: number | null;
}

/** The end of a life at a call of the disk. */
interface CrashAtCall {
  callsToPass: number;
  /** Calls of this kind only. */
  readonly only: keyof Files | null;
  /** `fault`: the call fails, and the central ends of itself. */
  readonly end: End | 'fault';
  /** And then the next life. */
  readonly next: CrashAtCall | null;
}

/** Who else takes part. */
export interface Others {
  readonly startOddPeer: () => void;
  readonly claimElsewhere: () => void;
}

export class Faults {
  /** Faults still to come. */
  private left: number;
  private nextStep: number;
  private readonly gapSteps: number;
  /** Somebody changes stored bytes in this simulation. */
  private readonly hasDamage: boolean;
  private diskFault: DiskFault | null = null;
  private crashAtCall: CrashAtCall | null = null;
  private crashAtPromise: number | null = null;

  constructor(
    private readonly world: World,
    private readonly network: Network,
    private readonly central: CentralHost,
    private readonly agencies: readonly AgencyProgram[],
    private readonly others: Others,
  ) {
    const { random } = world;
    this.hasDamage = random.chance(0.125);
    this.left = random.int(this.hasDamage ? 3 : 0, random.chance(0.1) ? 16 : 7);
    this.gapSteps = random.pick([30, 100, 300]);
    this.nextStep = random.int(0, 2 * this.gapSteps);
    central.faultRule = (call) => this.onDiskCall(call);
    central.downMs = () => (random.chance(0.1) ? 40_000 : random.pick([0, 10, 500, 3_000]));
  }

  /** Whether nothing will go wrong any more. */
  get areOver(): boolean {
    return (
      this.left === 0 &&
      this.diskFault === null &&
      this.crashAtCall === null &&
      this.crashAtPromise === null
    );
  }

  /** To be called after every step. */
  afterStep(): void {
    const { diskFault, world } = this;
    if (diskFault !== null && diskFault.untilMs !== null && world.nowMs >= diskFault.untilMs) {
      this.diskFault = null;
    }
    if (this.left === 0 || world.steps < this.nextStep) return;
    if (!this.central.isAlive && world.random.chance(0.8)) {
      // There is more to break when the central is back.
      this.nextStep += 10;
      return;
    }
    this.left--;
    this.nextStep = world.steps + world.random.int(0, 2 * this.gapSteps);
    this.begin(this.anyKind());
    if (this.left === 0) this.endPending();
  }

  private anyKind(): FaultKind {
    const { random } = this.world;
    if (this.hasDamage && random.chance(0.5)) return 'damage';
    const isRemote = this.central.isRemote && random.chance(0.4);
    return random.pick(isRemote ? REMOTE_FAULT_KINDS : FAULT_KINDS);
  }

  /** The central has just promised something. */
  onPromise(): void {
    if (this.crashAtPromise === null || this.crashAtPromise-- > 0) return;
    this.crashAtPromise = null;
    this.central.die('power');
  }

  /** What waits for an occasion does not wait for ever. */
  private endPending(): void {
    this.world.schedule(20_000, () => {
      this.diskFault = null;
      this.crashAtCall = null;
      this.crashAtPromise = null;
      this.central.failEngine(false);
    });
  }

  private begin(kind: FaultKind): void {
    const { world, central } = this;
    const { random } = world;
    world.note('fault', kind);
    switch (kind) {
      case 'kill':
      case 'power':
        central.die(kind);
        return;
      case 'kill at a call':
        this.crashAtCall = crashAt(random.int(0, 60), 'kill');
        return;
      case 'power at a call':
        this.crashAtCall = crashAt(random.int(0, 60), 'power');
        return;
      case 'kill, then power':
        // What was written is in the system's memory only, while the next life builds on it.
        this.crashAtCall = {
          callsToPass: random.int(0, 3),
          only: 'syncLater',
          end: random.pick(['kill', 'fault']),
          next: crashAt(random.int(8, 34), 'power'),
        };
        return;
      case 'odd peer':
        this.others.startOddPeer();
        return;
      case 'other central':
        this.others.claimElsewhere();
        return;
      case 'engine':
        central.failEngine(true);
        return;
      case 'outage':
        central.beginOutage(random.int(0, 12_000));
        return;
      case 'power at a promise':
        this.crashAtPromise = random.int(0, 5);
        return;
      case 'stop':
        central.stop();
        return;
      case 'disk':
        this.diskFault = {
          kinds: random.any(FAILING_CALLS) ?? ['write'],
          code: random.pick(['EIO', 'ENOSPC']),
          callsToPass: random.int(0, 20),
          untilMs: random.chance(0.5) ? null : world.nowMs + random.int(0, 8_000),
        };
        return;
      case 'damage':
        if (random.chance(0.5)) central.die(random.pick(['kill', 'power']));
        central.damageDisk();
        return;
      case 'taken file':
        central.takeFile();
        return;
      case 'agency crash':
        random.any(this.agencies.filter(({ canCrash }) => canCrash))?.crash(random.int(0, 3_000));
        return;
      case 'agency stop':
        random.any(this.agencies.filter(({ canCrash }) => canCrash))?.stop(random.int(0, 3_000));
        return;
      default:
        this.breakLink(kind);
    }
  }

  private breakLink(kind: 'reset' | 'cut' | 'half-open' | 'stall'): void {
    const { random } = this.world;
    const link = random.any(this.network.living);
    if (link === undefined) return;
    if (kind === 'stall') {
      link.hold(random.int(0, 20_000));
      return;
    }
    if (kind === 'reset') {
      link.resetLater(link.central);
      link.resetLater(link.agency);
      return;
    }
    this.network.cut(link);
    if (kind === 'half-open') random.pick([link.central, link.agency]).reset();
  }

  private onDiskCall({ kind }: FileCall): string | null {
    const { crashAtCall, diskFault } = this;
    if (crashAtCall !== null && (crashAtCall.only ?? kind) === kind) {
      if (crashAtCall.callsToPass-- <= 0) {
        this.crashAtCall = crashAtCall.next;
        if (crashAtCall.end !== 'fault') this.central.die(crashAtCall.end);
        return 'EIO';
      }
    }
    if (!diskFault?.kinds.includes(kind) || diskFault.callsToPass-- > 0) return null;
    if (diskFault.untilMs === null) this.diskFault = null;
    return diskFault.code;
  }
}

function crashAt(callsToPass: number, end: End): CrashAtCall {
  return { callsToPass, only: null, end, next: null };
}
