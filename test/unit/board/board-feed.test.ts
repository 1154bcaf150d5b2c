import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import { BoardFeed } from '../../../src/board/board-feed';
import type { FullEvent } from '../../../src/board/feed';
import { Sampler } from '../../../src/board/sampler';
import type { BoardSource } from '../../../src/board/source';
import { LoopDelay } from '../../../src/telemetry/loop-delay';
import { Telemetry } from '../../../src/telemetry/telemetry';
import { agencyRow, STATE } from '../../support/fake-board';
import { ManualClock } from '../helpers/manual-clock';

const GAUGES = {
  connections: { handshake: 0, established: 1, waiting: 0, ended: 0 },
  inputBytes: 0,
  outputBytes: 0,
};

describe('the feed of the board', () => {
  let loopDelay: LoopDelay;
  let clock: ManualClock;
  let telemetry: Telemetry;
  let feed: BoardFeed;

  beforeEach(() => {
    loopDelay = new LoopDelay();
    clock = new ManualClock();
    telemetry = new Telemetry(clock);
    const source: BoardSource = {
      telemetry,
      state: () => STATE,
      agencies: () => [agencyRow(1)],
      gauges: () => GAUGES,
      acta: () => null,
      winners: () => Promise.resolve(null),
      isReady: () => true,
    };
    feed = new BoardFeed(source, new Sampler(telemetry, loopDelay, clock), {
      version: '1.0.0',
      hasToken: false,
    });
  });
  afterEach(() => {
    loopDelay.close();
  });

  function passSeconds(count: number): void {
    for (let i = 0; i < count; i++) {
      clock.advance(1_000);
      telemetry.betsStored++;
      feed.tick(0);
    }
  }

  function whole(): FullEvent {
    return JSON.parse(feed.json()) as FullEvent;
  }

  it('gives a new viewer what happened before it came, though nobody watched', () => {
    passSeconds(5);
    const { samples } = whole();
    expect(samples.map(({ bets }) => bets)).to.deep.equal([1, 1, 1, 1, 1]);
    const times = samples.map(({ atMs }) => atMs);
    expect(times.map((atMs) => atMs - (times[0] ?? 0))).to.deep.equal([0, 1e3, 2e3, 3e3, 4e3]);
  });

  it('says which program it is of, and whether there is a token', () => {
    expect(whole()).to.include({ version: '1.0.0', hasToken: false });
  });

  it('keeps a bounded part of the past, the latest', () => {
    passSeconds(3);
    const early = whole().samples[0]?.atMs ?? 0;
    passSeconds(LIMITS.boardSamplesKeptMax);
    const { samples } = whole();
    expect(samples).to.have.length(LIMITS.boardSamplesKeptMax);
    expect(samples[0]?.atMs).to.equal(early + 3_000);
  });
});
