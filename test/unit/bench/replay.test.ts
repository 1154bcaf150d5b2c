import { expect } from 'chai';
import fc from 'fast-check';
import { Replay } from '../../../bench/load/replay';
import { rowTails } from '../../../bench/load/rows';
import { checkRows } from '../../../src/domain/row-check';
import { batch, crcOf, utf8 } from '../../support/wire-builder';

/** All that a replay sends, taken a few batches at a time, each acknowledged at once. */
function everything(replay: Replay, atOnce: number): Buffer {
  const pieces: Buffer[] = [];
  for (let piece = replay.take(atOnce); piece !== undefined; piece = replay.take(atOnce)) {
    // The replay sets the same memory again for the next lap.
    pieces.push(Buffer.from(piece));
    replay.acknowledge(Number.MAX_SAFE_INTEGER);
  }
  return Buffer.concat(pieces);
}

describe('the replayed load', () => {
  it('is what the protocol says, in every lap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 65_535 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 5 }),
        (agency, bets, batchBetsMax, laps, atOnce) => {
          const tails = rowTails(bets);
          const expected: Buffer[] = [];
          let checksum = 0;
          let offset = 0;
          for (let lap = 0; lap < laps; lap++) {
            for (let i = 0; i < bets; i += batchBetsMax) {
              const part = tails.slice(i, i + batchBetsMax);
              const rows = utf8(part.map((tail) => String(agency) + tail).join(''));
              checksum = crcOf(rows, checksum);
              expected.push(batch(offset, checksum, part.length, rows));
              offset += part.length;
            }
          }
          const replay = new Replay({ agency, tails, laps, batchBetsMax });
          expect(everything(replay, atOnce)).to.deep.equal(Buffer.concat(expected));
          expect(replay.betsTotal).to.equal(bets * laps);
          expect(replay.batchesTotal).to.equal(expected.length);
          expect(replay.isAcknowledged).to.equal(true);
        },
      ),
    );
  });

  it('fills frames up to 8 kB where batches may be as large as they like', () => {
    const replay = new Replay({
      agency: 7,
      tails: rowTails(1_000),
      laps: 1,
      batchBetsMax: 65_535,
    });
    for (let left = replay.batchesTotal; left > 0; left--) {
      const frame = replay.take(1) ?? Buffer.alloc(0);
      expect(frame.readUInt16BE(0)).to.equal(frame.length).and.to.be.at.most(8192);
      if (left > 1) expect(frame.length).to.be.above(8192 - 100);
    }
    expect(replay.take(1)).to.equal(undefined);
  });

  it('holds rows that the central accepts', () => {
    const rows = rowTails(500).map((tail) => `12${tail}`);
    expect(checkRows(utf8(rows.join('')))).to.deep.equal({ ok: true, agency: 12, count: 500 });
  });

  it('counts a batch when its last bet is acknowledged, and none that was not sent', () => {
    const replay = new Replay({ agency: 1, tails: rowTails(6), laps: 2, batchBetsMax: 3 });
    replay.take(3);
    expect([replay.sent, replay.acked]).to.deep.equal([2, 0]);
    expect(replay.acknowledge(5)).to.equal(1);
    expect(replay.acknowledge(12)).to.equal(1);
    replay.take(1);
    expect(replay.acknowledge(8)).to.equal(0);
    expect(replay.acknowledge(9)).to.equal(1);
    expect(replay.isAcknowledged).to.equal(false);
  });
});
