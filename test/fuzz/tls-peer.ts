/** One hostile conversation with a port where TLS is spoken: bytes that are nearly a handshake. */
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Violation } from './peer-model';
import type { Random } from './random';

/** What a peer needs to be let in. */
export interface TlsFace {
  readonly port: number;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** What is done to a handshake. `hello`: to a recorded first flight; `flight`: to one under way. */
export const TLS_ATTACKS = [
  'hello',
  'half a hello',
  'records',
  'garbage',
  'flight',
  'garbage inside',
  'garbage behind',
] as const;
export type TlsAttack = (typeof TLS_ATTACKS)[number];

/** How long the central may take to let go of a peer. */
const PATIENCE_MS = 30_000;
const RECORD_TYPES = [0x14, 0x15, 0x16, 0x17, 0x18, 0x80, 0x00, 0xff];
const RECORD_LENGTHS = [0, 1, 4, 255, 16_384, 16_385, 18_432, 65_535];

/**
 * Holds one conversation until the central ends it, or the peer has left.
 *
 * @param hello a first flight that the central would answer
 * @throws Violation when it takes too long
 */
export function attackOnce(face: TlsFace, hello: Buffer, random: Random): Promise<TlsAttack> {
  const attack = random.pick(TLS_ATTACKS);
  const socket = connect({ host: '127.0.0.1', port: face.port, noDelay: true });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Violation(`the central does not let go of a peer after ${attack}`));
    }, PATIENCE_MS);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(attack);
    });
    socket.on('connect', () => {
      perform(attack, face, hello, socket, random);
    });
  });
}

function perform(
  attack: TlsAttack,
  face: TlsFace,
  hello: Buffer,
  socket: Socket,
  random: Random,
): void {
  switch (attack) {
    case 'hello':
      send(socket, mutate(random, hello), random);
      return;
    case 'half a hello':
      send(socket, hello.subarray(0, random.below(hello.length)), random);
      return;
    case 'records':
      send(socket, records(random, hello), random);
      return;
    case 'garbage':
      send(socket, garbage(random), random);
      return;
    case 'flight':
      handshake(face, new Meddler(socket, random), random, () => undefined);
      return;
    case 'garbage inside':
      handshake(face, socket, random, (tls) => {
        tls.write(garbage(random));
        if (random.oneIn(2)) tls.end();
      });
      return;
    case 'garbage behind':
      handshake(face, socket, random, () => {
        // Under the TLS that both sides think they have.
        send(socket, random.oneIn(2) ? garbage(random) : records(random, hello), random);
      });
  }
}

/** The bytes, perhaps in pieces, and then: silence that the central has to end, the end, or a reset. */
function send(socket: Socket, bytes: Buffer, random: Random): void {
  // The central's answers are of no interest, but must be taken.
  socket.resume();
  const cut = random.oneIn(3) ? random.below(bytes.length + 1) : bytes.length;
  socket.write(bytes.subarray(0, cut));
  if (cut < bytes.length) setImmediate(() => socket.write(bytes.subarray(cut)));
  const isSilent = random.oneIn(40);
  if (!isSilent) {
    setImmediate(() => {
      if (random.oneIn(4)) socket.resetAndDestroy();
      else socket.end();
    });
  }
}

function handshake(
  face: TlsFace,
  over: Duplex,
  random: Random,
  onSecure: (tls: TLSSocket) => void,
): void {
  const { ca, cert, key } = face;
  const withCertificate = !random.oneIn(4);
  const tls = connectTls({
    socket: over,
    host: '127.0.0.1',
    ca,
    minVersion: random.oneIn(4) ? 'TLSv1.2' : 'TLSv1.3',
    ...(withCertificate ? { cert, key } : {}),
  });
  tls.on('error', () => over.destroy());
  tls.on('close', () => over.destroy());
  tls.on('secureConnect', () => {
    onSecure(tls);
  });
  tls.resume();
}

/** Passes bytes on, and changes some that its client sends. */
class Meddler extends Duplex {
  private writes = 0;
  private readonly target: number;

  constructor(
    private readonly socket: Socket,
    private readonly random: Random,
  ) {
    super();
    this.target = 1 + random.below(3);
    socket.on('data', (chunk: Buffer) => this.push(chunk));
    socket.on('end', () => this.push(null));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    // Whatever comes is pushed: a handshake is small.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const isTarget = ++this.writes === this.target;
    this.socket.write(isTarget ? mutate(this.random, chunk) : chunk);
    done();
  }

  override _final(done: () => void): void {
    this.socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }
}

function mutate(random: Random, bytes: Buffer): Buffer {
  let mutant: Buffer = Buffer.from(bytes);
  for (let edits = 1 + random.below(3); edits > 0 && mutant.length > 0; edits--) {
    const at = random.oneIn(2)
      ? random.below(Math.min(80, mutant.length))
      : random.below(mutant.length);
    switch (random.below(6)) {
      case 0:
        mutant[at] = random.below(256);
        break;
      case 1:
        mutant = mutant.subarray(0, at);
        break;
      case 2: // grown in the middle
        mutant = Buffer.concat([mutant.subarray(0, at), garbage(random), mutant.subarray(at)]);
        break;
      case 3: // part of it twice
        mutant = Buffer.concat([mutant.subarray(0, at), mutant.subarray(random.below(at + 1))]);
        break;
      case 4:
        if (mutant.length >= 5) mutant.writeUInt16BE(random.pick(RECORD_LENGTHS), 3);
        break;
      default:
        mutant[at] = (mutant[at] ?? 0) ^ (1 << random.below(8));
    }
  }
  return mutant;
}

/** Records of any type and length, with the right and the wrong content. */
function records(random: Random, hello: Buffer): Buffer {
  const parts = Array.from({ length: 1 + random.below(6) }, () => {
    if (random.oneIn(3)) return hello;
    const body = random.oneIn(2) ? garbage(random) : hello.subarray(5);
    const header = Buffer.from([random.pick(RECORD_TYPES), 3, random.below(5), 0, 0]);
    header.writeUInt16BE(random.oneIn(2) ? body.length : random.pick(RECORD_LENGTHS), 3);
    return Buffer.concat([header, body]);
  });
  return Buffer.concat(parts);
}

function garbage(random: Random): Buffer {
  const bytes = Buffer.alloc(1 + random.below(random.oneIn(20) ? 40_000 : 300));
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256);
  return bytes;
}

/** The first flight of a client, as it would be sent. */
export function recordHello(): Promise<Buffer> {
  return new Promise((resolve) => {
    const recorder = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        resolve(chunk);
        done();
      },
    });
    const tls = connectTls({ socket: recorder, host: '127.0.0.1', rejectUnauthorized: false });
    tls.on('error', () => undefined);
  });
}
