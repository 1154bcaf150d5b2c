/** The agencies of the demo, and what their logs say. */
import { LIMITS } from '../../base/limits';
import { agencyFile } from '../data/generate-bets';
import { ChildProgram, type LogFields } from './child-program';

/** The progress of one agency, from its log. */
export interface AgencyReport {
  readonly agency: number;
  /** Rows of its file. */
  readonly bets: number;
  /** Bets that the central has acknowledged. */
  sent: number;
  /** Documents; null: not known yet. */
  winners: string[] | null;
}

export interface DemoAgencyOptions {
  /** Where the agencies' files are. */
  readonly directory: string;
  /** Of the central. */
  readonly port: string;
  /** How long the agency takes; 0: no longer than it has to. */
  readonly paceMs: number;
  /** Called whenever the report has changed. */
  readonly onProgress: () => void;
}

/** Batches a second of a paced agency, at least: fewer would not look like progress. */
const PACED_BATCHES_PER_SECOND = 4;

/** Starts the agency of a report, which follows what it logs. */
export function startAgency(report: AgencyReport, options: DemoAgencyOptions): ChildProgram {
  const { agency } = report;
  const child = new ChildProgram(`agency ${String(agency)}`, ['client'], {
    CLI_MODE: 'lottery',
    CLI_ID: String(agency),
    CLI_SERVER_ADDRESS: `127.0.0.1:${options.port}`,
    CLI_DATA: agencyFile(options.directory, agency),
    CLI_LOOP_AMOUNT: '1',
    CLI_LOOP_PERIOD: '1s',
    CLI_LOG_LEVEL: 'DEBUG',
    ...paceOf(report.bets, options.paceMs),
  });
  child.onLine((line) => {
    if (follow(report, line)) options.onProgress();
  });
  return child;
}

function paceOf(bets: number, paceMs: number): Readonly<Record<string, string>> {
  if (paceMs === 0) return {};
  const batches = Math.ceil((paceMs / 1_000) * PACED_BATCHES_PER_SECOND);
  const batchBets = Math.min(Math.max(Math.ceil(bets / batches), 1), LIMITS.batchBetsDefault);
  return { CLI_PACE: `${String(paceMs)}ms`, CLI_BATCH_MAXAMOUNT: String(batchBets) };
}

/**
 * Takes what a line of an agency's log says into its report.
 *
 * @returns whether that is anything new
 */
export function follow(report: AgencyReport, line: LogFields): boolean {
  switch (line['action']) {
    // After a reconnect the central may hold bets whose acknowledgement was lost.
    case 'introduce':
    case 'batch_stored':
    case 'acknowledged':
      report.sent = Math.max(report.sent, Number(line['stored'] ?? 0));
      return true;
    case 'winners': {
      const documents = (line['documents'] ?? '').split(' ').filter((text) => text !== '');
      report.winners = [...(report.winners ?? []), ...documents];
      return true;
    }
    default:
      return false;
  }
}
