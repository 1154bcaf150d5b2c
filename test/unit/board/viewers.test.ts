import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import type { DeltaEvent } from '../../../src/board/feed';
import { encodeEvent, Viewers } from '../../../src/board/viewers';

const DELTA = { turns: [] } as unknown as DeltaEvent;
const FULL = encodeEvent('full', '{}');
const AGAIN = encodeEvent('full', '{"again":1}');

/** A stream that takes what it is sent, or does not. */
class Stream {
  readonly names: string[] = [];
  readonly chunks: Buffer[] = [];
  private onDrain: () => void = () => undefined;
  writableLength = 0;
  takes = true;
  end: 'open' | 'ended' | 'destroyed' = 'open';

  write(bytes: Buffer): boolean {
    this.names.push(bytes.toString().split('\n')[0] ?? '');
    this.chunks.push(bytes);
    if (!this.takes) this.writableLength += bytes.length;
    return this.takes;
  }

  /** Everything that was sent has left. */
  catchUp(): void {
    this.takes = true;
    this.drain();
  }

  /** The same, and what is sent next has not. */
  drain(): void {
    const isWaiting = this.writableLength > 0;
    this.writableLength = 0;
    if (isWaiting) this.onDrain();
  }

  on(_: 'drain', onDrain: () => void): void {
    this.onDrain = onDrain;
  }
}

function add(
  viewers: Viewers,
  { full = FULL, takes = true } = {},
): { stream: Stream; remove: () => void } {
  const stream = new Stream();
  stream.takes = takes;
  const remove = viewers.add(
    Object.assign(stream as object as Parameters<Viewers['add']>[0], {
      end: () => {
        stream.end = 'ended';
      },
      destroy: () => {
        stream.end = 'destroyed';
      },
    }),
    full,
  );
  return { stream, remove };
}

describe('viewers of the board', () => {
  it('get everything first, then what has changed', () => {
    const viewers = new Viewers();
    const { stream } = add(viewers);
    viewers.publish(DELTA, () => AGAIN);
    viewers.publish(DELTA, () => AGAIN);
    expect(stream.names).to.deep.equal(['event: full', 'event: delta', 'event: delta']);
  });

  it('are sent nothing more while they do not read, and then everything anew', () => {
    const viewers = new Viewers();
    const { stream } = add(viewers);
    stream.takes = false;
    for (let i = 0; i < 3; i++) viewers.publish(DELTA, () => AGAIN);
    expect(stream.names).to.deep.equal(['event: full', 'event: delta']);
    stream.catchUp();
    viewers.publish(DELTA, () => AGAIN);
    viewers.publish(DELTA, () => AGAIN);
    expect(stream.names.slice(2)).to.deep.equal(['event: full', 'event: delta']);
  });

  it('are dropped when they do not read for too long', () => {
    const viewers = new Viewers();
    const { stream } = add(viewers);
    stream.takes = false;
    viewers.publish(DELTA, () => AGAIN);
    for (let i = 0; i < LIMITS.boardDeltasMissedMax; i++) viewers.publish(DELTA, () => AGAIN);
    expect(viewers.count).to.equal(1);
    viewers.publish(DELTA, () => AGAIN);
    expect(viewers.count).to.equal(0);
    expect(viewers.dropped).to.equal(1);
    expect(stream.end).to.equal('destroyed');
  });

  describe('over a slow line', () => {
    const long = encodeEvent('full', JSON.stringify('0123456789'.repeat(100_000)));
    const pieces = Math.ceil(long.length / LIMITS.boardPieceBytesMax);

    it('are not dropped while they take a long event piece by piece, and then get everything anew', () => {
      const viewers = new Viewers();
      const { stream } = add(viewers, { full: long, takes: false });
      // A piece takes as many events as may be missed.
      for (let piece = 1; piece < pieces; piece++) {
        for (let i = 0; i < LIMITS.boardDeltasMissedMax; i++) viewers.publish(DELTA, () => AGAIN);
        expect(stream.chunks.length).to.equal(piece);
        stream.drain();
      }
      expect(Buffer.concat(stream.chunks).equals(long)).to.equal(true);
      stream.catchUp();
      expect(viewers.count).to.equal(1);
      viewers.publish(DELTA, () => AGAIN);
      viewers.publish(DELTA, () => AGAIN);
      expect(stream.names.slice(pieces)).to.deep.equal(['event: full', 'event: delta']);
    });

    it('are dropped when they stop in the middle', () => {
      const viewers = new Viewers();
      const { stream } = add(viewers, { full: long, takes: false });
      stream.drain();
      for (let i = 0; i < LIMITS.boardDeltasMissedMax; i++) viewers.publish(DELTA, () => AGAIN);
      expect(viewers.count).to.equal(1);
      viewers.publish(DELTA, () => AGAIN);
      expect(stream.end).to.equal('destroyed');
      expect(viewers.dropped).to.equal(1);
      expect(stream.chunks.length).to.equal(2);
    });

    it('get no delta in the middle of a long event', () => {
      const viewers = new Viewers();
      const { stream } = add(viewers, { full: long, takes: false });
      // Between two pieces nothing may be waiting.
      stream.writableLength = 0;
      viewers.publish(DELTA, () => AGAIN);
      expect(stream.chunks.length).to.equal(1);
    });
  });

  it('are a bounded number', () => {
    const viewers = new Viewers();
    const all = Array.from({ length: LIMITS.boardViewersMax }, () => add(viewers));
    expect(viewers.isFull).to.equal(true);
    all[0]?.remove();
    expect(viewers.isFull).to.equal(false);
  });

  it('cost one encoded event, however many they are', () => {
    const viewers = new Viewers();
    let made = 0;
    const delta = { toJSON: () => ({ made: ++made }) } as unknown as DeltaEvent;
    for (let i = 0; i < 10; i++) add(viewers);
    viewers.publish(delta, () => AGAIN);
    expect(made).to.equal(1);
  });

  it('cost nothing when there is none', () => {
    let made = 0;
    const delta = { toJSON: () => ({ made: ++made }) } as unknown as DeltaEvent;
    new Viewers().publish(delta, () => AGAIN);
    expect(made).to.equal(0);
  });

  it('are all ended at the end', () => {
    const viewers = new Viewers();
    const { stream } = add(viewers);
    viewers.close();
    expect(stream.end).to.equal('ended');
    expect(viewers.count).to.equal(0);
  });
});
