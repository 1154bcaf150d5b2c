/** The two ends of a turn for peers that speak a legacy dialect: reading, and delivering. */
import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import { Connection } from '../../../src/net/connection';
import type { Reply } from '../../../src/protocol/commands';
import { CREATE_CODEC, type Dialect } from '../../../src/protocol/dialects/dialects';
import { deliver } from '../../../src/server/deliver';
import { PeerLog } from '../../../src/server/peer-log';
import { readPeers, type Peer } from '../../../src/server/read';
import { Session } from '../../../src/server/session-state';
import * as build from '../../support/dialect-builder';
import { FakeTransport } from '../helpers/fake-transport';
import { ManualClock } from '../helpers/manual-clock';
import { recordingLogger } from '../helpers/recording-sink';

const NORA = build.betOfLine('Nora,Ruiz,7,1990-01-01,7574');

/** A peer that takes nothing of what it is sent. */
class StuckTransport extends FakeTransport {
  override write(bytes: Uint8Array): void {
    super.write(bytes);
    this.unsentBytes += bytes.length;
  }
}

class Stage {
  readonly transport = new StuckTransport();
  readonly connection: Connection;
  readonly peer: Peer;
  readonly peers: ReadonlyMap<number, Peer>;
  nowMs = 1_000;

  constructor(dialect: Dialect | 'native') {
    const codec = CREATE_CODEC[dialect]();
    const listener = { onReady: () => undefined, onClosed: () => undefined };
    this.connection = new Connection(1, this.transport, listener, () => this.nowMs, codec);
    this.peer = { connection: this.connection, codec, session: new Session(1, codec) };
    this.peers = new Map([[1, this.peer]]);
    this.transport.calls.length = 0;
  }

  receive(bytes: Uint8Array): void {
    this.transport.peer.onData(Buffer.from(bytes));
  }

  /** Kinds of what is read in one turn, and what is to come of the connection. */
  read(): string[] {
    const { commitBytesMax: roomBytes, outputBytesUnreadMax: unreadBytesMax } = LIMITS;
    const bounds = { roomBytes, unreadBytesMax };
    const result = readPeers([this.connection], this.peers, bounds, this.nowMs);
    const kinds: string[] = result.events.map((event) =>
      event.kind === 'command' || event.kind === 'bets' ? event.command.kind : event.kind,
    );
    if (result.unfinished.length > 0) kinds.push('more');
    if (result.perhapsSilent.length > 0) kinds.push('perhaps silent');
    return kinds;
  }

  reply(...replies: readonly Reply[]): string[] {
    const before = this.transport.calls.length;
    const to = this.peer.session;
    deliver(
      replies.map((reply) => ({ kind: 'reply', to, reply })),
      this.peers,
      new PeerLog(recordingLogger().logger, new ManualClock()),
    );
    return this.transport.calls.slice(before);
  }
}

function winners(count: number): Reply {
  const documents = Array.from({ length: count }, (_, i) => String(1e9 + i));
  return { kind: 'winners', total: count, first: 0, documents };
}

describe('deliver', () => {
  it('lets one reply be as long as it must, in one write', () => {
    const stage = new Stage('opcode');
    expect(stage.reply(winners(100_000))).to.deep.equal(['write 1100005']);
  });

  it('does not let such replies pile up at a peer that takes none', () => {
    const stage = new Stage('opcode');
    stage.reply(winners(100_000));
    expect(stage.reply(winners(100_000))).to.deep.equal(['write 1100005', 'destroy']);
  });

  it('lets go of a native peer that takes none of its pages, as ever', () => {
    const stage = new Stage('native');
    const page = winners(700);
    const replies = Array.from({ length: 34 }, () => page);
    expect(stage.reply(...replies)).to.deep.equal(['write 262548', 'destroy']);
  });

  it('writes nothing for what a dialect does not say', () => {
    const stage = new Stage('pipe');
    expect(stage.reply({ kind: 'not_yet', pending: 1, retryAfterMs: 0 })).to.deep.equal([]);
  });
});

describe('readPeers', () => {
  it('asks again when what came may be all, and takes it once it is', () => {
    const stage = new Stage('pipe');
    stage.receive(build.pipeAsk('12'));
    expect(stage.read()).to.deep.equal(['perhaps silent']);
    stage.nowMs += LIMITS.quietMs - 1;
    expect(stage.read()).to.deep.equal(['perhaps silent']);
    stage.nowMs += 1;
    expect(stage.read()).to.deep.equal(['introduce', 'ask_winners']);
  });

  it('takes it at once when the stream ends', () => {
    const stage = new Stage('pipe');
    stage.receive(build.pipeAsk('12'));
    stage.transport.peer.onEnd();
    expect(stage.read()).to.deep.equal(['introduce', 'ask_winners', 'ended']);
  });

  it('asks no more when silence has not made a message of it', () => {
    const stage = new Stage('pipe');
    stage.receive(Buffer.from('30 50'));
    expect(stage.read()).to.deep.equal(['perhaps silent']);
    stage.nowMs += LIMITS.quietMs;
    expect(stage.read()).to.deep.equal([]);
    expect(stage.connection.frameSinceMs).to.equal(1_000);
  });

  it('waits for no silence in dialects whose messages say where they end', () => {
    const stage = new Stage('tlv');
    stage.receive(Buffer.from([0]));
    expect(stage.read()).to.deep.equal([]);
  });

  it('gives a peer with long messages no more than its share of a turn', () => {
    const stage = new Stage('opcode');
    const bets = Array.from({ length: 5_000 }, () => NORA);
    for (let i = 0; i < 3; i++) stage.receive(build.opcodeBatch('1', bets));
    expect(stage.read()).to.deep.equal(['introduce', 'bets', 'more']);
    expect(stage.read()).to.deep.equal(['bets', 'more']);
  });

  it('goes on reading while part of the longest message is there', () => {
    const stage = new Stage('opcode');
    const bets = Array.from({ length: 19_700 }, () => ({ ...NORA, first: 'Maximiliano Nicanor' }));
    const packet = build.opcodeBatch('1', bets);
    expect(packet.length).to.be.within(2 ** 20 - 60_000, 2 ** 20);
    const filler = build.opcodeBatch('1', bets.slice(0, 4_000));
    stage.receive(Buffer.concat([filler, packet.subarray(0, -1)]));
    expect(stage.transport.calls).to.deep.equal(['pause']);
    expect(stage.read()).to.deep.equal(['introduce', 'bets', 'more']);
    expect(stage.transport.calls).to.deep.equal(['pause', 'resume']);
    expect(stage.read()).to.deep.equal([]);
    stage.receive(packet.subarray(-1));
    expect(stage.read()).to.deep.equal(['bets', 'more']);
  });
});
