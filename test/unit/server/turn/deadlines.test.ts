import { expect } from 'chai';
import { findOverdue } from '../../../../src/server/turn/deadlines';
import { DEFAULT_PEER_LIMITS } from '../../../../src/server/admission/peer-limits';
import { readPeers } from '../../../../src/server/turn/read';
import { choosePeersToShed } from '../../../../src/server/turn/shedding';
import { introduce, preface, rows, batch, NORA } from '../../../support/wire-builder';
import { TestPeer } from '../../helpers/peers';

const LIMITS = DEFAULT_PEER_LIMITS;
const ROOM = { roomBytes: 1_000_000, unreadBytesMax: 100 };
const FRAME = batch(0, 0, 1, rows(NORA));

describe('deadlines', () => {
  let nowMs: number;
  let peer: TestPeer;

  beforeEach(() => {
    nowMs = 1_000;
    peer = new TestPeer(() => nowMs);
  });

  function receive(bytes: Buffer): void {
    peer.transport.peer.onData(bytes);
  }

  function turn(unreadBytesMax = ROOM.unreadBytesMax): number {
    const { connection } = peer;
    const peers = new Map([[connection.id, peer]]);
    return readPeers([connection], peers, { ...ROOM, unreadBytesMax }, nowMs).events.length;
  }

  function overdue(): string | null {
    const found = findOverdue(peer, LIMITS, nowMs);
    return found === null ? null : found.kind;
  }

  /** After its handshake, with nothing left to read. */
  function begin(): void {
    receive(Buffer.concat([preface(), introduce(1)]));
    turn();
    peer.introduce();
  }

  it('give a new peer its time for the handshake, whatever it drips', () => {
    nowMs += LIMITS.handshakeTimeoutMs;
    receive(preface().subarray(0, 2));
    turn();
    expect(overdue()).to.equal(null);
    nowMs++;
    expect(overdue()).to.equal('refuse');
  });

  it('do not count the time in which the store is asked for the agency, nor shed its peer', () => {
    begin();
    receive(FRAME.subarray(0, 20));
    turn();
    nowMs += LIMITS.idleTimeoutMs + LIMITS.frameTimeoutMs;
    expect(overdue()).to.equal('refuse');
    expect(choosePeersToShed([peer], 1, nowMs)).to.deep.equal([peer]);
    const { state } = peer.session;
    if (state.phase !== 'established') throw new Error('it has introduced itself');
    state.agency.isAsked = true;
    expect(overdue()).to.equal(null);
    expect(choosePeersToShed([peer], 1, nowMs)).to.deep.equal([]);
    receive(FRAME.subarray(20));
    expect(turn(), 'is not read').to.equal(0);
    state.agency.isAsked = false;
    expect(turn()).to.equal(1);
  });

  it('do not count the time in which the central has not looked', () => {
    receive(Buffer.concat([preface(), introduce(1)]));
    nowMs += 10 * LIMITS.handshakeTimeoutMs;
    expect(overdue()).to.equal(null);
    turn();
    expect(overdue()).to.equal('refuse');
  });

  it('count a frame from its first byte; further bytes do not help', () => {
    begin();
    const startedMs = nowMs;
    for (let at = 0; nowMs - startedMs < LIMITS.frameTimeoutMs; at++) {
      receive(FRAME.subarray(at, at + 1));
      turn();
      expect(overdue()).to.equal(null);
      nowMs += 1_000;
    }
    nowMs++;
    expect(overdue()).to.equal('refuse');
  });

  it('of the last word wait for a peer that still takes what was sent to it', () => {
    begin();
    const { connection, transport } = peer;
    connection.send(Buffer.alloc(3_000));
    transport.unsentBytes = 3_000;
    connection.finish();
    for (const unsentBytes of [2_000, 1_000]) {
      nowMs += LIMITS.unreadTimeoutMs;
      transport.unsentBytes = unsentBytes;
      connection.noteUnread();
      expect(overdue(), String(unsentBytes)).to.equal(null);
    }
    nowMs += LIMITS.unreadTimeoutMs + 1;
    connection.noteUnread();
    expect(overdue()).to.equal('over');
  });

  it('count the next frame from its own first byte', () => {
    begin();
    receive(Buffer.concat([FRAME, FRAME.subarray(0, 9)]));
    turn();
    nowMs += LIMITS.frameTimeoutMs;
    receive(Buffer.concat([FRAME.subarray(9), FRAME.subarray(0, 9)]));
    turn();
    nowMs += LIMITS.frameTimeoutMs;
    expect(overdue()).to.equal(null);
  });

  it('end silence, but not while the peer waits for the central', () => {
    begin();
    nowMs += LIMITS.idleTimeoutMs + 1;
    expect(overdue()).to.equal('refuse');
    peer.session.unanswered = 1;
    expect(overdue()).to.equal(null);
  });

  it('end a peer that reads nothing of what it is sent', () => {
    begin();
    peer.transport.unsentBytes = 50;
    peer.connection.noteUnread();
    nowMs += LIMITS.unreadTimeoutMs;
    expect(overdue()).to.equal(null);
    nowMs++;
    expect(overdue()).to.equal('drop');
  });

  it('let a peer read slowly', () => {
    begin();
    peer.session.unanswered = 1;
    for (let unread = 50; unread > 0; unread--) {
      peer.transport.unsentBytes = unread;
      peer.connection.noteUnread();
      nowMs += LIMITS.unreadTimeoutMs;
      expect(overdue()).to.equal(null);
    }
  });

  it('are over when the last reply is sent, but for the time to receive it', () => {
    peer.connection.finish();
    nowMs += 2_000;
    expect(overdue()).to.equal(null);
    nowMs++;
    expect(overdue()).to.equal('over');
  });

  it('no command is taken of a peer that has too much to read', () => {
    begin();
    receive(FRAME);
    peer.transport.unsentBytes = 101;
    expect(turn()).to.equal(0);
    expect(peer.connection.waitsForTurn).to.equal(true);
    peer.transport.unsentBytes = 100;
    expect(turn()).to.equal(1);
  });

  it('a peer whose session is over is not listened to', () => {
    begin();
    peer.session.enter({ phase: 'ended' });
    receive(FRAME);
    expect(turn()).to.equal(0);
    expect(peer.connection.input.length).to.equal(0);
  });

  it('choose whoever has kept the most bytes waiting for the longest time', () => {
    const peers = [100, 200, 50].map((bytes) => {
      peer = new TestPeer(() => nowMs);
      begin();
      receive(FRAME.subarray(0, 4));
      receive(Buffer.alloc(Math.min(bytes, FRAME.length - 5)));
      turn();
      nowMs += 1_000;
      return peer;
    });
    const whole = new TestPeer(() => nowMs).introduce();
    whole.transport.peer.onData(FRAME);
    const all = [whole, ...peers];
    expect(choosePeersToShed(all, 1, nowMs)).to.deep.equal([peers[0]]);
    expect(choosePeersToShed(all, 1e9, nowMs)).to.have.members(peers);
    expect(choosePeersToShed(all, 0, nowMs)).to.deep.equal([]);
  });
});
