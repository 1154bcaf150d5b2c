/** An agency compares what the central says with what it said before. */
import { expect } from 'chai';
import * as fc from 'fast-check';
import { LoteriaError } from '../../../../src/base/errors';
import { LIMITS } from '../../../../src/base/limits';
import { AgencySession } from '../../../../src/client/session/agency-session';
import { ContestSession } from '../../../../src/client/contest/session';
import { FrameBuffer } from '../../../../src/net/frame-buffer';
import { WireError } from '../../../../src/protocol/codes';
import { decodeReply } from '../../../../src/protocol/native/agency-codec';
import * as wire from '../../../support/wire-builder';
import { AGENCY, AgencyScene, sourceBatch, sumOf } from '../../helpers/agency-scene';
import { expectFailure } from '../../helpers/failures';

function failureOf({ end }: AgencyScene): unknown {
  return end?.kind === 'failed' ? end.error : undefined;
}

describe('agency session: a central whose store went back', () => {
  function acknowledged(): AgencyScene {
    const scene = new AgencyScene().startLoading();
    scene.pulled(0);
    scene.ack(2);
    scene.disconnect();
    scene.connect();
    return scene;
  }

  for (const stored of [0, 1]) {
    it(`has ${String(stored)} of 2 bets that it acknowledged`, () => {
      const scene = acknowledged();
      expect(scene.welcome(stored)).to.deep.equal(['failed STORE_WENT_BACK']);
      expectFailure(failureOf(scene), 'STORE_WENT_BACK', '2 bets', `${String(stored)} bets`);
      expect(scene.session.holding).to.deep.equal({ stored: 2, checksum: sumOf(2) });
    });
  }

  it('has other bets in place of those that it acknowledged', () => {
    const scene = acknowledged();
    expect(scene.welcome(2, sumOf(2) ^ 1)).to.deep.equal(['failed STORE_WENT_BACK']);
  });

  it('has fewer than a WELCOME before said', () => {
    const scene = new AgencyScene().startLoading(4);
    scene.disconnect();
    scene.connect();
    expect(scene.welcome(2)).to.deep.equal(['failed STORE_WENT_BACK']);
  });

  for (const [stage, after] of [
    ['loading', 'finished'],
    ['finished', 'drawn'],
  ] as const) {
    it(`says "${stage}" after "${after}"`, () => {
      const scene = new AgencyScene().startAsking();
      if (after === 'drawn') {
        scene.receive({ kind: 'winners', total: 2, first: 0, documents: ['1'] });
      }
      scene.disconnect();
      scene.connect();
      expect(scene.welcome(2, sumOf(2), 8, stage)).to.deep.equal(['failed STORE_WENT_BACK']);
      expectFailure(failureOf(scene), 'STORE_WENT_BACK', `"${after}"`, `"${stage}"`);
    });
  }

  it('is not one that has more, and the same', () => {
    const scene = acknowledged();
    expect(scene.welcome(4)).to.deep.equal(['seek 4']);
  });
});

describe('agency session: acknowledgements that cannot be', () => {
  for (const [what, upTo] of [
    ['of more than was sent', 5],
    ['of less than before', 1],
  ] as const) {
    it(`${what}: stops`, () => {
      const scene = new AgencyScene().startLoading();
      scene.pulled(0);
      scene.pulled(2);
      scene.ack(2);
      expect(scene.ack(upTo)).to.deep.equal(['failed CENTRAL_REFUSED']);
    });
  }

  for (const upTo of [0, 1, 3]) {
    it(`of ${String(upTo)} behind FINISHED 2: stops`, () => {
      const scene = new AgencyScene().startLoading();
      scene.pulled(0);
      scene.exhausted();
      scene.ack(2);
      expect(scene.ack(upTo)).to.deep.equal(['failed CENTRAL_REFUSED']);
    });
  }

  it('that say nothing new: passed over, but not without end', () => {
    const scene = new AgencyScene().startLoading();
    scene.pulled(0);
    for (let i = 0; i < LIMITS.idleRepliesPerSecondMax; i++) {
      expect(scene.ack(0)).to.deep.equal([]);
    }
    expect(scene.session.idleReplies).to.equal(LIMITS.idleRepliesPerSecondMax);
    scene.on({ kind: 'second_over' });
    for (let i = 0; i < LIMITS.idleRepliesPerSecondMax; i++) scene.ack(0);
    expect(scene.ack(0)).to.deep.equal(['failed CENTRAL_REFUSED']);
  });
});

