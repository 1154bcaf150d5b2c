/** What a central may say in the earlier dialects, written down once more from docs/DIALECTS.md. */
import * as builder from '../support/dialect-builder';
import type { Dialect } from '../../src/protocol/conversion';

export type AnswerKind = 'accepted' | 'refused' | 'busy' | 'winners';

export interface DialectAnswer {
  readonly kind: AnswerKind;
  readonly bytes: Buffer;
}

/** The answer at the start of `bytes`; null when they begin with nothing that may be said. */
export function answerAt(dialect: Dialect, bytes: Buffer): DialectAnswer | null {
  switch (dialect) {
    case 'pipe':
      return pipeAnswer(bytes);
    case 'tlv':
      return tlvAnswer(bytes);
    case 'opcode':
      return opcodeAnswer(bytes);
    case 'semicolon':
      return semicolonAnswer(bytes);
  }
}

/** The bytes that these winners are. */
export function winnersBytes(dialect: Dialect, documents: readonly string[]): Buffer {
  switch (dialect) {
    case 'pipe':
      return builder.pipeWinners(documents);
    case 'tlv':
      return builder.tlvWinners(documents.map(Number));
    case 'opcode':
      return builder.opcodeWinners(documents);
    case 'semicolon':
      return builder.semicolonWinners(documents);
  }
}

function pipeAnswer(bytes: Buffer): DialectAnswer | null {
  const [head, digits = ''] = /^(\d+)\|/.exec(bytes.toString('latin1', 0, 20)) ?? [];
  if (head === undefined) return null;
  const end = head.length + Number(digits);
  if (end > bytes.length) return null;
  const text = bytes.toString('latin1', head.length, end);
  const kind = /^(?:ok|ack \d+ \d+)\n$/.test(text)
    ? 'accepted'
    : /^err(?: \d+ \d+)?\n$/.test(text)
      ? 'refused'
      : /^winners: (?: \d+ {2}\d+(?: \d+)*)?\n$/.test(text)
        ? 'winners'
        : null;
  return kind && { kind, bytes: bytes.subarray(0, end) };
}

function tlvAnswer(bytes: Buffer): DialectAnswer | null {
  const { stored, rejected } = builder.TLV;
  if (bytes.subarray(0, 2).equals(stored)) return { kind: 'accepted', bytes: bytes.subarray(0, 2) };
  if (bytes.subarray(0, 4).equals(rejected)) {
    return { kind: 'refused', bytes: bytes.subarray(0, 4) };
  }
  if (bytes.length < 10 || bytes.readUInt16BE(0) !== 7) return null;
  const end = 10 + 4 * Number(bytes.readBigUInt64BE(2));
  return end > bytes.length ? null : { kind: 'winners', bytes: bytes.subarray(0, end) };
}

const OPCODE_KINDS: ReadonlyMap<number, AnswerKind> = new Map([
  [0, 'refused'],
  [2, 'accepted'],
  [4, 'refused'],
  [7, 'winners'],
  [8, 'busy'],
]);

function opcodeAnswer(bytes: Buffer): DialectAnswer | null {
  if (bytes.length < 5) return null;
  const kind = OPCODE_KINDS.get(bytes.readUInt8(0));
  const end = 5 + bytes.readUInt32BE(1);
  const isPlain = kind === 'winners' || bytes.readUInt8(0) === 4 || end === 5;
  if (kind === undefined || end > bytes.length || !isPlain) return null;
  return { kind, bytes: bytes.subarray(0, end) };
}

function semicolonAnswer(bytes: Buffer): DialectAnswer | null {
  if (bytes.length >= 2 && bytes.readUInt8(0) === 0 && bytes.readUInt8(1) <= 1) {
    const kind = bytes.readUInt8(1) === 1 ? 'accepted' : 'refused';
    return { kind, bytes: bytes.subarray(0, 2) };
  }
  const [head, digits = ''] = /^(\d*);/.exec(bytes.toString('latin1', 0, 20)) ?? [];
  if (head === undefined) return null;
  const end = head.length + Number(digits);
  return end > bytes.length ? null : { kind: 'winners', bytes: bytes.subarray(0, end) };
}
