/**
 * Memory that the main thread shares with a worker. The main thread copies messages into it; the worker parses
 * them in place and writes its results beside them, so nothing is transferred or serialised. Only one of the two
 * uses it at a time: the task passes it to the worker, the task's result passes it back.
 *
 *        0  work area of row-check.wat
 *      256  table: 16 words of 4 bytes for each message, its input and its result
 *           the messages, one after another
 *           output: rows of bets.csv, or offsets of winners
 *           128 bytes of padding, which row-check.wat may load
 */
import { invariant } from '../base/invariant';
import { LIMITS } from '../base/limits';
import { LOADED_BEHIND_BYTES, ROWS_AT } from '../domain/plain-rows-walk';
import { ROW_PROBLEMS } from '../domain/row-bytes';
import type { ParsedRows, RowsVerdict } from '../domain/row-check';
import type { WasmMemory } from '../domain/wasm/instance';
import { copyOfShared, copyToShared, createWasmMemory } from '../domain/wasm/instance';
import { MESSAGE_FORMS, type Conversion } from '../protocol/conversion';
import { NO_ROWS_VERDICT, type Parsed } from './parsed';

/** The form of a message: rows of an edition, or a message of a dialect. */
const SLAB_FORMS = ['bets', 'contestants', ...MESSAGE_FORMS] as const;
export type SlabForm = (typeof SLAB_FORMS)[number];
const BETS_FORM = SLAB_FORMS.indexOf('bets');
const CONTESTANTS_FORM = SLAB_FORMS.indexOf('contestants');

const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT;
const ENTRY_WORDS = 16;
const ENTRY_BYTES = ENTRY_WORDS * WORD_BYTES;
const ENTRIES_MAX = LIMITS.framesPerTurnMax + LIMITS.framesPerConnectionPerTurnMax;
const MESSAGES_AT = ROWS_AT + ENTRIES_MAX * ENTRY_BYTES;

// The words of an entry. Written by the main thread:
const FORM = 0;
const START = 1;
const LENGTH = 2;
const STATUS = 3;
// Written by the worker. Of rows:
const PROBLEM = 4;
/** The agency of valid rows; the index of the first invalid row. */
const AGENCY_OR_INDEX = 5;
const ROW_COUNT = 6;
const CHECKSUM = 7;
// Its output: rows of bets.csv, or offsets of winners, a word each.
const MADE_AT = 8;
const MADE_BYTES = 9;
// Of a dialect message:
const BET_COUNT = 10;
const AGENCY_TEXT_BYTES = 11;
const AGENCY_TEXT = 12;
const AGENCY_TEXT_BYTES_MAX = (ENTRY_WORDS - AGENCY_TEXT) * WORD_BYTES;

/** Not parsed: left to the main thread. */
const LEFT = 0;
const PARSED = 1;
/** Parsed, but its bets cannot be decoded. */
const UNREADABLE = 2;

/** A message as a worker reads it. */
export interface SlabMessage {
  readonly form: SlabForm;
  readonly bytes: Buffer;
}

/** The part of a slab that is in use. */
export interface SlabPart {
  readonly count: number;
  /** Where the messages end. */
  readonly end: number;
}

export class Slab {
  private readonly bytes: Buffer;
  private readonly words: Uint32Array;
  /** The offset at which messages and output must end. */
  private readonly limit: number;
  private count = 0;
  /** The offset of free memory. */
  private end = MESSAGES_AT;
  /** Bytes kept free for what is made of the messages of dialects: about as much as they have themselves. */
  private madeBytes = 0;

  static create(bytes: number = LIMITS.slabBytes): Slab {
    return new Slab(createWasmMemory(bytes) ?? { buffer: new SharedArrayBuffer(bytes) });
  }

