/** The display of the demo: bars while it runs (on a terminal), a table at the end. */
import { statSync } from 'node:fs';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { takesEscapes } from '../../base/terminal';
import { agencyFile } from '../data/generate-bets';
import type { Prepared } from '../data/prepare-data';

/** The progress of one agency, from its log. */
export interface AgencyReport {
  readonly agency: number;
  sent: number;
  winners: readonly string[] | null;
}

/** Documents shown of each agency's winners at most. */
const DOCUMENTS_SHOWN_MAX = 8;
/** Bars shown at most; more agencies share one. */
const BARS_MAX = 20;
const LINE_PERIOD_MS = 500;
const TYPICAL_ROW_BYTES = 46;

export class DemoDisplay {
  private readonly bars: MultiBar | null;
  private readonly barOf = new Map<number, SingleBar>();
  private readonly sent = new Map<number, number>();
  private lineMs = performance.now();

  constructor(directory: string, agencies: number, prepared: Prepared) {
    const { present, unpacked, generated } = prepared;
    print(
      `Data in ${directory}: ${String(present)} files were there, ` +
        `${String(unpacked)} unpacked, ${String(generated)} generated.`,
    );
    print(`One central and ${String(agencies)} agencies, each a process of its own:`);
    this.bars = takesEscapes(process.stdout) ? createBars() : null;
    for (let agency = 1; agency <= Math.min(agencies, BARS_MAX); agency++) {
      const rows = Math.ceil(statSync(agencyFile(directory, agency)).size / TYPICAL_ROW_BYTES);
      const bar = this.bars?.create(rows, 0, { agency, stored: 0 });
      if (bar !== undefined) this.barOf.set(agency, bar);
    }
  }

  /** An agency had more bets acknowledged. */
  update({ agency, sent }: AgencyReport): void {
    this.sent.set(agency, sent);
    const bar = this.barOf.get(agency);
    bar?.setTotal(Math.max(bar.getTotal(), sent));
    bar?.update(sent, { stored: sent });
    if (this.bars !== null || performance.now() - this.lineMs < LINE_PERIOD_MS) return;
    this.lineMs = performance.now();
    const all = [...this.sent].map(([id, count]) => `${String(id)}: ${String(count)}`);
    print(`  stored so far, by agency: ${all.join(', ')}`);
  }

  /** @returns whether everything that was sent is stored, and every agency has its winners */
  finish(
    reports: readonly AgencyReport[],
    stored: ReadonlyMap<number, number>,
    seconds: number,
  ): boolean {
    for (const { agency, sent } of reports) {
      this.barOf.get(agency)?.setTotal(sent);
      this.barOf.get(agency)?.update(sent, { stored: sent });
    }
    this.bars?.stop();
    print(tableOf(reports, stored));
    const total = [...stored.values()].reduce((sum, count) => sum + count, 0);
    const winners = reports.map((report) => report.winners?.length ?? 0);
    print(
      `${String(total)} rows in bets.csv after ${seconds.toFixed(2)} s; ` +
        `winners by agency: ${winners.join(', ')}`,
    );
    return reports.every(
      ({ agency, sent, winners: found }) => found !== null && sent === (stored.get(agency) ?? 0),
    );
  }
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
    const shown = (winners ?? []).slice(0, DOCUMENTS_SHOWN_MAX).join(' ');
    const more = (winners?.length ?? 0) - DOCUMENTS_SHOWN_MAX;
    const documents = more > 0 ? `${shown} and ${String(more)} more` : shown;
    table.push([agency, sent, stored.get(agency) ?? 0, winners?.length ?? '?', documents]);
  }
  return table.toString();
}

function createBars(): MultiBar {
  return new MultiBar(
    {
      format: '  agency {agency} {bar} {percentage}% | {stored} bets',
      hideCursor: true,
      clearOnComplete: false,
    },
    Presets.shades_classic,
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
