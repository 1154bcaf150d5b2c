/**
 * What Prometheus reads: its form, and that documents, dashboard and alerts name metrics that are there.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { BoardState } from '../../../src/board/feed';
import { Metrics } from '../../../src/board/metrics';
import type { BoardSource } from '../../../src/board/source';
import { ERROR_NUMBER, REJECT_NUMBER } from '../../../src/protocol/codes';
import { LoopDelay } from '../../../src/telemetry/loop-delay';
import { Telemetry } from '../../../src/telemetry/telemetry';
import { agencyRow, STATE } from '../../support/fake-board';
import { ROOT } from '../../support/program';
import { codes, tableRows } from '../docs/markdown';
import { ManualClock } from '../helpers/manual-clock';

const SUFFIXES = /_(bucket|sum|count)$/;

function sourceOf(telemetry: Telemetry): BoardSource {
  return {
    telemetry,
    state: () => ({ ...STATE, phase: 'drawing', bets: 7, startedMs: 5_000 }),
    agencies: () =>
      [1, 2].map((agency) => agencyRow(agency, { stored: agency * 3, finished: agency === 1 })),
    gauges: () => ({
      connections: { handshake: 1, established: 2, waiting: 3, ended: 4 },
      inputBytes: 10,
      outputBytes: 20,
    }),
    acta: () => null,
    winners: () => Promise.resolve(null),
    isReady: () => true,
  };
}

async function withMetrics<T>(
  source: BoardSource,
  agencyMetrics: boolean,
  use: (metrics: Metrics) => Promise<T>,
): Promise<T> {
  const loopDelay = new LoopDelay();
  try {
    const viewers = { count: 3, dropped: 1 };
    const options = { source, loopDelay, viewers, version: '1.2.3', agencyMetrics };
    return await use(new Metrics(options));
  } finally {
    loopDelay.close();
  }
}

function textOf(telemetry: Telemetry, agencyMetrics: boolean): Promise<string> {
  return withMetrics(sourceOf(telemetry), agencyMetrics, (metrics) => metrics.text());
}

/** Names of metrics with their types. */
function typesIn(text: string): Map<string, string> {
  return new Map(
    Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name = '', type = '']) => [name, type]),
  );
}

/** Names of our metrics in an expression. */
function namesIn(expression: string): string[] {
  const found = expression.match(/\b(?:loteria|process|nodejs)_[a-z_]+/g) ?? [];
  return found.map((name) => name.replace(SUFFIXES, ''));
}

