/**
 * Makes sure that every agency has its file in `.data/`: files that are there are used, missing
 * ones come from `dataset.zip` if that is there, and are made up otherwise.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { unzipSync } from 'fflate';
import { LoteriaError, messageOf } from '../base/errors';
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
export const SEED_DEFAULT = 7574;
const ARCHIVE_NAME = 'dataset.zip';
/** Beside made-up files: how they were made, so that other wishes lead to other files. */
const MARKER_NAME = 'generated.json';

interface Marker {
  readonly agencies: readonly number[];
  readonly bets: number;
  readonly seed: number;
}

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
  const missing = (): number[] => wanted.filter((n) => !existsSync(agencyFile(directory, n)));
  const present = agencies - missing().length;
  const archive = join(directory, ARCHIVE_NAME);
  if (missing().length > 0 && existsSync(archive)) unpack(archive, directory, missing());
  const unpacked = agencies - missing().length - present;
  const toGenerate = missing();
  if (toGenerate.length > 0) generate(options, toGenerate);
  return { present, unpacked, generated: toGenerate.length };
}

function generate(options: PrepareOptions, agencies: readonly number[]): void {
  const { directory } = options;
  const before = readMarker(directory);
  const bets = options.bets ?? before?.bets ?? BETS_DEFAULT;
  const seed = options.seed ?? before?.seed ?? SEED_DEFAULT;
  // The last agency has no luck, as in the course's data; a lone agency is spared.
  const luckless = options.agencies > 1 ? options.agencies : 0;
  generateBets({ directory, agencies, bets, seed, luckless });
  const marker: Marker = { agencies: [...(before?.agencies ?? []), ...agencies], bets, seed };
  writeFileSync(join(directory, MARKER_NAME), `${JSON.stringify(marker)}\n`);
}

/** Made-up files that were made otherwise than is wanted now are made again. */
function removeOutdated({ directory, bets, seed }: PrepareOptions): void {
  const marker = readMarker(directory);
  if (marker === null) return;
  if ((bets ?? marker.bets) === marker.bets && (seed ?? marker.seed) === marker.seed) return;
  for (const agency of marker.agencies) rmSync(agencyFile(directory, agency), { force: true });
  rmSync(join(directory, MARKER_NAME));
}

function readMarker(directory: string): Marker | null {
  const path = join(directory, MARKER_NAME);
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Marker;
  } catch (error) {
    const advice = 'remove it together with the files that were made up';
    throw new LoteriaError('DATA_INVALID', `${path}: ${messageOf(error)}; ${advice}`);
  }
}

/** Takes the agencies' files out of the archive, wherever in it they are. */
function unpack(archive: string, directory: string, agencies: readonly number[]): void {
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
}
