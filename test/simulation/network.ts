/** The network between agencies and the central. */
import type { Transport } from '../../src/net/transport';
import { systemError } from '../support/memory-faults';
import { SimLink, type LinkStyle, type SimEnd } from './link';
import type { SimProcess } from './sim-process';
import { SimPromise } from './sim-promise';
import type { World } from './world';

/** How long a machine waits for another one that does not answer. */
const CONNECT_TIMEOUT_MS = 5_000;

/** A central that takes connections. */
export interface SimListener {
  readonly process: SimProcess;
  readonly accept: (transport: Transport) => void;
}

/** Told of what is written on a connection, with the agency whose it is. */
export interface WireTap {
  onAgencyWrite(agency: number, bytes: Uint8Array): void;
  /** @param isHonest whether it is written to an agency of ours */
  onCentralWrite(agency: number, bytes: Uint8Array, isHonest: boolean): void;
}

export class Network {
  /** Whether the central's machine is on. */
  hostUp = true;
  listener: SimListener | null = null;
  private links: SimLink[] = [];
  private nextId = 1;

  constructor(
    private readonly world: World,
    private readonly tap: WireTap,
    private readonly inputBytesMax: number,
  ) {}

  /** @param isHonest whether it is one of our agencies that calls */
  dial(process: SimProcess, agency: number, isHonest = true): PromiseLike<Transport> {
    const promise = new SimPromise<Transport>(process);
    const style = this.anyStyle();
    process.after(this.world.random.int(0, style.delayMsMax), () => {
      if (!this.hostUp) {
        process.after(CONNECT_TIMEOUT_MS, () => {
          promise.reject(systemError('ETIMEDOUT', 'connect'));
        });
      } else if (this.listener === null) promise.reject(systemError('ECONNREFUSED', 'connect'));
      else this.connect(this.listener, process, agency, isHonest, style, promise);
    });
    return promise;
  }

  /** Connections that somebody still thinks to have, and that work. */
  get living(): readonly SimLink[] {
    this.links = this.links.filter((link) => !link.isOver);
    return this.links.filter(({ cut }) => !cut);
  }

  /** @param silently the machine stopped, and cannot tell anybody */
  processDied(process: SimProcess, silently: boolean): void {
    for (const { central, agency } of this.links) {
      for (const end of [central, agency]) {
        if (end.process !== process) continue;
        if (silently) end.vanish();
        else end.letGo();
      }
    }
  }

  private connect(
    listener: SimListener,
    process: SimProcess,
    agency: number,
    isHonest: boolean,
    style: LinkStyle,
    promise: SimPromise<Transport>,
  ): void {
    const { world, tap } = this;
    const address = `10.0.0.${String(agency)}`;
    const id = this.nextId++;
    const link = new SimLink(
      world,
      id,
      listener.process,
      process,
      address,
      style,
      this.inputBytesMax,
      () => this.hostUp,
    );
    if (isHonest) {
      link.agency.onWrite = (bytes) => {
        tap.onAgencyWrite(agency, bytes);
      };
    }
    link.central.onWrite = (bytes) => {
      tap.onCentralWrite(agency, bytes, isHonest);
    };
    this.links.push(link);
    world.note('net', id, 'connects', process.name);
    this.later(link.central, style, () => {
      listener.accept(link.central);
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
