/**
 * Checks a row byte by byte, and names the exact problem (docs/PROTOCOL.md, section 6). No allocation, no
 * copy.
 */
import { LIMITS } from '../base/limits';
import { isDayOfYear } from './bet';

/** Why a row was refused. The first ones are in the order of the codes of `checkRow`. */
export const ROW_PROBLEMS = [
  'MALFORMED_ROW',
  'WRONG_AGENCY',
  'INVALID_FIRST_NAME',
  'INVALID_LAST_NAME',
  'INVALID_DOCUMENT',
  'INVALID_BIRTHDATE',
  'INVALID_NUMBER',
  'NOT_CANONICAL',
  'INVALID_UTF8',
] as const;

export type RowProblem = (typeof ROW_PROBLEMS)[number];

const COMMA = 0x2c;
const QUOTE = 0x22;
const DASH = 0x2d;
const CR = 0x0d;
const LF = 0x0a;
const ZERO = 0x30;
const FIELDS = 6;
const DATE_BYTES = 10;
const NUMBER_DIGITS_MAX = String(LIMITS.betNumberMax).length;

const SPACE = 0x20;
const DELETE = 0x7f;

/** The byte at `i`; past the end 0, which no row may hold. */
function at(bytes: Uint8Array, i: number): number {
  return bytes[i] ?? 0;
}

/** The value of the digit at `i`; anything above 9 when it is none. */
function digitAt(bytes: Uint8Array, i: number): number {
  return (at(bytes, i) - ZERO) >>> 0;
}

// Return values of the functions below for an invalid row, -1 for the first of ROW_PROBLEMS and so on; else they return
// the position after what they read.
const MALFORMED = -1;
const BAD_AGENCY = -2;
const BAD_FIRST_NAME = -3;
const BAD_LAST_NAME = -4;
const BAD_DOCUMENT = -5;
const BAD_BIRTHDATE = -6;
const BAD_NUMBER = -7;
const BAD_QUOTING = -8;

/**
 * The problem of the row at `start`. Fields after the names are also invalid where one is missing.
 *
 * @param code result of `checkRow`
 */
export function problemOf(code: number, rows: Uint8Array, start: number): RowProblem {
  const isBehindNames = code === BAD_DOCUMENT || code === BAD_BIRTHDATE || code === BAD_NUMBER;
  if (isBehindNames && !hasShapeOfRow(rows, start)) return 'MALFORMED_ROW';
  return ROW_PROBLEMS[-code - 1] ?? 'MALFORMED_ROW';
}

/** Whether the row, whose names are valid, has six fields and ends in CR LF. */
function hasShapeOfRow(rows: Uint8Array, start: number): boolean {
  let fields = 1;
  let quoted = false;
  for (let i = start; i < rows.length; i++) {
    const byte = at(rows, i);
    if (byte === QUOTE) quoted = !quoted;
    else if (byte === COMMA && !quoted) fields++;
    else if (byte === CR || byte === LF) {
      return fields === FIELDS && byte === CR && at(rows, i + 1) === LF;
    }
  }
  return false;
}

/**
 * Checks one row.
 *
 * @param rows valid UTF-8
 * @param start index of the row
 * @param prefix length of its required prefix, the first bytes of `rows`: agency and comma
 * @returns the position after its CR LF, or, below zero, a code for `problemOf`
 */
export function checkRow(rows: Uint8Array, start: number, prefix: number): number {
  for (let i = 0; i < prefix; i++) {
    if (at(rows, start + i) !== at(rows, i)) return BAD_AGENCY;
  }
  let position = nameEnd(rows, start + prefix, BAD_FIRST_NAME);
  if (position < 0) return position;
  position = nameEnd(rows, position, BAD_LAST_NAME);
  if (position < 0) return position;
  position = documentEnd(rows, position);
  if (position < 0) return position;
  if (!isDateAt(rows, position) || at(rows, position + DATE_BYTES) !== COMMA) return BAD_BIRTHDATE;
  return numberEnd(rows, position + DATE_BYTES + 1);
}

