/** What a store must hold after some commits: a model that knows nothing of its files. */
import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import type { AgencyTotals, DrawRecord, StoreEntry, StoreState } from '../../src/store/state';
import type { AgenciesChange, NumberTerms, RecordedSalt, Terms } from '../../src/store/terms';

/** What a test wants committed; the ledger makes the rows and checksums. */
export type Wish =
  | { readonly kind: 'bets'; readonly agency: number; readonly count: number }
  | { readonly kind: 'finished'; readonly agency: number }
  | { readonly kind: 'rejected'; readonly agency: number; readonly count: number }
  | { readonly kind: 'draw' }
  | { readonly kind: 'terms'; readonly terms: Terms }
  /** Once there are terms; before, nothing is committed for it but an agency without bets. */
  | { readonly kind: 'agencies'; readonly to: number }
  | { readonly kind: 'salt'; readonly salt: RecordedSalt }
  | { readonly kind: 'bets_digest'; readonly digest: string }
  | { readonly kind: 'acta_digest'; readonly digest: string };

export type Commit = readonly StoreEntry[];

export const bets = (agency: number, count: number): Wish => ({ kind: 'bets', agency, count });
export const finished = (agency: number): Wish => ({ kind: 'finished', agency });
export const rejected = (agency: number, count: number): Wish => {
  return { kind: 'rejected', agency, count };
};
export const draw: Wish = { kind: 'draw' };
export const agencies = (to: number): Wish => ({ kind: 'agencies', to });
export const salt = (value: string): Wish => {
  return { kind: 'salt', salt: { value, timeMs: 1_700_000_000_001 } };
};
export const betsDigest = (digest: string): Wish => ({ kind: 'bets_digest', digest });
export const actaDigest = (digest: string): Wish => ({ kind: 'acta_digest', digest });
export function terms(
  count: number,
  winningNumber: NumberTerms = { kind: 'fixed', number: 7574 },
): Wish {
  return { kind: 'terms', terms: { agencies: count, winningNumber } };
}

/** A number that nobody knows yet. */
export const RANDOM: NumberTerms = {
  kind: 'random',
  seed: '00112233445566778899aabbccddeeff'.repeat(2),
  salt: 'block 900000 "of" \\ some chain',
};

/** A number that follows from what somebody else will publish. */
export const BEACON: NumberTerms = {
  kind: 'beacon',
  seed: 'ffeeddccbbaa99887766554433221100'.repeat(2),
  source: 'drand quicknet, round 1234567',
};

const FIRST_NAMES = ['Nora', 'Ana María', '"Pérez, hijo"', '"la ""Negra"""', 'X', 'Ñandú 🍀'];

/** The `n`-th bet of an agency; no two are the same. */
export function rowOf(agency: number, n: number): string {
  const name = FIRST_NAMES[n % FIRST_NAMES.length] ?? 'Nora';
  const document = String(10_000_000 + agency * 10_000 + n);
  const number = String((n * 7574) % 10_000);
  return `${String(agency)},${name},${'z'.repeat(n % 17)}Ibáñez,${document},1988-04-23,${number}\r\n`;
}

/** What is known of all agencies together. */
interface Common {
  readonly draw: DrawRecord | null;
  readonly terms: Terms | null;
  readonly agenciesChanges: readonly AgenciesChange[];
  readonly salt: RecordedSalt | null;
  readonly betsDigest: string | null;
  readonly actaDigest: string | null;
}

/** Immutable: each commit leads to another ledger. */
export class Ledger {
  private constructor(
    /** The rows of each agency, joined. */
    private readonly rows: ReadonlyMap<number, readonly string[]>,
    private readonly finished: ReadonlySet<number>,
    private readonly rejected: ReadonlyMap<number, number>,
    readonly common: Common,
    readonly csv: Buffer,
    readonly commits: number,
  ) {}

  static readonly empty = new Ledger(
    new Map(),
    new Set(),
    new Map(),
    {
      ...{ draw: null, terms: null, agenciesChanges: [], salt: null },
      ...{ betsDigest: null, actaDigest: null },
    },
    Buffer.alloc(0),
    0,
  );

