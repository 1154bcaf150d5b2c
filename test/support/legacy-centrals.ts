/**
 * Centrals of the earlier systems, written from their specifications alone, with what is wrong with
 * the originals: how they read, what they drop, whom they never answer. They share no code with
 * `src/`.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export type CentralName = 'pipe' | 'tlv' | 'opcode' | 'semicolon';

/** What happens instead of the answer to the n-th message of bets, counted from 0. */
export type Trouble = 'close' | 'silence' | 'refuse' | 'try again';

export interface CentralOptions {
  /** Agencies whose bets are awaited before the draw. */
  readonly agencies: number;
  readonly troubles?: ReadonlyMap<number, Trouble>;
  /** Send each reply one byte at a time. */
  readonly slowly?: boolean;
  /** Drop the n-th connection as soon as its first bytes arrive, counted from 0. */
  readonly dropConnection?: number;
}

const WINNING_NUMBER = '7574';

/** What all of them have in common: bets, and who waits for winners. */
abstract class LegacyCentral {
  /** `agency,first,last,document,birthdate,number`, as stored. */
  readonly bets: string[] = [];
  connections = 0;
  /** Messages of bets so far, answered or not. */
  batches = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(protected readonly options: CentralOptions) {
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      const number = this.connections++;
      let input = Buffer.alloc(0);
      let dead = false;
      const talk = this.converse(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        input = Buffer.concat([input, chunk]);
        if (number === options.dropConnection) socket.destroy();
        while (!dead && !socket.destroyed) {
          const taken = talk(input, chunk.length);
          if (taken === 'dead') dead = true;
          else if (taken === 0) break;
          else input = input.subarray(taken);
        }
      });
      socket.on('end', () => socket.end());
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  /** @param port 0: any */
  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Closes every connection; the port stays. */
  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /**
   * A new connection. The function that it returns is called with everything that was not taken;
   * it returns how much it takes, or `dead` when nothing more will be read.
   */
  protected abstract converse(socket: Socket): (input: Buffer, arrived: number) => number | 'dead';

  protected store(fields: readonly string[]): void {
    this.bets.push(fields.join(','));
  }

  protected winnersOf(agency: string): string[] {
    return this.bets
      .map((bet) => bet.split(','))
      .filter((bet) => bet[0] === agency && bet[5] === WINNING_NUMBER)
      .map((bet) => bet[3] ?? '');
  }

  protected trouble(): Trouble | undefined {
    const batch = this.batches++;
    return this.options.troubles?.get(batch);
  }

  /** In several writes if need be: the parts, or even single bytes. */
  protected send(socket: Socket, ...parts: readonly (string | Buffer)[]): void {
    if (this.options.slowly !== true) {
      for (const part of parts) socket.write(part);
      return;
    }
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
    const next = (at: number): void => {
      if (at === bytes.length || socket.destroyed) return;
      socket.write(bytes.subarray(at, at + 1), () => setTimeout(next, 1, at + 1));
    };
    next(0);
  }
}

class PipeCentral extends LegacyCentral {
  private readonly asking = new Map<string, Socket>();

  protected converse(socket: Socket): (input: Buffer) => number | 'dead' {
    let agency = '';
    return (input) => {
      const text = input.toString('latin1');
      if (text.startsWith('exit|')) return 'dead';
      if (text.startsWith('winners|')) {
        // Nothing says where the number ends; it came in one write.
        this.ask(text.slice('winners|'.length), socket);
        return input.length;
      }
      const header = /^(\d+) (\d+) ([01])\|/.exec(text);
      if (header === null) return 0;
      const [head, count = '', length = '', last] = header;
      const total = head.length + Number(length);
      if (input.length < total) return 0;
      // It reads blocks of 1024 bytes and counts earlier ones again.
      if (total > 2048 || (total > 1024 && Number(length) <= 1024)) {
        this.send(socket, '4|err\n');
        return 'dead';
      }
      const records = recordsOf(input.subarray(head.length, total));
      agency = records[0]?.[0] ?? agency;
      return this.answer(socket, records, last === '1' || records.length === Number(count), total);
    };
  }

  private answer(
    socket: Socket,
    records: readonly string[][],
    isComplete: boolean,
    total: number,
  ): number | 'dead' {
    const trouble = this.trouble();
    if (trouble === 'close') {
      socket.destroy();
      return 'dead';
    }
    if (trouble === 'silence') return 'dead';
    if (trouble === 'try again') this.send(socket, '6|err 0\n');
    else {
      for (const record of records) this.store(record);
      this.send(socket, trouble === 'refuse' || !isComplete ? '4|err\n' : '3|ok\n');
    }
    return total;
  }

