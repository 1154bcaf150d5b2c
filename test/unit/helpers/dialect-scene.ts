/** Agencies of legacy systems against the real codec and session: no socket, no disk, no clock. */
import { isPending } from '../../../src/base/eventual';
import { FrameBuffer } from '../../../src/net/frame-buffer';
import type { ByteSource } from '../../../src/net/transport';
import { WireError } from '../../../src/protocol/codes';
import type { Command, ServerCodec, ForeignMessage } from '../../../src/protocol/commands';
import { CONVERT } from '../../../src/protocol/dialects/bets/convert';
import type { Dialect } from '../../../src/protocol/conversion';
import { CREATE_CODEC } from '../../../src/protocol/dialects/dialects';
import type { Effect, EffectSink } from '../../../src/server/session/effects';
import { endSession, refuse } from '../../../src/server/session/end';
import type { Identity } from '../../../src/server/session/identity';
import type { Session } from '../../../src/server/session/state';
import { emptyState, totalsOf, type StoreState } from '../../../src/store/state';
import type { RecordedTurn } from '../../support/recorded-traffic';
import { Scene } from './scene';

/** One connection. */
export interface Link {
  readonly codec: ServerCodec;
  readonly session: Session;
  readonly input: FrameBuffer;
  /** What was written to it, one piece for each reply. */
  readonly replies: Buffer[];
  closed: boolean;
}

/** What the disk holds when all of these agencies have finished without bets. */
export function finishedBefore(agencies: readonly number[]): StoreState {
  const state = emptyState();
  for (const agency of agencies) {
    state.agencies.set(agency, { ...totalsOf(state, agency), finished: true });
  }
  return state;
}

/** All pieces of a long reply. */
function wholeOf(source: ByteSource): Buffer {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = source.next();
    if (isPending(piece)) throw new Error('these winners are in memory');
    if (piece.length === 0) return Buffer.concat(pieces);
    pieces.push(piece);
  }
}

export class DialectScene {
  readonly scene: Scene;
  /** All that happened so far. */
  readonly effects: Effect[] = [];
  private readonly links = new Map<Session, Link>();

  constructor(agencies: number, disk?: StoreState, identity?: Identity) {
    this.scene = new Scene(agencies, 8, disk, identity);
    const out: EffectSink = [];
    this.scene.lottery.start(out);
    this.perform(out);
  }

  /** The rows that are stored, as text. */
  get rows(): string {
    return Buffer.concat(this.scene.diskRows).toString('utf8');
  }

  /** Lines of what is stored of an agency, without its number. */
  rowsOf(agency: number): string[] {
    const start = `${String(agency)},`;
    const lines = this.rows.split('\r\n').filter((line) => line.startsWith(start));
    return lines.map((line) => line.slice(start.length));
  }

  connect(dialect: Dialect | 'native' | (() => ServerCodec), address = ''): Link {
    const codec = typeof dialect === 'string' ? CREATE_CODEC[dialect]() : dialect();
    const session = this.scene.connectWith(codec, { address, certifiedAgency: null });
    const link = { codec, session, input: new FrameBuffer(), replies: [], closed: false };
    this.links.set(session, link);
    return link;
  }

  /** The peer sends bytes. @returns everything that it has been answered so far */
  send(link: Link, ...chunks: readonly Uint8Array[]): Buffer {
    for (const chunk of chunks) {
      link.input.append(Buffer.from(chunk));
      this.work(link, () => link.codec.decode(link.input));
    }
    return Buffer.concat(link.replies);
  }

  /** The peer sends nothing for a while. */
  fallSilent(link: Link): Buffer {
    let asked = false;
    this.work(link, () => {
      const taken = asked ? link.codec.decode(link.input) : link.codec.decodeRest?.(link.input);
      asked = true;
      return taken;
    });
    return Buffer.concat(link.replies);
  }

  /** The peer sends no more. */
  end(link: Link): void {
    this.fallSilent(link);
    if (link.closed) return;
    this.countUntaken(link);
    const out: EffectSink = [];
    endSession(this.scene.lottery, link.session, out);
    this.perform(out);
  }

  /** What the ticks of the central do. */
  perform(effects: readonly Effect[]): void {
    this.effects.push(...effects);
    for (const effect of effects) {
      if (effect.kind === 'reply') {
        const link = this.links.get(effect.to);
        const bytes = link?.codec.encode(effect.reply);
        if (bytes !== undefined && bytes.length > 0) link?.replies.push(bytes);
      } else if (effect.kind === 'all_winners') {
        const link = this.links.get(effect.to);
        const source = link?.codec.encodeAllWinners?.(effect.winners);
        if (source !== undefined) link?.replies.push(wholeOf(source));
      } else if (effect.kind === 'close') {
        const link = this.links.get(effect.session);
        if (link !== undefined) link.closed = true;
      } else if (effect.kind === 'begin_draw') this.draw();
    }
  }

