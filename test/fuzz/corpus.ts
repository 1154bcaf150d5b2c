/** Well-formed messages to begin from; all bytes come from `test/support/wire-builder.ts`. */
import { crc32 } from 'node:zlib';
import * as wire from '../support/wire-builder';
import type { Random } from './random';

export const AGENCIES = 5;
const ROWS_PER_AGENCY = 48;
const NAMES = [
  'Nora',
  'Pérez, "hijo"',
  'Ñ',
  'a"b',
  'María del Carmen',
  'x'.repeat(40),
  '李雷',
  '"',
];
const DATES = ['1988-04-23', '0001-01-01', '9999-12-31', '2000-02-29', '1999-12-31'];

/** Rows of each agency; its number is the index. */
const ROWS: readonly (readonly Buffer[])[] = Array.from({ length: AGENCIES + 2 }, (_, agency) =>
  Array.from({ length: ROWS_PER_AGENCY }, (__, i) =>
    wire.row({
      agency,
      firstName: NAMES[i % NAMES.length] ?? '',
      lastName: NAMES[(i * 3 + 1) % NAMES.length] ?? '',
      document: String(10 ** (i % 10)),
      birthdate: DATES[i % DATES.length] ?? '',
      number: (i * 631) % 10_000,
    }),
  ),
);
const INTRODUCTIONS = Array.from({ length: AGENCIES + 2 }, (_, agency) => wire.introduce(agency));
/** With a token as long as it may be, and one byte longer. */
const WITH_TOKENS = [256, 257, 1].map((bytes) =>
  wire.introduce(1, new Uint8Array(bytes).fill(0x41)),
);
const QUESTIONS = [
  wire.askWinners(0, 1),
  wire.askWinners(0, 0),
  wire.askWinners(7, 0),
  wire.askWinners(2 ** 53 - 1, 1),
];
const PINGS = [wire.ping(wire.u64(0)), wire.ping(wire.u64(2n ** 64n - 1n))];
export const PREFACE = wire.preface();
export const GOODBYE = wire.agencyGoodbye();
const BATCH = wire.batch(0, 0, 1, new Uint8Array());
const BET = wire.bet(0, 0, new Uint8Array());
const FINISHED = wire.finished(0);

export function introduction(random: Random, agency: number): Buffer {
  if (random.oneIn(40)) return random.pick(WITH_TOKENS);
  return INTRODUCTIONS[agency] ?? wire.introduce(agency);
}

export function ping(random: Random): Buffer {
  return random.pick(PINGS);
}

export function question(random: Random): Buffer {
  return random.pick(QUESTIONS);
}

/** A template with a u64 at its fifth byte. */
function withOffset(template: Buffer, offset: number): Buffer {
  const frame = Buffer.from(template);
  frame.writeUInt32BE(Math.floor(offset / 2 ** 32) % 2 ** 32, 4);
  frame.writeUInt32BE(offset % 2 ** 32, 8);
  return frame;
}

export function finished(total: number): Buffer {
  return withOffset(FINISHED, total);
}

/** How far an agency is. */
export interface Progress {
  readonly count: number;
  readonly checksum: number;
}

export interface BatchChoice {
  readonly form: 'bet' | 'batch';
  readonly count: number;
  readonly rows: Buffer;
}

export function chooseRows(random: Random, agency: number): BatchChoice {
  const rows = ROWS[agency] ?? ROWS[1] ?? [];
  if (random.oneIn(4)) return { form: 'bet', count: 1, rows: random.pick(rows) };
  const count = random.oneIn(200) ? 20 + random.below(60) : 1 + random.below(3);
  const some = Array.from({ length: count }, () => random.pick(rows));
  return { form: 'batch', count, rows: some.length === 1 ? (some[0] ?? BET) : Buffer.concat(some) };
}

/** A message of bets that goes on from `at`. */
export function bets({ form, count, rows }: BatchChoice, at: Progress): Buffer {
  const head = form === 'bet' ? BET : BATCH;
  const frame = Buffer.concat([head, rows]);
  frame.writeUInt16BE(frame.length & 0xffff, 0);
  frame.writeUInt32BE(Math.floor(at.count / 2 ** 32), 4);
  frame.writeUInt32BE(at.count % 2 ** 32, 8);
  frame.writeUInt32BE(crc32(rows, at.checksum), 12);
  if (form === 'batch') frame.writeUInt16BE(count, 16);
  return frame;
}
