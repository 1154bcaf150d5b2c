/**
 * Stands between agencies and a central that dies again and again: it listens on one port for the
 * whole lottery, keeps an agency waiting until there is a central, and passes bytes on as they are.
 * It reads along, so that it knows what each agency was told, and finds fault with a central that
 * knows less afterwards.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { FrameTap, TYPE, u64Of, type TappedFrame } from '../support/frame-tap';

const REJECT = 0x83;
const PREFACE_BYTES = 4;
const REDIAL_MS = 5;

/** What an agency was told, over all its connections. */
export interface Told {
  acknowledged: number;
  finished: boolean;
  winners: boolean;
}

interface Link {
  agency: number;
  unanswered: number;
  finishing: boolean;
  readonly fromAgency: FrameTap;
  readonly fromCentral: FrameTap;
}

export class CrashRelay {
  readonly told = new Map<number, Told>();
  readonly problems: string[] = [];
  /** Where the central of the moment listens; null: there is none. */
  centralPort: number | null = null;
  /** Called with every frame that passes. */
  onFrame: (direction: 'to_central' | 'to_agency') => void = () => undefined;
  private readonly links = new Set<Link>();
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.accept(socket);
    });
  }

  static open(): Promise<CrashRelay> {
    const server = createServer();
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        resolve(new CrashRelay(server));
      });
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Batches that have been passed on and not been answered. */
  get inFlight(): number {
    return [...this.links].reduce((sum, { unanswered }) => sum + unanswered, 0);
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  toldTo(agency: number): Told {
    let told = this.told.get(agency);
    if (told === undefined) {
      told = { acknowledged: 0, finished: false, winners: false };
      this.told.set(agency, told);
    }
    return told;
  }

  private track(socket: Socket): void {
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.sockets.delete(socket);
    });
  }

  private accept(agency: Socket): void {
    this.track(agency);
    agency.pause();
    this.dial(agency);
  }

  /** Tries until there is a central, or the agency has gone. */
  private dial(agency: Socket): void {
    if (agency.destroyed) return;
    const again = (): void => {
      setTimeout(() => {
        this.dial(agency);
      }, REDIAL_MS);
    };
    if (this.centralPort === null) {
      again();
      return;
    }
    const central = connect(this.centralPort, '127.0.0.1');
    central.once('error', again);
    central.once('connect', () => {
      central.off('error', again);
      this.track(central);
      this.join(agency, central);
    });
  }

  private join(agency: Socket, central: Socket): void {
    const link: Link = {
      agency: 0,
      unanswered: 0,
      finishing: false,
      fromAgency: new FrameTap(PREFACE_BYTES),
      fromCentral: new FrameTap(),
    };
    this.links.add(link);
    agency.on('data', (chunk) => {
      central.write(chunk);
      for (const frame of link.fromAgency.push(chunk)) this.hearAgency(link, frame);
    });
    central.on('data', (chunk) => {
      agency.write(chunk);
      for (const frame of link.fromCentral.push(chunk)) this.hearCentral(link, frame);
    });
    const part = (): void => {
      this.links.delete(link);
      agency.destroy();
      central.destroy();
    };
    agency.on('close', part);
    central.on('close', part);
    agency.resume();
  }

  private hearAgency(link: Link, { type, body }: TappedFrame): void {
    if (type === TYPE.introduce) link.agency = body.readUInt32BE(0);
    if (type === TYPE.batch) link.unanswered++;
    if (type === TYPE.finished) link.finishing = true;
    this.onFrame('to_central');
  }

  private hearCentral(link: Link, { type, body }: TappedFrame): void {
    const told = this.toldTo(link.agency);
    if (type === TYPE.welcome) this.compare(link.agency, told, body);
    if (type === REJECT) link.unanswered--;
    if (type === TYPE.winners) told.winners = true;
    if (type === TYPE.ack) {
      told.acknowledged = Math.max(told.acknowledged, u64Of(body));
      if (link.finishing && link.unanswered === 0) told.finished = true;
      else link.unanswered--;
    }
    this.onFrame('to_agency');
  }

  /** WELCOME: the central says what it has. */
  private compare(agency: number, told: Told, body: Buffer): void {
    const stored = u64Of(body);
    const state = body.readUInt8(14);
    const who = `agency ${String(agency)}`;
    if (stored < told.acknowledged) {
      const acknowledged = String(told.acknowledged);
      this.problems.push(`${who}: ${acknowledged} bets acknowledged, then ${String(stored)} known`);
    }
    if (told.finished && state === 0) this.problems.push(`${who}: its FINISHED was forgotten`);
    if (told.winners && state !== 2) this.problems.push(`${who}: the draw was forgotten`);
  }
}
