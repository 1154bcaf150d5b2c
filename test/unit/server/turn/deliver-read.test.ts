/** The two ends of a turn for peers that speak a legacy dialect: reading, and delivering. */
import { expect } from 'chai';
import { LIMITS } from '../../../../src/base/limits';
import { Connection } from '../../../../src/net/connection/connection';
import type { AgencyWinners, Reply } from '../../../../src/protocol/commands';
import type { Dialect } from '../../../../src/protocol/conversion';
import { CREATE_CODEC } from '../../../../src/protocol/dialects/dialects';
import { deliver, type DeliverHooks } from '../../../../src/server/turn/deliver';
import { PeerLog } from '../../../../src/server/log/peer-log';
import { readPeers } from '../../../../src/server/turn/read';
import type { Peer } from '../../../../src/server/admission/peer';
import { Session } from '../../../../src/server/session/state';
import * as build from '../../../support/dialect-builder';
import { commandsOf } from '../../helpers/dialect-scene';
import { FakeTransport } from '../../helpers/fake-transport';
import { ManualClock } from '../../helpers/manual-clock';
import { recordingLogger } from '../../helpers/recording-sink';

const NORA = build.betOfLine('Nora,Ruiz,7,1990-01-01,7574');

/** A peer that takes nothing of what it is sent. */
const NO_DRAW: DeliverHooks = {
  beginDraw: () => undefined,
  onDrawn: () => undefined,
  onActaRecorded: () => undefined,
  onFatal: (error) => {
    throw error;
  },
};

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
    const kinds: string[] = result.events.flatMap((event) => {
      if (event.kind === 'command' || event.kind === 'bets') return [event.command.kind];
      if (event.kind !== 'foreign' && event.kind !== 'foreign_bets') return [event.kind];
      return commandsOf(event.message).map(({ kind }) => kind);
    });
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
      NO_DRAW,
    );
    return this.transport.calls.slice(before);
  }

  /** Lets the central answer with all winners of an agency. */
  replyAll(documents: readonly string[]): void {
    const winners: AgencyWinners = {
      total: documents.length,
      digits: documents.join('').length,
      page: (first, bytesMax) => {
        let bytes = 0;
        const rest = documents.slice(first, first + bytesMax);
        const end = rest.findIndex((document) => (bytes += 1 + document.length) > bytesMax);
        return end < 0 ? rest : rest.slice(0, end);
      },
    };
    const to = this.peer.session;
    const log = new PeerLog(recordingLogger().logger, new ManualClock());
    deliver([{ kind: 'all_winners', to, winners }], this.peers, log, NO_DRAW);
  }

  /** The peer takes what it is sent, until nothing more comes. @returns what each turn read */
  takeAll(): string[][] {
    const turns: string[][] = [];
    while (this.transport.unsentBytes > 0) {
      this.transport.unsentBytes = 0;
      this.transport.peer.onDrain();
      turns.push(this.read());
    }
    return turns;
  }
}

/** Documents of nine and ten digits. */
function documentsOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(1e9 - 1_000 + i));
}

function winners(count: number): Reply {
  const documents = Array.from({ length: count }, (_, i) => String(1e9 + i));
  return { kind: 'winners', total: count, first: 0, documents };
}

describe('deliver', () => {
  it('makes no more of a long reply than the peer takes', () => {
    const stage = new Stage('opcode');
    stage.replyAll(documentsOf(100_000));
    expect(stage.transport.unsentBytes).to.be.within(
      LIMITS.outputBytesUnreadMax,
      LIMITS.outputBytesUnreadMax + 2 * LIMITS.winnersPieceBytesMax,
    );
    expect(stage.connection.unsentBytes).to.equal(stage.transport.unsentBytes);
    stage.read();
    expect(stage.connection.unsentBytes).to.equal(stage.transport.unsentBytes);
    expect(stage.transport.calls).not.to.include('destroy');
  });

  for (const [dialect, writer] of [
    ['pipe', build.pipeWinners],
    ['tlv', (list: readonly string[]) => build.tlvWinners(list.map(Number))],
    ['opcode', build.opcodeWinners],
    ['semicolon', build.semicolonWinners],
  ] as const) {
    it(`${dialect}: sends all of it as the peer takes it, and then what was said behind it`, () => {
      for (const count of [0, 1, 2, 1_488, 1_489, 1_490, 30_000]) {
        const stage = new Stage(dialect);
        const documents = documentsOf(count);
        stage.replyAll(documents);
        stage.connection.send(Buffer.from('behind'));
        stage.connection.finish();
        stage.takeAll();
        const expected = Buffer.concat([writer(documents), Buffer.from('behind')]);
        const sent = Buffer.concat(stage.transport.written);
        expect(sent.equals(expected), `${String(count)} winners`).to.equal(true);
        expect(stage.transport.calls.at(-1)).to.equal('end');
        expect(stage.connection.phase).to.equal('ending');
      }
    });
  }

  it('reads nothing of a peer that has not taken its long reply', () => {
    const stage = new Stage('opcode');
    stage.replyAll(documentsOf(100_000));
    stage.receive(build.opcodePacket(6, ['1']));
    expect(stage.read()).to.deep.equal([]);
    const turns = stage.takeAll();
    expect(turns.slice(0, -2).flat()).to.deep.equal([]);
    expect(turns.slice(-2).flat()).to.deep.equal(['introduce', 'ask_winners']);
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
