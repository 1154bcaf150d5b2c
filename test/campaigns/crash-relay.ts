/**
 * Stands between agencies and a central that dies again and again: it listens on one port for the
 * whole lottery, keeps an agency waiting until there is a central, and passes bytes on as they are.
 * It reads along, so that it knows what each agency received, and finds fault with a central that
 * knows less afterwards.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ReplyLedger, type Direction, type Received } from '../support/reply-ledger';

const REDIAL_MS = 5;

export class CrashRelay {
  /** Where the central of the moment listens; null: there is none. */
  centralPort: number | null = null;
  /** Called with every frame that passes. */
  onFrame: (direction: Direction) => void = () => undefined;
  private readonly ledger = new ReplyLedger();
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    this.ledger.onFrame = (direction) => {
      this.onFrame(direction);
    };
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

  get received(): ReadonlyMap<number, Readonly<Received>> {
    return this.ledger.received;
  }

  get problems(): readonly string[] {
    return this.ledger.problems;
  }

  /** Batches that have been passed on and not been answered. */
  get inFlight(): number {
    return this.ledger.inFlight;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
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
    const tap = this.ledger.tap();
    agency.on('data', (chunk) => {
      central.write(chunk);
      tap.fromAgency(chunk);
    });
    central.on('data', (chunk) => {
      agency.write(chunk);
      tap.fromCentral(chunk);
    });
    const part = (): void => {
      tap.end();
      agency.destroy();
      central.destroy();
    };
    agency.on('close', part);
    central.on('close', part);
    agency.resume();
  }
}
