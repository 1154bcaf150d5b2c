/** A native agency without bets, its clock moved by hand, and the connections that it makes. */
import type { AddressList } from '../../../src/base/address-list';
import { AgencyClient } from '../../../src/client/agency-client';
import type { BetSource } from '../../../src/client/csv/batch';
import { FakeTransport } from './fake-transport';
import { ManualClock } from './manual-clock';
import { recordingLogger } from './recording-sink';

export const RETRY_FOR_MS = 60_000;
const ONE_SERVER: AddressList = [{ host: 'central', port: 1 }];

const NO_BETS: BetSource = {
  totalBytes: 0,
  startAt: () => Promise.resolve(),
  next: () => Promise.resolve(null),
  close: () => undefined,
};

/** Lets everything happen that needs no time. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class ClientScene {
  readonly clock = new ManualClock();
  readonly lines: readonly string[];
  readonly ended: Promise<unknown>;
  /** Hosts that were dialled, in order. */
  readonly dialled: string[] = [];
  private last: FakeTransport | undefined;

  /** @param dead hosts that cannot be reached */
  constructor(servers = ONE_SERVER, dead: readonly string[] = []) {
    const { logger, lines } = recordingLogger();
    this.lines = lines;
    const client = new AgencyClient({
      agency: 3,
      window: 8,
      token: Buffer.alloc(0),
      finish: true,
      source: NO_BETS,
      servers,
      dial: ({ host }) => {
        this.dialled.push(host);
        if (dead.includes(host)) return Promise.reject<FakeTransport>(new Error('refused'));
        this.last = new FakeTransport();
        return Promise.resolve(this.last);
      },
      clock: this.clock,
      random: () => 0,
      logger,
      retryForMs: RETRY_FOR_MS,
      onProgress: () => undefined,
      onWinners: () => undefined,
    });
    this.ended = client.run();
  }

  /** The latest connection. */
  get transport(): FakeTransport {
    if (this.last === undefined) throw new Error('nothing was dialled');
    return this.last;
  }

  async receive(...frames: readonly Buffer[]): Promise<void> {
    this.transport.peer.onData(Buffer.concat(frames));
    await settle();
  }

  /** Time passes, and what comes of it happens. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settle();
  }

  /** The connection is lost, a while later. */
  loseAfter(ms: number): void {
    this.clock.time += ms;
    this.transport.peer.onClose(undefined);
  }
}