/** Bytes of `N,` in front of the row at `start`, N an agency number; 0 when there is none. */
export function agencyPrefixBytes(rows: Uint8Array, start = 0): number {
  let i = start;
  while (i < start + 5 && digitAt(rows, i) <= 9) i++;
  if (i === start || at(rows, start) === ZERO || at(rows, i) !== COMMA) return 0;
  return numberAt(rows, start, i) > LIMITS.agencyNumberMax ? 0 : i + 1 - start;
}

/** The agency that a prefix of so many bytes at `start` names. */
export function agencyOf(rows: Uint8Array, prefix: number, start = 0): number {
  return numberAt(rows, start, start + prefix - 1);
}

function numberAt(rows: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + digitAt(rows, i);
  return value;
}

/** Where the bytes that an unquoted name may hold end. */
function plainEnd(rows: Uint8Array, start: number): number {
  let i = start;
  let byte = at(rows, i);
  // Most bytes are letters, above all that is special but one: they take one comparison each.
  while (byte > COMMA ? byte !== DELETE : byte >= SPACE && byte !== COMMA && byte !== QUOTE) {
    byte = at(rows, ++i);
  }
  return i;
}

/** Walks a name and the comma after it. */
function nameEnd(rows: Uint8Array, start: number, problem: number): number {
  const i = plainEnd(rows, start);
  const stop = at(rows, i);
  if (stop === COMMA) {
    return i === start || i - start > LIMITS.nameBytesMax ? problem : i + 1;
  }
  if (stop === QUOTE) return i === start ? quotedNameEnd(rows, start, problem) : BAD_QUOTING;
  return stop === CR || stop === LF ? MALFORMED : problem;
}

/** Walks `"..."` and the comma after it; quotes must be needed (csv.QUOTE_MINIMAL). */
function quotedNameEnd(rows: Uint8Array, start: number, problem: number): number {
  let needed = false;
  let doubled = 0;
  let i = start + 1;
  for (; i < rows.length; i++) {
    const byte = at(rows, i);
    if (byte === QUOTE) {
      if (at(rows, i + 1) !== QUOTE) break;
      i++;
      doubled++;
      needed = true;
    } else if (byte === COMMA) needed = true;
    else if (byte < SPACE || byte === DELETE) return problem;
  }
  if (at(rows, i) !== QUOTE || at(rows, i + 1) !== COMMA || !needed) return BAD_QUOTING;
  return i - start - 1 - doubled > LIMITS.nameBytesMax ? problem : i + 2;
}

function documentEnd(rows: Uint8Array, start: number): number {
  let i = start;
  while (digitAt(rows, i) <= 9) i++;
  const digits = i - start;
  if (digits === 0 || digits > LIMITS.documentDigitsMax || at(rows, i) !== COMMA) {
    return BAD_DOCUMENT;
  }
  return i + 1;
}

/** Whether `YYYY-MM-DD` stands at `i` and is a day of the calendar. */
function isDateAt(rows: Uint8Array, i: number): boolean {
  const century = twoDigitsAt(rows, i);
  const year = twoDigitsAt(rows, i + 2);
  const month = twoDigitsAt(rows, i + 5);
  const day = twoDigitsAt(rows, i + 8);
  if (century < 0 || year < 0 || month < 1 || month > 12 || day < 1) return false;
  if (at(rows, i + 4) !== DASH || at(rows, i + 7) !== DASH) return false;
  return isDayOfYear(century * 100 + year, month, day);
}

/** The number in two digits, or -1. */
function twoDigitsAt(rows: Uint8Array, i: number): number {
  const tens = digitAt(rows, i);
  const ones = digitAt(rows, i + 1);
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : -1;
}

/** Walks the number and the CR LF that ends the row. */
function numberEnd(rows: Uint8Array, start: number): number {
  let i = start;
  while (digitAt(rows, i) <= 9) i++;
  const digits = i - start;
  if (digits === 0 || digits > NUMBER_DIGITS_MAX) return BAD_NUMBER;
  if (digits > 1 && at(rows, start) === ZERO) return BAD_NUMBER;
  if (at(rows, i) === CR && at(rows, i + 1) === LF) return i + 2;
  return i >= rows.length || at(rows, i) === COMMA || at(rows, i) === CR ? MALFORMED : BAD_NUMBER;
}
