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
  writableLength = 0;
  takes = true;
  end: 'open' | 'ended' | 'destroyed' = 'open';

  write(bytes: Buffer): boolean {
    this.names.push(bytes.toString().split('\n')[0] ?? '');
    if (!this.takes) this.writableLength += bytes.length;
    return this.takes;
  }

  /** Everything that was sent has left. */
  catchUp(): void {
    this.takes = true;
    this.writableLength = 0;
  }
}

function add(viewers: Viewers): { stream: Stream; remove: () => void } {
  const stream = new Stream();
  const remove = viewers.add(
    Object.assign(stream as object as Parameters<Viewers['add']>[0], {
      end: () => {
        stream.end = 'ended';
      },
      destroy: () => {
        stream.end = 'destroyed';
      },
    }),
    FULL,
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
