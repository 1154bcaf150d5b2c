/** Makes attacks one after another, and keeps what was seen. */
import Table from 'cli-table3';
import type { AttackCase } from './attack-case';

/** Characters of a failure that are shown. */
const SHOWN_MAX = 400;

export interface AttackOutcome {
  readonly of: AttackCase;
  readonly ok: boolean;
  readonly seen: string;
  readonly seconds: number;
}

export interface CampaignOptions {
  /** Time for one attack. */
  readonly timeoutMs: number;
  /** Called behind each attack, whatever came of it. */
  readonly cleanUp: () => Promise<void>;
  readonly onOutcome: (outcome: AttackOutcome) => void;
}

export async function runAttacks(
  cases: readonly AttackCase[],
  { timeoutMs, cleanUp, onOutcome }: CampaignOptions,
): Promise<AttackOutcome[]> {
  const outcomes: AttackOutcome[] = [];
  for (const of of cases) {
    const startedMs = performance.now();
    const [ok, seen] = await withTimeout(of.attack(), timeoutMs);
    await cleanUp();
    const outcome = { of, ok, seen, seconds: (performance.now() - startedMs) / 1_000 };
    outcomes.push(outcome);
    onOutcome(outcome);
  }
  return outcomes;
}

async function withTimeout(
  attack: Promise<string>,
  timeoutMs: number,
): Promise<readonly [ok: boolean, seen: string]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no end after ${String(timeoutMs / 1_000)} s`));
    }, timeoutMs);
  });
  try {
    return [true, await Promise.race([attack, late])];
  } catch (error) {
    return [false, error instanceof Error ? error.message : String(error)];
  } finally {
    clearTimeout(timer);
  }
}

/** The end of a long message: what was expected stands behind what a program has logged. */
function lastOf(message: string): string {
  return message.length > SHOWN_MAX ? `... ${message.slice(-SHOWN_MAX)}` : message;
}

/** A table of all attacks, and how many of them were withstood. */
export function reportOf(outcomes: readonly AttackOutcome[]): string {
  const table = new Table({
    head: ['Attack', 'What was done', 'What was seen', 's', ''],
    colWidths: [24, 40, 60, 7, 8],
    colAligns: ['left', 'left', 'left', 'right', 'left'],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { of, ok, seen, seconds } of outcomes) {
    const shown = ok ? seen : `${lastOf(seen)} (expected: ${of.holds})`;
    table.push([of.name, of.does, shown, seconds.toFixed(1), ok ? 'ok' : 'FAILED']);
  }
  const withstood = outcomes.filter(({ ok }) => ok).length;
  return `${table.toString()}\n${String(withstood)} of ${String(outcomes.length)} attacks withstood\n`;
}
