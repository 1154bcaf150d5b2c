/**
 * The central's end of the `opcode` dialect: an opcode, a length, a list of texts that each end in
 * `#`; one connection for each request, or several on one (docs/DIALECTS.md, system 002).
 */
import { LIMITS } from '../../base/limits';
import type { FrameBuffer } from '../../net/frame-buffer';
import { WireError } from '../codes';
import type { Conversion } from '../conversion';
import { itemsOf, OPCODE_END as END, opcodeSenderIn } from './bets/opcode-bets';
import { DialectCodec, NO_BYTES, type Answer, type Taken } from './dialect-codec';
import type { WinnersForm } from './winners-stream';

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

const ACK = packet(OP.ack);
const ANSWER: Answer = { accepted: ACK, rejected: errorPacket('the request was refused') };
/** The original's text for a batch that failed; also the answer to an empty one. */
const BATCH_FAILED = errorPacket('Error al procesar el batch enviado');
const BATCH_ANSWER: Answer = { accepted: ACK, rejected: BATCH_FAILED };
const EMPTY_BATCH_ANSWER: Answer = { accepted: BATCH_FAILED, rejected: BATCH_FAILED };

export class OpcodeServerCodec extends DialectCodec {
  override readonly run = 'connections';

  override decode(input: FrameBuffer): Taken {
    if (input.length < HEADER_BYTES) return undefined;
    const length = input.uint16At(1) * 0x1_0000 + input.uint16At(3);
    if (length > LIMITS.dialectMessageBytesMax) {
      throw new WireError('BAD_FRAME_LENGTH', `a packet of ${String(length)} bytes`);
    }
    if (input.length < HEADER_BYTES + length) return undefined;
    const op = input.byteAt(0);
    const data = input.take(HEADER_BYTES + length).subarray(HEADER_BYTES);
    if (op === OP.bet) {
      return this.messageOfBets('opcode_bet', data, (bets) => {
        this.readBet(bets);
      });
    }
    if (op === OP.batch) {
      return this.messageOfBets('opcode_batch', data, (bets) => {
        this.readBatch(bets);
      });
    }
    return this.message(() => {
      this.readPacket(op, itemsOf(data.toString('latin1')));
    });
  }

  protected override senderIn(head: Buffer): string | null | undefined {
    const op = head[0];
    if (op !== OP.bet && op !== OP.batch) return undefined;
    const form = op === OP.bet ? 'bet' : 'batch';
    return opcodeSenderIn(head.toString('latin1', HEADER_BYTES), form);
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

  private readPacket(op: number, items: readonly string[]): void {
    switch (op) {
      case OP.closed:
        this.emit({ kind: 'goodbye' });
        break;
      case OP.ready:
        if (this.introduceAlone(items)) this.ask({ kind: 'finished', total: null }, ANSWER);
        break;
      case OP.ask:
        if (this.introduceAlone(items)) {
          this.emit({ kind: 'ask_winners', first: 0, wait: false, early: true });
        }
        break;
      default:
        this.askNothing(`opcode ${String(op)} is not for the central`, ANSWER);
    }
  }

  private readBet(bets: Conversion): void {
    // Says also whose bet cannot be read, where at least that can be.
    const isNamed = this.introduceSender(bets, true);
    if (bets.rows !== null && isNamed) this.askForBets('bet', 1, bets.rows, BATCH_ANSWER);
    else this.askNothing('this is not a bet', BATCH_ANSWER, 1);
  }

  private readBatch(bets: Conversion): void {
    const { count, rows } = bets;
    if (count === 0) {
      this.askNothing(null, EMPTY_BATCH_ANSWER);
      return;
    }
    const isNamed = this.introduceSender(bets, true);
    if (rows !== null && isNamed) this.askForBets('batch', count, rows, BATCH_ANSWER);
    else this.askNothing('the batch does not hold what it says', BATCH_ANSWER, count);
  }

  /** For requests that hold nothing but an agency. */
  private introduceAlone(items: readonly string[]): boolean {
    const [agency = '', ...rest] = items;
    const isKnown = rest.length === 0 && this.introduce(agency, true);
    if (!isKnown) this.askNothing('the request does not name one agency', ANSWER);
    return isKnown;
  }
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
