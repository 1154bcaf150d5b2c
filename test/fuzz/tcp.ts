/** The same conversations over TCP, to a real central as a process, several at a time. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { cleanUp, startServer, type Server } from '../support/program';
import { RawPeer } from '../support/raw-peer';
import { AGENCIES, type Progress } from './corpus';
import { converse, split } from './mutator';
import { PeerModel, Violation, type Truth } from './peer-model';
import { Random } from './random';
import { countRows } from './rows-model';
import { FuzzFigures } from './session';

const PARALLEL = 8;
const FRAMES_PER_CENTRAL = 20_000;
const PATIENCE_MS = 60_000;
const HANDSHAKE_MS = 9_000;

/** From outside one cannot see how far the disk is; what is stored is checked at the end. */
class OutsideTruth implements Truth {
  readonly isDrawn = true;
  readonly progress = new Map<number, Progress>();

  committed(): number {
    return Infinity;
  }

  checksumAt(): undefined {
    return undefined;
  }

  isFinished(): boolean {
    return true;
  }

  winnersOf(): null {
    return null;
  }

  introductions(): number {
    return 2;
  }

  noteIntroduction(): void {
    // Any connection may be replaced at any time here.
  }

  noteBets(): void {
    // Seen in bets.csv.
  }
}

/** @throws Error naming the seed of the conversation, or what is wrong with what was stored */
export async function fuzzOverTcp(
  frames: number,
  seed: number,
  onProgress: (figures: FuzzFigures) => void,
): Promise<FuzzFigures> {
  const seeds = new Random(seed);
  const figures = new FuzzFigures();
  while (figures.frames < frames) {
    const end = Math.min(frames, figures.frames + FRAMES_PER_CENTRAL);
    await fuzzOneCentral(seeds, end, figures, onProgress);
  }
  return figures;
}

async function fuzzOneCentral(
  seeds: Random,
  end: number,
  figures: FuzzFigures,
  onProgress: (figures: FuzzFigures) => void,
): Promise<void> {
  try {
    const server = await startServer({ AGENCIES: String(AGENCIES), SERVER_LISTEN_BACKLOG: '511' });
    const truth = new OutsideTruth();
    const work = async (): Promise<void> => {
      while (figures.frames < end) {
        const conversationSeed = seeds.u32();
        await hold(conversationSeed, server.port, truth, figures).catch((error: unknown) => {
          throw new Error(`conversation ${String(conversationSeed)}: ${String(error)}`);
        });
        onProgress(figures);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    await checkStored(server);
    server.program.signal('SIGTERM');
    const { code } = await server.program.exited;
    if (code !== 0) throw new Violation(`the central ended with ${String(code)}`);
  } finally {
    await cleanUp();
  }
}

/** Holds one conversation to its end, whoever ends it. */
function hold(
  seed: number,
  port: number,
  truth: OutsideTruth,
  figures: FuzzFigures,
): Promise<void> {
  const random = new Random(seed);
  const { frames } = converse(random, (of) => truth.progress.get(of) ?? { count: 0, checksum: 0 });
  const pieces = split(random, Buffer.concat(frames));
  const startedMs = performance.now();
  const isSlow = (): boolean => performance.now() - startedMs > HANDSHAKE_MS;
  const model = new PeerModel(truth, isSlow, false, (answer) => {
    figures.note(answer);
  });
  figures.conversations++;
  figures.frames += frames.length;
  return new Promise((resolve, reject) => {
    let rest = Buffer.alloc(0);
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Violation('the central does not end a conversation that is over'));
    }, PATIENCE_MS);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      const whole = wholeFrames(rest);
      noteProgress(rest.subarray(0, whole), model, truth);
      try {
        model.answered(rest.subarray(0, whole));
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
      rest = rest.subarray(whole);
    });
    // A reset is how the end looks to whoever still sends.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.on('connect', sendNext);

    function sendNext(): void {
      const piece = pieces.shift();
      if (piece === undefined) {
        if (random.oneIn(10)) socket.resetAndDestroy();
        else socket.end();
        return;
      }
      if (socket.destroyed) return;
      model.sent(piece);
      figures.bytes += piece.length;
      socket.write(piece);
      setImmediate(sendNext);
    }
  });
}

/** How many of the bytes are whole frames. */
function wholeFrames(bytes: Buffer): number {
  let at = 0;
  while (at + 2 <= bytes.length) {
    const length = bytes.readUInt16BE(at);
    if (length < 4) throw new Violation('a broken frame');
    if (at + length > bytes.length) break;
    at += length;
  }
  return at;
}

/** A WELCOME says where the next conversations of this agency may go on. */
function noteProgress(bytes: Buffer, { agency }: PeerModel, { progress }: OutsideTruth): void {
  if (agency === null || bytes.length < 20 || bytes[2] !== 0x81) return;
  progress.set(agency, { count: bytes.readUInt32BE(8), checksum: bytes.readUInt32BE(12) });
}

/** What is in bets.csv is valid, and exactly what the central says that it has. */
async function checkStored({ port, dataDirectory }: Server): Promise<void> {
  const csv = readFileSync(join(dataDirectory, 'bets.csv'), 'utf8');
  const rows = csv.split(/(?<=\r\n)/);
  for (let agency = 1; agency <= AGENCIES; agency++) {
    const peer = await RawPeer.introduced(port, agency);
    const [welcome] = peer.frames;
    peer.socket.destroy();
    const own = Buffer.from(rows.filter((row) => row.startsWith(`${String(agency)},`)).join(''));
    const count = own.length === 0 ? 0 : countRows(own, agency);
    if (count !== welcome?.readUInt32BE(8) || crc32(own) !== welcome.readUInt32BE(12)) {
      throw new Violation(`what is stored of agency ${String(agency)} is not what it was told`);
    }
  }
}
