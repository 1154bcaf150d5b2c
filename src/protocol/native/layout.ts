/** Numbers of the native protocol, version 1 (docs/PROTOCOL.md). */
import { LIMITS } from '../../base/limits';
import type { AgencyStage } from '../commands';

export const VERSION = 1;

/** First bytes of a connection: a magic that no other dialect begins with, and the version. */
export const MAGIC = Buffer.from([0xa5, 0x4c, 0x4e]);
export const PREFACE = Buffer.from([...MAGIC, VERSION]);

export const TYPE = Object.freeze({
  introduce: 0x01,
  bet: 0x02,
  batch: 0x03,
  finished: 0x04,
  askWinners: 0x05,
  goodbye: 0x06,
  introduceEdition: 0x07,
  askTotal: 0x08,
  ping: 0x09,
  welcome: 0x81,
  ack: 0x82,
  reject: 0x83,
  winners: 0x84,
  notYet: 0x85,
  busy: 0x86,
  error: 0x87,
  centralGoodbye: 0x88,
  results: 0x89,
  total: 0x8a,
  pong: 0x8b,
});

/** Bytes of a PING that its PONG brings back. */
export const PING_ECHO_BYTES = 8;

/** The number of an edition other than the lottery. */
export const EDITION_NUMBER = Object.freeze({ '2020': 2020 });

/** The byte for a stage is its place in this list. */
export const STAGES: readonly AgencyStage[] = ['loading', 'finished', 'drawn'];

export const HEADER_BYTES = LIMITS.frameHeaderBytes;
/** Where the rows of a BET begin. */
export const BET_ROWS_AT = 16;
/** Where the rows of a BATCH begin. */
export const BATCH_ROWS_AT = 18;
/** Where the documents of a WINNERS frame begin. */
export const WINNERS_DOCUMENTS_AT = 22;
/** Bytes for documents in one WINNERS frame. */
export const WINNERS_PAGE_BYTES_MAX = LIMITS.frameBytesMax - WINNERS_DOCUMENTS_AT;
/** Where the rows of a RESULTS frame begin. */
const RESULTS_ROWS_AT = 23;
/** Bytes for rows in one RESULTS frame. */
export const RESULTS_ROWS_BYTES_MAX = LIMITS.frameBytesMax - RESULTS_ROWS_AT;
/** Bytes for rows in one BATCH. */
export const BATCH_ROWS_BYTES_MAX = LIMITS.frameBytesMax - BATCH_ROWS_AT;
