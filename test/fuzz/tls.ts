/**
 * Hostile TLS handshakes against a real central, several at a time, while honest agencies with
 * certificates go on betting: they must be served, nothing of theirs may be lost, and the central
 * must neither end nor grow.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { Authority } from '../support/certificates';
import { FrameTap, TYPE, u64Of, type TappedFrame } from '../support/frame-tap';
import { cleanUp, startServer, temporaryDirectory, type Server } from '../support/program';
import * as wire from '../support/wire-builder';
import { Violation } from './peer-model';
import { Random } from './random';
import { attackOnce, recordHello, type TlsFace } from './tls-peer';

const PARALLEL = 16;
const HONEST_AGENCIES = 2;
/** Within which an honest agency must have its answer, on a machine that does other work, too. */
const ANSWER_MS = 20_000;
/** What the central gives a handshake. */
const HANDSHAKE_MS = 3_000;
/** Handshakes that an agency may lose one after the other, because the machine has no time for them. */
const LATE_IN_A_ROW_MAX = 3;
const MEMORY_MB_MAX = 512;

export interface TlsFigures {
  handshakes: number;
  readonly attacks: Map<string, number>;
  /** Bets of honest agencies that were acknowledged meanwhile. */
  bets: number;
  /** Handshakes of honest agencies that the central, by its own log, ended because they took too long. */
  late: number;
  /** How many of them one agency had one after the other. */
  lateInARow: number;
  memoryMb: number;
}

/**
 * @param onProgress learns of the figures so far
 * @throws Violation, or Error that names the seed of a conversation
 */
export async function fuzzTls(
  handshakes: number,
  seed: number,
  onProgress: (figures: TlsFigures) => void = () => undefined,
): Promise<TlsFigures> {
  const seeds = new Random(seed);
  const figures: TlsFigures = {
    ...{ handshakes: 0, bets: 0, late: 0, lateInARow: 0, memoryMb: 0 },
    attacks: new Map(),
  };
  try {
    const { server, faces, unauthorised } = await startTlsCentral();
    const hello = await recordHello();
    let isOver = false;
    const attack = async (): Promise<void> => {
      while (!isOver && figures.handshakes < handshakes) {
        figures.handshakes++;
        const conversationSeed = seeds.u32();
        const kind = await attackOnce(unauthorised, hello, new Random(conversationSeed)).catch(
          (error: unknown) => {
            throw new Error(`conversation ${String(conversationSeed)}: ${String(error)}`);
          },
        );
        figures.attacks.set(kind, (figures.attacks.get(kind) ?? 0) + 1);
        onProgress(figures);
      }
    };
    const agencies = faces.map((face, i) => new HonestAgency(i + 1, face));
    const bet = async (agency: HonestAgency): Promise<void> => {
      let inARow = 0;
      do {
        if (await agency.betOnce()) {
          figures.bets++;
          inARow = 0;
          continue;
        }
        figures.late++;
        figures.lateInARow = Math.max(figures.lateInARow, ++inARow);
        await demandTooSlow(server, agency, figures.late);
        if (inARow > LATE_IN_A_ROW_MAX) {
          throw new Violation(`agency ${String(agency.number)} gets no handshake through`);
        }
      } while (!isOver);
    };
    const honest = Promise.all(agencies.map(bet));
    const attacks = Promise.all(Array.from({ length: PARALLEL }, attack));
    try {
      // The honest ones go on until the others are done, or fail.
      await Promise.race([attacks, honest]);
    } finally {
      isOver = true;
      await Promise.allSettled([attacks, honest]);
    }
    await honest;
    figures.memoryMb = peakMemoryMb(server.program.pid);
    await checkEnd(server, agencies, figures);
    return figures;
  } finally {
    await cleanUp();
  }
}

interface TlsCentral {
  readonly server: Server;
  /** Of honest agencies. */
  readonly faces: readonly TlsFace[];
  /** Of whoever has a good certificate that is no agency's. */
  readonly unauthorised: TlsFace;
}

async function startTlsCentral(): Promise<TlsCentral> {
  const directory = temporaryDirectory();
  const authority = await Authority.create(directory);
  const own = await authority.issue('CN=central', { names: ['127.0.0.1'] });
  const server = await startServer({
    AGENCIES: String(HONEST_AGENCIES),
    SERVER_LISTEN_BACKLOG: '511',
    HANDSHAKE_TIMEOUT: `${String(HANDSHAKE_MS)}ms`,
    TLS_CERT: own.cert,
    TLS_KEY: own.key,
    TLS_CLIENT_CA: authority.caFile,
  });
  const faceOf = async (subject: string): Promise<TlsFace> => {
    const { cert, key } = await authority.issue(subject);
    return {
      port: server.port,
      ca: readFileSync(authority.caFile),
      cert: readFileSync(cert),
      key: readFileSync(key),
    };
  };
  const numbers = Array.from({ length: HONEST_AGENCIES }, (_, i) => `CN=agency-${String(i + 1)}`);
  const faces = await Promise.all(numbers.map(faceOf));
  return { server, faces, unauthorised: await faceOf('CN=agency-999') };
}

