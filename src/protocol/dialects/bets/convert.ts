/** What turns messages of the legacy dialects into rows, by the form in which bets are written. */
import type { Conversion, MessageForm } from '../../conversion';
import { convertOpcodeBatch, convertOpcodeBet } from './opcode-bets';
import { convertPipeBatch, convertPipeBet } from './pipe-bets';
import { convertSemicolonPacket } from './semicolon-bets';
import { convertTlvBatch } from './tlv-bets';

/** Each needs nothing but the bytes of a message, and remembers nothing. */
export const CONVERT: Readonly<Record<MessageForm, (bytes: Buffer) => Conversion>> = {
  pipe_bet: convertPipeBet,
  pipe_batch: convertPipeBatch,
  tlv_batch: convertTlvBatch,
  opcode_bet: convertOpcodeBet,
  opcode_batch: convertOpcodeBatch,
  semicolon_packet: convertSemicolonPacket,
};
