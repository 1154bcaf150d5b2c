/**
 * The certificate of the draw (*acta*): what was drawn, from how many bets of whom, and a digest
 * of all of them. Whoever keeps its digest can tell later whether one bet was changed.
 *
 * The digest is a chain over blocks of bets.csv: d(0) = SHA-256 of nothing, d(i) = SHA-256 of d(i-1)
 * followed by the SHA-256 of block i; the digest is the last one. The chain is kept in the acta, so
 * that a change can be found and not only noticed; blocks can be hashed in parallel.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../base/errors';
import { readUpTo, type Files } from './files';
import { damaged } from './replay';
import type { DrawRecord, StoreState } from './state';
import { replaceFile } from './winners-file';

export const ACTA_NAME = 'acta.json';

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const ACTA = v.object({
  draw_id: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  /** When the draw was made, ISO 8601 in UTC. */
  time: v.pipe(v.string(), v.isoTimestamp()),
  winning_number: count,
  bets: count,
  winners: count,
  agencies: v.array(v.object({ agency: count, bets: count, winners: count })),
  csv_bytes: count,
  digest: hash,
  digest_algorithm: v.literal('chained SHA-256'),
  block_bytes: v.pipe(count, v.minValue(1)),
  /** d(1), d(2), ...; the last one is the digest. */
  chain: v.array(hash),
});

export type Acta = v.InferOutput<typeof ACTA>;

/** What the blocks of bets.csv hash to. */
export interface BlockHashes {
  readonly blockBytes: number;
  readonly hashes: readonly Buffer[];
}

const BLOCK_BYTES_MIN = 4 * 1024;
/** Blocks are as many as can be listed with ease, and as small as that allows. */
const BLOCKS_MAX = 4_096;

/** The size of the blocks that a file of `csvBytes` is hashed in. */
export function blockBytesFor(csvBytes: number): number {
  let bytes = BLOCK_BYTES_MIN;
  while (csvBytes / bytes > BLOCKS_MAX) bytes *= 2;
  return bytes;
}

/** d(1), d(2), ... in hexadecimal. */
export function chainOf(hashes: readonly Buffer[]): string[] {
  let previous = createHash('sha256').digest();
  return hashes.map((block) => {
    previous = createHash('sha256').update(previous).update(block).digest();
    return previous.toString('hex');
  });
}

export interface ActaContent {
  readonly state: Readonly<StoreState>;
  readonly draw: DrawRecord;
  readonly winningNumber: number;
  readonly winnersOf: (agency: number) => number;
  readonly blocks: BlockHashes;
}

export function composeActa(content: ActaContent): Acta {
  const { state, draw, winningNumber, winnersOf, blocks } = content;
  const agencies = [...state.agencies.values()]
    .sort((a, b) => a.agency - b.agency)
    .map(({ agency, stored }) => ({ agency, bets: stored, winners: winnersOf(agency) }));
  const chain = chainOf(blocks.hashes);
  return {
    draw_id: draw.id,
    time: new Date(draw.timeMs).toISOString(),
    winning_number: winningNumber,
    bets: agencies.reduce((sum, { bets }) => sum + bets, 0),
    winners: agencies.reduce((sum, { winners }) => sum + winners, 0),
    agencies,
    csv_bytes: state.csvBytes,
    digest: chain.at(-1) ?? createHash('sha256').digest('hex'),
    digest_algorithm: 'chained SHA-256',
    block_bytes: blocks.blockBytes,
    chain,
  };
}

/** Replaces the file, whole or not at all, and durably. */
export function saveActa(files: Files, directory: string, acta: Acta): void {
  const text = `${JSON.stringify(acta, null, 2)}\n`;
  replaceFile(files, join(directory, ACTA_NAME), Buffer.from(text, 'utf8'));
}

/**
 * The acta of a directory, or null when there is none.
 *
 * @throws LoteriaError STORE_DAMAGED
 */
export function loadActa(files: Files, directory: string): Acta | null {
  const path = join(directory, ACTA_NAME);
  if (!files.exists(path)) return null;
  const fd = files.open(path, false);
  try {
    const text = readUpTo(files, fd, files.size(fd), 0).toString('utf8');
    return v.parse(ACTA, JSON.parse(text));
  } catch (error) {
    throw damaged(path, 0, `not an acta: ${messageOf(error).split('\n')[0] ?? ''}`);
  } finally {
    files.close(fd);
  }
}
