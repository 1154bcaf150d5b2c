import { expect } from 'chai';
import type { Batch, BetSource } from '../../../../src/client/csv/batch';
import { paceOf, PacedSource } from '../../../../src/client/csv/paced-source';
import { ManualClock } from '../../helpers/manual-clock';

/** Batches of ten bytes each out of a hundred. */
class TenBatches implements BetSource {
  readonly totalBytes = 100;
  closed = false;
  private sourceBytes = 0;

  startAt(stored: number): Promise<void> {
    this.sourceBytes = stored * 10;
    return Promise.resolve();
  }

  next(): Promise<Batch | null> {
    if (this.sourceBytes === this.totalBytes) return Promise.resolve(null);
    const offset = this.sourceBytes / 10;
    this.sourceBytes += 10;
    const { sourceBytes } = this;
    const rows = Buffer.alloc(0);
    return Promise.resolve({ form: 'batch', offset, count: 1, rows, checksum: 0, sourceBytes });
  }

  close(): void {
    this.closed = true;
  }
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('a source at a pace', () => {
  let clock: ManualClock;
  let inner: TenBatches;

  beforeEach(() => {
    clock = new ManualClock();
    inner = new TenBatches();
  });

  function paced(durationMs: number, gapMsMax = 60_000): PacedSource {
    return new PacedSource(inner, { clock, durationMs, totalBytes: 100, gapMsMax });
  }

  /** When each batch comes, by the clock, which moves in steps of 10 ms. */
  async function times(source: PacedSource): Promise<number[]> {
    const found: number[] = [];
    const startMs = clock.nowMs();
    for (;;) {
      let batch: Batch | null | undefined;
      void source.next().then((next) => {
        batch = next;
      });
      await settled();
      while (batch === undefined) {
        clock.advance(10);
        await settled();
      }
      if (batch === null) return found;
      found.push(clock.nowMs() - startMs);
    }
  }

  it('gives batches out by their share of the bytes, the first one and the end at once', async () => {
    const expected = [0, 100, 200, 300, 400, 500, 600, 700, 800, 900];
    expect(await times(paced(1_000))).to.deep.equal(expected);
  });

  it('does not slow down for the time that others need', async () => {
    const source = paced(1_000);
    await source.next();
    clock.advance(70);
    const startMs = clock.nowMs();
    expect((await times(source))[0]).to.equal(30);
    expect(clock.nowMs() - startMs).to.equal(830);
  });

  it('catches up with nothing after a delay', async () => {
    const source = paced(1_000);
    await source.next();
    clock.advance(5_000);
    expect((await times(source)).slice(0, 3)).to.deep.equal([0, 100, 200]);
  });

  it('goes on at its pace from where it is started again', async () => {
    const source = paced(1_000);
    await source.startAt(0, 0);
    await source.next();
    await source.startAt(7, 0);
    expect(await times(source)).to.deep.equal([0, 100, 200]);
  });

  it('waits no longer than the longest gap', async () => {
    expect((await times(paced(100_000, 50))).slice(0, 3)).to.deep.equal([0, 50, 100]);
  });

  it('gives out nothing after it is closed', async () => {
    const source = paced(1_000);
    await source.next();
    let came = false;
    void source.next().then(() => {
      came = true;
    });
    await settled();
    source.close();
    clock.advance(10_000);
    await settled();
    expect(came).to.equal(false);
    expect(inner.closed).to.equal(true);
  });

  it('takes its longest gap from the patience of both sides, and is none where none is set', () => {
    const of = (paceMs: number, retryForMs: number): number | undefined =>
      paceOf({ paceMs, retryForMs }, clock, 100)?.gapMsMax;
    expect(of(60_000, 120_000)).to.equal(10_000);
    expect(of(60_000, 4_000)).to.equal(2_000);
    expect(of(0, 4_000)).to.equal(undefined);
  });
});