describe('agency session: winners that cannot be', () => {
  for (const [what, total, first, documents] of [
    ['more than bets', 6, 0, ['1']],
    ['another total than before', 4, 1, ['2']],
    ['an index that jumps', 5, 2, ['2']],
    ['none, again and again', 5, 1, []],
    ['more than their total', 5, 1, ['1', '2', '3', '4', '5']],
  ] as const) {
    it(`${what}: stops`, () => {
      const scene = new AgencyScene().startAsking(5);
      scene.receive({ kind: 'winners', total: 5, first: 0, documents: ['1'] });
      expect(scene.receive({ kind: 'winners', total, first, documents })).to.deep.equal([
        'failed CENTRAL_REFUSED',
      ]);
    });
  }

  it('NOT_YET without end: stops', () => {
    const scene = new AgencyScene().startAsking();
    const says = (): string[] => scene.receive({ kind: 'not_yet', pending: 1, retryAfterMs: 0 });
    for (let i = 0; i < LIMITS.idleRepliesPerSecondMax; i++) expect(says()).to.deep.equal([]);
    expect(says()).to.deep.equal(['failed CENTRAL_REFUSED']);
  });
});

describe('agency session: another program of the same agency', () => {
  it('is given way to in the end, and not fought for ever', () => {
    const scene = new AgencyScene();
    const answers: string[] = [];
    while (scene.end === undefined && answers.length < 1_000) {
      scene.connect();
      scene.welcome(0);
      answers.push(...scene.receive({ kind: 'error', code: 'REPLACED', text: '' }));
    }
    expect(answers).to.have.length(LIMITS.replacementsMax);
    expect(answers.at(-1)).to.equal('failed REPLACED');
  });

  it('is no matter while there is progress between', () => {
    const scene = new AgencyScene().startLoading();
    for (let stored = 0; stored < 100; stored += 2) {
      scene.pulled(stored);
      scene.ack(stored + 2);
      scene.receive({ kind: 'error', code: 'REPLACED', text: '' });
      scene.connect();
      scene.welcome(stored + 2);
    }
    expect(scene.end).to.equal(undefined);
  });
});

const small = fc.integer({ min: 0, max: 6 });
const document = fc.oneof(fc.constantFrom('1', '30000031', ''), fc.string({ maxLength: 12 }));
const text = fc.constantFrom('', '\u001b[2J|\r\n', 'x'.repeat(300));
const contestant = fc.constantFrom(wire.contestantRow(wire.NORA), Buffer.from('3,a\r\n'));

/** Any frame that a central can make up, most of them lies. */
const wholeFrame = fc.oneof(
  fc
    .tuple(small, fc.boolean(), small, fc.integer({ min: 0, max: 2 }))
    .map(([stored, good, window, state]) =>
      wire.welcome({ stored, checksum: good ? sumOf(stored) : 7, window, state }),
    ),
  small.map((upTo) => wire.ack(upTo)),
  fc
    .tuple(small, small, fc.constantFrom(100, 121, 122, 123, 999))
    .map(([offset, index, reason]) => wire.reject({ offset, expected: 0, index, reason })),
  fc.tuple(small, small, fc.array(document, { maxLength: 3 })).map(([total, first, documents]) =>
    wire.winners(
      total,
      first,
      documents.map((one) => one.replace(/[^ -~]/g, '\n')),
    ),
  ),
  fc.tuple(small, small).map(([pending, retryMs]) => wire.notYet(pending, retryMs)),
  small.map((retryMs) => wire.busy(retryMs)),
  small.map((retryMs) => wire.centralGoodbye(retryMs)),
  fc.tuple(fc.integer({ min: 1, max: 17 }), text).map(([code, why]) => wire.error(code, why)),
  fc
    .tuple(small, small, fc.integer({ min: 0, max: 1 }), fc.array(contestant, { maxLength: 2 }))
    .map(([upTo, winners, last, rows]) => wire.results({ upTo, winners, last }, rows)),
  fc.tuple(small, small).map(([winners, pending]) => wire.total(winners, pending)),
);
const anyFrame = fc.oneof(
  { weight: 20, arbitrary: wholeFrame },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
);