  private ask(agency: string, socket: Socket): void {
    this.asking.set(agency, socket);
    if (this.asking.size < this.options.agencies) return;
    for (const [id, to] of this.asking) {
      const winners = this.winnersOf(id);
      const list = winners.length === 0 ? '' : ` ${String(winners.length)}  ${winners.join(' ')}`;
      const payload = `winners: ${list}\n`;
      this.send(to, `${String(payload.length)}|${payload}`);
    }
  }
}

/** Records of `pipe`; what RLEN says is not looked at. */
function recordsOf(payload: Buffer): string[][] {
  return payload
    .toString('utf8')
    .split('$')
    .slice(0, -1)
    .map((record) => record.split('|').slice(1, 7));
}

class TlvCentral extends LegacyCentral {
  /** Connections that have spoken; whether they may send more bets. */
  private readonly sending = new Map<Socket, boolean>();
  private readonly asking = new Map<Socket, string>();

  protected converse(socket: Socket): (input: Buffer) => number | 'dead' {
    let agency = '';
    return (input) => {
      if (input.length < 2) return 0;
      switch (input.readUInt16BE(0)) {
        case 1: {
          const message = registerBets(input);
          if (message === undefined) return 0;
          agency = message.bets[0]?.[0] ?? '';
          if (agency === '') return this.drop(socket);
          this.sending.set(socket, true);
          return this.answer(socket, message.bets, message.bytes);
        }
        case 4:
          return 2;
        case 5:
          this.sending.set(socket, false);
          return 2;
        case 6:
          // Whoever has sent no bets is never answered.
          if (agency !== '') this.ask(agency, socket);
          return 2;
        default:
          return this.drop(socket);
      }
    };
  }

  private drop(socket: Socket): 'dead' {
    socket.destroy();
    return 'dead';
  }

  private answer(socket: Socket, bets: readonly string[][], bytes: number): number | 'dead' {
    const trouble = this.trouble();
    if (trouble === 'close') return this.drop(socket);
    if (trouble === 'silence') return 'dead';
    if (trouble === 'refuse') this.send(socket, Buffer.from('0003000000020002', 'hex'));
    else if (trouble === 'try again') this.send(socket, Buffer.from('00030002', 'hex'));
    else {
      for (const bet of bets) this.store(bet);
      this.send(socket, Buffer.from('0002', 'hex'));
    }
    return bytes;
  }

  private ask(agency: string, socket: Socket): void {
    this.asking.set(socket, agency);
    const isOver = [...this.sending.values()].every((open) => !open);
    if (this.sending.size < this.options.agencies || !isOver) return;
    for (const [to, id] of this.asking) {
      const winners = this.winnersOf(id);
      const out = Buffer.alloc(10 + 4 * winners.length);
      out.writeUInt16BE(7, 0);
      out.writeBigUInt64BE(BigInt(winners.length), 2);
      winners.forEach((document, i) => out.writeUInt32BE(Number(document), 10 + 4 * i));
      this.send(to, out);
    }
  }
}

function registerBets(input: Buffer): { bets: string[][]; bytes: number } | undefined {
  if (input.length < 6) return undefined;
  const bets: string[][] = [];
  let at = 6;
  for (let left = input.readUInt32BE(2); left > 0; left--) {
    if (input.length < at + 8) return undefined;
    const end = at + 8 + Number(input.readBigUInt64BE(at));
    if (input.length < end) return undefined;
    const agency = input.readUInt32BE(at + 8);
    const firstEnd = at + 16 + input.readUInt32BE(at + 12);
    const lastEnd = firstEnd + 4 + input.readUInt32BE(firstEnd);
    const birth = new Date(Number(input.readBigInt64BE(lastEnd + 4)) * 1000);
    bets.push([
      String(agency),
      input.toString('utf8', at + 16, firstEnd),
      input.toString('utf8', firstEnd + 4, lastEnd),
      String(input.readUInt32BE(lastEnd)),
      birth.toISOString().slice(0, 10),
      String(input.readUInt32BE(lastEnd + 12)),
    ]);
    at = end;
  }
  return { bets, bytes: at };
}

class OpcodeCentral extends LegacyCentral {
  readonly ready = new Set<string>();

