import * as fc from 'fast-check';
import { anyLife, emptyDisk, live, type Life } from '../../support/store-lives';

/** Runs lives on one disk, and opens it twice at the end. */
function liveThrough(lives: readonly Life[], segmentBytes: number): void {
  let rest = emptyDisk();
  for (const life of lives) rest = live(rest, life, segmentBytes);
  for (const end of ['kill', 'power', 'close'] as const) {
    const life = { commits: [], end, endsAt: Infinity, seed: 1, shortWrites: false };
    rest = live(rest, life, segmentBytes);
  }
}

describe('store: whatever ends it, and however often', () => {
  it('holds every acknowledged commit, and whole commits only', () => {
    const lives = fc.array(anyLife, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(lives, fc.constantFrom(2560, 4096, 16_384), (all, segmentBytes) => {
        liveThrough(all, segmentBytes);
      }),
      { numRuns: 600, endOnFailure: false },
    );
  }).timeout(60_000);

  it('holds them when the power goes again and again while it recovers', () => {
    const life = fc.tuple(anyLife, fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 6 }));
    fc.assert(
      fc.property(fc.array(life, { minLength: 1, maxLength: 4 }), (all) => {
        const lives = all.flatMap(([first, ends]): Life[] => [
          first,
          ...ends.map((endsAt): Life => ({
            ...first,
            commits: [],
            end: 'power',
            endsAt,
            seed: endsAt,
          })),
        ]);
        liveThrough(lives, 2560);
      }),
      { numRuns: 400 },
    );
  }).timeout(60_000);
});
