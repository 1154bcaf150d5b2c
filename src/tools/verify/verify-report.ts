/** What `loteria verify` prints when everything is in order. */
import Table from 'cli-table3';
import type { StoreState } from '../../store/state';
import { commitmentOf, type AgenciesChange, type RandomTerms, type Terms } from '../../store/terms';
import type { Verification } from './verify';

export function reportText({ state, winners, digest }: Verification): string {
  const table = new Table({
    head: ['Agency', 'Bets', 'Finished', 'Winners', 'Rejected', 'CRC-32 of its rows'],
    colAligns: ['right', 'right', 'left', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  let bets = 0;
  for (const totals of [...state.agencies.values()].sort((a, b) => a.agency - b.agency)) {
    bets += totals.stored;
    table.push([
      totals.agency,
      totals.stored,
      totals.finished ? 'yes' : 'no',
      winners === null ? '-' : (winners.get(totals.agency) ?? 0),
      totals.rejected,
      totals.checksum.toString(16).padStart(8, '0'),
    ]);
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
      ? 'Journal, bets, winners and acta agree.'
      : 'Journal, contestants and winners agree.',
    '',
  ].join('\n');
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
