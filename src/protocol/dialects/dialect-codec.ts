/** The common part of the central's codecs for legacy dialects (docs/DIALECTS.md). */
import { unreachable } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { FrameBuffer } from '../../net/frame-buffer';
import type { ByteSource } from '../../net/transport';
import {
  NO_TOKEN,
  type AgencyWinners,
  type Command,
  type ForeignMessage,
  type Reply,
  type ServerCodec,
} from '../commands';
import type { Conversion, MessageForm } from '../conversion';
import { decimalOf } from './bets/wire-bet';
import { WinnersStream, type WinnersForm } from './winners-stream';

/** The answer to a message once its effect is stored, or rejected. */
export interface Answer {
  readonly accepted: Buffer;
  readonly rejected: Buffer;
}

/**
 * - an answer: the bytes for each outcome;
 * - `with_next`: the outcome is part of the answer to the next command;
 * - `none`: the dialect has no answer.
 */
type Expected = Answer | 'with_next' | 'none';

export const NO_BYTES = Buffer.alloc(0);
const NO_BETS: Conversion = { agency: null, count: 0, rows: null };

/** A whole message; `later`: where the next one ends follows from those that have not been read. */
export type Taken = ForeignMessage | 'later' | undefined;

/**
 * One message of such a dialect can lead to several commands, and several replies can be one message
 * on the wire: for each command that will be acknowledged or rejected it is remembered what that
 * means.
 */
export abstract class DialectCodec implements ServerCodec {
  /** All winners leave in one reply: there are no pages. */
  readonly winnersPageBytesMax = Number.POSITIVE_INFINITY;
  readonly run: ServerCodec['run'] = 'connection';
  readonly inputBytesMax = LIMITS.dialectInputBytesMax;
  /** The agency's number as the peer writes it; null: not sent yet. */
  protected agencyText: string | null = null;

  /** Messages that were taken and not read. */
  private messagesToRead = 0;
  /** What the message leads to that is being read. */
  private commands: Command[] = [];
  private readonly expected: Expected[] = [];
  private rejectedBefore = false;

  /**
   * Takes the next whole message off `input`.
   *
   * @returns undefined while it is incomplete
   * @throws WireError when no further byte can mend what arrived
   */
  abstract decode(input: FrameBuffer): Taken;

  untaken(input: FrameBuffer): ForeignMessage | undefined {
    const sender = this.senderIn(input.peek(LIMITS.dialectHeadBytesMax));
    if (sender === undefined) return undefined;
    return this.message(() => {
      this.emit({ kind: 'untaken_bets', agency: decimalOf(this.agencyText ?? sender ?? '') });
    });
  }

  encode(reply: Reply): Buffer {
    switch (reply.kind) {
      case 'ack':
        return this.settle(true);
      case 'reject':
        return this.settle(false);
      case 'not_yet':
        return reply.retryAfterMs > 0 ? this.encodeBusy() : NO_BYTES;
      case 'busy':
        return this.encodeBusy();
      case 'error':
        // Many agencies go on after a rejection, without its bets; these bets must come again.
        if (reply.code === 'REPLACED' && this.owesAnswer) return NO_BYTES;
        return this.encodeError(reply.text);
      case 'goodbye':
        return this.encodeGoodbye();
      case 'welcome':
      case 'winners':
      case 'results':
      case 'total':
      case 'pong':
        return NO_BYTES;
      default:
        return unreachable(reply);
    }
  }

  encodeAllWinners(winners: AgencyWinners): ByteSource {
    return new WinnersStream(winners, this.formOfWinners(winners.total, winners.digits));
  }

  /**
   * The agency of a message with bets, as written, from its first bytes.
   *
   * @param head may be empty
   * @returns null when they do not show it, undefined when they show no bets
   */
  protected abstract senderIn(head: Buffer): string | null | undefined;

