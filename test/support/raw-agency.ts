/**
 * An agency of the tests' own: docs/PROTOCOL.md over a plain socket, without any code of `src/`. It
 * knows exactly what was acknowledged, and finds fault with a central that has less.
 */
import { connect, type Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { documentsOf, FrameTap, TYPE, u64Of, type TappedFrame } from './frame-tap';
import { askWinners, batch, finished, introduce, join, preface } from './wire-builder';

const FINISHED_STATE = 1;

export interface RawAgencyOptions {
  /** Rows as they are stored: agency first, CR LF at the end. */
  readonly rows: readonly Buffer[];
  readonly window: number;
  /** Bets in a batch. */
  readonly batchBets: number;
  /** Called when FINISHED is acknowledged. */
  readonly onFinished?: () => void;
}

export class RawAgency {
  /** Bets that were acknowledged, over all connections. */
  acknowledged = 0;
  /** ACK frames that answered batches. */
  acks = 0;
  finishAcknowledged = false;
  winners: readonly string[] | null = null;
  readonly problems: string[] = [];
  private readonly checksums: number[] = [0];
  /** Where its last connection came from. */
  localPort = 0;
  private socket: Socket | null = null;
  private next = 0;
  private inFlight = 0;
  private asked = false;

  constructor(
    readonly number: number,
    private readonly options: RawAgencyOptions,
  ) {
    for (const row of options.rows) {
      this.checksums.push(crc32(row, this.checksums.at(-1)));
    }
  }

  /** Talks to a central until it has the winners, or the connection ends. */
  run(port: number): Promise<void> {
    const tap = new FrameTap();
    const socket = connect(port, '127.0.0.1');
    this.socket = socket;
    this.inFlight = 0;
    this.asked = false;
    socket.setNoDelay(true);
    socket.write(join(preface(), introduce(this.number)));
    socket.on('connect', () => {
      this.localPort = socket.localPort ?? 0;
    });
    socket.on('data', (chunk) => {
      for (const frame of tap.push(chunk)) this.receive(frame);
      if (!socket.destroyed) this.send();
    });
    return new Promise((resolve) => {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve();
      });
    });
  }

  private receive({ type, body }: TappedFrame): void {
    switch (type) {
      case TYPE.welcome:
        this.resume(u64Of(body), body.readUInt32BE(8), body.readUInt8(14));
        return;
      case TYPE.ack:
        this.handleAck(u64Of(body));
        return;
      case TYPE.winners:
        this.winners = documentsOf(body);
        this.socket?.end();
        return;
      default:
        // NOT_YET is a heartbeat; GOODBYE is followed by the end of the connection.
        if (type === 0x85 || type === 0x88) return;
        this.problems.push(
          `agency ${String(this.number)}: message ${type.toString(16)}: ${body.toString()}`,
        );
        this.socket?.destroy();
    }
  }

  private resume(stored: number, checksum: number, state: number): void {
    const who = `agency ${String(this.number)}`;
    if (stored < this.acknowledged) {
      this.problems.push(
        `${who}: ${String(this.acknowledged)} bets were acknowledged, ${String(stored)} are there`,
      );
    }
    if (checksum !== this.checksums[stored]) this.problems.push(`${who}: another checksum`);
    if (this.finishAcknowledged && state < FINISHED_STATE) {
      this.problems.push(`${who}: FINISHED was acknowledged, and is not known any more`);
    }
    this.next = stored;
    this.acknowledged = Math.max(this.acknowledged, stored);
    this.send();
  }

  private handleAck(upTo: number): void {
    if (this.asked) {
      this.finishAcknowledged = true;
      this.options.onFinished?.();
      return;
    }
    this.acks++;
    this.inFlight--;
    this.acknowledged = Math.max(this.acknowledged, upTo);
  }

  private send(): void {
    const { rows, window, batchBets } = this.options;
    const frames: Buffer[] = [];
    while (this.inFlight < window && this.next < rows.length) {
      const some = rows.slice(this.next, this.next + batchBets);
      const end = this.next + some.length;
      frames.push(batch(this.next, this.checksums[end] ?? 0, some.length, Buffer.concat(some)));
      this.next = end;
      this.inFlight++;
    }
    if (!this.asked && this.inFlight === 0 && this.next === rows.length) {
      this.asked = true;
      frames.push(finished(rows.length), askWinners(0, 1));
    }
    if (frames.length > 0) this.socket?.write(Buffer.concat(frames));
  }
}
