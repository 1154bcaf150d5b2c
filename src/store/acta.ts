/**
 * The certificate of the draw (*acta*): the winning number, the bets of each agency, and a digest of all bets.
 * A copy of the digest proves later whether one bet was changed.
 *
 * The digest is a chain over blocks of bets.csv: d(0) = SHA-256 of nothing, d(i) = SHA-256 of d(i-1)
 * followed by the SHA-256 of block i; the digest is the last one. The acta holds the chain, so that a
 * change can be located and not only detected; blocks can be hashed in parallel.
 */
import * as v from 'valibot';
import { LIMITS } from '../base/limits';
import { nodeCrypto } from '../base/node-crypto';
import type { DrawRecord, LotteryState } from './state';
import { commitmentOf, randomTerms } from './terms';

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const timestamp = v.pipe(v.string(), v.isoTimestamp());

const RANDOM = v.object({
  /** SHA-256 of the seed, which was published before the first bet. */
  commitment: hash,
  seed: hash,
  salt: v.nullable(v.string()),
  /** The source of the salt, and when its value was recorded; absent for a salt known before. */
  salt_source: v.optional(v.string()),
  salt_time: v.optional(timestamp),
});

/** Optional properties were not written by earlier versions. */
export const ACTA = v.object({
  draw_id: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  /** When the draw was made, ISO 8601 in UTC. */
  time: timestamp,
  winning_number: count,
  /** Whether the number was fixed before the first bet, or follows from all of them. */
  winning_number_origin: v.optional(v.picklist(['fixed', 'random']), 'fixed'),
  /** The inputs of the number (docs/DRAW.md); null when it was fixed. */
  random: v.optional(v.nullable(RANDOM), null),
  bets: count,
  winners: count,
  /** SHA-256 of winners.csv. */
  winners_digest: v.optional(hash),
  /** Bets of refused messages: they are not among the others. */
  rejected: v.optional(count, 0),
  agencies: v.array(
    v.object({ agency: count, bets: count, winners: count, rejected: v.optional(count, 0) }),
  ),
  /** Later changes of how many agencies took part. */
  agencies_changes: v.optional(v.array(v.object({ time: timestamp, from: count, to: count })), []),
  csv_bytes: count,
  digest: hash,
  digest_algorithm: v.literal('chained SHA-256'),
  block_bytes: v.pipe(count, v.minValue(1)),
  /** d(1), d(2), ...; the last one is the digest. */
  chain: v.array(hash),
});

/** An acta as acta.json has it, of which the form is checked: `acta-check.ts` compares it with the store. */
export type Acta = v.InferOutput<typeof ACTA>;

/** The hashes of the blocks of bets.csv. */
export interface BlockHashes {
  readonly blockBytes: number;
  readonly hashes: readonly Buffer[];
}

/** The size of the blocks that a file of `csvBytes` is hashed in. */
export function blockBytesFor(csvBytes: number): number {
  let bytes = LIMITS.actaBlockBytesMin;
  while (csvBytes / bytes > LIMITS.actaBlocksMax) bytes *= 2;
  return bytes;
}

/** d(1), d(2), ... in hexadecimal. */
function chainOf(hashes: readonly Buffer[]): string[] {
  let previous = nodeCrypto().createHash('sha256').digest();
  return hashes.map((block) => {
    previous = nodeCrypto().createHash('sha256').update(previous).update(block).digest();
    return previous.toString('hex');
  });
}

/** The digest of all bets: the last link of the chain, hexadecimal. */
export function digestOf(hashes: readonly Buffer[]): string {
  return lastLink(chainOf(hashes));
}

/** The digest that a chain ends with, which is that of nothing when there are no bets. */
export function lastLink(chain: readonly string[]): string {
  return chain.at(-1) ?? nodeCrypto().createHash('sha256').digest('hex');
}

/** The part of an acta that follows from the bets alone. */
export type ActaBets = Pick<
  Acta,
  'csv_bytes' | 'digest' | 'digest_algorithm' | 'block_bytes' | 'chain'
>;

/** The part of an acta that follows from the state alone. */
export type ActaOutcome = Omit<Acta, keyof ActaBets>;

/** @param blocks hashes of the blocks of bets.csv */
export function actaBetsOf(csvBytes: number, { blockBytes, hashes }: BlockHashes): ActaBets {
  const chain = chainOf(hashes);
  return {
    csv_bytes: csvBytes,
    digest: lastLink(chain),
    digest_algorithm: 'chained SHA-256',
    block_bytes: blockBytes,
    chain,
  };
}

/**
 * The digest of an acta, 64 hexadecimal digits. It covers what follows from the bets; the journal has the
 * rest in other records.
 */
export function actaDigestOf({ csv_bytes, block_bytes, chain }: ActaBets): string {
  const lines = [String(csv_bytes), String(block_bytes), ...chain, ''];
  return nodeCrypto().createHash('sha256').update(lines.join('\n'), 'latin1').digest('hex');
}

/** @param winnersOf how many winners an agency has */
export function outcomeOf(
  state: Readonly<LotteryState>,
  draw: DrawRecord,
  winnersOf: (agency: number) => number,
): ActaOutcome {
  const agencies = [...state.agencies.values()]
    .sort((a, b) => a.agency - b.agency)
    .map(({ agency, stored, rejected }) => {
      return { agency, bets: stored, winners: winnersOf(agency), rejected };
    });
  const sum = (of: 'bets' | 'rejected'): number => agencies.reduce((all, one) => all + one[of], 0);
  const random = randomOf(state);
  return {
    draw_id: draw.id,
    time: new Date(draw.timeMs).toISOString(),
    winning_number: draw.winningNumber,
    winning_number_origin: random === null ? 'fixed' : 'random',
    random,
    bets: sum('bets'),
    winners: draw.winners,
    winners_digest: draw.digest,
    rejected: sum('rejected'),
    agencies,
    agencies_changes: state.agenciesChanges.map(({ from, to, timeMs }) => {
      return { time: new Date(timeMs).toISOString(), from, to };
    }),
  };
}

function randomOf({ terms, salt }: Readonly<LotteryState>): Acta['random'] {
  const random = randomTerms(terms?.winningNumber ?? null);
  if (random === null) return null;
  const { seed } = random;
  const commitment = commitmentOf(seed);
  if (random.kind === 'random') return { commitment, seed, salt: random.salt };
  const recorded =
    salt === null
      ? { salt: null }
      : { salt: salt.value, salt_time: new Date(salt.timeMs).toISOString() };
  return { commitment, seed, ...recorded, salt_source: random.source };
}

/** The text of an acta, as it is stored. */
export function actaText(acta: Acta): string {
  return `${JSON.stringify(acta, null, 2)}\n`;
}

/** @param blocks hashes of the blocks of bets.csv */
export function composeActa(outcome: ActaOutcome, csvBytes: number, blocks: BlockHashes): Acta {
  return { ...outcome, ...actaBetsOf(csvBytes, blocks) };
}