  /**
   * How winners are written.
   *
   * @param total how many there are
   * @param digits of all documents together
   */
  protected abstract formOfWinners(total: number, digits: number): WinnersForm;

  /** "Ask again later"; no bytes where the dialect has no such reply. */
  protected encodeBusy(): Buffer {
    return NO_BYTES;
  }

  /** The last reply before the connection is closed for an error. */
  protected abstract encodeError(text: string): Buffer;

  protected encodeGoodbye(): Buffer {
    return NO_BYTES;
  }

  /** Whether a message waits for its answer. */
  protected get owesAnswer(): boolean {
    return this.expected.length > 0;
  }

  /** Whether all messages that were taken have been read. */
  protected get isUpToDate(): boolean {
    return this.messagesToRead === 0;
  }

  /** A message that brings no bets. @param read calls what it leads to */
  protected message(read: () => void): ForeignMessage {
    return this.taken(null, NO_BYTES, read);
  }

  /** A message that brings bets. @param read calls what it leads to */
  protected messageOfBets(
    form: MessageForm,
    bytes: Buffer,
    read: (bets: Conversion) => void,
  ): ForeignMessage {
    return this.taken(form, bytes, read);
  }

  private taken(
    form: MessageForm | null,
    bytes: Buffer,
    read: (bets: Conversion) => void,
  ): ForeignMessage {
    this.messagesToRead++;
    return {
      kind: 'foreign',
      form,
      bytes,
      read: (conversion) => {
        this.messagesToRead--;
        this.commands = [];
        read(conversion ?? NO_BETS);
        return this.commands;
      },
    };
  }

  /** Leads to a command whose reply, if any, speaks for itself. */
  protected emit(command: Command): void {
    this.commands.push(command);
  }

  /** Leads to a command that will be acknowledged or rejected. */
  protected ask(command: Command, expected: Expected): void {
    this.commands.push(command);
    this.expected.push(expected);
  }

  /** Leads to bets that are stored behind those that the agency has; rejected if a commit does not take their rows. */
  protected askForBets(
    form: 'bet' | 'batch',
    count: number,
    rows: Buffer,
    expected: Expected,
  ): void {
    if (rows.length > LIMITS.dialectMessageBytesMax) {
      this.askNothing(`${String(rows.length)} bytes of rows in one message`, expected, count);
      return;
    }
    this.ask({ kind: 'bets', form, offset: null, checksum: null, count, rows }, expected);
  }

  /**
   * Leads to nothing but an answer; with a problem, to a rejection that is logged.
   *
   * @param bets how many cannot be read
   */
  protected askNothing(problem: string | null, expected: Expected, bets = 0): void {
    this.ask({ kind: 'nothing', problem, bets }, expected);
  }

  /**
   * Introduces the agency where it is first named.
   *
   * @returns whether `text` can be an agency's number
   */
  protected introduce(text: string, shared = false): boolean {
    if (text === this.agencyText) return true;
    const agency = decimalOf(text);
    if (agency === null) return false;
    const options = shared ? { shared } : {};
    this.agencyText = text;
    this.emit({ kind: 'introduce', agency, token: NO_TOKEN, ...options });
    return true;
  }

  /**
   * Introduces the agency of the first bet. Bets of another agency behind it are rejected like any
   * bets that name another agency.
   *
   * @returns whether it is known now who sends bets
   */
  protected introduceSender({ agency }: Conversion, shared = false): boolean {
    return this.introduce(this.agencyText ?? agency ?? '', shared);
  }

  /** The bytes that an acknowledgement or a rejection is. */
  private settle(accepted: boolean): Buffer {
    const expected = this.expected.shift() ?? 'none';
    if (expected === 'none') return NO_BYTES;
    const allAccepted = accepted && !this.rejectedBefore;
    this.rejectedBefore = expected === 'with_next' && !allAccepted;
    if (expected === 'with_next') return NO_BYTES;
    return allAccepted ? expected.accepted : expected.rejected;
  }
}
