import type { Logger } from '../base/log/log';
import { rowOfText } from '../domain/bet-fields';
import { findContestantProblem, rowOfContestant } from '../domain/contest';
import { AgencyClient } from './agency-client';
import type { ClientConfig } from './config';
import { ContestSession } from './contest/session';
import { CsvSource, type RowForm } from './csv/csv-source';
import { pacedSource } from './csv/paced-source';
import { SingleBetSource } from './csv/single-bet-source';
import type { PreparedAgency } from './prepared-agency';

/** Four columns, or the five of a bet, whose number is ignored. */
const CONTEST_ROWS: RowForm = {
  columns: [4, 5],
  findProblem: findContestantProblem,
  rowOf: rowOfContestant,
};

/**
 * An agency that speaks the native protocol, in any edition.
 *
 * @param token the agency's secret; empty when it has none
 * @throws LoteriaError DATA_UNREADABLE
 */
export function prepareNative(
  config: ClientConfig,
  token: Buffer,
  skipInvalid: boolean,
  logger: Logger,
): PreparedAgency {
  const { id: agency, window, batchBetsMax, dataFile: path, bet, busyRetryMs: retryMs } = config;
  const form = config.edition === '2020' ? CONTEST_ROWS : undefined;
  const { rowOf = rowOfText } = form ?? {};
  const csv = { path, agency, batchBetsMax, skipInvalid, logger };
  const source =
    bet === null
      ? new CsvSource(form === undefined ? csv : { ...csv, form })
      : new SingleBetSource(rowOf(String(agency), bet), config.betPosition ?? undefined);
  return {
    totalBytes: source.totalBytes,
    skippedRows: () => (source instanceof CsvSource ? source.skippedRows : 0),
    create: (common) => {
      const paced = pacedSource(source, config, common.clock);
      const options = { ...common, window, token, source: paced };
      if (form === undefined) return new AgencyClient(options);
      return new AgencyClient({ ...options, session: new ContestSession({ ...options, retryMs }) });
    },
  };
}
