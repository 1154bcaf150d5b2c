/**
 * Makes sure that every agency has its file in `.data/`: the user's files are used, others come from `dataset.zip` if
 * that is there, and are made up otherwise.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { unzipSync } from 'fflate';
import * as v from 'valibot';
import { LoteriaError, messageOf } from '../../base/errors';
import { agencyFile, generateBets } from './generate-bets';

export interface PrepareOptions {
  readonly directory: string;
  /** How many agencies; their numbers are 1 to this. */
  readonly agencies: number;
  /** Bets of each agency whose file is made up; undefined: the default. */
  readonly bets: number | undefined;
  readonly seed: number | undefined;
}

export const BETS_DEFAULT = 2_000;
const SEED_DEFAULT = 7574;
const ARCHIVE_NAME = 'dataset.zip';
/** Beside made-up files: how they were made, so that other wishes lead to other files. */
const MARKER_NAME = 'generated.json';

const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(0));
const MARKER = v.object({
  /** CRC-32 of each made-up file, by the number of its agency. */
  agencies: v.record(v.pipe(v.string(), v.regex(/^[1-9]\d*$/)), wholeNumber),
  bets: wholeNumber,
  seed: wholeNumber,
});

type Marker = v.InferOutput<typeof MARKER>;

export interface Prepared {
  readonly present: number;
  readonly unpacked: number;
  readonly generated: number;
}

/** @throws LoteriaError DATA_UNREADABLE, DATA_INVALID */
export function prepareData(options: PrepareOptions): Prepared {
  const { directory, agencies } = options;
  mkdirSync(directory, { recursive: true });
  const wanted = Array.from({ length: agencies }, (_, i) => i + 1);
  removeOutdated(options);
  const unpacked = unpack(directory, replaceable(directory, wanted));
  const missing = wanted.filter((agency) => !existsSync(agencyFile(directory, agency)));
  if (missing.length > 0) generate(options, missing);
  const present = agencies - unpacked - missing.length;
  return { present, unpacked, generated: missing.length };
}

/** The agencies whose file is not there, or was made up: the archive's is better. */
function replaceable(directory: string, agencies: readonly number[]): number[] {
  const marker = readMarker(directory);
  return agencies.filter(
    (agency) => !existsSync(agencyFile(directory, agency)) || isMadeUp(directory, agency, marker),
  );
}

/** Whether the file is as it was made up. One that differs belongs to the user. */
function isMadeUp(directory: string, agency: number, marker: Marker | null): boolean {
  const path = agencyFile(directory, agency);
  const checksum = marker?.agencies[String(agency)];
  return checksum !== undefined && existsSync(path) && crc32(readFileSync(path)) === checksum;
}

function generate(options: PrepareOptions, agencies: readonly number[]): void {
  const { directory } = options;
  const before = readMarker(directory);
  const bets = options.bets ?? before?.bets ?? BETS_DEFAULT;
  const seed = options.seed ?? before?.seed ?? SEED_DEFAULT;
  // The last agency has no luck, as in the course's data; a lone agency is spared.
  const luckless = options.agencies > 1 ? options.agencies : 0;
  generateBets({ directory, agencies, bets, seed, luckless });
  const made = agencies.map((n) => [n, crc32(readFileSync(agencyFile(directory, n)))] as const);
  const marker: Marker = {
    agencies: { ...before?.agencies, ...Object.fromEntries(made) },
    bets,
    seed,
  };
  writeFileSync(join(directory, MARKER_NAME), `${JSON.stringify(marker)}\n`);
}

/** Generated files with other parameters are generated again. */
function removeOutdated({ directory, bets, seed }: PrepareOptions): void {
  const marker = readMarker(directory);
  if (marker === null) return;
  if ((bets ?? marker.bets) === marker.bets && (seed ?? marker.seed) === marker.seed) return;
  for (const agency of Object.keys(marker.agencies).map(Number)) {
    if (isMadeUp(directory, agency, marker)) rmSync(agencyFile(directory, agency));
  }
  rmSync(join(directory, MARKER_NAME));
}

function readMarker(directory: string): Marker | null {
  const path = join(directory, MARKER_NAME);
  if (!existsSync(path)) return null;
  try {
    return v.parse(MARKER, JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const advice = 'remove it together with the files that were made up';
    throw new LoteriaError('DATA_INVALID', `${path}: ${messageOf(error)}; ${advice}`);
  }
}

/**
 * Takes the agencies' files out of the archive, wherever in it they are.
 *
 * @returns how many agencies it has a file for
 */
function unpack(directory: string, agencies: readonly number[]): number {
  const archive = join(directory, ARCHIVE_NAME);
  if (agencies.length === 0 || !existsSync(archive)) return 0;
  const wanted = new Set(agencies.map((agency) => basename(agencyFile(directory, agency))));
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(readFileSync(archive), { filter: ({ name }) => wanted.has(basename(name)) });
  } catch (error) {
    throw new LoteriaError('DATA_UNREADABLE', `${archive}: ${messageOf(error)}`, { cause: error });
  }
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(directory, basename(name));
    writeFileSync(`${path}.new`, bytes);
    renameSync(`${path}.new`, path);
  }
  return new Set(Object.keys(files).map((name) => basename(name))).size;
}
