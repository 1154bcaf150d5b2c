import { expect } from 'chai';
import type { CommitGroup, Winners } from '../../../../src/store/bet-store';
import { LIMITS } from '../../../../src/base/limits';
import { Lottery } from '../../../../src/server/session/lottery';
import type { Central } from '../../../../src/server/turn/central';
import { emptyState, type AgencyTotals } from '../../../../src/store/state';
import { crcOf, join, rows } from '../../../support/wire-builder';
import { winnersOf } from '../../../support/winners-list';
import * as wire from '../../../support/wire-builder';
import { centralWith, settle, storeWith } from '../../helpers/central';
import { FakeTransport } from '../../helpers/fake-transport';
import { HandStore, stored } from '../../helpers/hand-store';
import { ManualClock } from '../../helpers/manual-clock';
import { recordingLogger } from '../../helpers/recording-sink';
import { betsOf } from '../../helpers/scene';

const REPLACED = 9;
const ECHO = Buffer.from('12345678');

const checksumOf = (agency: number, count: number): number => crcOf(rows(...betsOf(agency, count)));

function batch(agency: number, offset: number, count: number): Buffer {
  const all = betsOf(agency, offset + count);
  return wire.batch(offset, checksumOf(agency, offset + count), count, rows(...all.slice(offset)));
}

const welcome = (agency: number, count: number): Buffer =>
  wire.welcome({ stored: count, checksum: checksumOf(agency, count), window: 8, state: 0 });

