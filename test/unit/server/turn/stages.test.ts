/** What a turn shows of its stages to whoever measures it. */
import { expect } from 'chai';
import { ByteMeter } from '../../../../src/net/frame-buffer';
import type { Stage, TurnObserver } from '../../../../src/telemetry/turns';
import * as wire from '../../../support/wire-builder';
import { centralWith, emptyLottery, settle } from '../../helpers/central';
import { FakeTransport } from '../../helpers/fake-transport';
import { ManualClock } from '../../helpers/manual-clock';

const EXPECTED = ['begin 1', 'read 1', 'parse', 'step', 'reply', 'replied 1', 'step', 'idle'];

describe('the stages of a turn', () => {
  it('are shown in their order', async () => {
    const shown: string[] = [];
    let now: Stage = 'idle';
    const turns: TurnObserver = {
      begin: (ready) => shown.push(`begin ${String(ready)}`),
      read: (frames) => shown.push(`read ${String(frames)}`),
      enter: (stage) => {
        shown.push(stage);
        const before = now;
        now = stage;
        return before;
      },
      replied: (count) => shown.push(`replied ${String(count)}`),
    };
    const clock = new ManualClock();
    const central = centralWith({
      clock,
      lottery: emptyLottery(1),
      observer: { turns, onLine: () => undefined, received: new ByteMeter() },
    });
    const transport = new FakeTransport('10.0.0.1');
    central.accept(transport);
    transport.peer.onData(wire.join(wire.preface(), wire.introduce(1)));
    await settle(clock);
    shown.length = 0;
    transport.peer.onData(wire.ping(Buffer.from('12345678')));
    await settle(clock);
    expect(shown.slice(0, EXPECTED.length)).to.deep.equal(EXPECTED);
  });
});