describe('metrics', () => {
  let telemetry: Telemetry;
  let text: string;

  before(async () => {
    telemetry = new Telemetry(new ManualClock());
    telemetry.betsStored = 40;
    telemetry.failed('rejects', 'INVALID_NUMBER', 1);
    telemetry.refused('tls', 2);
    telemetry.storeUnavailable.commit = 3;
    telemetry.storeEvents.failover = 4;
    telemetry.storeEvents.retry = 5;
    telemetry.groupEntries.observe(3);
    telemetry.groupEntries.observe(5_000);
    telemetry.syncSeconds.observe(0.002);
    text = await textOf(telemetry, true);
  });

  it('have the values that were counted', () => {
    const lines = text.split('\n');
    for (const line of [
      'loteria_bets_stored_total 40',
      'loteria_bets 7',
      'loteria_batches_rejected_total{code="INVALID_NUMBER"} 1',
      'loteria_handshakes_refused_total{reason="tls"} 2',
      'loteria_store_unavailable_total{operation="commit"} 3',
      'loteria_store_unavailable_total{operation="claim"} 0',
      'loteria_store_failovers_total 4',
      'loteria_store_retries_total 5',
      'loteria_connections{state="waiting"} 3',
      'loteria_draw_phase{phase="drawing"} 1',
      'loteria_draw_phase{phase="loading"} 0',
      'loteria_build_info{version="1.2.3"} 1',
      'loteria_agency_bets{agency="2"} 6',
      'loteria_commit_group_entries_bucket{le="2"} 0',
      'loteria_commit_group_entries_bucket{le="4"} 1',
      'loteria_commit_group_entries_bucket{le="4096"} 1',
      'loteria_commit_group_entries_bucket{le="+Inf"} 2',
      'loteria_commit_group_entries_sum 5003',
      'loteria_commit_group_entries_count 2',
      'loteria_fdatasync_duration_seconds_sum 0.002',
      'process_start_time_seconds 5',
    ]) {
      expect(lines).to.include(line);
    }
  });

  it('have every known code from the start: what is born at 1 has not increased', async () => {
    const fresh = new Telemetry(new ManualClock());
    fresh.failed('rejects', 'WRONG_COUNT', null);
    fresh.failed('errors', 'A_CODE_OF_LATER', null);
    const values = (await textOf(fresh, false)).split('\n');
    for (const code of Object.keys(REJECT_NUMBER)) {
      const value = code === 'WRONG_COUNT' ? 1 : 0;
      expect(values).to.include(`loteria_batches_rejected_total{code="${code}"} ${String(value)}`);
    }
    for (const code of Object.keys(ERROR_NUMBER)) {
      expect(values).to.include(`loteria_session_errors_total{code="${code}"} 0`);
    }
    expect(values).to.include('loteria_session_errors_total{code="A_CODE_OF_LATER"} 1');
  });

  it('say when the acta of a draw could not be written', async () => {
    const source = sourceOf(new Telemetry(new ManualClock()));
    const failed = async (draw: BoardState['draw']): Promise<string | undefined> => {
      const state = (): BoardState => ({ ...STATE, phase: 'drawn', draw });
      const made = await withMetrics({ ...source, state }, false, (metrics) => metrics.text());
      return /^loteria_acta_failed (\d)$/m.exec(made)?.[1];
    };
    const draw = {
      ...{ id: 'x', timeMs: 1, winningNumber: 7574, winners: 10, betsDigest: null },
      ...{ actaError: 'STORE_IO', verifyCommand: 'loteria verify data' },
    };
    expect(await failed(null)).to.equal('0');
    expect(await failed(draw)).to.equal('1');
    expect(await failed({ ...draw, actaError: null })).to.equal('0');
  });

  it('have the form and the names that Prometheus asks for', () => {
    const types = typesIn(text);
    for (const [name, type] of types) {
      expect(text, name).to.match(new RegExp(`^# HELP ${name} \\S`, 'm'));
      expect(name.endsWith('_total'), name).to.equal(type === 'counter');
      expect(name).to.match(/^(loteria|process|nodejs)_[a-z_]+$/);
      expect(name).not.to.match(/milli|micro|_ms|_kb/);
    }
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    for (const line of samples) {
      expect(line).to.match(/^[a-z_]+(\{[a-z]+="[^"\n]*"\})? (\d+(\.\d+)?(e[+-]\d+)?)$/);
      const name = /^[a-z_]+/.exec(line)?.[0] ?? '';
      expect(types.has(name) || types.has(name.replace(SUFFIXES, '')), line).to.equal(true);
    }
    expect(new Set(samples.map((line) => line.replace(/ \S+$/, ''))).size).to.equal(samples.length);
  });

  it('have no label for each agency unless that is asked for', async () => {
    const without = await textOf(telemetry, false);
    expect(without).not.to.include('agency=');
    expect(without).not.to.include('loteria_agency_');
  });

  it('are made once between two ticks, however many ask', async () => {
    const counted = new Telemetry(new ManualClock());
    const source = sourceOf(counted);
    let looks = 0;
    const watched: BoardSource = {
      ...source,
      agencies: () => {
        looks++;
        return source.agencies();
      },
    };
    await withMetrics(watched, true, async (metrics) => {
      const [first, ...others] = await Promise.all(
        Array.from({ length: 20 }, () => metrics.text()),
      );
      counted.betsStored = 41;
      others.push(await metrics.text());
      expect(new Set(others)).to.deep.equal(new Set([first]));
      expect(first).to.include('\nloteria_bets_stored_total 0\n');
      expect(looks).to.equal(1);
      metrics.tick();
      expect(await metrics.text()).to.include('\nloteria_bets_stored_total 41\n');
      expect(looks).to.equal(2);
    });
  });

  it('stand in docs/OPERATIONS.md with their types', () => {
    const documented = tableRows('docs/OPERATIONS.md', ['metric', 'type', 'what']).map(
      ([name = '', type = '']): [string, string] => [codes(name)[0] ?? '', type],
    );
    expect(Object.fromEntries(documented)).to.deep.equal(Object.fromEntries(typesIn(text)));
  });

  it('are those that the dashboard shows', () => {
    const path = join(ROOT, 'deploy/grafana/dashboards/loteria.json');
    const { panels } = JSON.parse(readFileSync(path, 'utf8')) as {
      panels: { title: string; targets: { expr: string }[] }[];
    };
    const types = typesIn(text);
    const used = panels.flatMap(({ title, targets }) =>
      targets.flatMap(({ expr }) => {
        const names = namesIn(expr);
        expect(names, `${title}: ${expr}`).not.to.have.length(0);
        return names;
      }),
    );
    expect(used.filter((name) => !types.has(name))).to.deep.equal([]);
    const unseen = [...types.keys()].filter((name) => !used.includes(name));
    expect(unseen).to.have.members([
      ...['loteria_agency_bets', 'loteria_agency_finished', 'loteria_build_info'],
      ...['loteria_board_viewers_dropped_total', 'loteria_acta_failed'],
    ]);
  });

  it('are those that the alerts watch', () => {
    const rules = parse(readFileSync(join(ROOT, 'deploy/prometheus/alerts.yml'), 'utf8')) as {
      groups: { rules: { alert: string; expr: string }[] }[];
    };
    const types = typesIn(text);
    for (const { alert, expr } of rules.groups.flatMap((group) => group.rules)) {
      const names = namesIn(expr);
      expect(names.length > 0 || expr.startsWith('up{'), alert).to.equal(true);
      expect(
        names.filter((name) => !types.has(name)),
        alert,
      ).to.deep.equal([]);
    }
  });

  it('pass promtool, and so do scrape file and alerts', function () {
    if (spawnSync('promtool', ['--version']).error !== undefined) {
      console.log('      skipped: promtool is not installed');
      this.skip();
    }
    execFileSync('promtool', ['check', 'metrics'], { input: text });
    const cwd = join(ROOT, 'deploy/prometheus');
    execFileSync('promtool', ['check', 'config', 'prometheus.yml'], { cwd });
    execFileSync('promtool', ['check', 'rules', 'alerts.yml'], { cwd });
  });
});
