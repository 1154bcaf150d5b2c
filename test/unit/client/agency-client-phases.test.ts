import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import * as wire from '../../support/wire-builder';
import { ClientScene, settle } from '../helpers/client-scene';

const WELCOME = wire.welcome({ stored: 0, checksum: 0, window: 8, state: 0 });

describe('AgencyClient: what came of its connection', () => {
  let scene: ClientScene;

  beforeEach(async () => {
    scene = new ClientScene();
    await settle();
  });

  function flowCalls(): string[] {
    return scene.transport.calls.filter((call) => call === 'pause' || call === 'resume');
  }

  it('does not read a central that has not taken the sent bytes, until it has', async () => {
    scene.transport.unsentBytes = LIMITS.agencyUnsentBytesMax;
    await scene.receive(WELCOME);
    expect(flowCalls()).to.deep.equal([]);
    scene.transport.unsentBytes++;
    await scene.receive(wire.ack(0), wire.notYet(4, 700));
    const { length } = scene.transport.written;
    await scene.pass(LIMITS.retryAfterMsMax);
    expect(scene.transport.written.length).to.be.above(length);
    expect(flowCalls()).to.deep.equal(['pause']);
    scene.transport.peer.onDrain();
    scene.transport.peer.onDrain();
    expect(flowCalls()).to.deep.equal(['pause', 'resume']);
  });

  it('reads a new connection, whatever was left unsent on the last one', async () => {
    scene.transport.unsentBytes = LIMITS.agencyUnsentBytesMax + 1;
    await scene.receive(WELCOME);
    expect(flowCalls()).to.deep.equal(['pause']);
    scene.loseAfter(0);
    await scene.pass(50);
    scene.transport.peer.onDrain();
    expect(flowCalls()).to.deep.equal([]);
    scene.transport.unsentBytes = LIMITS.agencyUnsentBytesMax + 1;
    await scene.receive(WELCOME);
    expect(flowCalls()).to.deep.equal(['pause']);
  });

  it('suspects TLS of each central that closes before it has sent anything', async () => {
    scene.loseAfter(0);
    expect(scene.lines.at(-1)).to.include('it may ask for TLS');
    await scene.pass(50);
    await scene.receive(WELCOME);
    scene.loseAfter(0);
    expect(scene.lines.at(-1)).to.include('connection closed | retry_after_ms');
    await scene.pass(LIMITS.backoffMsMax);
    scene.loseAfter(0);
    expect(scene.lines.at(-1)).to.include('it may ask for TLS');
  });
});
