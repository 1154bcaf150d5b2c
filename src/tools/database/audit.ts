/** Accounts for all that a database holds of a lottery: batches, winners, draw and acta against each other. */
import { forEachAgency } from '../../domain/winner-rows';
import { actaBetsOf, outcomeOf } from '../../store/acta';
import { checkActa, checkChain, differenceFromRecord } from '../../store/acta-check';
import type { Query } from '../../store/postgres/connection/primary';
import { scanBets } from '../../store/postgres/stored-bets';
import type { StoredLottery } from '../../store/postgres/stored-lottery';
import { countStoredWinners, hashWinners } from '../../store/postgres/stored-winners';
import type { DrawRecord } from '../../store/state';
import { damagedTables, damageInTables } from '../../store/store-error';
import { demandDrawnBets, type Verification } from '../verify/verify';
import { verifyNumber } from '../verify/verify-number';
import { WinnersDigests } from '../verify/winners-digests';

const LF = 0x0a;

/** Take what is read, in the order of the files that the default engine writes. */
export interface AuditSinks {
  /** Whole rows of bets.csv, of a batch that was checked. */
  readonly onRows?: (rows: Buffer) => void;
  /** Whole rows of winners.csv; none without a draw. */
  readonly onWinners?: (rows: Buffer) => void;
}

/**
 * Reads everything, in one transaction of the caller.
 *
 * @throws LoteriaError STORE_DAMAGED with the first thing that differs
 */
export async function auditLottery(
  query: Query,
  lottery: StoredLottery,
  sinks: AuditSinks = {},
): Promise<Verification> {
  const { name, state, acta } = lottery;
  const { draw, csvBytes } = state;
  const inTables = damageInTables(name);
  demandFinished(lottery);
  // Before hashing, or an acta could have every byte hashed alone.
  if (acta !== null && draw === null) throw inTables('an acta is stored, and no draw');
  if (acta !== null) checkChain(inTables, acta, state);
  const found = new WinnersDigests();
  const counts = new Map<number, number>();
  const { blocks } = await scanBets({
    ...{ query, name, totals: state.agencies, number: draw?.winningNumber ?? null },
    isAbandoned: () => false,
    onWinners: (rows) => {
      found.add(rows);
      countWinners(counts, rows);
      return Promise.resolve();
    },
    ...(sinks.onRows === undefined ? {} : { onRows: sinks.onRows }),
  });
  const bets = actaBetsOf(csvBytes, blocks);
  if (acta !== null) demandDrawnBets(inTables, bets, acta);
  const difference = differenceFromRecord(bets, state);
  if (difference !== null) throw inTables(difference);
  verifyNumber(inTables, state, bets.digest);
  if (draw === null) return { state, winners: null, digest: bets.digest };
  await demandWinners(query, lottery, draw, { found, counts }, sinks.onWinners);
  if (acta !== null) {
    checkActa(
      inTables,
      acta,
      outcomeOf(state, draw, (agency) => counts.get(agency) ?? 0),
    );
  }
  return { state, winners: counts, digest: bets.digest };
}

function demandFinished({ name, state, finished }: StoredLottery): void {
  const there = [...state.agencies.values()].filter((agency) => agency.finished).length;
  if (there === finished) return;
  const what = `${String(there)} agencies have finished, but ${String(finished)} were counted`;
  throw damagedTables(name, what);
}

function countWinners(counts: Map<number, number>, rows: Uint8Array): void {
  forEachAgency(rows, (agency, start, end) => {
    let winners = counts.get(agency) ?? 0;
    for (let at = start; at < end; at++) if (rows[at] === LF) winners++;
    counts.set(agency, winners);
  });
}

interface FoundWinners {
  /** Among the bets. */
  readonly found: WinnersDigests;
  readonly counts: ReadonlyMap<number, number>;
}

/** The table of winners must hold the winners among the bets, which are those of the draw. */
async function demandWinners(
  query: Query,
  { name, found: record }: StoredLottery,
  draw: DrawRecord,
  { found, counts }: FoundWinners,
  onWinners: AuditSinks['onWinners'],
): Promise<void> {
  const saved = new WinnersDigests();
  const digest = await hashWinners(query, (text) => {
    const rows = Buffer.from(text, 'latin1');
    saved.add(rows);
    onWinners?.(rows);
  });
  const agency = found.differenceFrom(saved);
  if (agency !== null) {
    throw damagedTables(name, `not the winners among the bets of agency ${String(agency)}`);
  }
  let winners = 0;
  for (const count of counts.values()) winners += count;
  if (winners !== draw.winners || digest !== draw.digest) {
    const text = `${String(winners)} winners, digest ${digest}; the draw says`;
    throw damagedTables(name, `${text} ${String(draw.winners)}, ${draw.digest}`);
  }
  if (record?.number !== draw.winningNumber || record.digest !== digest) {
    throw damagedTables(name, 'the stored winners are not recorded as those of the draw');
  }
  await countStoredWinners(query, name);
}