  /** The entries that make `wishes` come true from here. */
  entries(wishes: readonly Wish[]): Commit {
    const rows = new Map(this.rows);
    let { terms: now } = this.common;
    return wishes.map((wish): StoreEntry => {
      switch (wish.kind) {
        case 'finished':
        case 'rejected':
        case 'salt':
        case 'bets_digest':
        case 'acta_digest':
          return wish;
        case 'terms':
          now = wish.terms;
          return wish;
        case 'agencies': {
          if (now === null) return { kind: 'finished', agency: wish.to };
          const change = { from: now.agencies, to: wish.to, timeMs: 1_600_000_000_000 };
          now = { ...now, agencies: wish.to };
          return { kind: 'agencies', change };
        }
        case 'draw':
          return { kind: 'draw', draw: drawOf(this.commits) };
        case 'bets': {
          const { agency, count } = wish;
          const before = rows.get(agency) ?? [];
          const added = Array.from({ length: count }, (_, i) => rowOf(agency, before.length + i));
          rows.set(agency, [...before, ...added]);
          const checksum = crc32([...before, ...added].join(''));
          return { kind: 'bets', agency, count, rows: Buffer.from(added.join('')), checksum };
        }
      }
    });
  }

  after(commit: Commit): Ledger {
    const rows = new Map(this.rows);
    const done = new Set(this.finished);
    const refused = new Map(this.rejected);
    let { common } = this;
    const csv = [this.csv];
    for (const entry of commit) {
      if (entry.kind === 'finished') done.add(entry.agency);
      else if (entry.kind === 'rejected') {
        refused.set(entry.agency, (refused.get(entry.agency) ?? 0) + entry.count);
      } else if (entry.kind === 'bets') {
        const added = Buffer.from(entry.rows)
          .toString('utf8')
          .split(/(?<=\r\n)/);
        rows.set(entry.agency, [...(rows.get(entry.agency) ?? []), ...added]);
        csv.push(Buffer.from(entry.rows));
      } else common = commonAfter(common, entry);
    }
    return new Ledger(rows, done, refused, common, Buffer.concat(csv), this.commits + 1);
  }

  /** What a claim must answer, for each agency that has something. */
  get totals(): AgencyTotals[] {
    const numbers = new Set([...this.rows.keys(), ...this.finished, ...this.rejected.keys()]);
    return [...numbers].sort(byNumber).map((agency) => this.totalsOf(agency));
  }

  /** Documents of the winners of each agency, as they were stored. */
  winners(number: number): Map<number, string[]> {
    const found = new Map<number, string[]>();
    for (const [agency, own] of this.rows) {
      const won = own.filter((row) => row.endsWith(`,${String(number)}\r\n`));
      found.set(
        agency,
        won.map((row) => /,(\d+),[\d-]{10},\d+\r\n$/.exec(row)?.[1] ?? ''),
      );
    }
    return found;
  }

  private totalsOf(agency: number): AgencyTotals {
    const rows = this.rows.get(agency) ?? [];
    return {
      agency,
      stored: rows.length,
      checksum: crc32(rows.join('')),
      finished: this.finished.has(agency),
      rejected: this.rejected.get(agency) ?? 0,
    };
  }

  /** Everything a caller was answered, in a form that can be compared. */
  get summary(): unknown {
    return {
      csvBytes: this.csv.length,
      ...this.common,
      bareDraw: null,
      agencies: this.totals,
    };
  }
}

/** The record of a draw that no other commit makes. */
function drawOf(commits: number): DrawRecord {
  return {
    id: (0x1234_5678_9abc_def0n + BigInt(commits)).toString(16),
    timeMs: 1_700_000_000_000 + commits,
    winningNumber: 7574,
    winners: 50_000_000 + commits,
    digest: commits.toString(16).padStart(64, 'e'),
  };
}

function commonAfter(common: Common, entry: Exclude<StoreEntry, { agency: number }>): Common {
  if (entry.kind === 'draw') return { ...common, draw: entry.draw };
  if (entry.kind === 'terms') return { ...common, terms: entry.terms };
  if (entry.kind === 'salt') return { ...common, salt: entry.salt };
  if (entry.kind === 'bets_digest') return { ...common, betsDigest: entry.digest };
  if (entry.kind === 'acta_digest') return { ...common, actaDigest: entry.digest };
  const now = common.terms && { ...common.terms, agencies: entry.change.to };
  return { ...common, terms: now, agenciesChanges: [...common.agenciesChanges, entry.change] };
}

/** A store's state in the form of {@link Ledger.summary}. */
export function summaryOf(state: Readonly<StoreState>): unknown {
  const { csvBytes, draw: drawn, bareDraw, terms: agreed, agenciesChanges, salt: added } = state;
  const totals = [...state.agencies.values()].sort((a, b) => a.agency - b.agency);
  return {
    ...{ csvBytes, draw: drawn, bareDraw, terms: agreed, agenciesChanges, salt: added },
    ...{ betsDigest: state.betsDigest, actaDigest: state.actaDigest },
    agencies: totals,
  };
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
