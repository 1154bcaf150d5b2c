/**
 * What else befalls the lotteries of the crash campaign between two lives of the central: a byte of
 * bets.csv changes at rest, and somebody starts a central with other settings.
 */
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../support/memory-file';
import { loteria } from '../support/program';

const ZERO = 0x30;
const REFUSED_MS = 20_000;

/** One changed byte of bets.csv, which the journal no longer holds. */
interface Damage {
  readonly offset: number;
  readonly was: number;
}

export class ColdDamage {
  private damage: Damage | null = null;
  private readonly path: string;
  /** Damages that the central refused to draw over. */
  refused = 0;

  constructor(
    dataDirectory: string,
    private readonly random: Random,
    /** How often there is to be one. */
    private left: number,
  ) {
    this.path = join(dataDirectory, 'bets.csv');
  }

  get isThere(): boolean {
    return this.damage !== null;
  }

  /**
   * Changes one digit.
   *
   * @param coldBytes how much of bets.csv was there when the last central had come up: since then it
   *   is not in the journal
   */
  perhapsDo(coldBytes: number): void {
    if (this.left === 0 || this.damage !== null || coldBytes === 0) return;
    const cold = readFileSync(this.path).subarray(0, coldBytes);
    for (let tries = 0; tries < 100; tries++) {
      const offset = Math.floor(this.random() * cold.length);
      const was = cold[offset] ?? 0;
      if (was < ZERO || was > ZERO + 9) continue;
      this.left--;
      this.damage = { offset, was };
      this.write(offset, ZERO + ((was - ZERO + 1 + Math.floor(this.random() * 9)) % 10));
      return;
    }
  }

  /** Puts back what was there. */
  undo(): void {
    if (this.damage !== null) this.write(this.damage.offset, this.damage.was);
    this.damage = null;
  }

  /**
   * What a central made of it.
   *
   * @param lines its log
   * @returns null when it ended because of the damage, as it should; else what is wrong
   */
  judge(lines: readonly string[]): string | null {
    if (lines.some((line) => line.includes('action: sorteo | result: success'))) {
      return `a draw over bets.csv with a changed byte at ${String(this.damage?.offset)}`;
    }
    const last = lines.filter((line) => line.includes('STORE_DAMAGED')).at(-1);
    if (last?.includes('bets.csv') !== true) return `no STORE_DAMAGED of bets.csv: ${last ?? ''}`;
    this.refused++;
    this.undo();
    return null;
  }

  private write(offset: number, byte: number): void {
    const fd = openSync(this.path, 'r+');
    try {
      writeSync(fd, Buffer.from([byte]), 0, 1, offset);
    } finally {
      closeSync(fd);
    }
  }
}

/** Bytes of bets.csv that end in a row's end. */
export function wholeRowBytes(dataDirectory: string): number {
  const path = join(dataDirectory, 'bets.csv');
  if (!existsSync(path)) return 0;
  const { size } = statSync(path);
  const tail = Buffer.alloc(Math.min(size, 4_096));
  const fd = openSync(path, 'r');
  try {
    readSync(fd, tail, 0, tail.length, size - tail.length);
  } finally {
    closeSync(fd);
  }
  return size - tail.length + tail.lastIndexOf('\n') + 1;
}

/**
 * Starts a central on a directory with a setting that it was not begun with.
 *
 * @param env what the directory was begun with
 * @returns what is wrong, or null when it was refused, naming the setting
 */
export async function tryOtherSettings(
  directory: string,
  env: Readonly<Record<string, string>>,
  random: Random,
): Promise<string | null> {
  const others: readonly (readonly [string, string])[] = [
    ['AGENCIES', String(Number(env['AGENCIES']) + 1)],
    ['AGENCIES', String(Number(env['AGENCIES']) - 1)],
    ['EDITION', '2020'],
  ];
  const [name, value] = others[Math.floor(random() * others.length)] ?? ['EDITION', '2020'];
  const central = loteria(['server'], { ...env, [name]: value }, directory);
  const timer = setTimeout(() => {
    central.signal('SIGKILL');
  }, REFUSED_MS);
  const { code } = await central.exited;
  clearTimeout(timer);
  const isNamed = central.output.includes('CONFIG_INVALID') && central.output.includes(name);
  if (code === 1 && isNamed) return null;
  return `a start with ${name}=${value} was not refused: ${String(code)}: ${central.output}`;
}
