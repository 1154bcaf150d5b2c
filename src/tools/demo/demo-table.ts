/** What became of each agency, as a table. */
import Table from 'cli-table3';
import { LIMITS } from '../../base/limits';
import { takesEscapes } from '../../base/process';
import type { AgencyReport } from './demo-agencies';

/**
 * What became of a whole lottery: the table, and all of it in a sentence.
 *
 * @param stored bets that are stored, by agency
 * @param where they are: `in bets.csv`
 * @param seconds that it took
 */
export function resultText(
  reports: readonly AgencyReport[],
  stored: ReadonlyMap<number, number>,
  where: string,
  seconds: number,
): string {
  const total = [...stored.values()].reduce((sum, count) => sum + count, 0);
  const winners = reports.map((report) => report.winners?.length ?? 0);
  return [
    tableOf(reports, stored),
    `${String(total)} rows ${where} after ${seconds.toFixed(2)} s; ` +
      `winners by agency: ${winners.join(', ')}`,
  ].join('\n');
}

function tableOf(reports: readonly AgencyReport[], stored: ReadonlyMap<number, number>): string {
  const table = new Table({
    head: ['Agency', 'Bets sent', 'Bets stored', 'Winners', "Winners' documents"],
    colAligns: ['right', 'right', 'right', 'right', 'left'],
    style: { head: takesEscapes(process.stdout) ? ['yellow'] : [], border: [] },
    wordWrap: true,
    colWidths: [null, null, null, null, 48],
  });
  for (const { agency, sent, winners } of reports) {
    const shown = (winners ?? []).slice(0, LIMITS.demoDocumentsShownMax).join(' ');
    const more = (winners?.length ?? 0) - LIMITS.demoDocumentsShownMax;
    const documents = more > 0 ? `${shown} and ${String(more)} more` : shown;
    table.push([agency, sent, stored.get(agency) ?? 0, winners?.length ?? '?', documents]);
  }
  return table.toString();
}
