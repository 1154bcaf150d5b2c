import { expect } from 'chai';
import { messageOf } from '../../../../src/base/errors';
import { agreeOnTerms, type WantedNumber } from '../../../../src/server/draw/agree-terms';
import type { StorePlace } from '../../../../src/store/bet-store';
import {
  applyEntry,
  emptyState,
  type StoreEntry,
  type StoreState,
} from '../../../../src/store/state';
import type { NumberTerms, Terms } from '../../../../src/store/terms';
import { expectFailure, thrownBy } from '../../helpers/failures';
import { DRAW } from '../../helpers/scene';

const SEED = '5eed'.repeat(16);
const FIXED: WantedNumber = { kind: 'fixed', number: 7574 };
const RANDOM: WantedNumber = { kind: 'random', salt: null };
const SALTED: WantedNumber = { kind: 'random', salt: 'the salt' };
const SOURCED: WantedNumber = { kind: 'beacon', source: 'round 9' };
const PROMISED: NumberTerms = { ...RANDOM, seed: SEED };
const FINISHED: StoreEntry = { kind: 'finished', agency: 1 };

function stateWith(...entries: readonly StoreEntry[]): StoreState {
  const state = emptyState();
  for (const entry of entries) applyEntry(state, entry);
  return state;
}

const terms = (agencies: number, winningNumber: NumberTerms | null): StoreEntry => {
  return { kind: 'terms', terms: { agencies, winningNumber } };
};

const DIRECTORY = { name: '/data', kind: 'directory' } as const;
const DATABASE = { name: 'postgres://h/l', kind: 'database' } as const;

function agree(
  state: StoreState,
  agencies: number,
  winningNumber: WantedNumber | null = FIXED,
  place: StorePlace = DIRECTORY,
): Terms | null {
  return agreeOnTerms(place, state, { agencies, winningNumber }, () => SEED);
}

function expectRefused(
  state: StoreState,
  agencies: number,
  winningNumber: WantedNumber | null,
  ...said: readonly string[]
): void {
  const error = thrownBy(() => agree(state, agencies, winningNumber));
  expectFailure(error, 'CONFIG_INVALID', '/data', ...said);
}