describe('claims', () => {
  let clock: ManualClock;
  let store: HandStore;
  let central: Central;

  beforeEach(() => {
    clock = new ManualClock();
    store = new HandStore();
    central = centralWith({
      clock,
      store,
    });
  });

  async function arrive(...frames: readonly Uint8Array[]): Promise<FakeTransport> {
    const transport = new FakeTransport();
    central.accept(transport);
    await send(transport, wire.preface(), ...frames);
    return transport;
  }

  async function send(transport: FakeTransport, ...frames: readonly Uint8Array[]): Promise<void> {
    transport.peer.onData(join(...frames));
    await settle(clock);
  }

  async function answer(totals: AgencyTotals | null): Promise<void> {
    store.claims.shift()?.answer(totals);
    await settle(clock);
  }

  async function commit(...refused: readonly number[]): Promise<CommitGroup> {
    const { group, done } = store.commits.shift() ?? expect.fail('nothing is to be stored');
    done({ refused: new Set(refused) });
    await settle(clock);
    return group;
  }

  const saidTo = ({ written }: FakeTransport): Buffer => Buffer.concat(written);

  it('are answered before the agency is, and what came behind them waits its turn', async () => {
    const peer = await arrive(wire.introduce(1), batch(1, 3, 2));
    await send(peer, batch(1, 5, 1), wire.ping(ECHO));
    expect(saidTo(peer)).to.have.lengthOf(0);
    expect(store.commits).to.have.lengthOf(0);
    await answer(stored(1, { stored: 3, checksum: checksumOf(1, 3) }));
    const kept = await commit();
    expect(kept.entries.map(({ kind }) => kind)).to.deep.equal(['bets']);
    await commit();
    const replies = [welcome(1, 3), wire.ack(5), wire.ack(6), wire.pong(ECHO)];
    expect(saidTo(peer)).to.deep.equal(Buffer.concat(replies));
  });

  it('hold up nobody else, and nobody else is held to time for them', async () => {
    const slow = await arrive(wire.introduce(1));
    const other = await arrive(wire.introduce(2));
    store.claims.pop()?.answer(stored(2));
    await settle(clock);
    expect(saidTo(other)).to.deep.equal(welcome(2, 0));
    central.start();
    clock.advance(LIMITS.handshakeTimeoutMs * 2);
    await settle(clock);
    expect(slow.calls).to.not.include('end');
    await answer(stored(1));
    expect(saidTo(slow)).to.deep.equal(welcome(1, 0));
  });

  it('that the store cannot answer now let the agency come back later', async () => {
    const peer = await arrive(wire.introduce(1), batch(1, 0, 1));
    await answer(null);
    expect(saidTo(peer)).to.deep.equal(wire.busy(LIMITS.busyRetryMs));
    expect(peer.calls.at(-1)).to.equal('end');
    expect(store.commits).to.have.lengthOf(0);
  });

  it('of a peer that is gone lead to nothing', async () => {
    const peer = await arrive(wire.introduce(1), batch(1, 0, 1));
    peer.peer.onClose();
    await answer(stored(1));
    expect(store.commits).to.have.lengthOf(0);
    const next = await arrive(wire.introduce(1));
    await answer(stored(1, { stored: 1, checksum: checksumOf(1, 1) }));
    expect(saidTo(next)).to.deep.equal(welcome(1, 1));
  });

  it('of peers that are gone say all the same who has finished', async () => {
    let draws = 0;
    central = centralWith({
      ...{ clock, store },
      draw: () => {
        draws++;
        return new Promise(() => undefined);
      },
    });
    for (const agency of [1, 2, 3]) {
      const peer = await arrive(wire.introduce(agency));
      peer.peer.onClose();
      expect(draws).to.equal(0);
      await answer(stored(agency, { finished: true }));
    }
    expect(draws).to.equal(1);
  });

  it('of an agency are asked for one at a time, also when the first peer is gone', async () => {
    const first = await arrive(wire.introduce(1));
    const second = await arrive(wire.introduce(1), batch(1, 4, 1));
    first.peer.onClose();
    expect(store.claims).to.have.lengthOf(1);
    await answer(stored(1));
    expect(saidTo(second)).to.have.lengthOf(0);
    expect(store.claims).to.have.lengthOf(1);
    await answer(stored(1, { stored: 4, checksum: checksumOf(1, 4) }));
    await commit();
    expect(saidTo(second)).to.deep.equal(join(welcome(1, 4), wire.ack(5)));
  });

  it('wait for bets of the agency that are on their way', async () => {
    const first = await arrive(wire.introduce(1));
    await answer(stored(1));
    await send(first, batch(1, 0, 2));
    const second = await arrive(wire.introduce(1));
    expect(store.claims).to.have.lengthOf(0);
    await commit();
    expect(store.claims.map(({ agency }) => agency)).to.deep.equal([1]);
    await answer(stored(1, { stored: 2, checksum: checksumOf(1, 2) }));
    expect(saidTo(second)).to.deep.equal(welcome(1, 2));
  });

  it('go on from what another central has stored meanwhile', async () => {
    const first = await arrive(wire.introduce(1));
    await answer(stored(1));
    first.peer.onClose();
    const second = await arrive(wire.introduce(1));
    await answer(stored(1, { stored: 7, checksum: checksumOf(1, 7), finished: true }));
    const reply = { stored: 7, checksum: checksumOf(1, 7), window: 8, state: 1 };
    expect(saidTo(second)).to.deep.equal(wire.welcome(reply));
  });
});

