/** Claims that are answered late, while other connections speak for the same agency. */
import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import { LIMITS } from '../../../../src/base/limits';
import type { Dialect } from '../../../../src/protocol/conversion';
import { CREATE_CODEC } from '../../../../src/protocol/dialects/dialects';
import type { Central } from '../../../../src/server/turn/central';
import { NONE_REFUSED, type CommitGroup } from '../../../../src/store/bet-store';
import type { AgencyTotals } from '../../../../src/store/state';
import { betOfLine, opcodeBatch, opcodePacket } from '../../../support/dialect-builder';
import { crcOf, join, rows } from '../../../support/wire-builder';
import * as wire from '../../../support/wire-builder';
import { centralWith, emptyLottery, settle } from '../../helpers/central';
import { FakeTransport } from '../../helpers/fake-transport';
import { HandStore, stored } from '../../helpers/hand-store';
import { ManualClock } from '../../helpers/manual-clock';
import { recordingLogger } from '../../helpers/recording-sink';
import { betsOf } from '../../helpers/scene';

const REPLACED = 9;
const OPCODE_ACK = opcodePacket(2);
const OPCODE_BUSY = opcodePacket(8);
const NORA = betOfLine('Nora,Ruiz,7,1990-01-01,7574');
const NORAS_ROW = Buffer.from('1,Nora,Ruiz,7,1990-01-01,7574\r\n');
const MESSAGE = opcodeBatch('1', [NORA]);

const checksumOf = (count: number): number => crcOf(rows(...betsOf(1, count)));
const sevenStored = stored(1, { stored: 7, checksum: checksumOf(7) });

const LONG_NAME = 'x'.repeat(LIMITS.nameBytesMax);
const LONG_BETS = 900;

/** How many long batches of an agency, as rows, may be kept. */
function longBatchesKept(agency: number): number {
  const row = `${String(agency)},${LONG_NAME},${LONG_NAME},7,1990-01-01,7574\r\n`;
  return Math.floor(LIMITS.claimBytesKeptMax / (LONG_BETS * Buffer.byteLength(row)));
}

function longBatch(agency: number): Buffer {
  const bet = { ...NORA, first: LONG_NAME, last: LONG_NAME };
  return opcodeBatch(String(agency), Array<typeof bet>(LONG_BETS).fill(bet));
}

/** Two bets behind the first `offset` ones. */
function batch(offset: number): Buffer {
  const bets = rows(...betsOf(1, offset + 2).slice(offset));
  return wire.batch(offset, checksumOf(offset + 2), 2, bets);
}

const welcome = (count: number): Buffer =>
  wire.welcome({ stored: count, checksum: checksumOf(count), window: 8, state: 0 });

