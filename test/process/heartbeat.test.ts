import { expect } from 'chai';
import { cleanUp, startServer } from '../support/program';
import { RawPeer } from '../support/raw-peer';
import * as wire from '../support/wire-builder';

const FLOOD = 20_000;
const PING_BYTES = 12;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a heartbeat, to a real central', () => {
  afterEach(cleanUp);

  it('keeps open a connection that has nothing to send; a silent one is TOO_SLOW', async () => {
    const { port } = await startServer({ AGENCIES: '2', IDLE_TIMEOUT: '1s' });
    const silent = await RawPeer.introduced(port, 1);
    const beating = await RawPeer.introduced(port, 2);
    let beats = 0;
    while (silent.end === 'open') {
      beating.send(wire.ping(wire.u64(++beats)));
      await beating.waitForFrames(1 + beats);
      await pause(200);
    }
    expect(silent.replies).to.deep.equal(['WELCOME', 'ERROR 12']);
    expect(beating.end).to.equal('open');
    expect(beating.frames.slice(1)).to.deep.equal(
      Array.from({ length: beats }, (_, i) => wire.pong(wire.u64(i + 1))),
    );
  });

  it('is answered behind what was sent before it', async () => {
    const { port } = await startServer({ AGENCIES: '2' });
    const row = wire.row({ ...wire.NORA, agency: 1 });
    const peer = await RawPeer.introduced(port, 1);
    const [crc, echo] = [wire.crcOf(row), wire.u64(5)];
    peer.send(wire.bet(0, crc, row), wire.ping(echo), wire.finished(1), wire.askWinners(0, 1));
    peer.send(wire.ping(echo));
    await peer.waitForFrames(6);
    expect(peer.replies).to.deep.equal(['WELCOME', 'ACK', 'PONG', 'ACK', 'NOT_YET', 'PONG']);
  });

  it('in thousands is answered to the last, and keeps nobody else waiting', async () => {
    const { port } = await startServer({ AGENCIES: '2' });
    const flooding = await RawPeer.introduced(port, 1);
    const other = await RawPeer.introduced(port, 2);
    flooding.send(...Array.from({ length: FLOOD }, (_, i) => wire.ping(wire.u64(i))));
    const row = wire.row({ ...wire.NORA, agency: 2 });
    other.send(wire.bet(0, wire.crcOf(row), row));
    await other.waitForFrames(2);
    expect(other.replies).to.deep.equal(['WELCOME', 'ACK']);
    const welcomeBytes = 20;
    const due = welcomeBytes + FLOOD * PING_BYTES;
    for (let i = 0; i < 100 && flooding.received.length < due; i++) await pause(50);
    expect(flooding.received).to.have.length(due);
    expect(flooding.frames.at(-1)).to.deep.equal(wire.pong(wire.u64(FLOOD - 1)));
  });
});