const anyStep = fc.oneof(
  { weight: 6, arbitrary: anyFrame },
  { weight: 1, arbitrary: fc.constantFrom('source' as const, 'disconnected' as const) },
);

/** A session that does whatever comes, with a source of six bets. */
class Victim {
  /** Actions that led to something, and how the session ended. */
  progress = 0;
  failure: unknown = undefined;
  over = false;
  mostWaiting = 0;
  private readonly jobs: (() => void)[] = [];
  private input = new FrameBuffer();
  private offset = 0;

  constructor(private readonly session: AgencySession) {
    this.on({ kind: 'connected' });
  }

  receive(frame: Buffer): void {
    this.input.append(frame);
    try {
      for (;;) {
        const reply = decodeReply(this.input);
        if (reply === undefined || this.over) return;
        this.on({ kind: 'reply', reply });
      }
    } catch (error) {
      // As AgencyClient does: what is no reply ends it.
      if (!(error instanceof WireError)) throw error;
      this.over = true;
      this.failure = new LoteriaError('CENTRAL_REFUSED', error.message);
    }
  }

  get isOffline(): boolean {
    return this.session.phase === 'offline';
  }

  answerSource(): void {
    this.jobs.shift()?.();
  }

  on(event: Parameters<AgencySession['handle']>[0]): void {
    if (this.over) return;
    for (const action of this.session.handle(event)) {
      if (action.kind === 'failed') {
        this.over = true;
        this.failure = action.error;
      } else if (action.kind === 'done') this.over = true;
      else if (action.kind === 'seek') {
        this.jobs.push(() => {
          this.offset = Math.min(action.stored, 6);
          this.on({ kind: 'source_ready' });
        });
      } else if (action.kind === 'pull') {
        this.jobs.push(() => {
          const count = Math.min(2, 6 - this.offset);
          const batch = count === 0 ? null : sourceBatch(this.offset, count);
          this.offset += count;
          this.on({ kind: 'pulled', batch });
        });
      } else if (action.kind === 'reconnect') {
        this.input = new FrameBuffer();
        this.jobs.push(() => {
          if (this.session.phase === 'offline') this.on({ kind: 'connected' });
        });
      }
    }
    this.mostWaiting = Math.max(this.mostWaiting, this.jobs.length);
  }
}

describe('agency session: whatever the central sends', () => {
  const options = { agency: AGENCY, window: 3, token: Buffer.alloc(0), finish: true };
  const makers: readonly (readonly [string, () => AgencySession])[] = [
    ['lottery', () => new AgencySession(options)],
    ['2020', () => new ContestSession({ ...options, retryMs: 100 })],
  ];
  for (const [edition, make] of makers) {
    it(`goes on, or ends with a code, and never throws: ${edition}`, () => {
      fc.assert(
        fc.property(fc.array(anyStep, { maxLength: 80, size: 'max' }), (steps) => {
          const victim = new Victim(make());
          for (const step of steps) {
            if (step === 'source') victim.answerSource();
            else if (step === 'disconnected') victim.on({ kind: 'disconnected' });
            else victim.receive(step);
          }
          if (victim.failure !== undefined) expect(victim.failure).to.be.instanceOf(LoteriaError);
          expect(victim.mostWaiting).to.be.at.most(2 * steps.length + 2);
        }),
        { numRuns: 300 },
      );
    });

    it(`ends with a code when the same frame comes without end: ${edition}`, () => {
      fc.assert(
        fc.property(wholeFrame, fc.integer({ min: 0, max: 3 }), (frame, before) => {
          const victim = new Victim(make());
          victim.receive(wire.welcome({ stored: 0, checksum: 0, window: 8, state: 0 }));
          for (let i = 0; i < before; i++) victim.answerSource();
          const most = 4 * LIMITS.idleRepliesPerSecondMax;
          for (let i = 0; i < most && !victim.over; i++) victim.receive(frame);
          expect(victim.over || victim.isOffline).to.equal(true);
        }),
        { numRuns: 500 },
      );
    });
  }
});
