/** No connection starves another, however much it sends and whatever bound ends a turn. */
import { expect } from 'chai';
import { LIMITS } from '../../../../src/base/limits';
import type { Dialect } from '../../../../src/protocol/conversion';
import { CREATE_CODEC } from '../../../../src/protocol/dialects/dialects';
import type { Central } from '../../../../src/server/turn/central';
import { betOfLine, opcodeBatch } from '../../../support/dialect-builder';
import * as wire from '../../../support/wire-builder';
import { centralWith, emptyLottery } from '../../helpers/central';
import { FakeTransport } from '../../helpers/fake-transport';
import { ManualClock } from '../../helpers/manual-clock';

const PINGS = Buffer.concat(
  Array.from({ length: LIMITS.framesPerConnectionPerTurnMax }, () =>
    wire.ping(Buffer.from('12345678')),
  ),
);
const TURNS = 8;

describe('turns that end at a bound', () => {
  let clock: ManualClock;
  let central: Central;
  let connections: number;

  beforeEach(() => {
    clock = new ManualClock();
    connections = 0;
    central = centralWith({
      clock,
      lottery: emptyLottery(200),
    });
  });

  function connect(dialect: Dialect | 'native'): FakeTransport {
    const transport = new FakeTransport(`10.0.0.${String(++connections)}`);
    central.accept(transport, CREATE_CODEC[dialect]);
    return transport;
  }

  function introduced(agency: number): FakeTransport {
    const transport = connect('native');
    transport.peer.onData(wire.join(wire.preface(), wire.introduce(agency)));
    while (clock.waiting > 0) clock.turn();
    return transport;
  }

  it('for their frames: peers that always have more use up no more than every other turn', () => {
    const greedyCount = LIMITS.framesPerTurnMax / LIMITS.framesPerConnectionPerTurnMax;
    const peers = Array.from({ length: greedyCount + 10 }, (_, i) => introduced(i + 1));
    const greedy = peers.slice(0, greedyCount);
    const answered = peers.map(({ written }) => written.length);
    for (const { peer } of [...peers, ...greedy]) peer.onData(PINGS);
    for (let turn = 0; turn < TURNS; turn++) {
      clock.turn();
      for (const { peer } of greedy) peer.onData(PINGS);
    }
    const turnsOf = peers.map(({ written }, i) => written.length - (answered[i] ?? 0));
    expect(Math.min(...turnsOf.slice(greedyCount)), 'modest').to.equal(1);
    expect(Math.min(...turnsOf.slice(0, greedyCount)), 'greedy').to.be.at.least(TURNS / 2);
  });

  it('for their rows: one peer with long messages lets others have theirs', () => {
    const bet = betOfLine('Nora,Ruiz,7,1990-01-01,7574');
    const bytes = LIMITS.commitBytesMax / LIMITS.dialectRowBytesPerByteMax;
    const message = opcodeBatch('1', Array<typeof bet>(Math.ceil(bytes / 30)).fill(bet));
    const greedy = connect('opcode');
    const modest = introduced(2);
    greedy.peer.onData(message);
    modest.peer.onData(PINGS);
    const before = modest.written.length;
    for (let turn = 0; turn < TURNS; turn++) {
      greedy.peer.onData(message);
      clock.turn();
    }
    expect(modest.written.length).to.equal(before + 1);
    expect(greedy.written.length).to.be.at.least(TURNS / 2);
  });
});
