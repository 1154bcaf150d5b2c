/**
 * Floor A: the least that a central on Node must do. It reads what the agencies send, appends it to
 * one file, syncs once for whatever arrived while the disk was busy, and answers as many bytes as
 * the central does. It checks nothing, knows nothing afterwards, and would lose count at the first
 * fault.
 *
 * Of a frame it looks at the head alone: its length, and what the acknowledgement must say. With the
 * rows go the heads into the file (18 bytes in 8 kB): taking them out would be work.
 *
 * Prints `listen PORT`. Without a file it stores nothing, and serves to measure agencies.
 */
import { fdatasync, openSync, writevSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface FloorAOptions {
  /** Null: store nothing. */
  readonly file: string | null;
}

const HEAD_BYTES = 18;
const PREFACE_BYTES = 4;
const TYPE = { introduce: 1, batch: 3, finished: 4, askWinners: 5 } as const;
const WELCOME = Buffer.from('001481000000000000000000000000000008' + '0001', 'hex');
const NO_WINNERS = Buffer.from('001684000000000000000000' + '0000000000000000' + '0000', 'hex');
const ACK_BYTES = 12;

interface Peer {
  readonly socket: Socket;
  readonly head: Buffer;
  headBytes: number;
  /** Bytes of the frame under way that are still to come. */
  left: number;
  introduced: boolean;
  /** Offsets of the acknowledgements owed. */
  acks: number[];
  asksWinners: boolean;
}

const options = JSON.parse(process.argv[2] ?? '{}') as FloorAOptions;
const fd = options.file === null ? null : openSync(options.file, 'a');
let chunks: Buffer[] = [];
let owed = new Set<Peer>();
let busy = false;
let scheduled = false;

function receive(peer: Peer, chunk: Buffer): void {
  if (peer.introduced && fd !== null) chunks.push(chunk);
  let at = 0;
  while (at < chunk.length) {
    if (peer.left > 0) {
      const skipped = Math.min(peer.left, chunk.length - at);
      peer.left -= skipped;
      at += skipped;
    } else {
      const known = peer.headBytes >= 4 ? Math.min(peer.head.readUInt16BE(0), HEAD_BYTES) : 4;
      const copied = chunk.copy(peer.head, peer.headBytes, at, at + known - peer.headBytes);
      peer.headBytes += copied;
      at += copied;
      if (peer.headBytes < 4) break;
      const length = peer.head.readUInt16BE(0);
      if (peer.headBytes < Math.min(length, HEAD_BYTES)) continue;
      peer.left = length - peer.headBytes;
      peer.headBytes = 0;
      if (peer.left > 0) continue;
    }
    if (peer.left === 0 && peer.headBytes === 0) answer(peer);
  }
  schedule();
}

/** A whole frame has passed. */
function answer(peer: Peer): void {
  const { head, socket } = peer;
  switch (peer.introduced ? head[2] : TYPE.introduce) {
    case TYPE.batch:
      peer.acks.push(head.readUInt32BE(8) + head.readUInt16BE(16));
      break;
    case TYPE.finished:
      peer.acks.push(head.readUInt32BE(8));
      break;
    case TYPE.askWinners:
      peer.asksWinners = true;
      break;
    case TYPE.introduce:
      // The first four bytes are the preface, which passes for a frame's rest.
      if (!peer.introduced && head[2] !== TYPE.introduce) return;
      peer.introduced = true;
      socket.write(WELCOME);
      return;
    default:
      return;
  }
  owed.add(peer);
}

function schedule(): void {
  if (busy || scheduled) return;
  scheduled = true;
  setImmediate(() => {
    scheduled = false;
    commit();
  });
}

function commit(): void {
  if (owed.size === 0) return;
  const peers = owed;
  const group = chunks;
  owed = new Set();
  chunks = [];
  const acks = [...peers].map((peer) => ({ peer, offsets: peer.acks }));
  for (const peer of peers) peer.acks = [];
  const reply = (): void => {
    for (const { peer, offsets } of acks) acknowledge(peer, offsets);
  };
  if (fd === null || group.length === 0) {
    reply();
    return;
  }
  busy = true;
  if (writevSync(fd, group) !== group.reduce((sum, { length }) => sum + length, 0)) process.exit(1);
  fdatasync(fd, (error) => {
    if (error !== null) throw error;
    busy = false;
    reply();
    schedule();
  });
}

function acknowledge(peer: Peer, offsets: readonly number[]): void {
  const bytes = Buffer.alloc(offsets.length * ACK_BYTES);
  for (const [i, offset] of offsets.entries()) {
    bytes.writeUInt32BE(0x000c8200, i * ACK_BYTES);
    bytes.writeUInt32BE(offset, i * ACK_BYTES + 8);
  }
  if (bytes.length > 0) peer.socket.write(bytes);
  if (peer.asksWinners) peer.socket.write(NO_WINNERS);
  peer.asksWinners = false;
}

const server = createServer({ noDelay: true }, (socket) => {
  const peer: Peer = {
    socket,
    head: Buffer.alloc(HEAD_BYTES),
    headBytes: 0,
    left: PREFACE_BYTES,
    introduced: false,
    acks: [],
    asksWinners: false,
  };
  socket.on('data', (chunk: Buffer) => {
    receive(peer, chunk);
  });
  socket.on('error', () => undefined);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(`listen ${String((server.address() as AddressInfo).port)}`);
});
