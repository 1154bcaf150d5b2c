import { expect } from 'chai';
import { CSV } from '../../support/store-driver';
import { flipped, mapJournal } from '../../support/store-journal';
import {
  expectKeptOrRefused,
  finishedWithRoom,
  LAYOUTS,
  type Layout,
} from '../../support/store-layouts';

const MASKS = [0x01, 0x20, 0xff];

/**
 * Opens the store with each byte of a file from `from` on changed, in several ways.
 *
 * @returns the offsets at which something acknowledged was lost without a word
 */
function silentLosses(layout: Layout, path: string, from = 0, end = Infinity): string[] {
  const losses: string[] = [];
  const bytes = layout.contents.get(path) ?? Buffer.alloc(0);
  for (let at = from; at < Math.min(bytes.length, end); at++) {
    for (const mask of MASKS) {
      const contents = new Map(layout.contents).set(path, flipped(bytes, at, mask));
      try {
        expectKeptOrRefused(layout, contents);
      } catch (error) {
        losses.push(`${path} ${String(at)} ^ ${String(mask)}: ${String(error)}`);
      }
    }
  }
  return losses;
}

describe('store: a changed byte', () => {
  for (const [name, build] of LAYOUTS) {
    for (const file of ['journal.a', 'journal.b']) {
      it(`anywhere in ${file} of ${name} loses nothing without a word`, () => {
        expect(silentLosses(build(), `/data/${file}`)).to.deep.equal([]);
      });
    }
  }

  for (const [name, build] of LAYOUTS) {
    it(`a header of ${name} that reads as zeros loses nothing without a word`, () => {
      const layout = build();
      for (const file of ['/data/journal.a', '/data/journal.b']) {
        const bytes = layout.contents.get(file) ?? Buffer.alloc(0);
        for (const end of [8, 16, 48, 64, 512, bytes.length]) {
          for (const begin of [0, 8]) {
            const zeroed = Buffer.from(bytes).fill(0, begin, end);
            expectKeptOrRefused(layout, new Map(layout.contents).set(file, zeroed));
          }
        }
      }
    });
  }

  it('in the record of a finished agency is noticed however little room is behind it', () => {
    for (let room = 44; room < 44 + 100; room++) {
      const layout = finishedWithRoom(room);
      const record = mapJournal(layout.contents).at(-1)?.records[1] ?? { at: 0, end: 0 };
      const losses = silentLosses(layout, '/data/journal.b', record.at, record.end);
      expect(losses, `${String(room)} bytes behind it`).to.deep.equal([]);
    }
  });

  it('in rows of bets.csv that the journal holds is noticed', () => {
    for (const [name, build] of LAYOUTS.slice(0, 4)) {
      expect(silentLosses(build(), CSV), name).to.deep.equal([]);
    }
  });
});
