/** Fuzzes the central's ends of the earlier dialects, in process, each beside the others. */
import { Connection } from '../../src/net/connection/connection';
import { LIMITS } from '../../src/base/limits';
import type { Dialect } from '../../src/protocol/conversion';
import { DetectingCodec } from '../../src/protocol/dialects/detecting';
import { CREATE_CODEC } from '../../src/protocol/dialects/dialects';
import { AGENCIES } from './corpus';
import { answerAt, winnersBytes } from './dialect-answers';
import { converse, type DialectConversation, type DialectMessage } from './dialect-corpus';
import { timesSent } from './dialect-rows';
import { FuzzTransport } from './fuzz-transport';
import { split } from './mutator';
import { Violation } from './peer-model';
import { Random } from './random';
import { countRows } from './rows-model';
import { World } from './world';

const CONVERSATIONS_PER_WORLD = 48;
const LIVE_MAX = 4;

export interface DialectFigures {
  messages: number;
  conversations: number;
  rows: number;
  /** How often each dialect gave each kind of answer. */
  readonly answers: Map<string, number>;
}

/**
 * Fuzzes until so many messages were sent.
 *
 * @param onWorld learns of the figures so far
 * @throws Violation that names the world
 */
export function fuzzDialects(
  messages: number,
  seed: number,
  onWorld: (figures: DialectFigures) => void = () => undefined,
): DialectFigures {
  const seeds = new Random(seed);
  const figures = noFigures();
  while (figures.messages < messages) {
    fuzzDialectWorld(seeds.u32(), figures);
    onWorld(figures);
  }
  return figures;
}

/** @throws Violation that names the world */
export function fuzzDialectWorld(worldSeed: number, figures = noFigures()): void {
  try {
    new DialectFuzz(worldSeed, figures).run();
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const again = `npm run fuzz -- --dialects --world ${String(worldSeed)}`;
    throw new Violation(`world ${String(worldSeed)}: ${text}\nonce more: ${again}`);
  }
}

function noFigures(): DialectFigures {
  return { messages: 0, conversations: 0, rows: 0, answers: new Map() };
}

/** A world where no bet has an offset: what was sent is what may be stored. */
class DialectWorld extends World {
  /** How often each row was stored. */
  readonly rows = new Map<string, number>();
  wasSent: (row: string) => boolean = () => false;
  sentBytes: () => number = () => 0;

  /** Messages say for whom they are, and connections come and go. */
  override introductions(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** What cannot be decoded counts as a bet at least, and each bet takes bytes. */
  protected override rejectedMax(): number {
    return this.sentBytes();
  }

  protected override checkSource(_agency: number, rows: Buffer): void {
    for (const row of rows.toString('utf8').split(/(?<=\r\n)/)) {
      if (!this.wasSent(row)) throw new Violation(`stored what nobody sent: ${row}`);
      this.rows.set(row, (this.rows.get(row) ?? 0) + 1);
    }
  }
}

class DialectFuzz {
  private readonly random: Random;
  private readonly world: DialectWorld;
  private readonly live: Peer[] = [];
  /** Everything that was sent, by dialect and peer. */
  private readonly sent: { readonly dialect: Dialect; bytes: Buffer }[] = [];
  private documents = 0;

  constructor(
    seed: number,
    private readonly figures: DialectFigures,
  ) {
    this.random = new Random(seed);
    this.world = new DialectWorld(this.random, 64);
    this.world.wasSent = (row) => this.timesSent(row) > 0;
    this.world.sentBytes = () => this.sent.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  run(): void {
    const { random, world, live } = this;
    for (let begun = 0; begun < CONVERSATIONS_PER_WORLD || live.length > 0;) {
      if (begun < CONVERSATIONS_PER_WORLD && live.length < LIVE_MAX && random.oneIn(2)) {
        begun++;
        live.push(this.begin());
      }
      const at = random.below(live.length);
      const peer = live[at];
      if (peer !== undefined && !peer.advance(random)) {
        // Long enough for a question that ends with silence.
        world.settle();
        world.clock.advance(LIMITS.quietMs);
        world.settle();
        peer.finish(random);
        live.splice(at, 1);
      }
      for (let steps = random.below(4); steps > 0; steps--) world.step();
      if (random.oneIn(16)) world.clock.advance(LIMITS.quietMs);
    }
    world.settle();
    for (const [row, times] of world.rows) {
      this.figures.rows += times;
      if (times > 1 && times > this.timesSent(row)) {
        throw new Violation(`stored ${String(times)} times: ${row}`);
      }
    }
  }

  private timesSent(row: string): number {
    return this.sent.reduce((sum, { dialect, bytes }) => sum + timesSent(dialect, row, bytes), 0);
  }

  private begin(): Peer {
    const { random, world, figures } = this;
    const conversation = converse(random, () => ++this.documents);
    figures.conversations++;
    figures.messages += conversation.meant?.length ?? 3;
    const record = { dialect: conversation.dialect, bytes: Buffer.alloc(0) };
    this.sent.push(record);
    const peer = new Peer(world, conversation, split(random, conversation.bytes), {
      onSent: (piece) => {
        record.bytes = Buffer.concat([record.bytes, piece]);
      },
      onAnswer: (kind) => {
        const name = `${conversation.dialect} ${kind}`;
        figures.answers.set(name, (figures.answers.get(name) ?? 0) + 1);
      },
    });
    // Bytes that were changed may be those of another dialect.
    const detects = conversation.meant !== null && random.oneIn(3);
    world.central.accept(
      peer.transport,
      detects ? () => new DetectingCodec() : CREATE_CODEC[conversation.dialect],
    );
    return peer;
  }
}

interface PeerListener {
  readonly onSent: (piece: Buffer) => void;
  readonly onAnswer: (kind: string) => void;
}

/** One connection. */
class Peer {
  readonly transport: FuzzTransport;
  /** Messages that are owed an answer, in order; null: nobody knows. */
  private readonly owed: DialectMessage[] | null;
  private refused = false;
  /** A good message that was refused; only a connection that is over has a reason for that. */
  private doubtful: DialectMessage | null = null;

