/** Which number wins, worked out from docs/DRAW.md alone, and what the central has promised of it. */
import { createHash } from 'node:crypto';
import { numberOf } from '../support/drawn-number';
import type { World } from './world';

/** How the number is found; the course's is 7574. */
export type NumberPlan =
  | { readonly kind: 'fixed'; readonly number: number }
  | { readonly kind: 'random'; readonly salt: string | null };

const SEED_BYTES = 32;

export class WinningNumber {
  /** In hexadecimal, by the SHA-256 of its bytes. */
  private readonly seeds = new Map<string, string>();
  private commitment: string | null = null;

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

  /** What is on the disk must be what was published. */
  checkFile(files: ReadonlyMap<string, Buffer>, where: string): void {
    if (this.plan.kind === 'fixed' || this.commitment === null) return;
    const { salt } = this.plan;
    const text = files.get('/data/commitment.json')?.toString('utf8');
    const found = text === undefined ? null : (JSON.parse(text) as Record<string, unknown>);
    if (found?.['commitment'] === this.commitment && found['salt'] === salt) return;
    this.world.fail('commitment', `${where}: commitment.json is ${text ?? 'gone'}`);
  }

  /** @param csv all bets */
  of(csv: Buffer): number {
    if (this.plan.kind === 'fixed') return this.plan.number;
    return numberOf(csv, Buffer.from(this.seed, 'hex'), this.plan.salt ?? '');
  }

  /** What the acta says about where the number comes from. */
  get origin(): Readonly<Record<string, unknown>> {
    if (this.plan.kind === 'fixed') return { winning_number_origin: 'fixed', random: null };
    const { seed, commitment } = this;
    const random = { commitment, seed, salt: this.plan.salt };
    return { winning_number_origin: 'random', random };
  }

  private get seed(): string {
    const seed = this.seeds.get(this.commitment ?? '');
    return seed ?? this.world.fail('commitment', 'a draw without one');
  }
}
