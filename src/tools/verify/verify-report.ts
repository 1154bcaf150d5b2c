/** What `loteria verify` prints when everything is in order, for people and for programs. */
import Table from 'cli-table3';
import type { StoreState } from '../../store/state';
import { commitmentOf, type AgenciesChange, type RandomTerms, type Terms } from '../../store/terms';
import type { Verification } from './verify';

/** @param records what the bets were compared with, at the beginning of a sentence */
export function reportText(verification: Verification, records = 'Journal'): string {
  const { state, digest } = verification;
  const table = new Table({
    head: ['Agency', 'Bets', 'Finished', 'Winners', 'Rejected', 'CRC-32 of its rows'],
    colAligns: ['right', 'right', 'left', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  const { agencies, bets } = reportOf(verification);
  for (const { agency, bets: stored, finished, winners, rejected, checksum } of agencies) {
    table.push([agency, stored, finished ? 'yes' : 'no', winners ?? '-', rejected, checksum]);
  }
  const { draw } = state;
  const drawn = draw === null ? 'none yet' : `${draw.id}, ${new Date(draw.timeMs).toISOString()}`;
  const isLottery = state.edition === 'lottery';
  return [
    table.toString(),
    `${String(bets)} ${isLottery ? 'bets' : 'contestants'} in ${String(state.csvBytes)} bytes; ` +
      `draw: ${isLottery ? drawn : 'none in the 2020 edition'}`,
    ...(state.terms === null ? [] : [agenciesText(state.terms, state.agenciesChanges)]),
    ...numberTexts(state),
    `digest: ${digest}`,
    isLottery
      ? `${records}, bets, winners and acta agree.`
      : 'Journal, contestants and winners agree.',
    '',
  ].join('\n');
}

/** What {@link reportOf} says of an agency. */
interface AgencyReport {
  readonly agency: number;
  readonly bets: number;
  readonly finished: boolean;
  /** Null: not drawn. */
  readonly winners: number | null;
  readonly rejected: number;
  /** CRC-32 of its rows, in hex. */
  readonly checksum: string;
}

export interface VerificationReport {
  readonly edition: string;
  readonly bets: number;
  readonly bytes: number;
  /** Null: not recorded by an earlier version. */
  readonly expectedAgencies: number | null;
  readonly agencies: readonly AgencyReport[];
  readonly draw: {
    readonly id: string;
    readonly time: string;
    readonly winningNumber: number;
  } | null;
  /** SHA-256 of all bets, in hex. */
  readonly digest: string;
}

/** The verification as an object for JSON. */
export function reportOf({ state, winners, digest }: Verification): VerificationReport {
  const { draw, edition, csvBytes, terms } = state;
  const agencies = [...state.agencies.values()]
    .sort((a, b) => a.agency - b.agency)
    .map(({ agency, stored, finished, rejected, checksum }) => ({
      agency,
      bets: stored,
      finished,
      winners: winners === null ? null : (winners.get(agency) ?? 0),
      rejected,
      checksum: checksumText(checksum),
    }));
  return {
    edition,
    bets: agencies.reduce((sum, { bets }) => sum + bets, 0),
    bytes: csvBytes,
    expectedAgencies: terms?.agencies ?? null,
    agencies,
    draw:
      draw === null
        ? null
        : {
            id: draw.id,
            time: new Date(draw.timeMs).toISOString(),
            winningNumber: draw.winningNumber,
          },
    digest,
  };
}

function checksumText(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}

function agenciesText({ agencies }: Terms, changes: readonly AgenciesChange[]): string {
  const texts = changes.map(({ from, to, timeMs }) => {
    return `${String(from)} to ${String(to)} at ${new Date(timeMs).toISOString()}`;
  });
  const changed = texts.length === 0 ? '' : `, changed from ${texts.join(', then from ')}`;
  return `agencies: ${String(agencies)}${changed}`;
}

/** The inputs of the number; the seed is shown once it was drawn. */
function numberTexts({ terms, draw, salt }: Readonly<StoreState>): string[] {
  const number = terms?.winningNumber ?? null;
  if (number === null) return [];
  if (number.kind === 'fixed') return [`winning number: ${String(number.number)}, fixed`];
  const drawn = draw === null ? 'not drawn yet' : String(draw.winningNumber);
  return [
    `winning number: ${drawn}, random`,
    `commitment: ${commitmentOf(number.seed)}`,
    ...(draw === null ? [] : [`seed: ${number.seed}`]),
    ...saltTexts(number, salt),
  ];
}

function saltTexts(terms: RandomTerms, recorded: StoreState['salt']): string[] {
  if (terms.kind === 'random') return terms.salt === null ? [] : [`salt: ${terms.salt}`];
  if (recorded === null) return [`salt: awaited, from ${terms.source}`];
  const time = new Date(recorded.timeMs).toISOString();
  return [`salt: ${recorded.value}, from ${terms.source}, recorded at ${time}`];
}
