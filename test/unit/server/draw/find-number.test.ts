import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { LoteriaError } from '../../../../src/base/errors';
import { drawnNumber } from '../../../../src/domain/drawn-number';
import { findNumber } from '../../../../src/server/draw/find-number';
import type { NumberTerms, RecordedSalt } from '../../../../src/store/terms';
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

/** @param salt what the beacon has published, where one is waited for */
function numberOf(
  scene: DrawScene,
  winningNumber: NumberTerms | null,
  salt: RecordedSalt | null = null,
  onSaltAwaited: (source: string, digest: string) => void = () => undefined,
): unknown {
  const { files, readRanges, csvDescriptor } = scene;
  const terms = winningNumber === null ? null : { agencies: 3, winningNumber };
  const store = { state: { ...scene.state, terms, salt }, csvPath: CSV, csvDescriptor };
  return findNumber({ files, readRanges, store, onSaltAwaited });
}

describe('findNumber', () => {
  it('is 7574 where nothing else was agreed on, or the number that was, and reads nothing', () => {
    const scene = new DrawScene(BETS);
    expect(numberOf(scene, null)).to.equal(7574);
    for (const number of [0, 1, 7574, 9999]) {
      expect(numberOf(scene, { kind: 'fixed', number })).to.equal(number);
    }
    expect(scene.files.calls.filter(({ kind }) => kind === 'read')).to.deep.equal([]);
  });

  it('follows from the seed, every bet and the salt', async () => {
    const bytes = rows(...BETS);
    expect(bytes.length).to.be.greaterThan(2 * BLOCK_BYTES);
    for (const salt of [null, 'block 900000']) {
      const expected = drawnNumber(SEED, digestOf(bytes), salt);
      const found = await numberOf(new DrawScene(BETS), { kind: 'random', seed: SEED, salt });
      expect(found).to.equal(expected);
    }
  });

  it('waits for a beacon, and says for which, and what the bets were', async () => {
    const bytes = rows(...BETS);
    const terms: NumberTerms = { kind: 'beacon', seed: SEED, source: 'a chain, block 900000' };
    const said: string[][] = [];
    const note = (...what: string[]): number => said.push(what);
    expect(await numberOf(new DrawScene(BETS), terms, null, note)).to.equal(null);
    expect(said).to.deep.equal([[terms.source, digestOf(bytes)]]);
    const salt = { value: '00ff', timeMs: 1 };
    const found = await numberOf(new DrawScene(BETS), terms, salt, note);
    expect(found).to.equal(drawnNumber(SEED, digestOf(bytes), '00ff'));
    expect(said).to.have.lengthOf(1);
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
