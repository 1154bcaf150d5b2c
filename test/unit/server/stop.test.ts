import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../../src/base/limits';
import { InlineParser } from '../../../src/parsing/parser';
import { CREATE_CODEC } from '../../../src/protocol/dialects/dialects';
import { createCentral, type WiredCentral } from '../../../src/server/create-central';
import { commitTo } from '../../support/file-engine';
import { MemoryEngine, MemoryPlace } from '../../support/memory-engine';
import { bets, finished, Ledger, terms } from '../../support/store-ledger';
import { FakeTransport } from '../helpers/fake-transport';
import { ManualClock } from '../helpers/manual-clock';
import { recordingLogger } from '../helpers/recording-sink';

describe('a central that is stopped', () => {
  let clock: ManualClock;
  let failures: unknown[];
  let store: MemoryEngine;

  beforeEach(async () => {
    clock = new ManualClock();
    failures = [];
    store = new MemoryEngine(new MemoryPlace());
    await store.claim(1);
    await commitTo(store, Ledger.empty.entries([terms(1), bets(1, 1), finished(1)]));
  });

  function serve(): Promise<WiredCentral> {
    return new Promise((resolve, reject) => {
      const wiring = {
        ...{ store, clock, logger: recordingLogger().logger, parser: new InlineParser() },
        terms: { agencies: 1, winningNumber: { kind: 'fixed', number: 7574 } },
        edition: 'lottery',
        createCodec: CREATE_CODEC.native,
        onFatal: (error: unknown) => failures.push(error),
      } as const;
      createCentral(wiring, resolve, reject);
    });
  }

  it('ends when its store answers, and then only', async () => {
    const central = await serve();
    central.start();
    const stopped = new Promise<void>((resolve) => {
      central.stop(resolve);
    });
    await stopped;
    clock.advance(LIMITS.storeStopTimeoutMs);
    expect(failures).to.deep.equal([]);
  });

  it('fails in bounded time when its store never answers', async () => {
    const central = await serve();
    store.record = (entries) => Promise.resolve(entries);
    store.commit = () => undefined;
    // The draw is due, and its record is under way when it is stopped.
    central.start();
    await sleep(50);
    central.stop(() => expect.fail('nothing was answered'));
    clock.advance(LIMITS.storeStopTimeoutMs - 1);
    expect(failures).to.deep.equal([]);
    clock.advance(1);
    expect(failures).to.have.length(1);
    expect(failures[0]).to.include({ code: 'STORE_IO' });
    expect(String(failures[0])).to.include('memory: it does not answer while the central stops');
  });

  it('does not wait for a draw that its store cannot record: the next start makes it', async () => {
    store.record = () => new Promise(() => undefined);
    const central = await serve();
    central.start();
    await sleep(50);
    let isStopped = false;
    central.stop(() => {
      isStopped = true;
    });
    await sleep(10);
    expect(isStopped).to.equal(true);
    expect(failures).to.deep.equal([]);
  });

  describe('during the draw', () => {
    let failDraw: (error: Error) => void;
    let central: WiredCentral;
    let isStopped: boolean;
    let peer: FakeTransport;

    beforeEach(async () => {
      isStopped = false;
      store.findWinners = () =>
        new Promise((_, reject) => {
          failDraw = reject;
        });
      central = await serve();
      central.start();
      peer = new FakeTransport();
      central.accept(peer);
      await sleep(10);
      central.stop(() => {
        isStopped = true;
      });
    });

    it('fails with the draw while peers are connected', async () => {
      const why = new Error('bets.csv was changed');
      failDraw(why);
      await sleep(10);
      expect(failures).to.deep.equal([why]);
      expect(isStopped).to.equal(false);
      peer.peer.onClose();
    });

    it('ends in good order when what still reads the abandoned store fails', async () => {
      peer.peer.onClose();
      await sleep(10);
      expect(isStopped).to.equal(true);
      failDraw(new Error('the store was abandoned'));
      await sleep(10);
      expect(failures).to.deep.equal([]);
    });
  });
});
