/** Drives worlds with hostile conversations and checks what comes of them. */
import { Connection } from '../../src/net/connection/connection';
import { LIMITS } from '../../src/base/limits';
import { FuzzTransport } from './fuzz-transport';
import { converse, split } from './mutator';
import { PeerModel, Violation } from './peer-model';
import { Random } from './random';
import { World } from './world';

const CONVERSATIONS_PER_WORLD = 96;
const LIVE_MAX = 4;

interface Live {
  readonly transport: FuzzTransport;
  readonly model: PeerModel;
  readonly pieces: Buffer[];
  readonly reads: boolean;
}

export class FuzzFigures {
  frames = 0;
  conversations = 0;
  bytes = 0;
  /** How often each kind of answer was given. */
  readonly answers = new Map<string, number>();

  note(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
  }
}

/**
 * Fuzzes one world, which its seed describes in full.
 *
 * @throws Violation, or whatever the central threw
 */
export function fuzzWorld(seed: number, figures: FuzzFigures): void {
  const random = new Random(seed);
  const isCrowded = random.oneIn(16);
  const world = new World(random, isCrowded ? 2 : 64);
  const live: Live[] = [];
  let begun = 0;
  while (begun < CONVERSATIONS_PER_WORLD || live.length > 0) {
    if (begun < CONVERSATIONS_PER_WORLD && live.length < LIVE_MAX && random.oneIn(2)) {
      begun++;
      live.push(begin(random, world, isCrowded, figures));
    }
    const at = random.below(live.length);
    const one = live[at];
    if (one !== undefined && !advance(random, one)) {
      world.settle();
      finish(random, one);
      live.splice(at, 1);
    }
    for (let steps = random.below(4); steps > 0; steps--) world.step();
    if (random.oneIn(64)) world.clock.advance(300);
    if (random.oneIn(400)) letTimePass(world, live);
  }
  world.settle();
}

/** Lets the time for introductions pass, and looks at who is still there. */
function letTimePass(world: World, live: readonly Live[]): void {
  world.settle();
  world.clock.advance(LIMITS.handshakeTimeoutMs + 1_000);
  world.settle();
  const speakers = new Set<number>();
  for (const { transport, model, reads } of live) {
    if (!reads || transport.isClosed || transport.hasEnded) continue;
    if (model.isUnauthenticated) throw new Violation('an unauthenticated peer is still there');
    const agency = model.speaksFor;
    if (agency === null) continue;
    if (speakers.has(agency)) throw new Violation('two connections speak for one agency');
    speakers.add(agency);
  }
}

function begin(random: Random, world: World, isCrowded: boolean, figures: FuzzFigures): Live {
  const { frames } = converse(random, (agency) => world.progressOf(agency));
  const bytes = Buffer.concat(frames);
  figures.frames += frames.length;
  figures.bytes += bytes.length;
  figures.conversations++;
  const openedMs = world.clock.time;
  const isSlow = (): boolean => world.clock.time - openedMs > LIMITS.handshakeTimeoutMs;
  const model = new PeerModel(world, isSlow, isCrowded, (answer) => {
    figures.note(answer);
  });
  const reads = !random.oneIn(50);
  const transport = new FuzzTransport(
    reads
      ? (reply) => {
          model.answered(reply);
        }
      : null,
  );
  world.central.accept(transport);
  return { transport, model, pieces: split(random, bytes), reads };
}

/** @returns false when there is nothing more to send */
function advance(random: Random, { transport, model, pieces }: Live): boolean {
  if (transport.isClosed || transport.hasEnded) return false;
  const piece = pieces.shift();
  if (piece === undefined) return false;
  if (transport.isPaused) {
    pieces.unshift(piece);
    return true;
  }
  model.sent(piece);
  const { handlers } = transport;
  if (!(handlers instanceof Connection)) throw new Error('nobody listens');
  handlers.onData(piece);
  const bound = LIMITS.inputBytesPerConnectionMax + piece.length;
  if (handlers.input.length > bound) throw new Violation('more input than is allowed');
  // Some go away in the middle.
  if (random.oneIn(400)) transport.destroy();
  return true;
}

function finish(random: Random, { transport, model, reads }: Live): void {
  const { handlers } = transport;
  if (reads && !transport.isClosed && model.owed > 0) {
    throw new Violation(`${String(model.owed)} messages without an answer`);
  }
  if (reads && model.lastWordWasSaid && !transport.hasEnded && !transport.isClosed) {
    throw new Violation('the connection goes on behind the last word');
  }
  if (!transport.isClosed && random.oneIn(2)) handlers?.onEnd();
  transport.destroy();
  handlers?.onClose();
}
