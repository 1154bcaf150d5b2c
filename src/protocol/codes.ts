/**
 * Codes on the wire and their numbers (docs/PROTOCOL.md, section 8). Numbers are never reused.
 */
import type { RowProblem } from '../domain/row-bytes';

/** Why a batch is rejected. */
export type RejectReason =
  | RowProblem
  | 'WRONG_COUNT'
  | 'WRONG_OFFSET'
  | 'WRONG_CHECKSUM'
  | 'ALREADY_FINISHED'
  | 'DATA_DIFFERS';

/** Why a connection is closed. */
export type WireErrorCode =
  | 'BAD_PREFACE'
  | 'UNSUPPORTED_VERSION'
  | 'BAD_FRAME_LENGTH'
  | 'UNKNOWN_MESSAGE'
  | 'MALFORMED_MESSAGE'
  | 'UNEXPECTED_MESSAGE'
  | 'UNKNOWN_AGENCY'
  | 'NOT_AUTHORISED'
  | 'REPLACED'
  | 'WRONG_TOTAL'
  | 'NOT_FINISHED'
  | 'TOO_SLOW'
  | 'WINDOW_EXCEEDED'
  | 'OUTPUT_OVERFLOW'
  | 'WRONG_EDITION';

export const REJECT_NUMBER: Readonly<Record<RejectReason, number>> = {
  MALFORMED_ROW: 101,
  WRONG_AGENCY: 102,
  INVALID_FIRST_NAME: 103,
  INVALID_LAST_NAME: 104,
  INVALID_DOCUMENT: 105,
  INVALID_BIRTHDATE: 106,
  INVALID_NUMBER: 107,
  NOT_CANONICAL: 108,
  INVALID_UTF8: 109,
  WRONG_COUNT: 120,
  WRONG_OFFSET: 121,
  WRONG_CHECKSUM: 122,
  ALREADY_FINISHED: 123,
  DATA_DIFFERS: 124,
};

export const ERROR_NUMBER: Readonly<Record<WireErrorCode, number>> = {
  BAD_PREFACE: 1,
  UNSUPPORTED_VERSION: 2,
  BAD_FRAME_LENGTH: 3,
  UNKNOWN_MESSAGE: 4,
  MALFORMED_MESSAGE: 5,
  UNEXPECTED_MESSAGE: 6,
  UNKNOWN_AGENCY: 7,
  NOT_AUTHORISED: 8,
  REPLACED: 9,
  WRONG_TOTAL: 10,
  NOT_FINISHED: 11,
  TOO_SLOW: 12,
  WINDOW_EXCEEDED: 13,
  OUTPUT_OVERFLOW: 14,
  WRONG_EDITION: 15,
};

/** `index` of a REJECT that concerns the batch as a whole. */
export const WHOLE_BATCH = 0xffff;

/** The name of a number, or undefined for one that this version does not know. */
export function nameOfNumber<Name extends string>(
  table: Readonly<Record<Name, number>>,
  number: number,
): Name | undefined {
  for (const name in table) if (table[name] === number) return name;
  return undefined;
}

/** A peer broke the protocol: it receives the code, and the connection is closed. */
export class WireError extends Error {
  override readonly name = 'WireError';

  constructor(
    readonly code: WireErrorCode,
    message: string,
  ) {
    super(message);
  }
}