  /** @param memory shared; it need not be WebAssembly memory */
  constructor(readonly memory: WasmMemory) {
    this.bytes = Buffer.from(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
    this.limit = this.bytes.length - LOADED_BEHIND_BYTES;
    invariant(this.limit > MESSAGES_AT, 'a slab must hold more than its table');
  }

  /** Removes all messages. */
  clear(): void {
    this.count = 0;
    this.end = MESSAGES_AT;
    this.madeBytes = 0;
  }

  /** Adds a message. One that does not fit gets an entry without bytes, and is left to the main thread. */
  add(form: SlabForm, bytes: Uint8Array): void {
    invariant(this.count < ENTRIES_MAX, 'a slab got more messages than a turn has');
    const at = wordsOf(this.count++);
    const madeBytes = form === 'bets' || form === 'contestants' ? 0 : bytes.length;
    const length = this.fits(bytes.length + this.madeBytes + madeBytes) ? bytes.length : 0;
    if (length > 0) this.madeBytes += madeBytes;
    this.words[at + FORM] = SLAB_FORMS.indexOf(form);
    this.words[at + START] = this.end;
    this.words[at + LENGTH] = length;
    this.words[at + STATUS] = LEFT;
    this.words[at + MADE_BYTES] = 0;
    if (length > 0) copyToShared(this.bytes, this.end, bytes);
    this.end += length;
  }

  /** Ends the messages: the worker may parse them now. */
  close(): SlabPart {
    this.end = wholeWords(this.end);
    return { count: this.count, end: this.end };
  }

  /** In a worker: continues behind the messages that the main thread has added. */
  open({ count, end }: SlabPart): void {
    this.count = count;
    this.end = end;
  }

  /** In a worker: the offset behind its output, the result of its task. */
  get madeEnd(): number {
    return this.end;
  }

  /** In a worker: a message, in place; null if it did not fit. */
  messageAt(index: number): SlabMessage | null {
    const at = wordsOf(index);
    const length = this.word(at + LENGTH);
    const form = SLAB_FORMS[this.word(at + FORM)];
    if (length === 0 || form === undefined) return null;
    const start = this.word(at + START);
    return { form, bytes: this.bytes.subarray(start, start + length) };
  }

  /** In a worker: stores the result of checking rows, and marks the message as parsed. */
  setRows(index: number, { verdict, checksum = 0 }: ParsedRows): void {
    const at = wordsOf(index);
    this.words[at + PROBLEM] = verdict.ok ? 0 : 1 + ROW_PROBLEMS.indexOf(verdict.problem);
    this.words[at + AGENCY_OR_INDEX] = verdict.ok ? verdict.agency : verdict.index;
    this.words[at + ROW_COUNT] = verdict.ok ? verdict.count : 0;
    this.words[at + CHECKSUM] = checksum;
    this.words[at + STATUS] = PARSED;
  }

  /** In a worker: stores the offsets of winners' rows. @returns false if they do not fit */
  setWinners(index: number, starts: readonly number[]): boolean {
    const bytes = starts.length * WORD_BYTES;
    if (!this.fits(bytes)) return false;
    this.words.set(starts, this.end / WORD_BYTES);
    this.setMade(wordsOf(index), bytes);
    return true;
  }

  /**
   * In a worker: stores what a dialect message was converted to.
   *
   * @returns the rows, in the slab; null if the bets cannot be decoded, or they or the agency do not fit
   */
  setConversion(index: number, { agency, count, rows }: Conversion): Buffer | null {
    if ((agency?.length ?? 0) > AGENCY_TEXT_BYTES_MAX) return null;
    const at = wordsOf(index);
    this.words[at + BET_COUNT] = count;
    this.words[at + AGENCY_TEXT_BYTES] = agency?.length ?? 0;
    if (agency !== null) this.bytes.write(agency, (at + AGENCY_TEXT) * WORD_BYTES, 'latin1');
    if (rows === null) {
      this.words[at + STATUS] = UNREADABLE;
      return null;
    }
    if (!this.fits(rows.length)) return null;
    const start = this.end;
    if (rows.length > 0) copyToShared(this.bytes, start, rows);
    this.setMade(at, rows.length);
    return this.bytes.subarray(start, start + rows.length);
  }

  /**
   * The results of a worker.
   *
   * @param madeEnd the result of its task
   * @returns one for each message, in order; null for one that is left to the main thread
   */
  results(madeEnd: number): (Parsed | null)[] {
    // Copied, because rows wait for the disk while the next turn uses the slab.
    const made = copyOfShared(this.bytes, this.end, madeEnd);
    const found: (Parsed | null)[] = [];
    for (let i = 0; i < this.count; i++) found.push(this.resultAt(wordsOf(i), made));
    return found;
  }

  private resultAt(at: number, made: Buffer): Parsed | null {
    const status = this.word(at + STATUS);
    if (status === LEFT) return null;
    const form = this.word(at + FORM);
    const verdict = status === PARSED ? this.verdictAt(at) : NO_ROWS_VERDICT;
    const checksum = this.word(at + CHECKSUM);
    if (form === BETS_FORM) return { verdict, checksum };
    const madeAt = this.word(at + MADE_AT);
    const madeBytes = this.word(at + MADE_BYTES);
    if (form === CONTESTANTS_FORM) {
      if (!verdict.ok) return { verdict, checksum };
      const first = madeAt / WORD_BYTES;
      const winnersAt = Array.from(this.words.subarray(first, first + madeBytes / WORD_BYTES));
      return { verdict, checksum, winnersAt };
    }
    const agency = this.agencyTextAt(at);
    const count = this.word(at + BET_COUNT);
    const start = madeAt - this.end;
    const rows = status === PARSED ? made.subarray(start, start + madeBytes) : null;
    return { verdict, checksum, conversion: { agency, count, rows } };
  }

  private verdictAt(at: number): RowsVerdict {
    const value = this.word(at + AGENCY_OR_INDEX);
    const problem = ROW_PROBLEMS[this.word(at + PROBLEM) - 1];
    if (problem !== undefined) return { ok: false, index: value, problem };
    return { ok: true, agency: value, count: this.word(at + ROW_COUNT) };
  }

  private agencyTextAt(at: number): string | null {
    const start = (at + AGENCY_TEXT) * WORD_BYTES;
    const length = this.word(at + AGENCY_TEXT_BYTES);
    return length === 0 ? null : this.bytes.toString('latin1', start, start + length);
  }

  private setMade(at: number, bytes: number): void {
    this.words[at + MADE_AT] = this.end;
    this.words[at + MADE_BYTES] = bytes;
    this.end = wholeWords(this.end + bytes);
  }

  private fits(bytes: number): boolean {
    return this.end + bytes <= this.limit - WORD_BYTES;
  }

  private word(at: number): number {
    return this.words[at] ?? 0;
  }
}

function wordsOf(index: number): number {
  return ROWS_AT / WORD_BYTES + index * ENTRY_WORDS;
}

function wholeWords(bytes: number): number {
  return Math.ceil(bytes / WORD_BYTES) * WORD_BYTES;
}
