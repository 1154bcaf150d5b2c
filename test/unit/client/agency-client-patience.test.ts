import { expect } from 'chai';
import * as wire from '../../support/wire-builder';
import { ClientScene, RETRY_FOR_MS, settle } from '../helpers/client-scene';
import { expectFailure, rejectionOf } from '../helpers/failures';

const WELCOME = wire.welcome({ stored: 0, checksum: 0, window: 8, state: 0 });

describe('AgencyClient: how long it goes on trying', () => {
  it('counts from the end of the last connection that worked, however long that lasted', async () => {
    const scene = new ClientScene();
    await settle();
    await scene.receive(WELCOME);
    await scene.receive(wire.ack(0), wire.notYet(4, 0));
    scene.loseAfter(100 * RETRY_FOR_MS);
    expect(scene.lines.at(-1)).to.include('connection closed | retry_after_ms: 50');
  });

  it('goes on for thirty times as long while a central says that it has no place', async () => {
    const scene = new ClientScene();
    const failed = rejectionOf(scene.ended);
    await settle();
    for (let i = 0; i < 29; i++) {
      scene.clock.time += RETRY_FOR_MS;
      await scene.receive(wire.busy(1_000));
      expect(scene.lines.at(-1)).to.include('said busy | retry_after_ms: 1000');
      scene.clock.advance(1_000);
      await settle();
    }
    scene.clock.time += RETRY_FOR_MS;
    await scene.receive(wire.busy(1_000));
    expectFailure(await failed, 'GAVE_UP', 'within 1829 s', 'the central said busy');
  });

  it('distinguishes a central that is gone from one that sends BUSY', async () => {
    const scene = new ClientScene();
    const failed = rejectionOf(scene.ended);
    await settle();
    scene.clock.time += 10 * RETRY_FOR_MS;
    await scene.receive(wire.busy(1_000));
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
      await scene.receive(wire.busy(1_000));
      scene.clock.advance(1_000);
      await settle();
      await scene.receive(wire.welcome({ stored: 0, checksum: 0, window: 8, state }));
      await scene.receive(wire.ack(0), wire.notYet(4, 0));
      await scene.receive(wire.busy(1_000));
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
    const error = await failed;
    expectFailure(error, 'GAVE_UP', 'no central within 60 s', 'connection closed');
    expectFailure(error, 'GAVE_UP', 'it may ask for TLS', 'run the agency again');
    // One is there.
    expect(String(error)).to.not.include('CLI_SERVER_ADDRESS');
  });
});