describe('a commit that is refused for an agency', () => {
  let clock: ManualClock;
  let store: HandStore;
  let central: Central;
  let lines: readonly string[];
  let begunDraws: number;

  beforeEach(() => {
    begin(null);
  });

  function begin(drawn: Winners | null): void {
    clock = new ManualClock();
    store = new HandStore();
    begunDraws = 0;
    const recording = recordingLogger();
    ({ lines } = recording);
    central = centralWith({
      clock,
      logger: recording.logger,
      store: storeWith((group, done) => {
        store.commit(group, done);
      }),
      lottery: new Lottery({ agencies: 2, window: 8 }, emptyState(), drawn),
      draw: () => {
        begunDraws++;
        return new Promise(() => undefined);
      },
    });
  }

  function turns(): void {
    while (clock.waiting > 0) clock.turn();
  }

  function arrive(...frames: readonly Uint8Array[]): FakeTransport {
    const transport = new FakeTransport();
    central.accept(transport);
    transport.peer.onData(join(wire.preface(), ...frames));
    return transport;
  }

  function commit(...refused: readonly number[]): CommitGroup {
    const { group, done } = store.commits.shift() ?? expect.fail('nothing is to be stored');
    done({ refused: new Set(refused) });
    turns();
    return group;
  }

  const repliesTo = ({ written }: FakeTransport): Buffer => Buffer.concat(written);
  const replaced = wire.error(REPLACED, 'the agency introduced itself to another central');

  it('ends its sessions with REPLACED, and is one for all others', () => {
    const lost = arrive(wire.introduce(1), batch(1, 0, 2), wire.finished(2));
    const kept = arrive(wire.introduce(2), batch(2, 0, 3));
    turns();
    const { entries } = commit(1);
    expect(entries.map(({ kind }) => kind)).to.deep.equal(['bets', 'finished', 'bets']);
    expect(repliesTo(kept)).to.deep.equal(Buffer.concat([welcome(2, 0), wire.ack(3)]));
    expect(repliesTo(lost)).to.deep.equal(Buffer.concat([welcome(1, 0), replaced]));
    expect(lost.calls.at(-1)).to.equal('end');
    const text = lines.join('');
    expect(text).to.not.match(/agency_finished/);
    expect(text.match(/action: apuesta_recibida/g)).to.have.lengthOf(1);
    expect(text).to.match(/action: session \| result: fail \| code: REPLACED/);
  });

  it('is no reason to draw without it', () => {
    arrive(wire.introduce(1), wire.finished(0));
    arrive(wire.introduce(2), wire.finished(0));
    turns();
    commit(1);
    expect(begunDraws).to.equal(0);
    arrive(wire.introduce(1), wire.finished(0));
    turns();
    commit();
    expect(begunDraws).to.equal(1);
  });

  it('is asked for before a known batch is acknowledged, and answered like any other', () => {
    const peer = arrive(wire.introduce(1), batch(1, 0, 2));
    turns();
    commit();
    peer.peer.onData(batch(1, 0, 2));
    turns();
    expect(repliesTo(peer)).to.deep.equal(Buffer.concat([welcome(1, 0), wire.ack(2)]));
    const { entries, promises } = commit(1);
    expect(entries).to.deep.equal([]);
    expect([...promises]).to.deep.equal([1]);
    expect(repliesTo(peer)).to.deep.equal(Buffer.concat([welcome(1, 0), wire.ack(2), replaced]));
  });

  it('is asked for before winners are sent', () => {
    begin(winnersOf([[1, '30000031']]));
    const peer = arrive(wire.introduce(1), wire.askWinners(0, 0));
    turns();
    const { promises } = commit(1);
    expect([...promises]).to.deep.equal([1]);
    const drawn = wire.welcome({ stored: 0, checksum: 0, window: 8, state: 2 });
    expect(repliesTo(peer)).to.deep.equal(Buffer.concat([drawn, replaced]));
  });

  it('drops what is gathered behind it, too, which builds on it', () => {
    const peer = arrive(wire.introduce(1), batch(1, 0, 1));
    const other = arrive(wire.introduce(2), batch(2, 0, 1));
    turns();
    peer.peer.onData(join(batch(1, 1, 1), wire.finished(2)));
    other.peer.onData(batch(2, 1, 1));
    turns();
    commit(1);
    const { entries, promises } = commit();
    expect(entries.map((entry) => 'agency' in entry && entry.agency)).to.deep.equal([2]);
    expect([...promises]).to.deep.equal([2]);
    expect(repliesTo(other)).to.deep.equal(join(welcome(2, 0), wire.ack(1), wire.ack(2)));
    const again = arrive(wire.introduce(1), batch(1, 0, 1));
    turns();
    commit();
    expect(repliesTo(peer)).to.deep.equal(Buffer.concat([welcome(1, 0), replaced]));
    expect(repliesTo(again)).to.deep.equal(Buffer.concat([welcome(1, 0), wire.ack(1)]));
  });
});
