/** The network between agencies and the central. */
import type { Transport } from '../../src/net/transport';
import { systemError } from '../support/memory-faults';
import type { Dialect } from '../../src/protocol/conversion';
import { SimLink, type LinkStyle, type SimEnd } from './link';
import type { LinkTap } from './link-tap';
import type { SimProcess } from './sim-process';
import { SimPromise } from './sim-promise';
import type { World } from './world';

/** How long a machine waits for another one that does not answer. */
const CONNECT_TIMEOUT_MS = 5_000;

/** How long the system waits for a peer that is gone before it notifies whoever holds the connection. */
const KEEP_ALIVE_MS = 15_000;

/** A central that takes connections. */
export interface SimListener {
  readonly process: SimProcess;
  readonly accept: (transport: Transport, dialect: Dialect | null) => void;
}

/** Who calls the central. */
export interface Caller {
  readonly agency: number;
  /** What it speaks, if not the native protocol. */
  readonly dialect?: Dialect;
  /** Who is to be notified of what is written on the connection. */
  readonly tap: () => LinkTap;
  readonly onLink?: (link: SimLink) => void;
}

/** Bytes of input after which the central should have asked for a pause. */
export interface InputBounds {
  readonly native: number;
  readonly legacy: number;
}

export class Network {
  /** Whether the central's machine is on. */
  hostUp = true;
  listener: SimListener | null = null;
  private links: SimLink[] = [];
  private nextId = 1;

  constructor(
    private readonly world: World,
    private readonly inputBounds: InputBounds,
  ) {}

  dial(process: SimProcess, caller: Caller): PromiseLike<Transport> {
    const promise = new SimPromise<Transport>(process);
    const style = caller.dialect === undefined ? this.anyStyle() : this.anyCalmStyle();
    process.after(this.world.random.int(0, style.delayMsMax), () => {
      if (!this.hostUp) {
        process.after(CONNECT_TIMEOUT_MS, () => {
          promise.reject(systemError('ETIMEDOUT', 'connect'));
        });
      } else if (this.listener === null) promise.reject(systemError('ECONNREFUSED', 'connect'));
      else this.connect(this.listener, process, caller, style, promise);
    });
    return promise;
  }

  /** Connections that somebody still thinks to have, and that work. */
  get living(): readonly SimLink[] {
    this.links = this.links.filter((link) => !link.isOver);
    return this.links.filter(({ cut }) => !cut);
  }

  /** @param silently the machine stopped, and cannot notify anybody */
  processDied(process: SimProcess, silently: boolean): void {
    for (const link of this.links) {
      const { central, agency } = link;
      for (const end of [central, agency]) {
        if (end.process !== process) continue;
        if (silently) end.vanish();
        else end.letGo();
      }
      if (silently) this.keepAlive(link);
    }
  }

  /** Nothing gets through any more, and nobody is notified, unless the system asks for itself. */
  cut(link: SimLink): void {
    link.cut = true;
    this.keepAlive(link);
  }

  /** The earlier dialects rely on the system to notice that a peer is gone. */
  private keepAlive(link: SimLink): void {
    if (!link.isLegacy) return;
    this.world.schedule(KEEP_ALIVE_MS, () => {
      link.central.reset();
      link.agency.reset();
    });
  }

  private connect(
    listener: SimListener,
    process: SimProcess,
    { agency, dialect, tap, onLink }: Caller,
    style: LinkStyle,
    promise: SimPromise<Transport>,
  ): void {
    const { world, inputBounds } = this;
    const id = this.nextId++;
    const isLegacy = dialect !== undefined;
    const link = new SimLink(world, id, {
      central: listener.process,
      agency: process,
      address: `10.0.0.${String(agency)}`,
      style,
      inputBytesMax: isLegacy ? inputBounds.legacy : inputBounds.native,
      isLegacy,
      hostIsUp: () => this.hostUp,
    });
    const wire = tap();
    link.agency.onWrite = (bytes) => {
      wire.onAgencyWrite(bytes);
    };
    link.central.onWrite = (bytes) => {
      wire.onCentralWrite(bytes);
    };
    onLink?.(link);
    this.links.push(link);
    world.note('net', id, 'connects', process.name);
    this.later(link.central, style, () => {
      listener.accept(link.central, dialect ?? null);
    });
    process.after(world.random.int(0, style.delayMsMax), () => {
      promise.resolve(link.agency);
    });
  }

  private later(end: SimEnd, style: LinkStyle, task: () => void): void {
    end.process.after(this.world.random.int(0, style.delayMsMax), () => {
      if (!end.closed) task();
    });
  }

  /** Fast enough for an agency that stops when it has been too slow. */
  private anyCalmStyle(): LinkStyle {
    const { random } = this.world;
    const isCutIntoBytes = random.chance(0.04);
    return {
      delayMsMax: random.pick(isCutIntoBytes ? [0, 1] : [0, 1, 2, 5, 20]),
      chunkBytesMax: isCutIntoBytes ? 1 : random.pick([64, 300, 2_000, 65_536]),
      kernelBytes: random.pick([100, 1_000, 100_000]),
    };
  }

  private anyStyle(): LinkStyle {
    const { random } = this.world;
    // A link that is both slow and cut into bytes needs longer for a batch than the central waits.
    const isCutIntoBytes = random.chance(0.04);
    return {
      delayMsMax: random.pick(isCutIntoBytes ? [0, 1, 5] : [0, 1, 2, 5, 20, 200]),
      chunkBytesMax: isCutIntoBytes ? 1 : random.pick([8, 64, 300, 2_000, 65_536]),
      kernelBytes: random.pick([1, 100, 1_000, 100_000]),
    };
  }
}
