/** `commitment.json`: the commitment to the seed of a random number, published before the first bet. */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { messageOf } from '../../../base/errors';
import { damaged } from '../../store-error';
import { commitmentOf, randomTerms, type NumberTerms } from '../../terms';
import { readWhole, replaceFile, type Files } from '../directory/files';

export const COMMITMENT_NAME = 'commitment.json';

const COMMITMENT = v.object({
  /** SHA-256 of the seed. */
  commitment: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  salt: v.nullable(v.string()),
  /** Where the salt will come from; left out when it is not from elsewhere. */
  salt_source: v.optional(v.string()),
});

export type Commitment = v.InferOutput<typeof COMMITMENT>;

function publishedOf(terms: NumberTerms | null): Commitment | null {
  const random = randomTerms(terms);
  if (random === null) return null;
  const commitment = commitmentOf(random.seed);
  if (random.kind === 'beacon') return { commitment, salt: null, salt_source: random.source };
  return { commitment, salt: random.salt };
}

/**
 * Refuses a commitment that does not match the store: its seed is missing, or is another one.
 *
 * @param terms stored terms of the number; null: none
 * @throws LoteriaError STORE_DAMAGED; STORE_IO when the file cannot be read
 */
export function demandOwnCommitment(
  files: Files,
  directory: string,
  terms: NumberTerms | null,
): void {
  const path = join(directory, COMMITMENT_NAME);
  if (!files.exists(path)) return;
  const found = read(files, path);
  const stored = publishedOf(terms);
  if (stored === null) {
    throw damaged(path, 0, `it promises ${found.commitment}, but the journal holds no seed`);
  }
  if (!isDeepStrictEqual(found, stored)) {
    const what = `it promises ${found.commitment}, but the journal holds the seed, salt and source of`;
    throw damaged(path, 0, `${what} ${stored.commitment}`);
  }
}

/**
 * Writes the file atomically, unless it exists.
 *
 * @returns the commitment; null when the number is not random
 */
export function publishCommitment(
  files: Files,
  directory: string,
  terms: NumberTerms | null,
): Commitment | null {
  const published = publishedOf(terms);
  if (published === null) return null;
  const path = join(directory, COMMITMENT_NAME);
  if (!files.exists(path)) {
    replaceFile(files, path, [Buffer.from(`${JSON.stringify(published, null, 2)}\n`, 'utf8')]);
  }
  return published;
}

function read(files: Files, path: string): Commitment {
  const text = readWhole(files, path).toString('utf8');
  try {
    return v.parse(COMMITMENT, JSON.parse(text));
  } catch (error) {
    throw damaged(path, 0, `not a commitment: ${messageOf(error).split('\n')[0] ?? ''}`);
  }
}
