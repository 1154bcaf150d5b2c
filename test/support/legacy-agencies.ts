/** Agencies of the legacy systems, as simple as they can be (docs/DIALECTS.md). */
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import {
  betOfLine,
  opcodeBatch,
  opcodePacket,
  pipeAsk,
  pipeBatch,
  pipeExit,
  semicolonPacket,
  TLV,
  tlvBets,
  type DialectBet,
} from './dialect-builder';
import { join, u16 } from './wire-builder';

const ANSWER_MS = 15_000;
const ASK_AGAIN_MS = 20;

export interface AgencyOptions {
  readonly port: number;
  readonly agency: number;
  /** Lines of its file. */
  readonly lines: readonly string[];
  /** Sends byte by byte. */
  readonly slow?: boolean;
}

/** A connection to a central. */
export class LegacyPeer {
  private received = Buffer.alloc(0);
  private ended = false;
  private wake: () => void = () => undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly slow: boolean,
  ) {
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake();
    });
    socket.on('error', () => undefined);
    const end = (): void => {
      this.ended = true;
      this.wake();
    };
    socket.on('end', end);
    socket.on('close', end);
  }

  static open(port: number, slow = false): Promise<LegacyPeer> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
      const peer = new LegacyPeer(socket, slow);
      socket.once('connect', () => {
        resolve(peer);
      });
      socket.once('error', reject);
    });
  }

  async send(bytes: Buffer): Promise<void> {
    if (!this.slow) {
      this.socket.write(bytes);
      return;
    }
    for (const byte of bytes) {
      this.socket.write(Buffer.of(byte));
      await nextTurn();
    }
  }

  /** The next `count` bytes. */
  async read(count: number): Promise<Buffer> {
    await this.until(() => this.received.length >= count);
    const bytes = this.received.subarray(0, count);
    if (bytes.length < count) throw new Error('the central has closed the connection');
    this.received = this.received.subarray(count);
    return bytes;
  }

  /** All that comes until the central closes. */
  async rest(): Promise<Buffer> {
    await this.until(() => this.ended);
    return this.received;
  }

  /** Text up to `mark`, which goes too. */
  async readTo(mark: string): Promise<string> {
    await this.until(() => this.received.includes(mark));
    const end = this.received.indexOf(mark);
    if (end < 0) throw new Error('the central has closed the connection');
    return (await this.read(end + 1)).toString('latin1', 0, end);
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private async until(isThere: () => boolean): Promise<void> {
    const deadline = Date.now() + ANSWER_MS;
    while (!isThere() && !this.ended) {
      if (Date.now() > deadline) throw new Error('the central does not answer');
      await Promise.race([
        new Promise<void>((resolve) => {
          this.wake = resolve;
        }),
        sleep(ANSWER_MS, undefined, { ref: false }),
      ]);
    }
  }
}

function* groups(lines: readonly string[], size: number): Generator<DialectBet[]> {
  for (let at = 0; at < lines.length; at += size) {
    yield lines.slice(at, at + size).map(betOfLine);
  }
}

function expectBytes(got: Buffer, expected: Buffer): void {
  if (!got.equals(expected)) {
    throw new Error(`answered ${got.toString('hex')} and not ${expected.toString('hex')}`);
  }
}

/** Each runs one agency to its end. @returns the documents that won */
export async function runPipe({ port, agency, lines, slow }: AgencyOptions): Promise<string[]> {
  const peer = await LegacyPeer.open(port, slow);
  const id = String(agency);
  const answer = async (): Promise<string> => {
    const length = Number(await peer.readTo('|'));
    return (await peer.read(length)).toString('latin1');
  };
  const sendBatch = async (bets: readonly DialectBet[], last: boolean): Promise<void> => {
    await peer.send(pipeBatch(id, bets, last));
    const text = await answer();
    if (text !== 'ok\n') throw new Error(`answered ${text}`);
  };
  const full = lines.slice(0, lines.length - (lines.length % 30));
  for (const bets of groups(full, 30)) await sendBatch(bets, false);
  await sendBatch(lines.slice(full.length).map(betOfLine), true);
  await peer.send(pipeAsk(id));
  const [, , ...documents] = (await answer()).trimEnd().split(/ {1,2}/);
  await peer.send(pipeExit(id));
  peer.end();
  await peer.rest();
  return documents.filter((document) => document !== '');
}

export async function runTlv({ port, agency, lines, slow }: AgencyOptions): Promise<string[]> {
  const peer = await LegacyPeer.open(port, slow);
  for (const bets of groups(lines, 100)) {
    await peer.send(tlvBets(agency, bets));
    expectBytes(await peer.read(2), TLV.stored);
    await peer.send(TLV.ack);
  }
  await peer.send(join(TLV.allSent, TLV.ask));
  const header = await peer.read(10);
  const documents: string[] = [];
  for (let left = header.readUInt32BE(6); left > 0; left--) {
    documents.push(String((await peer.read(4)).readUInt32BE(0)));
  }
  await peer.send(TLV.ack);
  peer.end();
  await peer.rest();
  return documents;
}

export async function runOpcode({ port, agency, lines, slow }: AgencyOptions): Promise<string[]> {
  const id = String(agency);
  const request = async (packet: Buffer): Promise<{ op: number; data: string }> => {
    const peer = await LegacyPeer.open(port, slow);
    await peer.send(packet);
    const header = await peer.read(5);
    const data = await peer.read(header.readUInt32BE(1));
    peer.end();
    return { op: header.readUInt8(0), data: data.toString('utf8') };
  };
  const expectAck = async (packet: Buffer): Promise<void> => {
    const { op, data } = await request(packet);
    if (op !== 2) throw new Error(`answered ${String(op)} ${data}`);
  };
  for (const bets of groups(lines, 1000)) await expectAck(opcodeBatch(id, bets));
  await expectAck(opcodePacket(5, [id]));
  for (;;) {
    const { op, data } = await request(opcodePacket(6, [id]));
    if (op === 7) return data.split('#').filter((document) => document !== '');
    if (op !== 8) throw new Error(`answered ${String(op)} ${data}`);
    await sleep(ASK_AGAIN_MS);
  }
}

export async function runSemicolon(options: AgencyOptions): Promise<string[]> {
  const { port, agency, lines, slow } = options;
  const peer = await LegacyPeer.open(port, slow);
  const id = String(agency);
  const sendPacket = async (bets: readonly DialectBet[], more: number): Promise<void> => {
    await peer.send(semicolonPacket(id, bets, more));
    expectBytes(await peer.read(2), join(u16(1)));
  };
  const last = lines.length % 120;
  for (const bets of groups(lines.slice(0, lines.length - last), 120)) await sendPacket(bets, 1);
  await sendPacket(lines.slice(lines.length - last).map(betOfLine), 0);
  await peer.send(join(u16(agency)));
  const size = Number(await peer.readTo(';'));
  const documents = (await peer.read(size)).toString('latin1').split(';');
  peer.end();
  await peer.rest();
  return documents.filter((document) => document !== '');
}
