import { expect } from 'chai';
import { barFormat } from '../../../src/tools/demo/demo-display';

const OPTIONS = {
  ...{ barCompleteString: '#'.repeat(40), barIncompleteString: '-'.repeat(40), barGlue: '' },
  ...{ align: 'left' as const, autopaddingChar: ' ' },
};

/** The line of an agency on a terminal. */
function line(agency: number, bets: number, columns: number, progress = 0.5): string {
  const params = { ...{ progress, eta: 1, startTime: 0, stopTime: 1, total: bets }, value: bets };
  const payload = { agency, stored: bets, rate: '99.9k/s', left: '59m59s' };
  const reports = [1, agency].map((number) => ({ agency: number, bets }));
  return barFormat(reports)(OPTIONS, { ...params, maxWidth: columns }, payload);
}

describe('the bars of the demo', () => {
  for (const [agency, bets] of [
    [1, 190],
    [20, 190],
    [5, 200_000],
    [20, 10_000_000],
  ] as const) {
    it(`fit in 80 columns: agency ${String(agency)}, ${String(bets)} bets`, () => {
      for (const progress of [0, 0.5, 1]) {
        const text = line(agency, bets, 80, progress);
        expect(text.length, text).to.be.at.most(80);
        expect(text).to.match(
          /^ {2}agency \d+ [#-]{10,} \d+% \| \d+ bets \| 99\.9k\/s \| 59m59s left$/,
        );
      }
    });
  }

  it('are no longer where there is more room, and never without a bar', () => {
    expect(line(1, 190, 200)).to.include(` ${'#'.repeat(20)}${'-'.repeat(20)} 50%`);
    expect(line(1, 190, 20)).to.match(/ [#-]{4} 50%/);
  });
});
