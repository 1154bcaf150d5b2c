import type { Logger } from '../../base/log/log';
import { findContestantProblem, rowOfContestant } from '../../domain/contest';
import { AgencyClient } from '../agency-client';
import type { ClientConfig } from '../config';
import { CsvSource, type RowForm } from '../csv/csv-source';
import { pacedSource } from '../csv/paced-source';
import { SingleBetSource } from '../csv/single-bet-source';
import type { PreparedAgency } from '../prepared-agency';
import { ContestSession } from './session';

/** Four columns, or the five of a bet, whose number is ignored. */
const CONTEST_ROWS: RowForm = {
  columns: [4, 5],
  findProblem: findContestantProblem,
  rowOf: rowOfContestant,
};

/**
 * An agency of the 2020 edition.
 *
 * @param token the agency's secret; empty when it has none
 * @throws LoteriaError DATA_UNREADABLE
 */
export function prepareContest(
  config: ClientConfig,
  token: Buffer,
  skipInvalid: boolean,
  logger: Logger,
): PreparedAgency {
  const { window, batchBetsMax, dataFile: path, bet, busyRetryMs: retryMs } = config;
  const agency = config.id;
  const form = CONTEST_ROWS;
  const source =
    bet === null
      ? new CsvSource({ path, agency, batchBetsMax, skipInvalid, logger, form })
      : new SingleBetSource(rowOfContestant(String(agency), bet), config.betPosition ?? undefined);
  return {
    totalBytes: source.totalBytes,
    skippedRows: () => (source instanceof CsvSource ? source.skippedRows : 0),
    create: (common) => {
      const paced = pacedSource(source, config, common.clock);
      const options = { ...common, window, token, source: paced };
      return new AgencyClient({ ...options, session: new ContestSession({ ...options, retryMs }) });
    },
  };
}
