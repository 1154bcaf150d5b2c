import { unreachable } from '../../base/invariant';
import type { AgencyDialect, LegacyDialect } from '../../protocol/dialects/agency-dialect';
import { OpcodeAgency } from '../../protocol/dialects/agency-opcode';
import { PipeAgency } from '../../protocol/dialects/agency-pipe';
import { SemicolonAgency } from '../../protocol/dialects/agency-semicolon';
import { TlvAgency } from '../../protocol/dialects/agency-tlv';

/** A legacy dialect for one agency. @param betsMax bets in a message at most, if it allows so many */
export function agencyDialect(name: LegacyDialect, agency: number, betsMax: number): AgencyDialect {
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
