/** What the agencies of the 2020 edition share beside what they have stored: who has won. Pure. */
import { winningRowsOf, type WinningRow } from '../domain/contestant-rows';

export class Contest {
  /** Winners of what is being stored: they are looked for once, and needed twice. */
  private readonly found = new WeakMap<Uint8Array, readonly WinningRow[]>();
  private all = 0;

  /** @param counts winners among what is stored, by agency */
  constructor(private readonly counts: Map<number, number>) {
    for (const count of counts.values()) this.all += count;
  }

  /** Winners of all agencies so far. */
  get total(): number {
    return this.all;
  }

  /** Winners of an agency so far. */
  winnersOf(agency: number): number {
    return this.counts.get(agency) ?? 0;
  }

  /** @param rows checked rows */
  winnersIn(rows: Uint8Array): readonly WinningRow[] {
    const known = this.found.get(rows);
    if (known !== undefined) return known;
    const { buffer, byteOffset, length } = rows;
    const winners = winningRowsOf(Buffer.from(buffer, byteOffset, length));
    this.found.set(rows, winners);
    return winners;
  }

  /** Counts winners that are accepted, and will be stored. */
  add(agency: number, winners: number): void {
    this.all += winners;
    this.counts.set(agency, this.winnersOf(agency) + winners);
  }
}
