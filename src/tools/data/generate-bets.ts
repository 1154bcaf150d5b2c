/** Makes plausible bets, the same ones for the same seed, in files of any size. */
import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { LIMITS } from '../../base/limits';
import { LOTTERY_WINNER_NUMBER } from '../../domain/bet';
import { COMPOUND_SURNAMES, FIRST_NAMES, SURNAMES } from './names';

export interface GenerateOptions {
  readonly directory: string;
  /** Numbers of the agencies to make files for. */
  readonly agencies: readonly number[];
  /** Bets of each agency. */
  readonly bets: number;
  readonly seed: number;
  /** This agency gets no bet on the winning number, if any does. */
  readonly luckless: number;
}

/** Most winners that an agency is given. */
const WINNERS_MAX = 4;

/** The file of an agency. */
export function agencyFile(directory: string, agency: number): string {
  return join(directory, `agency-${String(agency)}.csv`);
}

/** Writes one file for each agency, whole or not at all. */
export function generateBets(options: GenerateOptions): void {
  mkdirSync(options.directory, { recursive: true });
  for (const agency of options.agencies) {
    const path = agencyFile(options.directory, agency);
    const unfinished = `${path}.new`;
    const fd = openSync(unfinished, 'w');
    try {
      writeBets(fd, agency, options);
    } finally {
      closeSync(fd);
    }
    renameSync(unfinished, path);
  }
}

function writeBets(fd: number, agency: number, { bets, seed, luckless }: GenerateOptions): void {
  const random = randomOf(seed, agency);
  const winners = new Set<number>();
  if (agency !== luckless && bets > 0) {
    const count = Math.min(random(1, WINNERS_MAX), bets);
    while (winners.size < count) winners.add(random(0, bets - 1));
  }
  let text = '';
  for (let i = 0; i < bets; i++) {
    text += makeRow(random, winners.has(i));
    if (text.length > LIMITS.generatedCharsMax) {
      writeSync(fd, text);
      text = '';
    }
  }
  writeSync(fd, text);
}

/** A whole number from `min` to `max`. */
type Random = (min: number, max: number) => number;

function randomOf(seed: number, agency: number): Random {
  // A prime apart, so that neighbouring seeds do not share agencies.
  const generator = xoroshiro128plus((seed * 65_537 + agency) | 0);
  return (min, max) => uniformInt(generator, min, max);
}

function makeRow(random: Random, wins: boolean): string {
  const firstName = pick(random, FIRST_NAMES);
  const secondName = random(0, 2) === 0 ? ` ${pick(random, FIRST_NAMES)}` : '';
  const surname = random(0, 9) === 0 ? pick(random, COMPOUND_SURNAMES) : pick(random, SURNAMES);
  const document =
    random(0, 19) === 0 ? random(4_000_000, 9_999_999) : random(10_000_000, 46_000_000);
  const fields = [`${firstName}${secondName}`, surname, document, birthdate(random)];
  return `${fields.join(',')},${String(betNumber(random, wins))}\r\n`;
}

function betNumber(random: Random, wins: boolean): number {
  if (wins) return LOTTERY_WINNER_NUMBER;
  const number = random(0, LIMITS.betNumberMax - 1);
  return number >= LOTTERY_WINNER_NUMBER ? number + 1 : number;
}

function birthdate(random: Random): string {
  const dayMs = 86_400_000;
  const first = Date.UTC(1940, 0, 1) / dayMs;
  const last = Date.UTC(2005, 11, 31) / dayMs;
  return new Date(random(first, last) * dayMs).toISOString().slice(0, 10);
}

function pick(random: Random, names: readonly string[]): string {
  return names[random(0, names.length - 1)] ?? '';
}