/** Only the central's own deadline excuses a handshake: not, for example, that it dropped an honest one. */
async function demandTooSlow(
  { program }: Server,
  agency: HonestAgency,
  late: number,
): Promise<void> {
  agency.late++;
  const said = `action: tls | result: fail | ip: ${agency.address} | reason: TLS: TLS handshake timeout`;
  await program.waitFor(said, agency.late).catch(() => {
    const found = program.lines.filter((line) => line.includes(`ip: ${agency.address}`)).slice(-5);
    const which = `late handshake ${String(late)}, of agency ${String(agency.number)}`;
    throw new Violation(`${which}, was not too slow:\n${found.join('\n')}`);
  });
}

async function checkEnd(
  { program, dataDirectory }: Server,
  agencies: readonly HonestAgency[],
  figures: TlsFigures,
): Promise<void> {
  if (figures.bets < HONEST_AGENCIES) throw new Violation('the honest agencies could not bet');
  if (figures.memoryMb > MEMORY_MB_MAX) {
    throw new Violation(`the central took ${String(figures.memoryMb)} MB`);
  }
  program.signal('SIGTERM');
  const { code } = await program.exited;
  if (code !== 0) throw new Violation(`the central ended with ${String(code)}:\n${program.output}`);
  const internal = program.lines.find((line) => line.includes('INTERNAL'));
  if (internal !== undefined) throw new Violation(internal);
  const rows = readFileSync(join(dataDirectory, 'bets.csv'), 'utf8').split(/(?<=\r\n)/);
  for (const { number, acknowledged } of agencies) {
    const stored = rows.filter((row) => row.startsWith(`${String(number)},`)).length;
    if (stored !== acknowledged) {
      const found = `${String(stored)} bets of agency ${String(number)} are stored`;
      throw new Violation(`${found}, ${String(acknowledged)} were acknowledged`);
    }
  }
}

/** The most memory that a process has had, in MB. */
function peakMemoryMb(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) / 1024);
}

/** Connects, bets once, leaves; again and again. */
class HonestAgency {
  acknowledged = 0;
  /** Handshakes that were too late. */
  late = 0;
  private checksum = 0;

  constructor(
    readonly number: number,
    private readonly face: TlsFace,
  ) {}

  /** It connects from one of its own, so that lines of the log are about it alone. */
  get address(): string {
    return `127.0.1.${String(this.number)}`;
  }

  /** @returns false when its handshake took longer than the central waits, as on a machine without time for it */
  async betOnce(): Promise<boolean> {
    const { port, ca, cert, key } = this.face;
    const socket = connectTls({
      ...{ host: '127.0.0.1', port, localAddress: this.address },
      ...{ ca, cert, key },
    });
    const timer = setTimeout(() => {
      socket.destroy(new Violation(`agency ${String(this.number)} got no answer in time`));
    }, ANSWER_MS);
    const tap = new FrameTap();
    const received: TappedFrame[] = [];
    socket.on('data', (chunk: Buffer) => received.push(...tap.push(chunk)));
    const receive = async (type: number): Promise<Buffer> => {
      for (;;) {
        const frame = received.shift();
        if (frame?.type === type) return frame.body;
        if (frame !== undefined) throw new Violation(`type ${String(frame.type)} in place of it`);
        await once(socket, 'data');
      }
    };
    try {
      const startedMs = performance.now();
      const isLate = await once(socket, 'secureConnect').then(
        () => false,
        (error: unknown) => {
          if (performance.now() - startedMs < HANDSHAKE_MS) throw error;
          return true;
        },
      );
      if (isLate) return false;
      socket.write(wire.join(wire.preface(), wire.introduce(this.number)));
      const stored = u64Of(await receive(TYPE.welcome));
      if (stored !== this.acknowledged) {
        throw new Violation(`${String(stored)} are stored, ${String(this.acknowledged)} should be`);
      }
      const row = wire.row({ ...wire.NORA, agency: this.number, document: String(stored + 1) });
      this.checksum = wire.crcOf(row, this.checksum);
      socket.write(wire.batch(stored, this.checksum, 1, row));
      this.acknowledged = u64Of(await receive(TYPE.ack));
      socket.end(wire.agencyGoodbye());
      return true;
    } finally {
      clearTimeout(timer);
      socket.destroy();
    }
  }
}
