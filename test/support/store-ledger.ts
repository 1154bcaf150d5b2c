/** What a store must hold after some commits: a model that knows nothing of its files. */
import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import type { DrawRecord, StoreEntry, StoreState } from '../../src/store/state';

/** What a test wants committed; the ledger makes the rows and checksums. */
export type Wish =
  | { readonly kind: 'bets'; readonly agency: number; readonly count: number }
  | { readonly kind: 'finished'; readonly agency: number }
  | { readonly kind: 'draw' };

export type Commit = readonly StoreEntry[];

export const bets = (agency: number, count: number): Wish => ({ kind: 'bets', agency, count });
export const finished = (agency: number): Wish => ({ kind: 'finished', agency });
export const draw: Wish = { kind: 'draw' };

const FIRST_NAMES = ['Nora', 'Ana María', '"Pérez, hijo"', '"la ""Negra"""', 'X', 'Ñandú 🍀'];

/** The `n`-th bet of an agency; no two are the same. */
export function rowOf(agency: number, n: number): string {
  const name = FIRST_NAMES[n % FIRST_NAMES.length] ?? 'Nora';
  const document = String(10_000_000 + agency * 10_000 + n);
  const number = String((n * 7574) % 10_000);
  return `${String(agency)},${name},${'z'.repeat(n % 17)}Ibáñez,${document},1988-04-23,${number}\r\n`;
}

/** Immutable: each commit leads to another ledger. */
export class Ledger {
  private constructor(
    /** The rows of each agency, joined. */
    private readonly rows: ReadonlyMap<number, readonly string[]>,
    private readonly finished: ReadonlySet<number>,
    readonly draw: DrawRecord | null,
    readonly csv: Buffer,
    readonly commits: number,
  ) {}

  static readonly empty = new Ledger(new Map(), new Set(), null, Buffer.alloc(0), 0);

  /** The entries that make `wishes` come true from here. */
  entries(wishes: readonly Wish[]): Commit {
    const rows = new Map(this.rows);
    return wishes.map((wish): StoreEntry => {
      if (wish.kind === 'finished') return wish;
      if (wish.kind === 'draw') {
        const id = (0x1234_5678_9abc_def0n + BigInt(this.commits)).toString(16);
        return { kind: 'draw', draw: { id, timeMs: 1_700_000_000_000 + this.commits } };
      }
      const { agency, count } = wish;
      const before = rows.get(agency) ?? [];
      const added = Array.from({ length: count }, (_, i) => rowOf(agency, before.length + i));
      rows.set(agency, [...before, ...added]);
      const checksum = crc32([...before, ...added].join(''));
      return { kind: 'bets', agency, count, rows: Buffer.from(added.join('')), checksum };
    });
  }

  after(commit: Commit): Ledger {
    const rows = new Map(this.rows);
    const done = new Set(this.finished);
    let { draw: drawn } = this;
    const csv = [this.csv];
    for (const entry of commit) {
      if (entry.kind === 'finished') done.add(entry.agency);
      else if (entry.kind === 'draw') drawn = entry.draw;
      else {
        const added = Buffer.from(entry.rows)
          .toString('utf8')
          .split(/(?<=\r\n)/);
        rows.set(entry.agency, [...(rows.get(entry.agency) ?? []), ...added]);
        csv.push(Buffer.from(entry.rows));
      }
    }
    return new Ledger(rows, done, drawn, Buffer.concat(csv), this.commits + 1);
  }

  /** Everything a caller was told, in a form that can be compared. */
  get summary(): unknown {
    const agencies = new Set([...this.rows.keys(), ...this.finished]);
    return {
      csvBytes: this.csv.length,
      draw: this.draw,
      agencies: [...agencies].sort(byNumber).map((agency) => {
        const rows = this.rows.get(agency) ?? [];
        const done = this.finished.has(agency);
        return { agency, stored: rows.length, checksum: crc32(rows.join('')), finished: done };
      }),
    };
  }
}

/** A store's state in the form of {@link Ledger.summary}. */
export function summaryOf(state: Readonly<StoreState>): unknown {
  const agencies = [...state.agencies.values()].sort((a, b) => a.agency - b.agency);
  return { csvBytes: state.csvBytes, draw: state.draw, agencies };
}

/** Checks state and bets.csv against the model, and the model's checksums against the file. */
export function expectHolds(state: Readonly<StoreState>, csv: Buffer, ledger: Ledger): void {
  expect(summaryOf(state)).to.deep.equal(ledger.summary);
  expect(csv.equals(ledger.csv), 'bets.csv holds other bytes').to.equal(true);
  expect(checksumsOf(csv)).to.deep.equal(
    new Map(
      [...state.agencies.values()]
        .filter(({ stored }) => stored > 0)
        .map(({ agency, checksum }) => [agency, checksum]),
    ),
  );
}

/** CRC-32 of each agency's rows in a file without line breaks in fields. */
function checksumsOf(csv: Buffer): Map<number, number> {
  const checksums = new Map<number, number>();
  for (const row of csv.toString('utf8').split(/(?<=\r\n)/)) {
    if (row === '') continue;
    const agency = Number(row.slice(0, row.indexOf(',')));
    checksums.set(agency, crc32(row, checksums.get(agency) ?? 0));
  }
  return checksums;
}

function byNumber(a: number, b: number): number {
  return a - b;
}
