import { expect } from 'chai';
import { backoffMs } from '../../../../src/client/backoff';
import { SendQueue } from '../../../../src/client/session/send-queue';
import { LIMITS } from '../../../../src/base/limits';
import { sourceBatch, sumOf } from '../../helpers/agency-scene';

/** Batches of two bets from 0 on, of which the first ones are sent. */
function queueOf(batches: number, sent: number): SendQueue {
  const queue = new SendQueue();
  queue.restartAt(0, 0);
  for (let i = 0; i < batches; i++) queue.push(sourceBatch(2 * i, 2));
  for (let i = 0; i < sent; i++) queue.sendNext();
  return queue;
}

describe('SendQueue', () => {
  it('hands out batches once, in order', () => {
    const queue = queueOf(2, 0);
    expect([queue.sendNext()?.offset, queue.sendNext()?.offset]).to.deep.equal([0, 2]);
    expect(queue.sendNext()).to.equal(undefined);
    expect([queue.length, queue.sent]).to.deep.equal([2, 2]);
  });

  it('does not count as sent what is not there', () => {
    const queue = queueOf(0, 1);
    expect(queue.sent).to.equal(0);
  });

  it('keeps what is acknowledged no longer', () => {
    const queue = queueOf(3, 3);
    expect(queue.acknowledge(4)).to.equal(true);
    expect([queue.length, queue.sent, queue.stored]).to.deep.equal([1, 1, 4]);
    expect(queue.sourceBytes).to.equal(201);
  });

  it('keeps a batch that is acknowledged in part', () => {
    const queue = queueOf(2, 2);
    expect(queue.acknowledge(3)).to.equal(true);
    expect([queue.length, queue.stored]).to.deep.equal([1, 2]);
  });

  it('is not changed by an acknowledgement of nothing', () => {
    const queue = queueOf(2, 1);
    expect(queue.acknowledge(1)).to.equal(false);
    expect([queue.length, queue.sent, queue.stored]).to.deep.equal([2, 1, 0]);
  });

  it('does not take what was never sent for acknowledged', () => {
    const queue = queueOf(3, 1);
    expect(queue.acknowledge(6)).to.equal(true);
    expect([queue.length, queue.sent, queue.stored]).to.deep.equal([2, 0, 2]);
  });

  it('sends everything again after a connection was lost', () => {
    const queue = queueOf(2, 2);
    queue.disconnect();
    expect([queue.length, queue.sent]).to.deep.equal([2, 0]);
    expect(queue.sendNext()?.offset).to.equal(0);
  });

  for (const batches of [0, 1, 2, 3]) {
    it(`goes on at the end of batch ${String(batches)} of 3`, () => {
      const queue = queueOf(3, 3);
      queue.disconnect();
      expect(queue.resumeAt(2 * batches, sumOf(2 * batches))).to.equal(true);
      expect([queue.length, queue.stored]).to.deep.equal([3 - batches, 2 * batches]);
      expect(queue.sendNext()?.offset).to.equal(batches < 3 ? 2 * batches : undefined);
    });

    it(`does not go on at the end of batch ${String(batches)} with another checksum`, () => {
      const queue = queueOf(3, 0);
      expect(queue.resumeAt(2 * batches, sumOf(2 * batches) ^ 1)).to.equal(false);
      expect(queue.length).to.equal(3);
    });
  }

  for (const stored of [1, 3, 5, 7, 100]) {
    it(`does not go on at ${String(stored)}, where no batch ends`, () => {
      expect(queueOf(3, 0).resumeAt(stored, sumOf(Math.min(stored, 8)))).to.equal(false);
    });
  }

  it('does not go on anywhere before it knows where it is', () => {
    const queue = new SendQueue();
    expect(queue.resumeAt(0, 0)).to.equal(false);
    expect([queue.stored, queue.sourceBytes]).to.deep.equal([0, 0]);
  });

  it('forgets its batches when the source goes elsewhere', () => {
    const queue = queueOf(3, 2);
    queue.restartAt(10, 7);
    expect([queue.length, queue.sent, queue.stored, queue.sourceBytes]).to.deep.equal([
      ...[0, 0, 10, 0],
    ]);
    expect(queue.resumeAt(10, 7)).to.equal(true);
  });

  it('forgets everything when it is cleared', () => {
    const queue = queueOf(3, 2);
    queue.clear();
    expect([queue.length, queue.sent, queue.stored]).to.deep.equal([0, 0, 0]);
    expect(queue.resumeAt(0, 0)).to.equal(false);
  });
});

describe('backoffMs', () => {
  it('doubles from the shortest pause to the longest', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map((attempt) => backoffMs(attempt, 1));
    expect(pauses).to.deep.equal([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
    expect(LIMITS).to.include({ backoffMsMin: 100, backoffMsMax: 5_000 });
  });

  it('spreads attempts over half of the pause', () => {
    expect([backoffMs(3, 0), backoffMs(3, 0.5), backoffMs(3, 1)]).to.deep.equal([200, 300, 400]);
  });
});
