import { LoteriaError } from '../../base/errors';
import { invariant, unreachable } from '../../base/invariant';
import type { Logger } from '../../base/log/log';
import { findFieldProblem, type BetText } from '../../domain/bet-fields';
import type { Dialect } from '../../protocol/conversion';
import type { AgencyDialect } from '../../protocol/dialects/agency/agency-dialect';
import { OpcodeAgency } from '../../protocol/dialects/agency/agency-opcode';
import { PipeAgency } from '../../protocol/dialects/agency/agency-pipe';
import { SemicolonAgency } from '../../protocol/dialects/agency/agency-semicolon';
import { TlvAgency } from '../../protocol/dialects/agency/agency-tlv';
import { BET_VARIABLES, type ClientConfig } from '../config';
import { CsvBets, type CheckedBet } from '../csv/csv-bets';
import { dataFileBytes } from '../csv/data-file';
import { PacedBatches, paceOf } from '../csv/paced-source';
import type { PreparedAgency } from '../prepared-agency';
import { LegacyClient } from './legacy-client';
import { Packer, type BetReader } from './packer';

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
  const dialect = agencyDialect(config.dialect, config.id, config.batchBetsMax);
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
    create: (options) => {
      const pace = paceOf(config, options.clock, totalBytes);
      const batches = pace === null ? packer : new PacedBatches(packer, pace);
      return new LegacyClient({
        ...options,
        dialect,
        packer: batches,
        answerTimeoutMs,
        busyRetryMs,
      });
    },
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

/** The one bet of the environment (exercise 5). */
export class OneBet implements BetReader {
  readonly path = 'environment';
  private given = false;

  constructor(private readonly bet: BetText) {}

  read(): CheckedBet | undefined {
    if (this.given) return undefined;
    this.given = true;
    return { bet: this.bet, line: 1, bytes: 0 };
  }

  wait(): Promise<boolean> {
    return Promise.resolve(!this.given);
  }

  close(): void {
    this.given = true;
  }
}

/** A legacy dialect for one agency. @param betsMax bets in a message at most, if it allows so many */
export function agencyDialect(name: Dialect, agency: number, betsMax: number): AgencyDialect {
  switch (name) {
    case 'pipe':
      return new PipeAgency(agency, betsMax);
    case 'tlv':
      return new TlvAgency(agency, betsMax);
    case 'opcode':
      return new OpcodeAgency(agency, betsMax);
    case 'semicolon':
      return new SemicolonAgency(agency, betsMax);
    default:
      return unreachable(name);
  }
}
