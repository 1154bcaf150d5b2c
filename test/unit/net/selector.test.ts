import { expect } from 'chai';
import { Connection } from '../../../src/net/connection/connection';
import { Selector } from '../../../src/net/selector';
import { FakeTransport } from '../helpers/fake-transport';
import { ManualClock } from '../helpers/manual-clock';

describe('Selector', () => {
  let clock: ManualClock;
  let selector: Selector;
  let turns: number[][];
  let onTurn: () => void;

  beforeEach(() => {
    clock = new ManualClock();
    turns = [];
    onTurn = () => undefined;
    selector = new Selector(clock, () => {
      turns.push(selector.select().map(({ id }) => id));
      onTurn();
    });
  });

  function connect(id: number): { connection: Connection; transport: FakeTransport } {
    const transport = new FakeTransport();
    const listener = {
      onReady: (ready: Connection) => {
        selector.markReady(ready);
      },
      onClosed: (gone: Connection) => {
        selector.unregister(gone);
      },
    };
    const connection = new Connection(id, transport, listener, () => clock.nowMs());
    selector.register(connection);
    return { connection, transport };
  }

  it('works through ready connections in the order in which they became ready', () => {
    const [one, two, three] = [connect(1), connect(2), connect(3)];
    for (const { transport } of [three, one, two]) transport.peer.onData(Buffer.from('x'));
    clock.turn();
    expect(turns).to.deep.equal([[3, 1, 2]]);
  });

  it('does nothing before the next turn', () => {
    connect(1).transport.peer.onData(Buffer.from('x'));
    expect(turns).to.deep.equal([]);
  });

  it('takes one turn however much arrives before it', () => {
    const { transport } = connect(1);
    for (let i = 0; i < 5; i++) transport.peer.onData(Buffer.from('x'));
    selector.wakeUp();
    expect(clock.waiting).to.equal(1);
    clock.turn();
    expect(turns).to.deep.equal([[1]]);
    expect(clock.waiting).to.equal(0);
  });

  it('forgets who was ready once they are selected', () => {
    connect(1).transport.peer.onData(Buffer.from('x'));
    clock.turn();
    selector.wakeUp();
    clock.turn();
    expect(turns).to.deep.equal([[1], []]);
  });

  it('puts who is marked during a turn into the next one, behind the others', () => {
    const [one, two] = [connect(1), connect(2)];
    one.transport.peer.onData(Buffer.from('x'));
    onTurn = () => {
      onTurn = () => undefined;
      two.transport.peer.onData(Buffer.from('y'));
      selector.markReady(one.connection);
    };
    clock.turn();
    clock.turn();
    expect(turns).to.deep.equal([[1], [2, 1]]);
  });

  it('passes over a connection that closed before its turn', () => {
    const [one, two] = [connect(1), connect(2)];
    one.transport.peer.onData(Buffer.from('x'));
    two.transport.peer.onData(Buffer.from('x'));
    one.transport.peer.onClose();
    clock.turn();
    expect(turns).to.deep.equal([[2]]);
  });

  it('does not mark a connection that it does not know', () => {
    const { connection } = connect(1);
    selector.unregister(connection);
    selector.markReady(connection);
    clock.turn();
    expect(turns).to.deep.equal([[]]);
  });

  it('knows who is registered', () => {
    const { connection } = connect(1);
    connect(2);
    expect(selector.size).to.equal(2);
    expect([...selector.connections()].map(({ id }) => id)).to.deep.equal([1, 2]);
    selector.unregister(connection);
    expect(selector.size).to.equal(1);
  });
});
