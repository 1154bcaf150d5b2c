import { expect } from 'chai';
import { LIMITS } from '../../../../src/base/limits';
import type { Effect } from '../../../../src/server/session/effects';
import type { Session } from '../../../../src/server/session/state';
import {
  batchOf,
  closedBy,
  countOf,
  DRAW,
  entriesOf,
  logsOf,
  repliesTo,
  Scene,
} from '../../helpers/scene';

describe('session: questions for winners', () => {
  let scene: Scene;
  let one: Session;
  let two: Session;

  beforeEach(() => {
    scene = new Scene(2);
    one = scene.join(1);
    two = scene.join(2);
  });

  /** Both agencies finish, with three bets each. */
  function finishBoth(): void {
    scene.finish(one, 1, 3);
    scene.finish(two, 2, 3);
  }

  describe('before the draw', () => {
    beforeEach(() => {
      scene.finish(one, 1, 3);
    });

    it('with wait: held, and sent how many are missing', () => {
      const effects = scene.ask(one);
      expect(repliesTo(one, effects)).to.deep.equal([
        { kind: 'not_yet', pending: 1, retryAfterMs: 0 },
      ]);
    });

    it('without wait: sent when to ask again, and not held', () => {
      const effects = scene.ask(one, 0, false);
      expect(repliesTo(one, effects)).to.deep.equal([
        { kind: 'not_yet', pending: 1, retryAfterMs: LIMITS.notYetRetryMs },
      ]);
      scene.finish(two, 2, 0);
      expect(repliesTo(one, scene.draw([[1, '5']]))).to.deep.equal([]);
    });

    it('without wait, where early questions are allowed: held once nobody is missing', () => {
      const early = { kind: 'ask_winners', first: 0, wait: false, early: true } as const;
      expect(repliesTo(one, scene.receive(one, early))[0]).to.include({
        retryAfterMs: LIMITS.notYetRetryMs,
      });
      scene.finish(two, 2, 0);
      expect(repliesTo(two, scene.ask(two, 0, false))[0]).to.include({
        retryAfterMs: LIMITS.notYetRetryMs,
      });
      expect(repliesTo(one, scene.receive(one, early))).to.deep.equal([
        { kind: 'not_yet', pending: 0, retryAfterMs: 0 },
      ]);
      expect(repliesTo(one, scene.draw([[1, '5']]))[0]).to.deep.include({ documents: ['5'] });
    });

    for (const wait of [true, false]) {
      it(`a second question (wait ${String(wait)}) while one is open ends the session`, () => {
        scene.ask(one);
        const effects = scene.ask(one, 0, wait);
        expect(repliesTo(one, effects)[0]).to.include({ code: 'UNEXPECTED_MESSAGE' });
        expect(closedBy(effects)).to.deep.equal([one]);
      });
    }

    it('an agency that comes back may ask again', () => {
      scene.ask(one);
      scene.hangUp(one);
      one = scene.join(1);
      expect(repliesTo(one, scene.ask(one))[0]).to.include({ kind: 'not_yet' });
      scene.finish(two, 2, 0);
      expect(repliesTo(one, scene.draw([]))).to.have.length(1);
    });

    it('whoever asks together with FINISHED is not counted as missing', () => {
      // Section 1: FINISHED and ASK_WINNERS together, then ACK 300 and NOT_YET 4 pending, of five.
      const both = [
        ...scene.say(two, { kind: 'finished', total: 0 }),
        ...scene.say(two, { kind: 'ask_winners', first: 0, wait: true }),
      ];
      expect(repliesTo(two, both)).to.deep.equal([
        { kind: 'ack', upTo: 0 },
        { kind: 'not_yet', pending: 0, retryAfterMs: 0 },
      ]);
    });
  });

  describe('heartbeats', () => {
    beforeEach(() => {
      scene.finish(one, 1, 3);
      scene.ask(one);
    });

    /** What agency 1 receives after a while. */
    function after(ms: number): unknown {
      scene.nowMs += ms;
      return repliesTo(one, scene.signsOfLife());
    }

    const heartbeat = { kind: 'not_yet', pending: 1, retryAfterMs: 0 };

    it('come when the time has passed, again and again', () => {
      expect(after(LIMITS.heldQueryHeartbeatMs - 1)).to.deep.equal([]);
      expect(after(1)).to.deep.equal([heartbeat]);
      expect(after(LIMITS.heldQueryHeartbeatMs - 1)).to.deep.equal([]);
      expect(after(1)).to.deep.equal([heartbeat]);
    });

    it('say how many are missing by then', () => {
      scene.finish(two, 2, 0);
      expect(after(LIMITS.heldQueryHeartbeatMs)).to.deep.equal([{ ...heartbeat, pending: 0 }]);
    });

    it('do not come to whoever left', () => {
      scene.hangUp(one);
      expect(after(LIMITS.heldQueryHeartbeatMs)).to.deep.equal([]);
    });

    it('do not come after the draw', () => {
      scene.finish(two, 2, 0);
      scene.draw([]);
      expect(after(LIMITS.heldQueryHeartbeatMs)).to.deep.equal([]);
    });
  });

  describe('the draw', () => {
    beforeEach(() => {
      finishBoth();
    });

    it('answers everybody who waits, with their own winners', () => {
      scene.ask(one);
      scene.ask(two);
      const effects = scene.draw([
        [1, '1000'],
        [2, '2001'],
        [1, '1002'],
      ]);
      expect(repliesTo(one, effects)).to.deep.equal([
        { kind: 'winners', total: 2, first: 0, documents: ['1000', '1002'] },
      ]);
      expect(repliesTo(two, effects)).to.deep.equal([
        { kind: 'winners', total: 1, first: 0, documents: ['2001'] },
      ]);
    });

    it('promises the agency that asks something, whosever winners it asks for', () => {
      const question = { kind: 'ask_winners', first: 0, wait: true, agency: 2 } as const;
      scene.say(one, question);
      const drawn = scene.draw([[2, '2001']]);
      for (const effects of [drawn, scene.say(one, question)]) {
        const pages = effects.filter((effect) => effect.kind === 'winners_page');
        expect(pages.map(({ to, dependsOn }) => [to, dependsOn])).to.deep.equal([[one, 1]]);
      }
    });

    it('answers from the index on that was asked for', () => {
      scene.ask(one, 1);
      const effects = scene.draw([
        [1, '1000'],
        [1, '1001'],
      ]);
      expect(repliesTo(one, effects)).to.deep.equal([
        { kind: 'winners', total: 2, first: 1, documents: ['1001'] },
      ]);
    });

    it('is stored before it is answered', () => {
      scene.ask(one);
      const effects = scene.draw([[1, '1000']]);
      expect(entriesOf(effects)).to.deep.equal([{ kind: 'draw', draw: DRAW }]);
      expect(effects[0]?.kind).to.equal('store');
    });

    it('is logged once, however many wait', () => {
      scene.ask(one);
      scene.ask(two);
      expect(logsOf(scene.draw([[1, '1000']]))).to.deep.equal([
        ['INFO sorteo success', {}],
        ['DEBUG lottery_phase success', { from: 'drawing', to: 'drawn' }],
      ]);
    });

    it('answers nobody who did not ask', () => {
      scene.ask(one);
      expect(repliesTo(two, scene.draw([[2, '2000']]))).to.deep.equal([]);
    });

    it('answers nobody who left, and remembers nothing of them', () => {
      scene.ask(one);
      scene.hangUp(one);
      expect(scene.lottery.waiting.size).to.equal(0);
      expect(one.held).to.equal(null);
      expect(countOf('reply', scene.draw([[1, '1000']]))).to.equal(0);
    });

    it('answers nobody who said goodbye', () => {
      scene.ask(one);
      scene.say(one, { kind: 'goodbye' });
      expect(countOf('reply', scene.draw([[1, '1000']]))).to.equal(0);
    });

    it('answers a waiting question once', () => {
      scene.ask(one);
      scene.draw([[1, '1000']]);
      expect(scene.lottery.waiting.size).to.equal(0);
      expect(one.held).to.equal(null);
    });

    it('answers an agency without winners', () => {
      scene.ask(two);
      expect(repliesTo(two, scene.draw([[1, '1000']]))).to.deep.equal([
        { kind: 'winners', total: 0, first: 0, documents: [] },
      ]);
    });
  });

  describe('after the draw', () => {
    const mine = ['1000', '1001', '1002', '1001', '1004'];

    beforeEach(() => {
      finishBoth();
      scene.draw([...mine.map((document) => [1, document] as const), [2, '2000']]);
    });

    const pageAt = (first: number): Effect[] => scene.ask(one, first);

    it('are answered at once, waiting or not, any number of times', () => {
      for (const wait of [true, false, true, true]) {
        expect(repliesTo(one, scene.ask(one, 0, wait))).to.deep.equal([
          { kind: 'winners', total: 5, first: 0, documents: mine },
        ]);
      }
    });

    it('are answered in pages that fit', () => {
      // Five bytes each: two fit in 14, not three.
      one = scene.join(1, 14);
      const pages = [0, 2, 4].flatMap((first) => repliesTo(one, pageAt(first)));
      expect(pages).to.deep.equal([
        { kind: 'winners', total: 5, first: 0, documents: ['1000', '1001'] },
        { kind: 'winners', total: 5, first: 2, documents: ['1002', '1001'] },
        { kind: 'winners', total: 5, first: 4, documents: ['1004'] },
      ]);
    });

    it('from any index on', () => {
      expect(repliesTo(one, pageAt(3))).to.deep.equal([
        { kind: 'winners', total: 5, first: 3, documents: ['1001', '1004'] },
      ]);
    });

    for (const first of [5, 6, 2 ** 53 - 1]) {
      it(`from ${String(first)} of 5 on there is nothing`, () => {
        expect(repliesTo(one, pageAt(first))).to.deep.equal([
          { kind: 'winners', total: 5, first: 5, documents: [] },
        ]);
      });
    }

    it('bring no winner of another agency', () => {
      const seen = new Set<string>();
      for (let first = 0; first <= 6; first++) {
        for (const reply of repliesTo(two, scene.ask(two, first))) {
          if (reply.kind === 'winners') for (const document of reply.documents) seen.add(document);
        }
      }
      expect([...seen]).to.deep.equal(['2000']);
    });

    it('a new bet on the winning number changes nothing', () => {
      scene.receive(one, batchOf(1, 3, 1));
      expect(repliesTo(one, pageAt(0))[0]).to.include({ total: 5 });
    });
  });
});
