/**
 * The central's end of the `opcode` dialect: an opcode, a length, a list of texts that each end in
 * `#`; one connection for each request, or several on one (docs/DIALECTS.md, system 002).
 */
import { LIMITS } from '../../base/limits';
import type { FrameBuffer } from '../../net/frame-buffer';
import { WireError } from '../codes';
import { DialectCodec, NO_BYTES, type Answer } from './dialect-codec';
import type { WinnersForm } from './winners-stream';
import { betsCommand, decimalOf, type WireBet } from './wire-bet';

const OP = {
  closed: 0,
  bet: 1,
  ack: 2,
  batch: 3,
  error: 4,
  ready: 5,
  ask: 6,
  winners: 7,
  busy: 8,
};
const HEADER_BYTES = 5;
const END = '#';
/** `@i` and the six fields of a bet. */
const ITEMS_PER_BET = 7;

const ACK = packet(OP.ack);
const ANSWER: Answer = { accepted: ACK, rejected: errorPacket('the request was refused') };
/** The original's text for a batch that failed; also the answer to an empty one. */
const BATCH_FAILED = errorPacket('Error al procesar el batch enviado');
const BATCH_ANSWER: Answer = { accepted: ACK, rejected: BATCH_FAILED };
const EMPTY_BATCH_ANSWER: Answer = { accepted: BATCH_FAILED, rejected: BATCH_FAILED };

export class OpcodeServerCodec extends DialectCodec {
  override readonly run = 'connections';

  protected override takeMessage(input: FrameBuffer): boolean {
    if (input.length < HEADER_BYTES) return false;
    const length = input.uint16At(1) * 0x1_0000 + input.uint16At(3);
    if (length > LIMITS.dialectMessageBytesMax) {
      throw new WireError('BAD_FRAME_LENGTH', `a packet of ${String(length)} bytes`);
    }
    if (input.length < HEADER_BYTES + length) return false;
    const op = input.byteAt(0);
    const data = input.take(HEADER_BYTES + length).toString('latin1', HEADER_BYTES);
    this.readPacket(op, data);
    return true;
  }

  protected override formOfWinners(total: number, digits: number): WinnersForm {
    const none = Buffer.from(END, 'latin1');
    return {
      head: header(OP.winners, total === 0 ? none.length : digits + total * END.length),
      part: (documents) => Buffer.from(documents.map((document) => document + END).join('')),
      tail: total === 0 ? none : NO_BYTES,
    };
  }

  protected override encodeBusy(): Buffer {
    return packet(OP.busy);
  }

  protected override encodeError(text: string): Buffer {
    return errorPacket(text);
  }

  protected override encodeGoodbye(): Buffer {
    return packet(OP.closed);
  }

  private readPacket(op: number, data: string): void {
    const items = itemsOf(data);
    switch (op) {
      case OP.closed:
        this.say({ kind: 'goodbye' });
        break;
      case OP.bet:
        this.readBet(items);
        break;
      case OP.batch:
        this.readBatch(items);
        break;
      case OP.ready:
        if (this.introduceAlone(items)) this.ask({ kind: 'finished', total: null }, ANSWER);
        break;
      case OP.ask:
        if (this.introduceAlone(items)) {
          this.say({ kind: 'ask_winners', first: 0, wait: false, early: true });
        }
        break;
      default:
        this.askNothing(`opcode ${String(op)} is not for the central`, ANSWER);
    }
  }

  private readBet(items: readonly string[]): void {
    const bet = items.length === ITEMS_PER_BET - 1 ? betAt(items, 0) : null;
    if (bet === null || !this.introduceSender(bet, true)) {
      this.nameSender(items[0]);
      this.askNothing('this is not a bet', BATCH_ANSWER, 1);
    } else this.ask(betsCommand('bet', [bet]), BATCH_ANSWER);
  }

  private readBatch(items: readonly string[]): void {
    const count = decimalOf(items[0] ?? '');
    if (count === 0 && items.length === 1) {
      this.askNothing(null, EMPTY_BATCH_ANSWER);
      return;
    }
    const bets = count === null ? null : betsOf(items, count);
    const first = bets?.[0];
    if (bets === null || first === undefined || !this.introduceSender(first, true)) {
      this.nameSender(items[2]);
      const room = Math.max(1, Math.ceil((items.length - 1) / ITEMS_PER_BET));
      const bets = Math.max(1, Math.min(count ?? room, room));
      this.askNothing('the batch does not hold what it says', BATCH_ANSWER, bets);
    } else this.ask(betsCommand('batch', bets), BATCH_ANSWER);
  }

  /** Names the agency of unreadable bets, if that can be read. */
  private nameSender(agency = ''): void {
    this.introduce(this.agencyText ?? agency, true);
  }

  /** For requests that hold nothing but an agency. */
  private introduceAlone(items: readonly string[]): boolean {
    const [agency = '', ...rest] = items;
    const isKnown = rest.length === 0 && this.introduce(agency, true);
    if (!isKnown) this.askNothing('the request does not name one agency', ANSWER);
    return isKnown;
  }
}

/** The items of a list; none when the data is no list. */
function itemsOf(data: string): string[] {
  return data.endsWith(END) ? data.slice(0, -END.length).split(END) : [];
}

function betsOf(items: readonly string[], count: number): WireBet[] | null {
  if (items.length !== 1 + count * ITEMS_PER_BET) return null;
  const bets: WireBet[] = [];
  for (let i = 0; i < count; i++) {
    const at = 1 + i * ITEMS_PER_BET;
    const bet = betAt(items, at + 1);
    if (bet === null || items[at] !== `@${String(i)}`) return null;
    bets.push(bet);
  }
  return bets;
}

/** The bet whose agency is item `at`; null when it names none. */
function betAt(items: readonly string[], at: number): WireBet | null {
  const [agency = '', firstName = '', lastName = '', document = '', birthdate = '', number = ''] =
    items.slice(at, at + ITEMS_PER_BET - 1);
  if (decimalOf(agency) === null) return null;
  return { agency, firstName, lastName, document, birthdate, number };
}

function errorPacket(text: string): Buffer {
  return packet(OP.error, text);
}

/** Header and data in one buffer, which leaves in one write. */
function packet(op: number, data = ''): Buffer {
  const bytes = Buffer.from(data, 'utf8');
  return Buffer.concat([header(op, bytes.length), bytes]);
}

function header(op: number, dataBytes: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt8(op);
  bytes.writeUInt32BE(dataBytes, 1);
  return bytes;
}
