import { expect } from 'chai';
import * as fc from 'fast-check';
import { Packer, type LegacyBatch } from '../../../../src/client/legacy/packer';
import type { BetText } from '../../../../src/domain/bet-fields';
import type { AgencyDialect } from '../../../../src/protocol/dialects/agency/agency-dialect';
import { OpcodeAgency } from '../../../../src/protocol/dialects/agency/agency-opcode';
import { PipeAgency } from '../../../../src/protocol/dialects/agency/agency-pipe';
import { SemicolonAgency } from '../../../../src/protocol/dialects/agency/agency-semicolon';
import { TlvAgency } from '../../../../src/protocol/dialects/agency/agency-tlv';
import { expectFailure, rejectionOf } from '../../helpers/failures';
import { NORA_TEXT } from '../../helpers/legacy-bets';
import { BetList } from '../../helpers/legacy-scene';

async function pack(
  dialect: AgencyDialect,
  bets: readonly BetText[],
  finish = true,
): Promise<LegacyBatch[]> {
  const packer = new Packer(new BetList(bets), dialect, finish);
  const batches: LegacyBatch[] = [];
  for (;;) {
    const batch = await packer.next();
    if (batch === null) return batches;
    batches.push(batch);
  }
}

function bets(count: number, nameBytes = 4): BetText[] {
  return Array.from({ length: count }, (_, i) => ({
    ...NORA_TEXT,
    firstName: 'x'.repeat(nameBytes),
    document: String(10_000_000 + i),
  }));
}

/** Bytes of a `pipe` record whose names have so many bytes altogether. */
const PIPE_FIXED =
  new PipeAgency(3, 30).encodeRecord({
    ...NORA_TEXT,
    firstName: 'x'.repeat(500),
    lastName: 'y'.repeat(500),
  }).length - 1_000;

/** A bet whose `pipe` record has so many bytes, about a thousand. */
function betOfRecord(bytes: number): BetText {
  const rest = bytes - PIPE_FIXED - 500;
  return { ...NORA_TEXT, firstName: 'x'.repeat(500), lastName: 'y'.repeat(rest) };
}

describe('Packer', () => {
  it('fills each message as far as the dialect allows, and loses none', async () => {
    for (const count of [0, 1, 6, 7, 8, 14, 15]) {
      const batches = await pack(new TlvAgency(3, 7), bets(count));
      const counts = batches.map((batch) => batch.count);
      expect(counts.reduce((sum, of) => sum + of, 0)).to.equal(count);
      expect(counts.slice(0, -1).every((of) => of === 7)).to.equal(true);
    }
  });

  it('says how far the source was read for them', async () => {
    const batches = await pack(new TlvAgency(3, 4), bets(9));
    expect(batches.map(({ sourceBytes }) => sourceBytes)).to.deep.equal([40, 80, 90]);
  });

  for (const [count, last] of [
    [0, []],
    [29, [true]],
    [30, [false]],
    [31, [false, true]],
    [60, [false, false]],
  ] as const) {
    it(`pipe: ${String(count)} bets, marked as the originals mark them`, async () => {
      const batches = await pack(new PipeAgency(3, 130), bets(count));
      expect(batches.map((batch) => batch.last)).to.deep.equal(last);
    });
  }

  it('pipe: a bet on its own is never marked as the last', async () => {
    const [batch] = await pack(new PipeAgency(3, 30), bets(1), false);
    expect(batch?.last).to.equal(false);
    expect(batch?.message.toString()).to.match(/^1 \d+ 0\|/);
  });

  it('pipe: a last batch that its mark would make too long is sent without the mark', async () => {
    const [batch] = await pack(new PipeAgency(3, 30), [betOfRecord(1_019), betOfRecord(1_020)]);
    expect(batch?.message.length).to.equal(2_048);
    expect(batch?.last).to.equal(false);
    const [marked] = await pack(new PipeAgency(3, 30), [betOfRecord(1_019), betOfRecord(1_019)]);
    expect(marked?.message.length).to.equal(2_048);
    expect(marked?.last).to.equal(true);
  });

  it('pipe: a batch that is cut short by its size is not the last', async () => {
    const batches = await pack(new PipeAgency(3, 30), bets(10, 400));
    expect(batches.map(({ count }) => count)).to.deep.equal([4, 4, 2]);
    expect(batches.map(({ last }) => last)).to.deep.equal([false, false, true]);
    for (const { message } of batches) expect(message.length).to.be.at.most(2_048);
  });

  it('pipe: a message of a size that would be misread is cut before its last bet', async () => {
    const [small] = bets(1);
    if (small === undefined) throw new Error('none');
    const smallBytes = new PipeAgency(3, 2).encodeRecord(small).length;
    const batches = await pack(new PipeAgency(3, 2), [betOfRecord(1_020 - smallBytes), small]);
    expect(batches.map(({ count }) => count)).to.deep.equal([1, 1]);
    expect(batches.map(({ last }) => last)).to.deep.equal([false, true]);
  });

  it('pipe: a bet that alone would be misread goes with the next one', async () => {
    const batches = await pack(new PipeAgency(3, 30), [betOfRecord(1_020), ...bets(1)]);
    expect(batches.map(({ count }) => count)).to.deep.equal([2]);
  });

  it('pipe: a bet that would be misread and has no other to go with is refused', async () => {
    const packer = new Packer(
      new BetList([...bets(1), betOfRecord(1_020)]),
      new PipeAgency(3, 1),
      true,
    );
    await packer.next();
    const why = 'cannot be expressed in dialect pipe: its message of 1029 bytes would be misread';
    expectFailure(await rejectionOf(packer.next()), 'DATA_INVALID', 'bets.csv: line 2', why);
  });

  it('gives every bet once and in order, in messages of no more than the dialect takes', async () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 512 }), fc.constant(4)), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 2, max: 200 }), async (lengths, betsMax) => {
        const some = lengths.map((bytes, i) => ({
          ...NORA_TEXT,
          firstName: 'x'.repeat(bytes),
          document: String(10_000_000 + i),
        }));
        const dialects = [
          new PipeAgency(3, betsMax),
          new TlvAgency(3, betsMax),
          new OpcodeAgency(3, betsMax),
          new SemicolonAgency(3, betsMax),
        ];
        for (const dialect of dialects) {
          const batches = await pack(dialect, some);
          const max = dialect.name === 'pipe' ? 2_048 : 8_192;
          for (const { message, count } of batches) {
            expect(message.length).to.be.at.most(max);
            expect(count).to.be.within(1, dialect.betsMax);
          }
          if (dialect.name === 'tlv') continue;
          const text = batches.map(({ message }) => message.toString()).join('');
          const documents = text.match(/1000\d{4}/g) ?? [];
          expect(documents).to.deep.equal(some.map(({ document }) => document));
        }
      }),
    );
  });
});
