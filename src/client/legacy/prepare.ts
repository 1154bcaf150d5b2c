import { LoteriaError } from '../../base/errors';
import { invariant } from '../../base/invariant';
import type { Logger } from '../../base/log';
import { findFieldProblem, type BetText } from '../../domain/bet-fields';
import type { AgencyDialect } from '../../protocol/dialects/agency-dialect';
import { BET_VARIABLES, type ClientConfig } from '../config';
import { CsvBets } from '../csv/csv-bets';
import { dataFileBytes } from '../csv/data-file';
import type { PreparedAgency } from '../prepared-agency';
import { agencyDialect } from './dialects';
import { LegacyClient } from './legacy-client';
import { OneBet } from './one-bet';
import { Packer } from './packer';

/**
 * An agency of a legacy central. Besides our own rules, a bet must keep those of the dialect.
 *
 * @throws LoteriaError CONFIG_INVALID, DATA_UNREADABLE
 */
export function prepareLegacy(
  config: ClientConfig,
  skipInvalid: boolean,
  logger: Logger,
): PreparedAgency {
  invariant(config.dialect !== 'native', 'the native protocol is no legacy dialect');
  const dialect = agencyDialect(config.dialect, config.id.value, config.batchBetsMax);
  const { answerTimeoutMs, busyRetryMs, bet, dataFile: path } = config;
  const finish = bet === null;
  const totalBytes = bet === null ? dataFileBytes(path) : 0;
  const reader =
    bet === null
      ? new CsvBets({
          path,
          from: { bytes: 0, lines: 0 },
          skipInvalid,
          logger,
          findProblem: (row) => findFieldProblem(row) ?? dialect.findProblem(row),
        })
      : oneBet(bet, dialect);
  const packer = new Packer(reader, dialect, finish);
  return {
    totalBytes,
    skippedRows: () => (reader instanceof CsvBets ? reader.skippedRows : 0),
    create: (options) =>
      new LegacyClient({ ...options, dialect, packer, answerTimeoutMs, busyRetryMs }),
  };
}

function oneBet(bet: BetText, dialect: AgencyDialect): OneBet {
  const problem = dialect.findProblem(bet);
  if (problem === undefined) return new OneBet(bet);
  throw new LoteriaError(
    'CONFIG_INVALID',
    `environment: ${BET_VARIABLES[problem.field]} ${problem.reason}`,
  );
}
