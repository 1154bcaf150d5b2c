import { expect } from 'chai';
import type { AddressList } from '../../../src/base/address-list';
import * as wire from '../../support/wire-builder';
import { ClientScene, RETRY_FOR_MS, settle } from '../helpers/client-scene';
import { expectFailure, rejectionOf } from '../helpers/failures';

/** Agency 3 begins with the first one. */
const THREE: AddressList = [
  { host: 'a', port: 1 },
  { host: 'b', port: 2 },
  { host: 'c', port: 3 },
];
const WELCOME = wire.welcome({ stored: 0, checksum: 0, window: 8, state: 0 });
const REPLACED = 9;
const TOO_SLOW = 12;
const WRONG_OFFSET = 121;

async function sceneOf(...dead: readonly string[]): Promise<ClientScene> {
  const scene = new ClientScene(THREE, dead);
  await settle();
  return scene;
}

describe('AgencyClient: several centrals', () => {
  it('goes on at the next one at once when one cannot be reached', async () => {
    const scene = await sceneOf('a');
    await scene.pass(0);
    expect(scene.dialled).to.deep.equal(['a', 'b']);
    expect(scene.lines.map((line) => line.replace(/^.*?(?=action)/, '').trimEnd())).to.deep.equal([
      'action: connect | result: in_progress | agency: 3 | attempt: 1 | server_address: a:1',
      'action: connect | result: in_progress | agency: 3 | error: refused | retry_after_ms: 0 | server_address: a:1',
      'action: connect | result: in_progress | agency: 3 | attempt: 2 | server_address: b:2',
      'action: connect | result: success | agency: 3 | server_address: b:2',
      'action: agency_phase | result: success | from: offline | to: handshake',
    ]);
  });

  it('goes on at the next one when one accepts the connection and is silent', async () => {
    const scene = await sceneOf();
    await scene.pass(30_000);
    expect(scene.transport.calls).not.to.include('destroy');
    await scene.pass(1_001);
    expect(scene.transport.calls).to.include('destroy');
    scene.loseAfter(0);
    await scene.pass(0);
    expect(scene.dialled).to.deep.equal(['a', 'b']);
  });

  for (const [what, frames] of [
    ['says BUSY', [wire.busy(1_000)]],
    ['says BUSY to an agency that waits', [WELCOME, wire.ack(0), wire.busy(1_000)]],
    ['stops', [WELCOME, wire.centralGoodbye(1_000)]],
    ['finds it too slow', [WELCOME, wire.error(TOO_SLOW, 'too slow')]],
  ] as const) {
    it(`goes on at the next one at once when one ${what}`, async () => {
      const scene = await sceneOf();
      await scene.receive(...frames);
      await scene.pass(0);
      expect(scene.dialled).to.deep.equal(['a', 'b']);
    });
  }

  it('goes on at the next one when one ends the connection', async () => {
    const scene = await sceneOf();
    await scene.receive(WELCOME);
    scene.loseAfter(10);
    await scene.pass(0);
    expect(scene.dialled).to.deep.equal(['a', 'b']);
  });

  it('stays, after a pause, where another connection has replaced it', async () => {
    const scene = await sceneOf();
    await scene.receive(WELCOME, wire.error(REPLACED, 'another connection'));
    expect(scene.lines.at(-1)).to.include('retry_after_ms: 50');
    await scene.pass(49);
    expect(scene.dialled).to.deep.equal(['a']);
    await scene.pass(1);
    expect(scene.dialled).to.deep.equal(['a', 'a']);
  });

  it('stays, after a pause, where a batch was rejected that sending again may mend', async () => {
    const scene = await sceneOf();
    const rejected = wire.reject({ offset: 0, expected: 0, index: 0xffff, reason: WRONG_OFFSET });
    await scene.receive(WELCOME, rejected);
    await scene.pass(50);
    expect(scene.dialled).to.deep.equal(['a', 'a']);
  });

  it('waits when none can be reached, longer each round', async () => {
    const scene = await sceneOf('a', 'b', 'c');
    for (const pauseMs of [50, 100, 200]) {
      await scene.pass(0);
      await scene.pass(0);
      expect(scene.lines.at(-1)).to.include(
        `retry_after_ms: ${String(pauseMs)} | server_address: c:3`,
      );
      await scene.pass(pauseMs - 1);
      expect(scene.dialled.at(-1)).to.equal('c');
      await scene.pass(1);
    }
    expect(scene.dialled.join('')).to.equal('abcabcabca');
  });

  it('comes back to a round of BUSY after the pause that it was asked for', async () => {
    const scene = await sceneOf('b');
    await scene.receive(wire.busy(2_000));
    await scene.pass(0);
    await scene.pass(0);
    await scene.receive(wire.busy(1_500));
    expect(scene.lines.at(-1)).to.include('said busy | retry_after_ms: 1500 | server_address: c:3');
    await scene.pass(1_499);
    expect(scene.dialled.join('')).to.equal('abc');
    await scene.pass(1);
    expect(scene.dialled.join('')).to.equal('abca');
  });

  it('has tried every one before it gives up, and names the last', async () => {
    const scene = await sceneOf();
    const failed = rejectionOf(scene.ended);
    scene.loseAfter(RETRY_FOR_MS + 1);
    for (const host of ['b', 'c']) {
      await scene.pass(0);
      expect(scene.dialled.at(-1)).to.equal(host);
      scene.loseAfter(0);
    }
    expectFailure(
      await failed,
      'GAVE_UP',
      'within 60 s; the last attempt, at c:3: connection closed',
    );
    expect(scene.dialled.join('')).to.equal('abc');
  });
});
