import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import * as wire from '../support/wire-builder';
import { bets, chooseRows, finished } from './corpus';
import { fuzzInProcess } from './in-process';
import { Random } from './random';
import { countRows } from './rows-model';

const FRAMES = Number(process.env['FUZZ_FRAMES'] ?? 60_000);

describe('fuzzed frames, in process', () => {
  it(`${FRAMES.toLocaleString('en')} frames lead to nothing that is not allowed`, function () {
    this.timeout(0);
    const figures = fuzzInProcess(FRAMES, 1);
    // All that the central can say to a peer that is no agency is said, so the fuzzer is not blind.
    const answers = [...figures.answers.keys()];
    const errors = [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13].map((code) => `ERROR ${String(code)}`);
    const reasons = [101, 102, 103, 104, 105, 106, 107, 108, 109, 120, 121, 122, 123];
    expect(answers).to.include.members(errors);
    expect(answers).to.include.members(reasons.map((code) => `REJECT ${String(code)}`));
    for (const reply of [
      '81 to introduce',
      '82 to bets',
      '82 to finished',
      '84 to ask',
      '85 to ask',
    ]) {
      expect(answers).to.include(`reply ${reply}`);
    }
  });

  it('the same seed leads to the same conversations', () => {
    expect(fuzzInProcess(2_000, 7)).to.deep.equal(fuzzInProcess(2_000, 7));
  });

  it('begins with messages as the builder makes them', () => {
    const random = new Random(3);
    for (let i = 0; i < 50; i++) {
      const choice = chooseRows(random, 3);
      const from = { count: 2 ** 40 + i, checksum: 7 };
      const checksum = crc32(choice.rows, 7);
      const built =
        choice.form === 'bet'
          ? wire.bet(from.count, checksum, choice.rows)
          : wire.batch(from.count, checksum, choice.count, choice.rows);
      expect(bets(choice, from)).to.deep.equal(built);
      expect(countRows(choice.rows, 3)).to.equal(choice.count);
    }
    expect(finished(2 ** 53 - 1)).to.deep.equal(wire.finished(2 ** 53 - 1));
  });
});
