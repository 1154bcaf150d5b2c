import { expect } from 'chai';
import { AgencyClient } from '../../../src/client/agency-client';
import type { BetSource } from '../../../src/client/csv/batch';
import * as wire from '../../support/wire-builder';
import { FakeTransport } from '../helpers/fake-transport';
import { expectFailure, rejectionOf } from '../helpers/failures';
import { ManualClock } from '../helpers/manual-clock';
import { recordingLogger } from '../helpers/recording-sink';

const RETRY_FOR_MS = 60_000;
const WELCOME = wire.welcome({ stored: 0, checksum: 0, window: 8, state: 0 });

const NO_BETS: BetSource = {
  totalBytes: 0,
  startAt: () => Promise.resolve(),
  next: () => Promise.resolve(null),
  close: () => undefined,
};

/** Lets everything happen that needs no time. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

class ClientScene {
  readonly clock = new ManualClock();
  readonly transport = new FakeTransport();
  readonly lines: readonly string[];
  readonly ended: Promise<unknown>;

  constructor() {
    const { logger, lines } = recordingLogger();
    this.lines = lines;
    const client = new AgencyClient({
      agency: 3,
      window: 8,
      token: Buffer.alloc(0),
      finish: true,
      source: NO_BETS,
      dial: () => Promise.resolve(this.transport),
      clock: this.clock,
      random: () => 0,
      logger,
      retryForMs: RETRY_FOR_MS,
      onProgress: () => undefined,
      onWinners: () => undefined,
    });
    this.ended = client.run();
  }

  async hear(...frames: readonly Buffer[]): Promise<void> {
    this.transport.peer.onData(Buffer.concat(frames));
    await settle();
  }

  /** The connection is lost, a while later. */
  loseAfter(ms: number): void {
    this.clock.time += ms;
    this.transport.peer.onClose(undefined);
  }
}

describe('AgencyClient: how long it goes on trying', () => {
  it('counts from the end of the last connection that worked, however long that lasted', async () => {
    const scene = new ClientScene();
    await settle();
    await scene.hear(WELCOME);
    await scene.hear(wire.ack(0), wire.notYet(4, 0));
    scene.loseAfter(100 * RETRY_FOR_MS);
    expect(scene.lines.at(-1)).to.include('connection closed | retry_after_ms: 50');
  });

  it('goes on for thirty times as long while a central says that it has no place', async () => {
    const scene = new ClientScene();
    const failed = rejectionOf(scene.ended);
    await settle();
    for (let i = 0; i < 29; i++) {
      scene.clock.time += RETRY_FOR_MS;
      await scene.hear(wire.busy(1_000));
      expect(scene.lines.at(-1)).to.include('said busy | retry_after_ms: 1000');
      scene.clock.advance(1_000);
      await settle();
    }
    scene.clock.time += RETRY_FOR_MS;
    await scene.hear(wire.busy(1_000));
    expectFailure(await failed, 'GAVE_UP', 'within 1829 s', 'the central said busy');
  });

  it('tells a central that is gone from one that says that it has no place', async () => {
    const scene = new ClientScene();
    const failed = rejectionOf(scene.ended);
    await settle();
    scene.clock.time += 10 * RETRY_FOR_MS;
    await scene.hear(wire.busy(1_000));
    scene.clock.advance(1_000);
    await settle();
    scene.loseAfter(RETRY_FOR_MS - 2_000);
    expect(scene.lines.at(-1)).to.include('connection closed');
    scene.clock.advance(1_000);
    await settle();
    scene.loseAfter(2_000);
    expectFailure(await failed, 'GAVE_UP', 'within 62 s', 'connection closed');
  });

  it('has its whole patience again when it had its place for a while', async () => {
    const scene = new ClientScene();
    await settle();
    for (const state of [0, 1, 1]) {
      scene.clock.time += 29 * RETRY_FOR_MS;
      await scene.hear(wire.busy(1_000));
      scene.clock.advance(1_000);
      await settle();
      await scene.hear(wire.welcome({ stored: 0, checksum: 0, window: 8, state }));
      await scene.hear(wire.ack(0), wire.notYet(4, 0));
      await scene.hear(wire.busy(1_000));
      expect(scene.lines.at(-1)).to.include('said busy | retry_after_ms: 1000');
      scene.clock.advance(1_000);
      await settle();
    }
  });

  it('gives up when no connection was welcomed in that time', async () => {
    const scene = new ClientScene();
    const failed = rejectionOf(scene.ended);
    await settle();
    scene.loseAfter(RETRY_FOR_MS + 1);
    expectFailure(await failed, 'GAVE_UP', 'no central within 60 s', 'connection closed');
  });
});