describe('claims of one agency on several connections', () => {
  let clock: ManualClock;
  let store: HandStore;
  let central: Central;
  let lines: readonly string[];

  beforeEach(() => {
    clock = new ManualClock();
    store = new HandStore();
    const recording = recordingLogger();
    ({ lines } = recording);
    central = centralWith({
      clock,
      logger: recording.logger,
      store,
    });
  });

  async function connect(dialect: Dialect | 'native', bytes: Uint8Array): Promise<FakeTransport> {
    const transport = new FakeTransport();
    central.accept(transport, CREATE_CODEC[dialect]);
    transport.peer.onData(join(bytes));
    await settle(clock);
    return transport;
  }

  const introduce = (): Promise<FakeTransport> =>
    connect('native', join(wire.preface(), wire.introduce(1)));

  /** Answers the question that was asked last. */
  async function answer(totals: AgencyTotals | null): Promise<void> {
    const question = store.claims.pop() ?? expect.fail('nothing was asked');
    question.answer(totals);
    await settle(clock);
  }

  async function commitAll(): Promise<CommitGroup[]> {
    const groups: CommitGroup[] = [];
    for (let next = store.commits.shift(); next !== undefined; next = store.commits.shift()) {
      groups.push(next.group);
      next.done(NONE_REFUSED);
      await settle(clock);
    }
    return groups;
  }

  const saidTo = ({ written }: FakeTransport): Buffer => Buffer.concat(written);
  const replaced = wire.error(REPLACED, 'the agency introduced itself again');

  it('do not end the connection that replaced another one while the store was asked', async () => {
    const first = await introduce();
    const second = await introduce();
    let sent = false;
    while (store.claims.length > 0) {
      await answer(sevenStored);
      if (sent || saidTo(second).length === 0) continue;
      sent = true;
      second.peer.onData(batch(7));
      await settle(clock);
    }
    await commitAll();
    expect(saidTo(first)).to.deep.equal(replaced);
    expect(saidTo(second)).to.deep.equal(Buffer.concat([welcome(7), wire.ack(9)]));
  });

  it('ask the store one by one, and not for who is gone', async () => {
    const peers = [await introduce(), await introduce(), await introduce()];
    expect(store.claims).to.have.lengthOf(1);
    await answer(stored(1));
    expect(store.claims).to.have.lengthOf(1);
    await answer(sevenStored);
    expect(store.claims).to.have.lengthOf(0);
    expect(peers.map((peer) => saidTo(peer))).to.deep.equal([replaced, replaced, welcome(7)]);
  });

  it('let the second request of an agency join the first, whose bets are on their way', async () => {
    const peers = [await connect('opcode', MESSAGE), await connect('opcode', MESSAGE)];
    while (store.claims.length > 0) await answer(sevenStored);
    const groups = await commitAll();
    expect(peers.map((peer) => saidTo(peer))).to.deep.equal([OPCODE_ACK, OPCODE_ACK]);
    expect(lines.join('')).to.not.include('REPLACED');
    const entries = groups.flatMap((group) => group.entries);
    expect(entries.map(({ kind }) => kind)).to.deep.equal(['bets', 'bets']);
  });

  it('count for requests that come later, although who made them is gone', async () => {
    await connect('opcode', MESSAGE);
    await answer(stored(1));
    await commitAll();
    const gone = await introduce();
    gone.peer.onClose();
    await answer(sevenStored);
    await connect('opcode', MESSAGE);
    const entries = (await commitAll()).flatMap((group) => group.entries);
    const checksum = crc32(NORAS_ROW, checksumOf(7));
    expect(entries.map((entry) => 'checksum' in entry && entry.checksum)).to.deep.equal([checksum]);
  });

  it('hold up bets of requests that came before, which continue from the answer', async () => {
    const request = await connect('opcode', MESSAGE);
    await answer(stored(1));
    await commitAll();
    const native = await introduce();
    for (let i = 0; i < 3; i++) {
      request.peer.onData(Buffer.from(MESSAGE));
      await settle(clock);
    }
    expect(store.commits).to.have.lengthOf(0);
    await answer(sevenStored);
    central.start();
    clock.advance(LIMITS.deadlineTickMs);
    await settle(clock);
    const entries = (await commitAll()).flatMap((group) => group.entries);
    const checksums = entries.map((entry) => (entry.kind === 'bets' ? entry.checksum : null));
    let checksum = sevenStored.checksum;
    expect(checksums).to.deep.equal([1, 2, 3].map(() => (checksum = crc32(NORAS_ROW, checksum))));
    expect(saidTo(request)).to.deep.equal(Buffer.concat(Array(4).fill(OPCODE_ACK)));
    expect(saidTo(native)).to.deep.equal(welcome(7));
  });

  it('hold up bets that were read in the turn in which the store was asked', async () => {
    const request = await connect('opcode', MESSAGE);
    await answer(stored(1));
    await commitAll();
    const native = new FakeTransport();
    central.accept(native);
    native.peer.onData(join(wire.preface(), wire.introduce(1)));
    request.peer.onData(Buffer.from(MESSAGE));
    await settle(clock);
    expect(store.commits).to.have.lengthOf(0);
    await answer(sevenStored);
    await commitAll();
    expect(saidTo(request)).to.deep.equal(Buffer.concat([OPCODE_ACK, OPCODE_ACK]));
    expect(saidTo(native)).to.deep.equal(welcome(7));
  });

  it('are made anew for a request behind the loss of the agency', async () => {
    const request = await connect('opcode', MESSAGE);
    await answer(stored(1));
    store.commits.shift()?.done({ refused: new Set([1]) });
    await settle(clock);
    await commitAll();
    expect(saidTo(request)).to.not.deep.equal(OPCODE_ACK);
    const next = await connect('opcode', MESSAGE);
    expect(store.claims).to.have.lengthOf(1);
    await answer(sevenStored);
    await commitAll();
    expect(saidTo(next)).to.deep.equal(OPCODE_ACK);
  });

  it('lead to nothing when they are answered while the central stops', async () => {
    const request = await connect('opcode', MESSAGE);
    central.stop(() => undefined);
    await answer(sevenStored);
    expect(store.commits).to.have.lengthOf(0);
    expect(saidTo(request)).to.deep.equal(opcodePacket(0));
  });

  it('count the rejected bets of the connection that was replaced', async () => {
    const first = await introduce();
    await answer(stored(1));
    first.peer.onData(wire.batch(0, crcOf(rows(wire.NORA)), 1, rows(wire.NORA)));
    await settle(clock);
    central.start();
    const second = await introduce();
    const isAskedBefore = store.claims.length > 0;
    clock.advance(LIMITS.deadlineTickMs);
    await settle(clock);
    const entries = (await commitAll()).flatMap((group) => group.entries);
    expect(entries).to.deep.equal([{ kind: 'rejected', agency: 1, count: 1 }]);
    // What is stored when the store is asked.
    await answer(stored(1, { rejected: isAskedBefore ? 0 : 1 }));
    await commitAll();
    second.peer.onData(wire.finished(0));
    await settle(clock);
    await commitAll();
    expect(lines.join('')).to.match(/agency_finished \| result: success .* rechazadas: 1\b/);
  });

  for (const [isFinished, counted] of [
    [false, [{ kind: 'rejected', agency: 1, count: 1 }]],
    [true, []],
  ] as const) {
    const torn = MESSAGE.subarray(0, MESSAGE.length - 1);
    const end = isFinished ? 'not once it has finished elsewhere' : 'which counts it';

    async function tearBatch(): Promise<void> {
      const { peer } = await connect('opcode', torn);
      peer.onEnd();
      clock.advance(LIMITS.deadlineTickMs);
      await settle(clock);
      expect(lines.join('')).to.include('code: MALFORMED_ROW');
      expect(store.commits).to.have.lengthOf(0);
    }

    async function expectCounted(agency: FakeTransport): Promise<void> {
      const entries = (await commitAll()).flatMap((group) => group.entries);
      expect(entries).to.deep.equal(counted);
      if (isFinished) return;
      agency.peer.onData(wire.finished(0));
      await settle(clock);
      await commitAll();
      expect(lines.join('')).to.match(/agency_finished \| result: success .* rechazadas: 1\b/);
    }

    it(`are not made for a batch that does not come whole, but for the next request of its agency, ${end}`, async () => {
      central.start();
      await tearBatch();
      expect(store.claims).to.have.lengthOf(0);
      const agency = await introduce();
      expect(store.commits).to.have.lengthOf(0);
      await answer(stored(1, { finished: isFinished }));
      await expectCounted(agency);
    });

    it(`let a batch that does not come whole meanwhile wait for their answer, ${end}`, async () => {
      central.start();
      await introduce();
      await answer(stored(1));
      const agency = await introduce();
      await tearBatch();
      await answer(stored(1, { finished: isFinished }));
      await expectCounted(agency);
    });
  }

  it('keep no more bets than there is memory for, and say BUSY to whoever sends more', async () => {
    const long = longBatch(1);
    const fits = longBatchesKept(1);
    const peers: FakeTransport[] = [];
    for (let i = 0; i < fits + 2; i++) peers.push(await connect('opcode', long));
    const said = peers.map((peer) => saidTo(peer).toString('hex'));
    const busy = OPCODE_BUSY.toString('hex');
    expect(said).to.deep.equal(peers.map((_, i) => (i < fits ? '' : busy)));
    for (const { peer } of peers.slice(1)) peer.onClose();
    const again = await connect('opcode', long);
    expect(saidTo(again)).to.have.lengthOf(0);
  });

  it('keep no more bets of connections that were established before they were asked', async () => {
    const first = 100;
    const fits = longBatchesKept(first);
    const last = first + fits + 1;
    central = centralWith({ clock, store, lottery: emptyLottery(last) });
    const requests: FakeTransport[] = [];
    const sendBehindClaim = async (request: FakeTransport, agency: number): Promise<void> => {
      const native = new FakeTransport();
      central.accept(native);
      native.peer.onData(join(wire.preface(), wire.introduce(agency)));
      request.peer.onData(longBatch(agency));
      await settle(clock);
    };
    for (let agency = first; agency <= last; agency++) {
      const request = await connect('opcode', opcodeBatch(String(agency), [NORA]));
      await answer(stored(agency));
      await commitAll();
      await sendBehindClaim(request, agency);
      requests.push(request);
    }
    const [ack, busy] = [OPCODE_ACK.toString('hex'), OPCODE_BUSY.toString('hex')];
    const saidToAll = (): string[] => requests.map((request) => saidTo(request).toString('hex'));
    expect(saidToAll()).to.deep.equal(requests.map((_, i) => (i < fits ? ack : ack + busy)));
    // There is room again once the store has answered.
    for (let agency = last; agency >= first; agency--) await answer(stored(agency));
    await commitAll();
    expect(saidToAll()).to.deep.equal(requests.map((_, i) => ack + (i < fits ? ack : busy)));
    const [request] = requests;
    if (request === undefined) expect.fail('there are several');
    await sendBehindClaim(request, first);
    expect(saidTo(request).toString('hex')).to.equal(ack + ack);
  });
});
