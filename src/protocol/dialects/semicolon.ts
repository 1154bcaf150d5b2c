/**
 * The central's end of the `semicolon` dialect: sized packets of texts between `;` and a flag for
 * the last one, then a number that requests winners (docs/DIALECTS.md, system 003).
 */
import type { FrameBuffer } from '../../net/frame-buffer';
import { WireError } from '../codes';
import type { ForeignMessage } from '../commands';
import type { Conversion } from '../conversion';
import { semicolonSenderIn } from './bets/semicolon-bets';
import { DialectCodec, NO_BYTES, type Answer, type Taken } from './dialect-codec';
import type { WinnersForm } from './winners-stream';

const SIZE_BYTES = 2;
const FLAG_BYTES = 2;
const LAST = 0;
const MORE = 1;
const SEPARATOR = ';';
/** An agency of one digit, `;` and the flag. */
const PACKET_BYTES_MIN = 4;
/** A packet of exercise 5 has no flag: where it would be, the bet's number ends. */
const ENDS_IN_NUMBER = /[\d;]\d$/;

const STORED: Answer = { accepted: Buffer.from([0, 1]), rejected: Buffer.from([0, 0]) };

export class SemicolonServerCodec extends DialectCodec {
  /**
   * `ending`: a last packet has come, which ends the bets if it can be read; `over`: a packet without a
   * flag has, which is the only one of its connection.
   */
  private stage: 'bets' | 'ending' | 'winners' | 'over' = 'bets';
  private isFirst = true;

  override decode(input: FrameBuffer): Taken {
    if (input.length < SIZE_BYTES) return undefined;
    if (this.stage === 'ending') return 'later';
    const number = input.uint16At(0);
    if (this.stage === 'winners') {
      input.take(SIZE_BYTES);
      return this.message(() => {
        this.emit({ kind: 'ask_winners', first: 0, wait: true, agency: number });
      });
    }
    if (this.stage === 'over') {
      throw new WireError('MALFORMED_MESSAGE', 'bytes behind a packet without a flag');
    }
    if (number < PACKET_BYTES_MIN) {
      throw new WireError('BAD_FRAME_LENGTH', `a packet of ${String(number)} bytes`);
    }
    if (input.length < SIZE_BYTES + number) return undefined;
    const packet = input.take(SIZE_BYTES + number).subarray(SIZE_BYTES);
    return this.messageOf(packet, input.length === 0);
  }

  protected override senderIn(head: Buffer): string | null | undefined {
    if (this.stage !== 'bets' || head.length === 0) return undefined;
    return semicolonSenderIn(head.toString('latin1', SIZE_BYTES));
  }

  protected override formOfWinners(total: number, digits: number): WinnersForm {
    const size = total === 0 ? '' : String(digits + (total - 1) * SEPARATOR.length);
    return {
      head: Buffer.from(`${size}${SEPARATOR}`, 'latin1'),
      part: (documents, isFirst) =>
        Buffer.from(`${isFirst ? '' : SEPARATOR}${documents.join(SEPARATOR)}`, 'latin1'),
      tail: NO_BYTES,
    };
  }

  protected override encodeError(): Buffer {
    return this.owesAnswer ? STORED.rejected : NO_BYTES;
  }

  /** @param isLast whether nothing has come behind it */
  private messageOf(packet: Buffer, isLast: boolean): ForeignMessage {
    const { isFirst } = this;
    this.isFirst = false;
    const textEnd = packet.length - FLAG_BYTES;
    if (ENDS_IN_NUMBER.test(packet.toString('latin1', textEnd))) {
      this.stage = 'over';
      return this.messageOfBets('semicolon_packet', packet, (bets) => {
        this.readOneBet(bets, isFirst && isLast);
      });
    }
    const flag = packet.readUInt16BE(textEnd);
    if (flag === LAST) this.stage = 'ending';
    return this.messageOfBets('semicolon_packet', packet.subarray(0, textEnd), (bets) => {
      this.readBets(bets, flag);
    });
  }

  /**
   * A packet of exercise 5: one bet, alone on its connection. Its sender waits for the answer, so where
   * more has come the size was wrong, and the number may be only the front of the one that was meant.
   */
  private readOneBet(bets: Conversion, isAlone: boolean): void {
    if (isAlone && bets.rows !== null && bets.count === 1) {
      this.readBets(bets, MORE);
      return;
    }
    this.introduceSender(bets);
    const problem = 'a packet without a flag that is not one bet alone';
    this.askNothing(problem, STORED, Math.max(1, bets.count));
  }

  private readBets(bets: Conversion, flag: number): void {
    const { count, rows } = bets;
    const isNamed = this.introduceSender(bets);
    if (this.stage === 'ending') this.stage = 'bets';
    if (rows === null || !isNamed) {
      const problem = 'a packet without agency, or with part of a bet';
      this.askNothing(problem, STORED, Math.max(1, count));
      return;
    }
    if (count > 0) this.askForBets('batch', count, rows, flag === LAST ? 'with_next' : STORED);
    else if (flag !== LAST) this.askNothing(null, STORED);
    if (flag !== LAST) return;
    this.ask({ kind: 'finished', total: null }, STORED);
    this.stage = 'winners';
  }
}