  constructor(
    private readonly world: DialectWorld,
    private readonly conversation: DialectConversation,
    private readonly pieces: Buffer[],
    private readonly listener: PeerListener,
  ) {
    this.transport = new FuzzTransport((bytes) => {
      this.receive(bytes);
    });
    this.owed = conversation.meant?.filter(({ owes }) => owes !== 'none') ?? null;
  }

  /** @returns false when there is nothing more to send */
  advance(random: Random): boolean {
    const { transport, pieces } = this;
    if (transport.isClosed || transport.hasEnded) return false;
    const [piece] = pieces;
    if (piece === undefined) return false;
    if (transport.isPaused) return true;
    pieces.shift();
    this.listener.onSent(piece);
    const { handlers } = transport;
    if (!(handlers instanceof Connection)) throw new Error('nobody listens');
    handlers.onData(piece);
    const bound = LIMITS.dialectInputBytesMax + piece.length;
    if (handlers.input.length > bound) throw new Violation('more input than is allowed');
    if (random.oneIn(400)) transport.destroy();
    return true;
  }

  finish(random: Random): void {
    const { transport, owed, pieces, refused, world } = this;
    const isOver = transport.isClosed || transport.hasEnded || pieces.length > 0;
    // Winners are owed after the draw only, and to nobody who was refused before.
    const left = owed?.filter(({ owes }) => owes === 'answer' || (world.isDrawn && !refused)) ?? [];
    if (!isOver && left.length > 0) {
      const { dialect } = this.conversation;
      throw new Violation(`${dialect}: ${String(left.length)} messages without an answer`);
    }
    if (!isOver && this.doubtful !== null) {
      const { dialect } = this.conversation;
      throw new Violation(`${dialect}: refused for no reason: ${this.doubtful.rows.join('')}`);
    }
    if (!transport.isClosed && random.oneIn(2)) transport.handlers?.onEnd();
    transport.destroy();
    transport.handlers?.onClose();
  }

  /** Each write is whole answers. */
  private receive(bytes: Buffer): void {
    const { dialect } = this.conversation;
    for (let at = 0; at < bytes.length;) {
      const answer = answerAt(dialect, bytes.subarray(at));
      if (answer === null) {
        throw new Violation(`${dialect}: no answer is ${bytes.toString('hex', at, at + 60)}`);
      }
      at += answer.bytes.length;
      this.listener.onAnswer(answer.kind);
      if (answer.kind === 'winners') this.checkWinners(answer.bytes);
      if (answer.kind === 'refused') this.refused = true;
      const message = this.owed?.shift();
      if (this.owed !== null && message === undefined && answer.kind !== 'refused') {
        throw new Violation(`${dialect}: an answer to nothing (${answer.kind})`);
      }
      if (message === undefined) continue;
      if (answer.kind === 'accepted') this.checkStored(message);
      else if (answer.kind === 'refused' && this.shouldBeAccepted(message)) this.doubtful = message;
    }
  }

  private shouldBeAccepted({ rows }: DialectMessage): boolean {
    const { agency } = this.conversation;
    if (rows.length === 0 || agency > AGENCIES || this.world.isFinished(agency)) return false;
    return countRows(Buffer.from(rows.join('')), agency) === rows.length;
  }

  private checkStored({ rows }: DialectMessage): void {
    for (const row of rows) {
      if (this.world.rows.has(row)) continue;
      throw new Violation(`${this.conversation.dialect}: acknowledged and not on disk: ${row}`);
    }
  }

  /** Whose winners are asked for; in `tlv` nobody's where there were no bets to name it. */
  private get askedBy(): number {
    const { dialect, agency, meant } = this.conversation;
    const isNamed = dialect !== 'tlv' || meant?.some(({ rows }) => rows.length > 0) === true;
    return isNamed ? agency : 0;
  }

  private checkWinners(bytes: Buffer): void {
    const { dialect } = this.conversation;
    if (!this.world.isDrawn) throw new Violation(`${dialect}: winners before the draw`);
    const own = this.conversation.meant === null ? null : this.askedBy;
    for (let agency = 0; agency <= AGENCIES; agency++) {
      if (own !== null && own !== agency) continue;
      if (bytes.equals(winnersBytes(dialect, this.world.winnersOf(agency)))) return;
    }
    throw new Violation(`${dialect}: winners of nobody: ${bytes.toString('latin1')}`);
  }
}
