/**
 * The central's end of the `semicolon` dialect: sized packets of texts between `;` and a flag for
 * the last one, then a number that requests winners (docs/DIALECTS.md, system 003).
 */
import type { FrameBuffer } from '../../net/frame-buffer';
import { WireError } from '../codes';
import { DialectCodec, NO_BYTES, type Answer } from './dialect-codec';
import { betsCommand, type WireBet } from './wire-bet';
import type { WinnersForm } from './winners-stream';

const SIZE_BYTES = 2;
const CONTINUE_BYTES = 2;
const LAST = 0;
const MORE = 1;
const SEPARATOR = ';';
const FIELDS_PER_BET = 5;
/** An agency of one digit, `;` and the flag. */
const PACKET_BYTES_MIN = 4;
/** A packet of exercise 5 has no flag: where it would be, the bet's number ends. */
const ENDS_IN_NUMBER = /[\d;]\d$/;

const STORED: Answer = { accepted: Buffer.from([0, 1]), rejected: Buffer.from([0, 0]) };

export class SemicolonServerCodec extends DialectCodec {
  /** `over`: a packet without a flag has come, which is the only one of its connection. */
  private stage: 'bets' | 'winners' | 'over' = 'bets';
  private isFirst = true;

  protected override takeMessage(input: FrameBuffer): boolean {
    if (input.length < SIZE_BYTES) return false;
    const number = input.uint16At(0);
    if (this.stage === 'winners') {
      input.take(SIZE_BYTES);
      this.say({ kind: 'ask_winners', first: 0, wait: true, agency: number });
      return true;
    }
    if (this.stage === 'over') {
      throw new WireError('MALFORMED_MESSAGE', 'bytes behind a packet without a flag');
    }
    if (number < PACKET_BYTES_MIN) {
      throw new WireError('BAD_FRAME_LENGTH', `a packet of ${String(number)} bytes`);
    }
    if (input.length < SIZE_BYTES + number) return false;
    const packet = input.take(SIZE_BYTES + number).subarray(SIZE_BYTES);
    const text = packet.toString('latin1');
    if (ENDS_IN_NUMBER.test(text)) this.readOneBet(text, input.length === 0);
    else {
      const textEnd = packet.length - CONTINUE_BYTES;
      this.readBets(text.slice(0, textEnd), packet.readUInt16BE(textEnd));
    }
    this.isFirst = false;
    return true;
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

  /**
   * A packet of exercise 5: one bet, alone on its connection. Its sender waits for the answer, so where
   * more has come the size was wrong, and the number may be only the front of the one that was meant.
   */
  private readOneBet(text: string, isLast: boolean): void {
    this.stage = 'over';
    const [agency = '', ...fields] = text.split(SEPARATOR);
    if (this.isFirst && isLast && fields.length === FIELDS_PER_BET) this.readBets(text, MORE);
    else {
      this.introduce(this.agencyText ?? agency);
      this.askNothing('a packet without a flag that is not one bet alone', STORED, countOf(fields));
    }
  }

  private readBets(text: string, flag: number): void {
    const [agency = '', ...fields] = text.split(SEPARATOR);
    const bets = betsOf(agency, fields);
    const isNamed = this.introduce(this.agencyText ?? agency);
    if (bets === null || !isNamed) {
      this.askNothing('a packet without agency, or with part of a bet', STORED, countOf(fields));
      return;
    }
    if (bets.length > 0) {
      this.ask(betsCommand('batch', bets), flag === LAST ? 'with_next' : STORED);
    } else if (flag !== LAST) this.askNothing(null, STORED);
    if (flag !== LAST) return;
    this.ask({ kind: 'finished', total: null }, STORED);
    this.stage = 'winners';
  }
}

/** An estimate of how many bets these fields were. */
function countOf(fields: readonly string[]): number {
  return Math.max(1, Math.ceil(fields.length / FIELDS_PER_BET));
}

/** @param fields one empty one when there are no bets */
function betsOf(agency: string, fields: readonly string[]): WireBet[] | null {
  if (fields.length === 1 && fields[0] === '') return [];
  if (fields.length === 0 || fields.length % FIELDS_PER_BET !== 0) return null;
  const bets: WireBet[] = [];
  for (let at = 0; at < fields.length; at += FIELDS_PER_BET) {
    const [firstName = '', lastName = '', document = '', birthdate = '', number = ''] =
      fields.slice(at, at + FIELDS_PER_BET);
    bets.push({ agency, firstName, lastName, document, birthdate, number });
  }
  return bets;
}
