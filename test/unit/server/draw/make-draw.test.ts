import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { LoteriaError } from '../../../../src/base/errors';
import { whenThere, type Eventual } from '../../../../src/base/eventual';
import { drawnNumber } from '../../../../src/domain/drawn-number';
import { makeDraw, type DrawOutcome } from '../../../../src/server/draw/make-draw';
import type { BetsDigest } from '../../../../src/store/bet-store';
import type { WinnersFile } from '../../../../src/store/file/winners/winners-file';
import type { NumberTerms, RecordedSalt } from '../../../../src/store/terms';
import { winnersOf } from '../../../support/winners-list';
import { rows } from '../../../support/wire-builder';
import { CSV, DrawScene, someBets } from '../../helpers/draw-scene';

const BLOCK_BYTES = 4_096;
const BETS = someBets(250);
const SEED = '5eed'.repeat(16);

const sha256 = (...parts: readonly Buffer[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** The digest of all bets as docs/DRAW.md has it, block by block. */
function digestOf(bytes: Buffer): string {
  let link = sha256();
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    link = sha256(link, sha256(bytes.subarray(at, at + BLOCK_BYTES)));
  }
  return link.toString('hex');
}

const WINNERS = winnersOf([[3, '1000']]);
const ID = '0123456789abcdef';
/** Numbers whose winners were looked for. */
const asked: number[] = [];

/** @param salt what the beacon has published, where one is waited for */
function drawOf(
  scene: DrawScene,
  winningNumber: NumberTerms | null,
  salt: RecordedSalt | null = null,
  betsDigest: string | null = null,
): Eventual<DrawOutcome> {
  const terms = winningNumber === null ? null : { agencies: 3, winningNumber };
  const state = { ...scene.state, terms, salt, betsDigest };
  const digest = (): Eventual<BetsDigest> =>
    whenThere(scene.drawing().hash(), (blocks) => ({ csvBytes: state.csvBytes, blocks, state }));
  const findWinners = (number: number): WinnersFile => {
    asked.push(number);
    return WINNERS;
  };
  const store = { state, digest, findWinners };
  return makeDraw(store, { wallTimeMs: () => 17 }, () => ID);
}

/** The number of the draw; null: there is none. */
async function numberOf(...of: Parameters<typeof drawOf>): Promise<number | null> {
  const outcome = await drawOf(...of);
  return outcome.kind === 'awaited' ? null : outcome.draw.winningNumber;
}

describe('makeDraw', () => {
  it('records what was drawn, whose number, and when', async () => {
    const { winners, digest } = WINNERS;
    const outcome = await drawOf(new DrawScene(BETS), { kind: 'fixed', number: 42 });
    const draw = { id: ID, timeMs: 17, winningNumber: 42, winners, digest };
    const entries = [{ kind: 'draw', draw }];
    expect(outcome).to.deep.equal({ kind: 'made', draw, winners: WINNERS, entries });
    expect(asked.at(-1)).to.equal(42);
  });

  it('takes 7574 where nothing else was agreed on, or the number that was, and reads nothing', async () => {
    const scene = new DrawScene(BETS);
    expect(await numberOf(scene, null)).to.equal(7574);
    for (const number of [0, 1, 7574, 9999]) {
      expect(await numberOf(scene, { kind: 'fixed', number })).to.equal(number);
    }
    expect(scene.files.calls.filter(({ kind }) => kind === 'read')).to.deep.equal([]);
  });

  it('takes a number that follows from the seed, every bet and the salt', async () => {
    const bytes = rows(...BETS);
    expect(bytes.length).to.be.greaterThan(2 * BLOCK_BYTES);
    for (const salt of [null, 'block 900000']) {
      const expected = drawnNumber(SEED, digestOf(bytes), salt);
      const outcome = await drawOf(new DrawScene(BETS), { kind: 'random', seed: SEED, salt });
      if (outcome.kind === 'awaited') expect.fail('nothing is awaited');
      expect(outcome.draw.winningNumber).to.equal(expected);
      // What it follows from is recorded with it.
      const { draw } = outcome;
      const entries = [
        { kind: 'bets_digest', digest: digestOf(bytes) },
        { kind: 'draw', draw },
      ];
      expect(outcome.entries).to.deep.equal(entries);
    }
  });

  it('waits for a beacon, and says for which, and what the bets were', async () => {
    const bytes = rows(...BETS);
    const terms: NumberTerms = { kind: 'beacon', seed: SEED, source: 'a chain, block 900000' };
    const digest = digestOf(bytes);
    const awaited = { kind: 'awaited', source: terms.source, digest };
    const entries = [{ kind: 'bets_digest', digest }];
    expect(await drawOf(new DrawScene(BETS), terms)).to.deep.equal({ ...awaited, entries });
    // Once it is recorded, it is only published again.
    const again = await drawOf(new DrawScene(BETS), terms, null, digest);
    expect(again).to.deep.equal({ ...awaited, entries: [] });
    const salt = { value: '00ff', timeMs: 1 };
    const outcome = await drawOf(new DrawScene(BETS), terms, salt, digest);
    if (outcome.kind === 'awaited') expect.fail('the salt is known');
    expect(outcome.draw.winningNumber).to.equal(drawnNumber(SEED, digest, '00ff'));
    expect(outcome.entries).to.deep.equal([{ kind: 'draw', draw: outcome.draw }]);
  });

  it('is none over bets that are not those that were stored', async () => {
    const stored = rows(...BETS);
    const changed = Buffer.from(stored.toString('latin1').replace(',42\r', ',43\r'), 'latin1');
    for (const bytes of [changed, stored.subarray(0, -1), Buffer.concat([stored, stored])]) {
      const scene = new DrawScene(BETS, { [CSV]: bytes });
      const found = await Promise.resolve()
        .then(() => numberOf(scene, { kind: 'random', seed: SEED, salt: null }))
        .catch((error: unknown) => (error instanceof LoteriaError ? error.code : error));
      expect(found).to.equal('STORE_DAMAGED');
    }
  });
});
