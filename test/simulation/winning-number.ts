/** Which number wins, worked out from docs/DRAW.md alone, and what the central has promised of it. */
import { createHash } from 'node:crypto';
import type { StoreState } from '../../src/store/state';
import { digestOf, numberOf } from '../support/drawn-number';
import type { World } from './world';

/** How the number is found; the course's is 7574. */
export type NumberPlan =
  | { readonly kind: 'fixed'; readonly number: number }
  | { readonly kind: 'random'; readonly salt: string | null }
  /** With a salt that an operator records once all bets are known. */
  | { readonly kind: 'beacon'; readonly source: string };

/** What the beacon publishes. */
export const SALT = '5bb8f0c6a2f5d2e0';

const SEED_BYTES = 32;

export class WinningNumber {
  /** In hexadecimal, by the SHA-256 of its bytes. */
  private readonly seeds = new Map<string, string>();
  private commitment: string | null = null;
  /** Of all bets, as the central has published it while it waits for the salt. */
  private digest: string | null = null;
  /** When an operator recorded the salt, milliseconds since 1970. */
  private saltTimeMs = 0;

  constructor(
    private readonly world: World,
    readonly plan: NumberPlan,
  ) {}

  /** The random bytes that the central asks for. */
  createSeed(): string {
    if (this.commitment !== null) this.world.fail('commitment', 'another seed is made behind it');
    const { random } = this.world;
    const seed = Buffer.from(Array.from({ length: SEED_BYTES }, () => random.int(0, 255)));
    this.seeds.set(createHash('sha256').update(seed).digest('hex'), seed.toString('hex'));
    return seed.toString('hex');
  }

  /** The central publishes this of its seed. */
  onPublished(sha256: string): void {
    const { world, commitment, seeds } = this;
    if (!seeds.has(sha256)) world.fail('commitment', `to ${sha256}`);
    if (commitment !== null && commitment !== sha256) {
      world.fail('commitment', `${sha256} was ${commitment} before`);
    }
    this.commitment = sha256;
  }

  /** The central publishes the digest of all bets: once and for all. */
  onDigest(digest: string, csv: Buffer): void {
    const { world } = this;
    const expected = digestOf(csv).toString('hex');
    if (this.plan.kind !== 'beacon') world.fail('digest', 'published, and no salt is awaited');
    if (digest !== expected) world.fail('digest', `${digest}, not ${expected}`);
    if (this.digest !== null && this.digest !== digest) {
      world.fail('digest', `${digest} was ${this.digest} before`);
    }
    this.digest = digest;
  }

  /** Whether the central waits for the salt, as far as was said. */
  get isDigestPublished(): boolean {
    return this.digest !== null;
  }

  /** An operator records the salt. */
  onSalt(timeMs: number): void {
    this.saltTimeMs = timeMs;
  }

  /** What was published must be in the journal; and with a draw, what its number follows from. */
  checkDigest(state: Readonly<StoreState>, csv: Buffer, where: string): void {
    const { world, digest, plan } = this;
    const { betsDigest, draw } = state;
    if (digest !== null && betsDigest !== digest) {
      world.fail('digest', `${where}: ${String(betsDigest)} is recorded of ${digest}`);
    }
    const mustBe = draw !== null && plan.kind !== 'fixed';
    if (betsDigest === null && !mustBe) return;
    const expected = digestOf(csv).toString('hex');
    if (betsDigest !== expected) {
      world.fail('digest', `${where}: ${String(betsDigest)}, not ${expected}`);
    }
  }

  /** What is on the disk must be what was published. */
  checkFile(files: ReadonlyMap<string, Buffer>, where: string): void {
    if (this.plan.kind === 'fixed' || this.commitment === null) return;
    const salt = this.plan.kind === 'random' ? this.plan.salt : null;
    const source = this.plan.kind === 'beacon' ? this.plan.source : undefined;
    const text = files.get('/data/commitment.json')?.toString('utf8');
    const found = text === undefined ? null : (JSON.parse(text) as Record<string, unknown>);
    const isSame = found?.['commitment'] === this.commitment && found['salt'] === salt;
    if (isSame && found['salt_source'] === source) return;
    this.world.fail('commitment', `${where}: commitment.json is ${text ?? 'gone'}`);
  }

  /** @param csv all bets */
  of(csv: Buffer): number {
    if (this.plan.kind === 'fixed') return this.plan.number;
    const salt = this.plan.kind === 'random' ? (this.plan.salt ?? '') : SALT;
    return numberOf(csv, Buffer.from(this.seed, 'hex'), salt);
  }

  /** What the acta says about where the number comes from. */
  get origin(): Readonly<Record<string, unknown>> {
    if (this.plan.kind === 'fixed') return { winning_number_origin: 'fixed', random: null };
    const { seed, commitment } = this;
    const salts =
      this.plan.kind === 'random'
        ? { salt: this.plan.salt }
        : {
            salt: SALT,
            salt_source: this.plan.source,
            salt_time: new Date(this.saltTimeMs).toISOString(),
          };
    const random = { commitment, seed, ...salts };
    return { winning_number_origin: 'random', random };
  }

  private get seed(): string {
    const seed = this.seeds.get(this.commitment ?? '');
    return seed ?? this.world.fail('commitment', 'a draw without one');
  }
}