describe('agreeOnTerms', () => {
  it('records what the settings say in a new directory', () => {
    expect(agree(stateWith(), 5)).to.deep.equal({ agencies: 5, winningNumber: FIXED });
    expect(agree(stateWith(), 5, null)).to.deep.equal({ agencies: 5, winningNumber: null });
    expect(agree(stateWith(), 5, SALTED)).to.deep.equal({
      agencies: 5,
      winningNumber: { ...SALTED, seed: SEED },
    });
  });

  it('records nothing when the same terms are stored, whatever was committed', () => {
    for (const entries of [[], [FINISHED]]) {
      for (const wanted of [FIXED, RANDOM, SALTED, SOURCED]) {
        const stored = wanted.kind === 'fixed' ? wanted : { ...wanted, seed: 'a'.repeat(64) };
        expect(agree(stateWith(terms(5, stored), ...entries), 5, wanted)).to.equal(null);
      }
    }
  });

  it('takes other settings over while nobody has taken part', () => {
    expect(agree(stateWith(terms(5, FIXED)), 3)).to.deep.equal({
      agencies: 3,
      winningNumber: FIXED,
    });
    expect(agree(stateWith(terms(5, FIXED)), 5, RANDOM)).to.deep.equal({
      agencies: 5,
      winningNumber: PROMISED,
    });
  });

  it('keeps a number that was promised, though nobody has taken part', () => {
    const state = stateWith(terms(5, { ...PROMISED, seed: 'a'.repeat(64) }));
    expectRefused(state, 5, FIXED, 'WINNING_NUMBER=random', 'WINNING_NUMBER=7574');
    expectRefused(state, 5, SALTED, 'WINNING_NUMBER=random', 'DRAW_SALT="the salt"');
    expectRefused(state, 5, SOURCED, 'WINNING_NUMBER=random', 'DRAW_SALT_SOURCE="round 9"');
    const agreed = agree(state, 3, RANDOM);
    expect(agreed).to.deep.equal({ agencies: 3, winningNumber: state.terms?.winningNumber });
  });

  it('refuses another number or salt once somebody has taken part', () => {
    const fixed = stateWith(terms(5, FIXED), FINISHED);
    const one: WantedNumber = { kind: 'fixed', number: 1 };
    expectRefused(fixed, 5, one, 'WINNING_NUMBER=7574', 'WINNING_NUMBER=1');
    expectRefused(fixed, 5, RANDOM, 'WINNING_NUMBER=7574', 'WINNING_NUMBER=random');
    const salted = stateWith(terms(5, { ...SALTED, seed: SEED }), FINISHED);
    const other: WantedNumber = { ...SALTED, salt: 'other' };
    expectRefused(salted, 5, other, 'DRAW_SALT="the salt"', 'DRAW_SALT="other"');
    const sourced = stateWith(terms(5, { ...SOURCED, seed: SEED }), FINISHED);
    const later: WantedNumber = { kind: 'beacon', source: 'round 10' };
    expectRefused(sourced, 5, later, 'DRAW_SALT_SOURCE="round 9"', 'DRAW_SALT_SOURCE="round 10"');
    expectRefused(sourced, 5, RANDOM, 'DRAW_SALT_SOURCE="round 9"', 'WINNING_NUMBER=random');
  });

  it('refuses another number of agencies, and names the command until the draw', () => {
    for (const taken of [FINISHED, { kind: 'rejected', agency: 1, count: 3 } as const]) {
      const state = stateWith(terms(5, FIXED), taken);
      expectRefused(state, 3, FIXED, 'AGENCIES=5', 'AGENCIES is 3', 'loteria store agencies');
    }
    const drawn = stateWith(terms(5, FIXED), { kind: 'draw', draw: DRAW });
    const error = thrownBy(() => agree(drawn, 3));
    expectFailure(error, 'CONFIG_INVALID', 'AGENCIES=5', 'AGENCIES is 3');
    expect(String(error)).not.to.include('loteria store');
  });

  it('compares with the number after it was changed', () => {
    const change = { from: 5, to: 3, timeMs: 1 };
    const state = stateWith(terms(5, FIXED), { kind: 'agencies', change });
    expect(agree(state, 3)).to.equal(null);
    expectRefused(state, 5, FIXED, 'AGENCIES=3', 'AGENCIES is 5');
  });

  it('takes the settings for those of an earlier version, but no number that it cannot have had', () => {
    const loading = stateWith(FINISHED);
    expect(agree(loading, 5)).to.deep.equal({ agencies: 5, winningNumber: FIXED });
    const one: WantedNumber = { kind: 'fixed', number: 1 };
    expectRefused(loading, 5, one, 'WINNING_NUMBER=7574', 'WINNING_NUMBER=1');
    expectRefused(loading, 5, RANDOM, 'holds bets', 'before the first bet');
    expect(agree(stateWith(), 5, one)?.winningNumber).to.deep.equal(one);
    const drawn = { ...stateWith(FINISHED), bareDraw: { id: DRAW.id, timeMs: 1 } };
    expectRefused(drawn, 5, one, 'WINNING_NUMBER=7574', 'WINNING_NUMBER=1');
    expect(agree(drawn, 5)?.winningNumber).to.deep.equal(FIXED);
  });

  it('refuses a number where none was agreed on, and none where one was', () => {
    const none = stateWith(terms(5, null), FINISHED);
    expect(agree(none, 5, null)).to.equal(null);
    expectRefused(none, 5, FIXED, 'begun with no WINNING_NUMBER', 'say WINNING_NUMBER=7574');
    const fixed = stateWith(terms(5, FIXED), FINISHED);
    expectRefused(fixed, 5, null, 'begun with WINNING_NUMBER=7574', 'say no WINNING_NUMBER');
    expect(agree(stateWith(FINISHED), 5, null)?.winningNumber).to.equal(null);
    expect(agree(stateWith(terms(5, null)), 5, null)).to.equal(null);
    expect(agree(stateWith(terms(5, null)), 5, FIXED)?.winningNumber).to.deep.equal(FIXED);
  });

  it('says what was agreed on, and what to do', () => {
    const salted = stateWith(terms(5, { ...SALTED, seed: SEED }), FINISHED);
    const said = 'the settings say WINNING_NUMBER=random: expected the same, or another directory';
    expectRefused(salted, 5, RANDOM, said);
    const random = stateWith(terms(5, PROMISED), FINISHED);
    expectRefused(random, 5, SALTED, 'begun with WINNING_NUMBER=random, but');
  });

  it('speaks of the database, and names no command that takes none', () => {
    const begun = stateWith(terms(5, FIXED), FINISHED);
    const said = (state: StoreState, agencies: number, number: WantedNumber = FIXED): unknown =>
      messageOf(thrownBy(() => agree(state, agencies, number, DATABASE)));
    expect(said(begun, 6)).to.equal(
      'STORE postgres://h/l was begun with AGENCIES=5, but AGENCIES is 6: expected 5',
    );
    expect(said(begun, 5, { kind: 'fixed', number: 1 })).to.equal(
      'STORE postgres://h/l was begun with WINNING_NUMBER=7574, but the settings say ' +
        'WINNING_NUMBER=1: expected the same, or another database',
    );
    expect(said(stateWith(FINISHED), 5, RANDOM)).to.equal(
      'STORE postgres://h/l holds bets, but WINNING_NUMBER is random: ' +
        'such a number has to be promised before the first bet; expected another database',
    );
  });

  it('keeps what a database was begun with, though nobody has taken part: others may be serving', () => {
    const said = (state: StoreState, agencies: number, number: WantedNumber = FIXED): unknown =>
      thrownBy(() => agree(state, agencies, number, DATABASE));
    for (const number of [FIXED, PROMISED] as const) {
      const begun = stateWith(terms(5, number));
      const same: WantedNumber = number === FIXED ? FIXED : RANDOM;
      expect(agree(begun, 5, same, DATABASE)).to.equal(null);
      expectFailure(said(begun, 3, same), 'CONFIG_INVALID', 'AGENCIES=5', 'AGENCIES is 3');
      const other: WantedNumber = { kind: 'fixed', number: 1 };
      expectFailure(said(begun, 5, other), 'CONFIG_INVALID', 'WINNING_NUMBER=1');
    }
  });

  it('names no command behind the draw of an earlier version either', () => {
    const state = stateWith(terms(5, FIXED), FINISHED);
    const error = thrownBy(() => agree({ ...state, bareDraw: { id: DRAW.id, timeMs: 1 } }, 3));
    expectFailure(error, 'CONFIG_INVALID', 'AGENCIES=5', 'expected 5');
    expect(String(error)).to.match(/expected 5$/);
  });
});
