/** The winners of each agency as a digest: two lists of any length are compared without keeping them. */
import { createHash, type Hash } from 'node:crypto';
import { forEachAgency } from '../../domain/winner-rows';

export class WinnersDigests {
  private readonly hashes = new Map<number, Hash>();

  /** @param rows of any agencies, those of each in order */
  add(rows: Uint8Array): void {
    forEachAgency(rows, (agency, start, end) => {
      this.addOf(agency, rows.subarray(start, end));
    });
  }

  addOf(agency: number, rows: Uint8Array): void {
    let hash = this.hashes.get(agency);
    if (hash === undefined) {
      hash = createHash('sha256');
      this.hashes.set(agency, hash);
    }
    hash.update(rows);
  }

  /** The first agency whose winners are others there; null: all are the same. */
  differenceFrom(others: WinnersDigests): number | null {
    const agencies = new Set([...this.hashes.keys(), ...others.hashes.keys()]);
    for (const agency of [...agencies].sort((a, b) => a - b)) {
      if (this.digestOf(agency) !== others.digestOf(agency)) return agency;
    }
    return null;
  }

  private digestOf(agency: number): string | undefined {
    return this.hashes.get(agency)?.copy().digest('hex');
  }
}
