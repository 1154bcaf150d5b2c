import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import type { ByteSource } from '../../../src/net/transport';
import { ByteMeter } from '../../../src/net/frame-buffer';
import { Connection } from '../../../src/net/connection/connection';
import { FakeTransport } from '../helpers/fake-transport';

const HALF = LIMITS.inputBytesPerConnectionMax / 2;

describe('Connection', () => {
  let transport: FakeTransport;
  let connection: Connection;
  let ready: number;
  let closed: number;
  let nowMs: number;

  beforeEach(() => {
    ready = 0;
    closed = 0;
    nowMs = 100;
    transport = new FakeTransport();
    const listener = {
      onReady: () => ready++,
      onClosed: () => closed++,
    };
    connection = new Connection(7, transport, listener, () => nowMs);
    transport.calls.length = 0;
  });

  /** Bytes that arrive. */
  function receive(size: number): void {
    transport.peer.onData(Buffer.alloc(size));
  }

  describe('input', () => {
    it('is kept, and makes the connection ready', () => {
      nowMs = 150;
      transport.peer.onData(Buffer.from('abc'));
      expect(connection.input.peek(9).toString()).to.equal('abc');
      expect(ready).to.equal(1);
      expect([connection.openedMs, connection.lastInputMs]).to.deep.equal([100, 150]);
    });

    it('is not answered by the connection itself', () => {
      receive(100);
      transport.peer.onDrain();
      connection.flush();
      expect(transport.calls).to.deep.equal([]);
    });

    it('is read on below the limit', () => {
      receive(LIMITS.inputBytesPerConnectionMax - 1);
      expect(transport.calls).to.deep.equal([]);
    });

    it('is paused at the limit, once', () => {
      receive(LIMITS.inputBytesPerConnectionMax);
      receive(1);
      expect(transport.calls).to.deep.equal(['pause']);
    });

    it('is resumed below half of the limit, once', () => {
      receive(LIMITS.inputBytesPerConnectionMax);
      connection.input.take(HALF);
      connection.resumeInput();
      expect(transport.calls).to.deep.equal(['pause']);
      connection.input.take(1);
      connection.resumeInput();
      connection.resumeInput();
      expect(transport.calls).to.deep.equal(['pause', 'resume']);
    });

    it('can be paused again after it was resumed', () => {
      receive(LIMITS.inputBytesPerConnectionMax);
      connection.input.clear();
      connection.resumeInput();
      receive(LIMITS.inputBytesPerConnectionMax);
      expect(transport.calls).to.deep.equal(['pause', 'resume', 'pause']);
    });

    it('that never was paused is not resumed', () => {
      receive(10);
      connection.resumeInput();
      expect(transport.calls).to.deep.equal([]);
    });

    it('is dropped once the last word is said', () => {
      receive(10);
      connection.finish();
      receive(10);
      expect(connection.input.length).to.equal(0);
      expect(ready).to.equal(1);
    });
  });

  describe('output', () => {
    it('waits in the outbox until it is flushed', () => {
      connection.send(Buffer.from('abc'));
      expect(transport.written).to.deep.equal([]);
      expect(connection.unsentBytes).to.equal(3);
    });

    it('leaves as one write', () => {
      for (const text of ['a', 'bc', 'def']) connection.send(Buffer.from(text));
      connection.flush();
      expect(transport.written.map(String)).to.deep.equal(['abcdef']);
    });

    it('leaves once', () => {
      connection.send(Buffer.from('a'));
      connection.flush();
      connection.flush();
      expect(transport.calls).to.deep.equal(['write 1']);
      expect(connection.unsentBytes).to.equal(0);
    });

    it('counts what the transport still holds', () => {
      transport.unsentBytes = 10;
      connection.send(Buffer.from('abc'));
      expect(connection.unsentBytes).to.equal(13);
    });

    it('still leaves when the peer has ended its side', () => {
      transport.peer.onEnd();
      connection.send(Buffer.from('abc'));
      connection.flush();
      expect(transport.written.map(String)).to.deep.equal(['abc']);
    });

    it('is refused after the last word', () => {
      connection.finish();
      connection.send(Buffer.from('abc'));
      connection.flush();
      expect(transport.calls).to.deep.equal(['end']);
    });

    it('that has left makes the connection ready', () => {
      transport.peer.onDrain();
      expect(ready).to.equal(1);
    });
  });

  describe('phases', () => {
    it('begins open and writable', () => {
      expect(connection.phase).to.equal('open');
      expect(connection.isWritable).to.equal(true);
      expect(connection.remoteAddress).to.equal('10.0.0.7');
    });

    it('goes on with the input of a peer that has ended as soon as it has read its replies', () => {
      receive(10);
      transport.peer.onEnd();
      const before = ready;
      transport.peer.onDrain();
      expect(ready).to.equal(before + 1);
    });

    it('drains when the peer ends, keeps its input and is ready once', () => {
      receive(10);
      transport.peer.onEnd();
      transport.peer.onEnd();
      expect(connection.phase).to.equal('draining');
      expect(connection.isWritable).to.equal(true);
      expect(connection.input.length).to.equal(10);
      expect(ready).to.equal(2);
    });

    it('finish sends the outbox, then the end, and is not writable any more', () => {
      nowMs = 170;
      connection.send(Buffer.from('bye'));
      connection.finish();
      expect(transport.calls).to.deep.equal(['write 3', 'end']);
      expect(connection.phase).to.equal('ending');
      expect(connection.isWritable).to.equal(false);
      expect(connection.endedMs).to.equal(170);
    });

    it('finish twice ends once', () => {
      connection.finish();
      connection.finish();
      expect(transport.calls).to.deep.equal(['end']);
    });

    it('finish reads on where input was paused, so that the last reply arrives', () => {
      receive(LIMITS.inputBytesPerConnectionMax);
      connection.finish();
      expect(transport.calls).to.deep.equal(['pause', 'end', 'resume']);
    });

    it('finish after the peer has ended has nothing to resume', () => {
      receive(LIMITS.inputBytesPerConnectionMax);
      transport.peer.onEnd();
      connection.finish();
      expect(transport.calls).to.deep.equal(['pause', 'end']);
    });

    it('closed: says so once, forgets everything, does nothing more', () => {
      receive(10);
      connection.send(Buffer.from('x'));
      transport.peer.onClose();
      transport.peer.onClose(new Error('again'));
      expect(connection.phase).to.equal('closed');
      expect(connection.input.length).to.equal(0);
      expect(closed).to.equal(1);
      connection.send(Buffer.from('y'));
      connection.flush();
      connection.finish();
      connection.destroy();
      connection.destroyWhenSent();
      receive(1);
      transport.peer.onEnd();
      transport.peer.onDrain();
      expect(transport.calls).to.deep.equal([]);
      expect(ready).to.equal(1);
    });

    it('destroy and destroyWhenSent reach the transport', () => {
      connection.destroyWhenSent();
      connection.destroy();
      expect(transport.calls).to.deep.equal(['destroyWhenSent', 'destroy']);
    });
  });

  describe('limits over all connections', () => {
    it('hold input back, and let it go again', () => {
      connection.holdInput();
      connection.holdInput();
      connection.releaseInput();
      expect(transport.calls).to.deep.equal(['pause', 'resume']);
    });

    it('do not let input go that is too much for the connection itself', () => {
      receive(LIMITS.inputBytesPerConnectionMax);
      connection.holdInput();
      connection.releaseInput();
      expect(transport.calls).to.deep.equal(['pause']);
      connection.holdInput();
      connection.input.clear();
      connection.resumeInput();
      expect(transport.calls).to.deep.equal(['pause']);
      connection.releaseInput();
      expect(transport.calls).to.deep.equal(['pause', 'resume']);
    });

    it('do not let input go that becomes full while it is held', () => {
      connection.holdInput();
      receive(LIMITS.inputBytesPerConnectionMax);
      connection.input.clear();
      connection.resumeInput();
      expect(transport.calls).to.deep.equal(['pause']);
      connection.releaseInput();
      expect(transport.calls).to.deep.equal(['pause', 'resume']);
    });

    it('do not stop a connection that is ending: its input is read, and discarded', () => {
      connection.finish();
      connection.holdInput();
      expect(transport.calls).to.deep.equal(['end']);
    });

    it('count what the peer has not read, until it has, or is gone', () => {
      const unread = new ByteMeter();
      const listener = { onReady: () => undefined, onClosed: () => undefined };
      transport = new FakeTransport();
      connection = new Connection(8, transport, listener, () => nowMs, { unread });
      transport.unsentBytes = 70;
      connection.noteUnread();
      expect([unread.total, connection.unreadSinceMs]).to.deep.equal([70, 100]);
      nowMs = 200;
      transport.unsentBytes = 90;
      connection.noteUnread();
      expect([unread.total, connection.unreadSinceMs]).to.deep.equal([90, 100]);
      transport.unsentBytes = 30;
      connection.noteUnread();
      expect([unread.total, connection.unreadSinceMs]).to.deep.equal([30, 200]);
      transport.unsentBytes = 0;
      transport.peer.onDrain();
      expect([unread.total, connection.unreadSinceMs]).to.deep.equal([0, undefined]);
      transport.unsentBytes = 5;
      connection.noteUnread();
      transport.peer.onClose();
      connection.noteUnread();
      expect(unread.total).to.equal(0);
    });

    it('take the bound of a dialect where it has one', () => {
      transport = new FakeTransport();
      const listener = { onReady: () => undefined, onClosed: () => undefined };
      connection = new Connection(9, transport, listener, () => nowMs, { inputBytesMax: 10 });
      transport.calls.length = 0;
      receive(9);
      expect(transport.calls).to.deep.equal([]);
      receive(1);
      expect(transport.calls).to.deep.equal(['pause']);
    });

    it('take it also when the dialect becomes known only after the first bytes', () => {
      transport = new FakeTransport();
      const listener = { onReady: () => undefined, onClosed: () => undefined };
      const bounds = { inputBytesMax: 10 };
      connection = new Connection(9, transport, listener, () => nowMs, bounds);
      transport.calls.length = 0;
      bounds.inputBytesMax = 20;
      receive(19);
      expect(transport.calls).to.deep.equal([]);
      receive(1);
      expect(transport.calls).to.deep.equal(['pause']);
    });
  });

  describe('a long reply', () => {
    const PIECE = 16_384;

    const neverFails = (error: unknown): never => {
      throw error;
    };

    /** So many pieces; the first byte of each says which one it is. */
    function sourceOf(count: number): ByteSource {
      let next = 0;
      return {
        next: () => (next < count ? Buffer.alloc(PIECE, next++) : Buffer.alloc(0)),
      };
    }

    it('leaves in a turn up to a share of it when the peer takes all, and goes on in the next', () => {
      connection.sendFrom(sourceOf(20), neverFails);
      connection.flush();
      expect(transport.written).to.have.length(LIMITS.piecesPerTurnMax);
      expect([ready, connection.isStreaming]).to.deep.equal([1, true]);
      connection.flush();
      expect(transport.written).to.have.length(20);
      expect([ready, connection.isStreaming]).to.deep.equal([1, false]);
    });

    it('keeps its place between other replies', () => {
      connection.send(Buffer.from('before'));
      connection.sendFrom(sourceOf(2), neverFails);
      connection.send(Buffer.from('between'));
      connection.send(Buffer.from('!'));
      connection.sendFrom(sourceOf(1), neverFails);
      connection.send(Buffer.from('behind'));
      expect(connection.unsentBytes).to.equal('beforebetween!behind'.length);
      connection.flush();
      expect(transport.calls).to.deep.equal([
        'write 6',
        'write 16384',
        'write 16384',
        'write 8',
        'write 16384',
        'write 6',
      ]);
      expect(connection.unsentBytes).to.equal(0);
    });

    it('is one piece at a time where all peers together have too much unread', () => {
      const unread = new ByteMeter();
      const listener = { onReady: () => ready++, onClosed: () => closed++ };
      const crowded = new Connection(8, transport, listener, () => nowMs, { unread });
      unread.add(LIMITS.outputBytesTotalMax);
      crowded.sendFrom(sourceOf(9), neverFails);
      transport.unsentBytes = 1;
      crowded.flush();
      expect(transport.written).to.have.length(0);
      transport.unsentBytes = 0;
      crowded.flush();
      expect(transport.written.length).to.be.greaterThan(0);
    });

    it('ends the connection behind it, and takes nothing more in', () => {
      transport.unsentBytes = LIMITS.outputBytesUnreadMax;
      connection.sendFrom(sourceOf(3), neverFails);
      connection.flush();
      connection.finish();
      receive(10);
      connection.send(Buffer.from('too late'));
      expect([connection.isWritable, connection.input.length]).to.deep.equal([false, 0]);
      expect([connection.phase, transport.calls]).to.deep.equal(['flushing', []]);
      transport.unsentBytes = 0;
      transport.peer.onDrain();
      expect(ready).to.equal(1);
      connection.flush();
      expect(transport.calls.slice(-2)).to.deep.equal(['write 16384', 'end']);
      expect([connection.phase, transport.written.length]).to.deep.equal(['ending', 3]);
    });

    describe('with pieces that come later', () => {
      /** What each piece that was asked for is answered with, or fails with. */
      let asked: { readonly give: (piece: Buffer) => void; readonly fail: (why: Error) => void }[];
      let failed: unknown[];

      const later: ByteSource = {
        next: () =>
          new Promise((give, fail) => {
            asked.push({ give, fail });
          }),
      };

      beforeEach(() => {
        asked = [];
        failed = [];
      });

      const send = (): void => {
        connection.sendFrom(later, (error) => failed.push(error));
        connection.send(Buffer.from('behind'));
        connection.flush();
      };

      /** The piece that was asked for last comes. */
      async function give(piece: Buffer): Promise<void> {
        asked.at(-1)?.give(piece);
        await new Promise(setImmediate);
      }

      it('asks for one at a time, and goes on when it has come', async () => {
        send();
        connection.flush();
        transport.peer.onDrain();
        connection.flush();
        expect([asked.length, transport.written.length]).to.deep.equal([1, 0]);
        expect(connection.isStreaming).to.equal(true);
        ready = 0;
        await give(Buffer.from('one'));
        expect([ready, connection.sendMore(), asked.length]).to.deep.equal([1, false, 2]);
        await give(Buffer.alloc(0));
        expect(connection.sendMore()).to.equal(true);
        expect(Buffer.concat(transport.written).toString()).to.equal('onebehind');
      });

      it('does not take turns while it waits', () => {
        send();
        const before = ready;
        connection.flush();
        expect(ready).to.equal(before);
      });

      it('sends no piece that comes when the peer has too much unread', async () => {
        send();
        transport.unsentBytes = LIMITS.outputBytesUnreadMax;
        await give(Buffer.from('one'));
        connection.flush();
        expect(transport.written).to.have.length(0);
        transport.unsentBytes = 0;
        connection.flush();
        expect(Buffer.concat(transport.written).toString()).to.equal('one');
      });

      it('reports one that fails, also when nobody waits for it any more', async () => {
        send();
        const why = new Error('no answer');
        asked[0]?.fail(why);
        await new Promise(setImmediate);
        expect(failed).to.deep.equal([why]);
        connection.flush();
        transport.peer.onClose();
        asked[1]?.fail(why);
        await new Promise(setImmediate);
        expect(failed).to.deep.equal([why, why]);
      });

      it('drops one that comes when the connection is closed', async () => {
        send();
        ready = 0;
        transport.peer.onClose();
        await give(Buffer.from('one'));
        connection.flush();
        expect([ready, transport.written.length]).to.deep.equal([0, 0]);
      });
    });

    it('is forgotten when the connection closes half way', () => {
      connection.sendFrom(sourceOf(99), neverFails);
      connection.flush();
      transport.peer.onClose();
      const { length } = transport.written;
      connection.flush();
      expect([transport.written.length, connection.isStreaming]).to.deep.equal([length, false]);
    });
  });
});
