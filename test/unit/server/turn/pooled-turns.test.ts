/** Turns whose messages are parsed elsewhere, and what happens to the central meanwhile. */
import { expect } from 'chai';
import { LIMITS } from '../../../../src/base/limits';
import type { Central } from '../../../../src/server/turn/central';
import { NONE_REFUSED } from '../../../../src/store/bet-store';
import type { StoreEntry } from '../../../../src/store/state';
import * as wire from '../../../support/wire-builder';
import { centralWith, settle, storeWith } from '../../helpers/central';
import { FakeTransport } from '../../helpers/fake-transport';
import { HandParser } from '../../helpers/hand-parser';
import { ManualClock } from '../../helpers/manual-clock';
import { batchOf } from '../../helpers/scene';

function batch(agency: number, offset: number): Buffer {
  const { checksum, count, rows } = batchOf(agency, offset, 1);
  return wire.batch(offset, checksum ?? 0, count, rows);
}

describe('a turn whose rows are parsed in the pool', () => {
  let clock: ManualClock;
  let parser: HandParser;
  let central: Central;
  let stored: StoreEntry[];
  let fatal: unknown[];

  beforeEach(() => {
    clock = new ManualClock();
    parser = new HandParser();
    stored = [];
    fatal = [];
    central = centralWith({
      clock,
      store: storeWith(({ entries }, done) => {
        stored.push(...entries);
        done(NONE_REFUSED);
      }),
      parser,
      onFatal: (error) => {
        fatal.push(error);
      },
    });
  });

  async function introduced(agency: number): Promise<FakeTransport> {
    const transport = new FakeTransport(`10.0.0.${String(agency)}`);
    central.accept(transport);
    transport.peer.onData(wire.join(wire.preface(), wire.introduce(agency)));
    await settle(clock);
    transport.written.length = 0;
    return transport;
  }

  async function send(transport: FakeTransport, bytes: Buffer): Promise<void> {
    transport.peer.onData(bytes);
    await settle(clock);
  }

  /** The pool answers. */
  async function parsed(): Promise<void> {
    parser.answer();
    await settle(clock);
  }

  const saidTo = ({ written }: FakeTransport): Buffer => Buffer.concat(written);

  it('is the only one: what comes meanwhile is read in the next turn, by itself', async () => {
    const [one, two] = [await introduced(1), await introduced(2)];
    await send(one, batch(1, 0));
    await send(two, batch(2, 0));
    await send(one, batch(1, 1));
    expect(parser.trips).to.have.lengthOf(1);
    expect(stored).to.deep.equal([]);
    await parsed();
    expect(saidTo(one)).to.deep.equal(wire.ack(1));
    expect(parser.trips.map(({ messages }) => messages.length)).to.deep.equal([2]);
    await parsed();
    expect([saidTo(one), saidTo(two)]).to.deep.equal([
      Buffer.concat([wire.ack(1), wire.ack(2)]),
      wire.ack(1),
    ]);
    expect(fatal).to.deep.equal([]);
  });

  it('is answered before the central stops, which reads nothing more', async () => {
    const [one, two] = [await introduced(1), await introduced(2)];
    await send(one, batch(1, 0));
    let isStopped = false;
    central.stop(() => {
      isStopped = true;
    });
    await send(two, batch(2, 0));
    expect([...one.calls, ...two.calls]).to.not.include('end');
    await parsed();
    const goodbye = wire.centralGoodbye(LIMITS.busyRetryMs);
    expect(saidTo(one)).to.deep.equal(Buffer.concat([wire.ack(1), goodbye]));
    expect(saidTo(two)).to.deep.equal(goodbye);
    expect(stored.map(({ kind }) => kind)).to.deep.equal(['bets']);
    expect(parser.trips).to.have.lengthOf(0);
    for (const { peer } of [one, two]) peer.onClose();
    expect(isStopped).to.equal(true);
  });

  it('leads to nothing for a peer that is gone when the pool answers', async () => {
    const [gone, other] = [await introduced(1), await introduced(2)];
    gone.peer.onData(batch(1, 0));
    await send(other, batch(2, 0));
    gone.peer.onClose();
    await parsed();
    expect(stored.map((entry) => 'agency' in entry && entry.agency)).to.deep.equal([2]);
    expect(saidTo(gone)).to.have.lengthOf(0);
    expect(saidTo(other)).to.deep.equal(wire.ack(1));
    const again = await introduced(1);
    await send(again, batch(1, 0));
    await parsed();
    expect(saidTo(again)).to.deep.equal(wire.ack(1));
  });

  it('ends the central when the pool fails, and nothing of it is answered', async () => {
    const one = await introduced(1);
    await send(one, batch(1, 0));
    const failure = new Error('worker exited');
    parser.trips.shift()?.reject(failure);
    await settle(clock);
    expect(fatal).to.deep.equal([failure]);
    expect(saidTo(one)).to.have.lengthOf(0);
    expect(stored).to.deep.equal([]);
  });
});