  protected converse(socket: Socket): (input: Buffer, arrived: number) => number | 'dead' {
    return (input, arrived) => {
      if (input.length < 5) return 0;
      const bytes = 5 + input.readUInt32BE(1);
      if (input.length < bytes) return 0;
      // It garbles what does not come in one read of 8192 bytes.
      if (arrived < bytes || bytes > 8192) {
        socket.destroy();
        return 'dead';
      }
      const data = input.toString('utf8', 5, bytes);
      if (/^\d*$/.test(data) || data.startsWith('#')) {
        socket.destroy();
        return 'dead';
      }
      return this.serve(socket, input.readUInt8(0), data.split('#')) ?? bytes;
    };
  }

  private serve(socket: Socket, opcode: number, items: readonly string[]): 'dead' | undefined {
    const agency = items[0] ?? '';
    if (opcode === 3) return this.answer(socket, items);
    if (opcode === 5) {
      this.ready.add(agency);
      this.reply(socket, 2, '');
      return undefined;
    }
    if (opcode !== 6) return 'dead';
    const isDrawn = this.ready.size === this.options.agencies;
    const list = this.winnersOf(agency).map((document) => `${document}#`);
    this.reply(socket, isDrawn ? 7 : 8, isDrawn ? list.join('') || '#' : '');
    return undefined;
  }

  private answer(socket: Socket, items: readonly string[]): 'dead' | undefined {
    const trouble = this.trouble();
    if (trouble === 'close') socket.destroy();
    if (trouble === 'close' || trouble === 'silence') return 'dead';
    const bets = Array.from({ length: Number(items[0]) }, (_, i) =>
      items.slice(1 + 7 * i, 8 + 7 * i),
    );
    const isGood = bets.length > 0 && bets.every((bet, i) => bet[0] === `@${String(i)}`);
    if (!isGood || trouble !== undefined) {
      this.reply(socket, 4, 'Error al procesar el batch');
      return undefined;
    }
    for (const bet of bets) this.store(bet.slice(1));
    this.reply(socket, 2, '');
    return undefined;
  }

  private reply(socket: Socket, opcode: number, data: string): void {
    const header = Buffer.alloc(5);
    header.writeUInt8(opcode, 0);
    header.writeUInt32BE(Buffer.byteLength(data), 1);
    this.send(socket, header, data);
  }
}

class SemicolonCentral extends LegacyCentral {
  private finished = 0;
  private readonly asking = new Map<Socket, number>();

  protected converse(socket: Socket): (input: Buffer, arrived: number) => number | 'dead' {
    let isSecondStage = false;
    return (input, arrived) => {
      if (input.length < 2) return 0;
      if (isSecondStage) {
        this.ask(input.readUInt16BE(0), socket);
        return 2;
      }
      const bytes = 2 + input.readUInt16BE(0);
      if (input.length < bytes) return 0;
      // It dies of what does not come in one read of 8192 bytes.
      if (arrived < bytes || bytes > 8192) {
        socket.destroy();
        return 'dead';
      }
      const items = input.toString('utf8', 2, bytes - 2).split(';');
      if (input.readUInt16BE(bytes - 2) !== 0) return this.answer(socket, items, bytes);
      // The bets of the last packet are not even looked at.
      isSecondStage = true;
      this.finished++;
      this.send(socket, Buffer.from([0, 1]));
      return bytes;
    };
  }

  private answer(socket: Socket, items: readonly string[], bytes: number): number | 'dead' {
    const trouble = this.trouble();
    if (trouble === 'close' || (items.length - 1) % 5 !== 0) socket.destroy();
    if (trouble === 'close' || trouble === 'silence') return 'dead';
    for (let i = 1; trouble === undefined && i < items.length; i += 5) {
      this.store([items[0] ?? '', ...items.slice(i, i + 5)]);
    }
    this.send(socket, Buffer.from([0, trouble === undefined ? 1 : 0]));
    return bytes;
  }

  private ask(agency: number, socket: Socket): void {
    this.asking.set(socket, agency);
    if (this.asking.size < this.options.agencies) return;
    for (const [to, id] of this.asking) {
      const list = this.winnersOf(String(id)).join(';');
      this.send(to, list === '' ? ';' : `${String(list.length)};${list}`);
    }
  }
}

export type Central = PipeCentral | TlvCentral | OpcodeCentral | SemicolonCentral;

export function legacyCentral(name: CentralName, options: CentralOptions): Central {
  switch (name) {
    case 'pipe':
      return new PipeCentral(options);
    case 'tlv':
      return new TlvCentral(options);
    case 'opcode':
      return new OpcodeCentral(options);
    case 'semicolon':
      return new SemicolonCentral(options);
  }
}
