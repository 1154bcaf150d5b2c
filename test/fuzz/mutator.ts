/** Turns well-formed conversations into hostile ones. */
import {
  AGENCIES,
  bets,
  chooseRows,
  finished,
  GOODBYE,
  introduction,
  ping,
  PREFACE,
  question,
  type Progress,
} from './corpus';
import type { Random } from './random';

const LENGTHS = [0, 1, 3, 4, 5, 8191, 8192, 8193, 32_768, 65_535];
const BYTES = [0x00, 0x01, 0x0a, 0x0d, 0x22, 0x2c, 0x2d, 0x30, 0x39, 0x7f, 0x80, 0xc3, 0xff];
const OFFSETS = [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 63];

/** A conversation to come. */
export interface Conversation {
  readonly agency: number;
  /** Frames, the preface among them; what the central receives is their bytes in order. */
  readonly frames: Buffer[];
}

/**
 * @param progressOf what an agency has stored, if its batches are to have a chance
 */
export function converse(random: Random, progressOf: (agency: number) => Progress): Conversation {
  const agency = random.oneIn(30) ? random.below(AGENCIES + 3) : 1 + random.below(AGENCIES);
  const frames: Buffer[] = [];
  if (random.oneIn(40)) return { agency, frames: [garbage(random)] };
  if (!random.oneIn(60)) frames.push(PREFACE);
  if (!random.oneIn(25)) frames.push(introduction(random, agency));
  addMessages(random, agency, progressOf(agency), frames);
  if (!random.oneIn(4)) mutateFrames(random, frames);
  return { agency, frames };
}

function addMessages(random: Random, agency: number, from: Progress, frames: Buffer[]): void {
  let { count, checksum } = from;
  const messages = random.oneIn(8) ? random.below(48) : random.below(14);
  for (let i = 0; i < messages; i++) {
    const choice = random.below(64);
    if (choice < 54) {
      const someRows = chooseRows(random, random.oneIn(60) ? random.below(AGENCIES) : agency);
      const chosen = random.oneIn(16)
        ? { ...someRows, rows: mutateRow(random, someRows.rows) }
        : someRows;
      if (chosen.form === 'batch' && random.oneIn(20)) {
        // Rows and checksum are right, their number is not.
        frames.push(bets({ ...chosen, count: chosen.count + 1 }, { count, checksum }));
        continue;
      }
      const frame = bets(chosen, { count, checksum });
      frames.push(frame);
      if (random.oneIn(40)) continue;
      count += chosen.count;
      checksum = frame.readUInt32BE(12);
    } else if (choice < 56) frames.push(question(random));
    else if (choice < 57) frames.push(ping(random));
    else if (choice < 59) frames.push(finished(random.oneIn(6) ? count : random.pick(OFFSETS)));
    else if (choice < 60 && random.oneIn(3)) frames.push(GOODBYE);
    else if (choice < 61 && random.oneIn(3))
      frames.push(introduction(random, random.below(AGENCIES + 3)));
    else frames.push(bets(chooseRows(random, agency), from));
  }
}

/** Rows that may break a rule, but arrive with their right checksum. */
function mutateRow(random: Random, rows: Buffer): Buffer {
  const mutant = Buffer.from(rows);
  const edits = 1 + random.below(3);
  for (let i = 0; i < edits; i++) {
    mutant[random.below(mutant.length)] = random.oneIn(3) ? random.below(256) : random.pick(BYTES);
  }
  if (random.oneIn(4)) return mutant.subarray(0, random.below(mutant.length) + 1);
  return random.oneIn(4)
    ? Buffer.concat([mutant, mutant.subarray(random.below(mutant.length))])
    : mutant;
}

function mutateFrames(random: Random, frames: Buffer[]): void {
  if (frames.length === 0) return;
  const edits = random.oneIn(3) ? 1 + random.below(4) : 1;
  for (let i = 0; i < edits; i++) {
    // The later in a conversation, the more of it is understood.
    const at = random.oneIn(3) ? random.below(frames.length) : frames.length - 1;
    const frame = frames[at];
    if (frame === undefined) return;
    switch (random.below(6)) {
      case 0:
        frames.splice(at, 0, frame);
        break;
      case 1:
        frames.splice(at, 1, ...swapped(frames, at));
        break;
      case 2:
        frames.splice(at, 1);
        break;
      default:
        frames[at] = mutateBytes(random, frame, frames);
    }
  }
}

/** The frame with the one behind it in front, as far as there is one. */
function swapped(frames: Buffer[], at: number): Buffer[] {
  const [behind] = frames.splice(at + 1, 1);
  const frame = frames[at];
  return [behind, frame].filter((item) => item !== undefined);
}

function mutateBytes(random: Random, frame: Buffer, frames: readonly Buffer[]): Buffer {
  const mutant = Buffer.from(frame);
  if (mutant.length < 4) return garbage(random);
  const at = random.oneIn(2)
    ? random.below(Math.min(20, mutant.length))
    : random.below(mutant.length);
  switch (random.below(10)) {
    case 0:
    case 1:
      mutant[at] = (mutant[at] ?? 0) ^ (1 << random.below(8));
      return mutant;
    case 2:
      mutant[at] = random.pick(BYTES);
      return mutant;
    case 3:
      mutant.writeUInt16BE(
        random.oneIn(2) ? random.pick(LENGTHS) : mutant.length - 2 + random.below(5),
        0,
      );
      return mutant;
    case 4: // cut, with the length that it says it has
      return mutant.subarray(0, at);
    case 5: // cut, with its right length
      return withLength(mutant.subarray(0, Math.max(4, at)));
    case 6: // grown
      return withLength(Buffer.concat([mutant, garbage(random).subarray(0, 1 + random.below(9))]));
    case 7: // the front of one, the back of another
      return withLength(
        Buffer.concat([mutant.subarray(0, Math.max(4, at)), random.pick(frames).subarray(at)]),
      );
    case 8:
      mutant[2] = random.below(random.oneIn(2) ? 10 : 256);
      return mutant;
    default:
      if (mutant.length >= 12) mutant.writeBigUInt64BE(BigInt(random.pick(OFFSETS)), 4);
      return mutant;
  }
}

function withLength(frame: Buffer): Buffer {
  const sized = Buffer.from(frame.subarray(0, 8192));
  sized.writeUInt16BE(sized.length, 0);
  return sized;
}

/** Bytes that mean nothing. */
export function garbage(random: Random): Buffer {
  const bytes = Buffer.alloc(1 + random.below(random.oneIn(50) ? 20_000 : 40));
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.u32();
  return bytes;
}

/** The bytes of a conversation, in pieces as a network may deliver them. */
export function split(random: Random, bytes: Buffer): Buffer[] {
  const style = random.below(8);
  if (style < 4 || bytes.length === 0) return [bytes];
  if (style === 4 && bytes.length <= 400)
    return Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
  const pieces: Buffer[] = [];
  let from = 0;
  while (from < bytes.length) {
    const to = from + 1 + random.below(style === 5 ? 30 : 600);
    pieces.push(bytes.subarray(from, to));
    from = to;
  }
  return pieces;
}
