/** What messages and answers of the earlier dialects mean, by the bytes of the tests' own builder. */
import type { Dialect } from '../../src/protocol/conversion';
import * as builder from '../support/dialect-builder';
import { join, u16 } from '../support/wire-builder';

/** What a message asks for that holds no bets. `nothing`: it needs no answer. */
export type PlainRequest = 'finish' | 'winners' | 'nothing';

interface LegacyWire {
  /** Messages without bets, and what they ask for. */
  readonly requests: (agency: number) => readonly (readonly [Buffer, PlainRequest])[];
  /** The answer to bets, or to the end of them, that are stored. */
  readonly stored: Buffer;
  /** Whether these bytes refuse, or send away, instead of an answer. */
  readonly isRefusal: (bytes: Buffer) => boolean;
  readonly winners: (documents: readonly string[]) => Buffer;
  /** Whether the message with the last bets says that they are the last. */
  readonly marksLast: (message: Buffer) => boolean;
}

const never = (): boolean => false;

export const LEGACY_WIRE: Readonly<Record<Dialect, LegacyWire>> = {
  pipe: {
    requests: (agency) => [
      [builder.pipeAsk(String(agency)), 'winners'],
      [builder.pipeExit(String(agency)), 'nothing'],
    ],
    stored: builder.pipeMessage('ok'),
    isRefusal: (bytes) => bytes.equals(builder.pipeMessage('err')),
    winners: builder.pipeWinners,
    marksLast: (message) => /^\d+ \d+ 1\|/.test(message.toString('latin1', 0, 30)),
  },
  tlv: {
    requests: () => [
      [join(builder.TLV.allSent, builder.TLV.ask), 'winners'],
      [builder.TLV.ack, 'nothing'],
    ],
    stored: builder.TLV.stored,
    isRefusal: (bytes) => bytes.equals(builder.TLV.rejected),
    winners: (documents) => builder.tlvWinners(documents.map(Number)),
    marksLast: never,
  },
  opcode: {
    requests: (agency) => [
      [builder.opcodePacket(5, [String(agency)]), 'finish'],
      [builder.opcodePacket(6, [String(agency)]), 'winners'],
    ],
    stored: builder.opcodePacket(2),
    // An error, "closed" or "busy".
    isRefusal: (bytes) => [4, 0, 8].includes(bytes[0] ?? -1),
    winners: builder.opcodeWinners,
    marksLast: never,
  },
  semicolon: {
    requests: (agency) => [
      [builder.semicolonPacket(String(agency), [], 0), 'finish'],
      [join(u16(agency)), 'winners'],
    ],
    stored: join(u16(1)),
    isRefusal: (bytes) => bytes.equals(join(u16(0))),
    winners: builder.semicolonWinners,
    marksLast: never,
  },
};