  /** The message that the input begins with will not be taken. */
  private countUntaken({ codec, input, session }: Link): void {
    for (const command of codec.untaken?.(input)?.read(null) ?? []) {
      this.perform(this.scene.receive(session, command));
    }
  }

  private draw(): void {
    const winners = this.rows.matchAll(/^(\d+),.*,(\d+),[\d-]{10},7574\r$/gm);
    const list = [...winners].map(
      ([, agency, document = '']) => [Number(agency), document] as const,
    );
    this.perform(this.scene.draw(list));
  }

  private work(link: Link, decode: () => ReturnType<ServerCodec['decode']>): void {
    for (;;) {
      if (link.closed) return;
      let commands: readonly Command[];
      try {
        const taken = decode();
        if (taken === undefined) return;
        commands = commandsOf(taken);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.countUntaken(link);
        const out: EffectSink = [];
        refuse(this.scene.lottery, link.session, error.code, error.message, out);
        this.perform(out);
        return;
      }
      for (const command of commands) this.perform(this.scene.receive(link.session, command));
    }
  }
}

/** What was taken leads to; messages are read at once, so that none can be due `later`. */
export function commandsOf(taken: Command | ForeignMessage | 'later'): readonly Command[] {
  if (taken === 'later') throw new Error('every message was read');
  if (taken.kind !== 'foreign') return [taken];
  return taken.read(taken.form === null ? null : CONVERT[taken.form](taken.bytes));
}

/** One connection of a replay. */
export interface ReplayConnection {
  readonly turns: readonly RecordedTurn[];
  readonly connect: () => Link;
}

/**
 * Plays recorded connections in the order in which they were opened: each goes on as far as it can,
 * and waits where the central's answer has not come.
 *
 * @param cut how the bytes of each turn arrive
 * @returns what went wrong, or an empty text
 */
export function replay(
  scene: DialectScene,
  connections: readonly ReplayConnection[],
  cut: (bytes: Buffer) => readonly Buffer[] = (bytes) => [bytes],
): string {
  const players = connections.map(({ turns, connect }) => new Player(scene, turns, connect, cut));
  while (players.some((player) => player.goOn()) || players.some((player) => player.fallSilent()));
  return players.flatMap((player, i) => player.complaints(i + 1)).join('; ');
}

class Player {
  private link: Link | null = null;
  private next = 0;
  private answered = 0;
  private mismatch: string | null = null;

  constructor(
    private readonly scene: DialectScene,
    private readonly turns: readonly RecordedTurn[],
    private readonly connect: () => Link,
    private readonly cut: (bytes: Buffer) => readonly Buffer[],
  ) {}

  /** @returns whether anything happened */
  goOn(): boolean {
    const before = this.next;
    while (this.mismatch === null && this.step());
    return this.next > before;
  }

  /** @returns whether the answer came because nothing followed */
  fallSilent(): boolean {
    if (this.link !== null && !this.link.closed) this.scene.fallSilent(this.link);
    return this.goOn();
  }

  complaints(number: number): string[] {
    const at = `connection ${String(number)}, turn ${String(this.next + 1)}`;
    if (this.mismatch !== null) return [`${at}: ${this.mismatch}`];
    if (this.next < this.turns.length) return [`${at}: no answer`];
    return this.written().length > this.answered ? [`connection ${String(number)}: too much`] : [];
  }

  private step(): boolean {
    const turn = this.turns[this.next];
    if (turn === undefined) return false;
    this.link ??= this.connect();
    if (turn.from === 'C') {
      if (turn.bytes === null) this.scene.end(this.link);
      else this.scene.send(this.link, ...this.cut(turn.bytes));
    } else if (turn.bytes !== null) {
      const bytes = this.written().subarray(this.answered, this.answered + turn.bytes.length);
      if (bytes.length < turn.bytes.length && turn.bytes.subarray(0, bytes.length).equals(bytes)) {
        return false;
      }
      this.answered += turn.bytes.length;
      if (!bytes.equals(turn.bytes)) {
        this.mismatch = `${bytes.toString('hex')} and not ${turn.bytes.toString('hex')}`;
        return false;
      }
    }
    this.next++;
    return true;
  }

  private written(): Buffer {
    return Buffer.concat(this.link?.replies ?? []);
  }
}
