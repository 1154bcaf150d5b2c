import { expect } from 'chai';
import { keyOf, type SendQueues } from '../../../../src/net/tcp-table';
import { findOverdue } from '../../../../src/server/turn/deadlines';
import { DEFAULT_PEER_LIMITS } from '../../../../src/server/admission/peer-limits';
import { SlowReaders } from '../../../../src/server/turn/slow-readers';
import { TestPeer } from '../../helpers/peers';

const { unreadTimeoutMs } = DEFAULT_PEER_LIMITS;
const ENDS = { localPort: 1, remotePort: 2, remoteAddress: '10.0.0.7' };

describe('slow readers', () => {
  let nowMs: number;
  let checks: number;
  let peer: TestPeer;
  let readers: SlowReaders;
  let queued: number;

  beforeEach(() => {
    nowMs = 1_000;
    checks = 0;
    queued = 4_000_000;
    peer = new TestPeer(() => nowMs);
    Object.assign(peer.transport, { ends: ENDS });
    peer.introduce();
    const read = (): Promise<SendQueues> => {
      checks++;
      return Promise.resolve(new Map([[keyOf(ENDS), queued]]));
    };
    readers = new SlowReaders(read, DEFAULT_PEER_LIMITS);
  });

  /** Passes time in ticks, in each of which the peer's system takes so many bytes. */
  async function pass(ms: number, takenBytes: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 250) {
      nowMs += 250;
      queued -= takenBytes;
      peer.connection.noteUnread();
      readers.check([peer], nowMs);
      await Promise.resolve();
    }
  }

  it('are not overdue while what is under way becomes less; others are', async () => {
    peer.transport.unsentBytes = 100_000;
    await pass(3 * unreadTimeoutMs, 5_000);
    expect(findOverdue(peer, DEFAULT_PEER_LIMITS, nowMs)).to.equal(null);
    await pass(1.5 * unreadTimeoutMs, 0);
    expect(findOverdue(peer, DEFAULT_PEER_LIMITS, nowMs)).to.include({ kind: 'drop' });
  });

  it('are looked for four times within the deadline, and not at all when nobody is stalled', async () => {
    await pass(unreadTimeoutMs, 0);
    expect(checks).to.equal(0);
    peer.transport.unsentBytes = 1;
    await pass(unreadTimeoutMs, 0);
    expect(checks).to.equal(4);
  });
});
