/** Load shedding, of peers that have sent whole messages and too much of others. */
import { expect } from 'chai';
import { LIMITS } from '../../../../src/base/limits';
import { InlineParser, type Parser } from '../../../../src/parsing/parser';
import { CREATE_CODEC } from '../../../../src/protocol/dialects/dialects';
import type { Central } from '../../../../src/server/turn/central';
import { NONE_REFUSED } from '../../../../src/store/bet-store';
import { betOfLine, TLV, tlvBets } from '../../../support/dialect-builder';
import { centralWith, emptyLottery, settle, storeWith } from '../../helpers/central';
import { FakeTransport } from '../../helpers/fake-transport';
import { HandParser } from '../../helpers/hand-parser';
import { ManualClock } from '../../helpers/manual-clock';

const BET = betOfLine('Ana,Paz,7,1990-01-01,1');
/** What a connection may hold of a message whose rest is missing. */
const UNFINISHED_BYTES = LIMITS.inputBytesPerConnectionMax - 1_024;
const UNFINISHED = tlvBets(1, Array<typeof BET>(4_000).fill(BET)).subarray(0, UNFINISHED_BYTES);
/** As many peers hold too much. */
const PEERS = Math.ceil(LIMITS.inputBytesTotalMax / UNFINISHED_BYTES) + 1;

describe('load shedding', () => {
  let clock: ManualClock;
  let central: Central;
  let stored: number[];

  function start(parser: Parser): void {
    clock = new ManualClock();
    stored = [];
    central = centralWith({
      clock,
      parser,
      lottery: emptyLottery(PEERS),
      store: storeWith(({ entries }, done) => {
        for (const entry of entries) if (entry.kind === 'bets') stored.push(entry.agency);
        done(NONE_REFUSED);
      }),
    });
    central.start();
  }

  /** All peers at once: a whole message, and most of the next one. */
  function arriveAll(): FakeTransport[] {
    return Array.from({ length: PEERS }, (_, i) => {
      const transport = new FakeTransport(`10.0.0.${String(i % 250)}`);
      central.accept(transport, CREATE_CODEC.tlv);
      transport.peer.onData(Buffer.concat([tlvBets(i + 1, [BET]), UNFINISHED]));
      return transport;
    });
  }

  const saidTo = ({ written }: FakeTransport): string => Buffer.concat(written).toString('hex');
  const ended = (peers: readonly FakeTransport[]): number =>
    peers.filter(({ calls }) => calls.includes('end')).length;

  it('answers whole messages that were read before their peers are shed', async () => {
    start(new InlineParser());
    const peers = arriveAll();
    await settle(clock);
    clock.advance(LIMITS.deadlineTickMs);
    await settle(clock);
    expect(ended(peers)).to.be.within(PEERS / 2 - 2, PEERS / 2 + 2);
    expect(stored).to.have.lengthOf(PEERS);
    const answer = TLV.stored.toString('hex');
    expect(peers.filter((peer) => !saidTo(peer).startsWith(answer))).to.deep.equal([]);
  });

  it('waits for the pool, which has messages of peers that could be shed', async () => {
    const parser = new HandParser();
    start(parser);
    const peers = arriveAll();
    await settle(clock);
    clock.advance(LIMITS.deadlineTickMs);
    await settle(clock);
    expect(ended(peers)).to.equal(0);
    while (parser.trips.length > 0) {
      parser.answer();
      await settle(clock);
    }
    expect(ended(peers)).to.be.within(PEERS / 2 - 2, PEERS / 2 + 2);
    expect(stored).to.have.lengthOf(PEERS);
  });
});
