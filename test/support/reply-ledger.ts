/**
 * What agencies received, read on the wire by whatever stands between them and their centrals; finds fault with a
 * central that knows less afterwards.
 */
import { FrameTap, TYPE, u64Of, type TappedFrame } from './frame-tap';

const REJECT = 0x83;
const PREFACE_BYTES = 4;

/** What an agency received, over all its connections. */
export interface Received {
  acknowledged: number;
  finished: boolean;
  winners: boolean;
}

/** One ACK of a batch or of FINISHED. */
export interface AckSeen {
  readonly agency: number;
  /** Of the clock of `performance`. */
  readonly atMs: number;
}

export type Direction = 'to_central' | 'to_agency';

interface Link {
  agency: number;
  unanswered: number;
  finishing: boolean;
  readonly fromAgency: FrameTap;
  readonly fromCentral: FrameTap;
}

/** Reads along on one connection. */
export interface LinkTap {
  readonly fromAgency: (chunk: Buffer) => void;
  readonly fromCentral: (chunk: Buffer) => void;
  readonly end: () => void;
}

export class ReplyLedger {
  readonly received = new Map<number, Received>();
  readonly problems: string[] = [];
  readonly acks: AckSeen[] = [];
  /** Called with every frame that passes. */
  onFrame: (direction: Direction, type: number, agency: number) => void = () => undefined;
  private readonly links = new Set<Link>();

  /** Batches that have been passed on and not been answered. */
  get inFlight(): number {
    return [...this.links].reduce((sum, { unanswered }) => sum + unanswered, 0);
  }

  /** To be called for each connection. */
  tap(): LinkTap {
    const link: Link = {
      agency: 0,
      unanswered: 0,
      finishing: false,
      fromAgency: new FrameTap(PREFACE_BYTES),
      fromCentral: new FrameTap(),
    };
    this.links.add(link);
    return {
      fromAgency: (chunk) => {
        for (const frame of link.fromAgency.push(chunk)) this.passToCentral(link, frame);
      },
      fromCentral: (chunk) => {
        for (const frame of link.fromCentral.push(chunk)) this.passToAgency(link, frame);
      },
      end: () => {
        this.links.delete(link);
      },
    };
  }

  private receivedBy(agency: number): Received {
    let received = this.received.get(agency);
    if (received === undefined) {
      received = { acknowledged: 0, finished: false, winners: false };
      this.received.set(agency, received);
    }
    return received;
  }

  private passToCentral(link: Link, { type, body }: TappedFrame): void {
    if (type === TYPE.introduce) link.agency = body.readUInt32BE(0);
    if (type === TYPE.batch) link.unanswered++;
    if (type === TYPE.finished) link.finishing = true;
    this.onFrame('to_central', type, link.agency);
  }

  private passToAgency(link: Link, { type, body }: TappedFrame): void {
    const received = this.receivedBy(link.agency);
    if (type === TYPE.welcome) this.compare(link.agency, received, body);
    if (type === REJECT) link.unanswered--;
    if (type === TYPE.winners) received.winners = true;
    if (type === TYPE.ack) {
      this.acks.push({ agency: link.agency, atMs: performance.now() });
      received.acknowledged = Math.max(received.acknowledged, u64Of(body));
      if (link.finishing && link.unanswered === 0) received.finished = true;
      else link.unanswered--;
    }
    this.onFrame('to_agency', type, link.agency);
  }

  /** WELCOME: the central says what it has. */
  private compare(agency: number, received: Received, body: Buffer): void {
    const stored = u64Of(body);
    const state = body.readUInt8(14);
    const who = `agency ${String(agency)}`;
    if (stored < received.acknowledged) {
      const acknowledged = String(received.acknowledged);
      this.problems.push(`${who}: ${acknowledged} bets acknowledged, then ${String(stored)} known`);
    }
    if (received.finished && state === 0) this.problems.push(`${who}: its FINISHED was forgotten`);
    if (received.winners && state !== 2) this.problems.push(`${who}: the draw was forgotten`);
  }
}
