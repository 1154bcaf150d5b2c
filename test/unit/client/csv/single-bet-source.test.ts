import { expect } from 'chai';
import { SingleBetSource } from '../../../../src/client/csv/single-bet-source';
import { crcOf, NORA, PEREZ, row, rowText } from '../../../support/wire-builder';
import { expectFailure, rejectionOf } from '../../helpers/failures';

const NORA_SUM = crcOf(row(NORA));
const BEFORE = crcOf(row(PEREZ));

describe('SingleBetSource', () => {
  let source: SingleBetSource;

  beforeEach(() => {
    source = new SingleBetSource(rowText(NORA));
  });

  it('gives its bet once, as a bet on its own', async () => {
    await source.startAt(0, 0);
    const batch = await source.next();
    expect(batch).to.include({ form: 'bet', offset: 0, count: 1, checksum: NORA_SUM });
    expect(batch?.rows).to.deep.equal(row(NORA));
    expect(await source.next()).to.equal(null);
  });

  it('adds its bet behind what the central has, whatever that is', async () => {
    await source.startAt(7, BEFORE);
    const checksum = crcOf(row(NORA), BEFORE);
    expect(await source.next()).to.include({ offset: 7, count: 1, checksum });
  });

  it('gives its bet again when the central has not got it', async () => {
    await source.startAt(7, BEFORE);
    const first = await source.next();
    await source.startAt(7, BEFORE);
    expect(await source.next()).to.deep.equal(first);
  });

  it('gives nothing more when the central has got it', async () => {
    await source.startAt(7, BEFORE);
    await source.next();
    await source.startAt(8, crcOf(row(NORA), BEFORE));
    expect(await source.next()).to.equal(null);
  });

  for (const [what, stored, checksum] of [
    ['has another bet in its place', 8, BEFORE],
    ['has more than this bet', 9, crcOf(row(NORA), BEFORE)],
    ['has less than before', 6, BEFORE],
  ] as const) {
    it(`stops when the central ${what}: the bet might be stored twice`, async () => {
      await source.startAt(7, BEFORE);
      await source.next();
      const error = await rejectionOf(Promise.resolve(source.startAt(stored, checksum)));
      expectFailure(error, 'DATA_DIFFERS');
    });
  }

  it('gives nothing before it knows where the central is, or after it is closed', async () => {
    expect(await source.next()).to.equal(null);
    await source.startAt(0, 0);
    source.close();
    expect(await source.next()).to.equal(null);
  });

  it('is read to its end with its only batch', async () => {
    expect(source.totalBytes).to.equal(row(NORA).length);
    await source.startAt(0, 0);
    expect((await source.next())?.sourceBytes).to.equal(source.totalBytes);
  });
});

describe('SingleBetSource at a position', () => {
  const known = { offset: 1, checksum: BEFORE };
  const both = crcOf(row(NORA), BEFORE);

  it('gives its bet where it belongs, and again where it is known already', async () => {
    for (const [stored, checksum] of [
      [1, BEFORE],
      [2, both],
    ] as const) {
      const source = new SingleBetSource(rowText(NORA), known);
      await source.startAt(stored, checksum);
      expect(await source.next()).to.include({ offset: 1, count: 1, checksum: both });
      expect(await source.next()).to.equal(null);
    }
  });

  for (const [what, position, stored, checksum, why] of [
    ['is not reached yet', known, 0, 0, 'none can have position 1 yet'],
    ['comes behind other bets', known, 1, BEFORE ^ 1, 'are others than bet.checksum names'],
    ['is taken by another bet', known, 2, both ^ 1, 'position 1 is taken by another bet, or'],
    ['is taken, with another checksum', { offset: 1, checksum: 5 }, 2, both, 'bet.checksum is not'],
    [
      'is the first, and taken',
      { offset: 0, checksum: 0 },
      1,
      BEFORE,
      'another bet has position 0',
    ],
    ['is followed by others', known, 3, both, 'cannot be told behind later ones'],
    ['is taken, and nobody can tell', { offset: 1, checksum: null }, 2, both, 'nobody can tell'],
  ] as const) {
    it(`stops when its position ${what}`, async () => {
      const source = new SingleBetSource(rowText(NORA), position);
      const error = await rejectionOf(
        Promise.resolve().then(() => source.startAt(stored, checksum)),
      );
      expectFailure(error, 'DATA_DIFFERS', why, 'was not sent');
      expect(await source.next()).to.equal(null);
    });
  }
});
