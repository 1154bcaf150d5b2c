import { expect } from 'chai';
import { LIMITS } from '../../../../src/base/limits';
import { CREATE_CODEC } from '../../../../src/protocol/dialects/dialects';
import { Lottery } from '../../../../src/server/session/lottery';
import type { Central } from '../../../../src/server/turn/central';
import { NONE_REFUSED, type Winners } from '../../../../src/store/bet-store';
import { emptyState, totalsOf, type StoreState } from '../../../../src/store/state';
import * as build from '../../../support/dialect-builder';
import { join, u16 } from '../../../support/wire-builder';
import * as wire from '../../../support/wire-builder';
import { centralWith, settle } from '../../helpers/central';
import { FakeTransport } from '../../helpers/fake-transport';
import { ManualClock } from '../../helpers/manual-clock';

const ECHO = Buffer.from('12345678');
const AGENCIES = 3;

/** Winners that are read when the test says so; agency n has n winners, n1, n2, ... */
class HandWinners implements Winners {
  readonly asked: {
    readonly agency: number;
    readonly first: number;
    readonly give: () => void;
    readonly fail: (error: unknown) => void;
  }[] = [];

  /** @param perPage winners on a page */
  constructor(private readonly perPage = 100) {}

  total(agency: number): number {
    return agency;
  }

  digits(agency: number): number {
    return documentsOf(agency).join('').length;
  }

  page(agency: number, first: number): PromiseLike<readonly string[]> {
    return new Promise((resolve, fail) => {
      const give = (): void => {
        resolve(documentsOf(agency).slice(first, first + this.perPage));
      };
      this.asked.push({ agency, first, give, fail });
    });
  }
}

function documentsOf(agency: number): string[] {
  return Array.from({ length: agency }, (_, i) => `${String(agency)}${String(i)}`);
}

/** All have finished without bets. */
function finishedState(): StoreState {
  const state = emptyState();
  for (let agency = 1; agency <= AGENCIES; agency++) {
    state.agencies.set(agency, { ...totalsOf(state, agency), finished: true });
  }
  return state;
}

describe('winners that come later than they are asked for', () => {
  let clock: ManualClock;
  let winners: HandWinners;
  let central: Central;
  let fatal: unknown[];

  function begin(perPage?: number): void {
    clock = new ManualClock();
    winners = new HandWinners(perPage);
    fatal = [];
    const state = finishedState();
    const lottery = new Lottery({ agencies: AGENCIES, window: 8 }, state, winners);
    central = centralWith({
      clock,
      store: {
        claim: (agency) => totalsOf(state, agency),
        commit: (_, done) => {
          done(NONE_REFUSED);
        },
      },
      lottery,
      draw: () => Promise.reject(new Error('the draw was made')),
      onFatal: (error) => {
        fatal.push(error);
      },
    });
    central.start();
  }

  beforeEach(() => {
    begin();
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

  async function give(agency: number): Promise<void> {
    const index = winners.asked.findIndex((page) => page.agency === agency);
    const [page] = winners.asked.splice(index, 1);
    if (index < 0 || page === undefined) expect.fail('no page was asked for');
    page.give();
    await settle(clock);
  }

  const repliesTo = ({ written }: FakeTransport): Buffer => Buffer.concat(written);
  const welcome = wire.welcome({ stored: 0, checksum: 0, window: 8, state: 2 });
  const page = (agency: number, first = 0): Buffer =>
    wire.winners(agency, first, documentsOf(agency).slice(first));

  it('leave in their place among the replies, and nothing behind them is read before', async () => {
    const ask = wire.askWinners(0, 1);
    const peer = await arrive(wire.introduce(2), ask, wire.ping(ECHO));
    await send(peer, wire.askWinners(1, 1));
    expect(repliesTo(peer)).to.deep.equal(welcome);
    expect(winners.asked.map(({ first }) => first)).to.deep.equal([0]);
    await give(2);
    const replies = [welcome, page(2), wire.pong(ECHO)];
    expect(repliesTo(peer)).to.deep.equal(Buffer.concat(replies));
    expect(winners.asked.map(({ first }) => first)).to.deep.equal([1]);
    await give(2);
    expect(repliesTo(peer)).to.deep.equal(Buffer.concat([...replies, page(2, 1)]));
  });

  it('hold up nobody else, and come in any order', async () => {
    const first = await arrive(wire.introduce(1), wire.askWinners(0, 1));
    const other = await arrive(wire.introduce(3), wire.askWinners(0, 1));
    const third = await arrive(wire.introduce(2), wire.ping(ECHO));
    expect(repliesTo(third)).to.deep.equal(Buffer.concat([welcome, wire.pong(ECHO)]));
    await give(3);
    expect(repliesTo(other)).to.deep.equal(Buffer.concat([welcome, page(3)]));
    expect(repliesTo(first)).to.deep.equal(welcome);
    await give(1);
    expect(repliesTo(first)).to.deep.equal(Buffer.concat([welcome, page(1)]));
  });

  it('are no reason to end a peer that waits for them', async () => {
    const peer = await arrive(wire.introduce(1), wire.askWinners(0, 1));
    clock.advance(LIMITS.idleTimeoutMs * 2);
    clock.advance(LIMITS.idleTimeoutMs * 2);
    await settle(clock);
    await give(1);
    expect(repliesTo(peer)).to.deep.equal(Buffer.concat([welcome, page(1)]));
  });

  it('are followed by the end of a session that said goodbye', async () => {
    const peer = await arrive(wire.introduce(1), wire.askWinners(0, 1), wire.agencyGoodbye());
    expect(peer.calls).to.not.include('end');
    await give(1);
    expect(repliesTo(peer)).to.deep.equal(Buffer.concat([welcome, page(1)]));
    expect(peer.calls.at(-1)).to.equal('end');
  });

  it('that cannot be read end the central, whoever waits for them', async () => {
    const gone = await arrive(wire.introduce(1), wire.askWinners(0, 1));
    await arrive(wire.introduce(2), wire.askWinners(0, 1));
    const why = new Error('the store does not answer');
    gone.peer.onClose();
    const [first, second] = winners.asked;
    first?.fail(why);
    await settle(clock);
    expect(fatal).to.deep.equal([why]);
    second?.fail(why);
    await settle(clock);
    expect(fatal).to.deep.equal([why, why]);
  });

  for (const [dialect, ask, all] of [
    ['pipe', build.pipeAsk('3'), build.pipeWinners(documentsOf(3))],
    ['opcode', build.opcodePacket(6, ['3']), build.opcodeWinners(documentsOf(3))],
    [
      'semicolon',
      join(build.semicolonPacket('3', [], 0), u16(3)),
      join(u16(1), build.semicolonWinners(documentsOf(3))),
    ],
  ] as const) {
    it(`are one whole message in ${dialect}`, async () => {
      // What comes with one read: pieces of two winners.
      begin(2);
      const transport = new FakeTransport();
      central.accept(transport, CREATE_CODEC[dialect]);
      await send(transport, ask);
      clock.advance(LIMITS.quietMs);
      await settle(clock);
      for (const first of [0, 2]) {
        expect(winners.asked.map((one) => one.first)).to.deep.equal([first]);
        await give(3);
      }
      expect(repliesTo(transport)).to.deep.equal(all);
    });
  }
});
