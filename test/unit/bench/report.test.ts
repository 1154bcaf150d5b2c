import { expect } from 'chai';
import { goalsText, replacePart } from '../../../bench/support/docs';
import { showNumber, showRow, tableOf } from '../../../bench/support/format';
import { PROMISES } from '../../../bench/support/goals';
import { overviewPlots, overviewRows } from '../../../bench/support/overview';
import { isMet, makeRow, type StoredFigure } from '../../../bench/support/result';

const row = makeRow({
  setting: '5 agencies, window 8, full batches',
  metric: 'durable bets',
  unit: 'bets/s',
  ours: [800, 900, 1000],
  floor: [1000, 1000, 2000],
  goal: { of: 'ratio', atLeast: 0.8 },
});

const figure: StoredFigure = {
  name: 'ingest',
  title: 'Ingest',
  command: 'npm run bench -- ingest',
  machine: 'a machine',
  date: '2026-01-01',
  rows: [row],
  plots: [],
  notes: ['a note'],
};

describe('the report of a benchmark', () => {
  it('shows three digits that mean something', () => {
    const shown = [0, 0.01234, 1.234, 12.34, 123.4, 1234.5, 1_234_567, Number.NaN].map(showNumber);
    expect(shown).to.deep.equal([
      ...['0', '0.012', '1.23', '12.3', '123', '1,235', '1,234,567', '-'],
    ]);
  });

  it('puts ours beside the floor, with the ratio of each pair', () => {
    expect(showRow(row)).to.deep.equal([
      '5 agencies, window 8, full batches',
      'durable bets, bets/s',
      '900 (800 to 1,000)',
      '1,000 (1,000 to 2,000)',
      '0.80 (0.50 to 0.90)',
      '>= 0.80 x: met',
    ]);
  });

  it('reports whether a goal is met by the median', () => {
    const slow = makeRow({
      ...row,
      ours: [800],
      floor: [1001],
      goal: { of: 'ratio', atLeast: 0.8 },
    });
    const small = makeRow({ ...row, ours: [12], floor: [1], goal: { of: 'ours', atMost: 12 } });
    const without = makeRow({ setting: '', metric: '', unit: '', ours: [1], floor: [1] });
    expect([slow, small, without].map(isMet)).to.deep.equal([false, true, null]);
  });

  it('prints a table', () => {
    const text = tableOf(figure);
    for (const part of ['Ingest', '900 (800 to 1,000)', '>= 0.80 x: met', 'a note']) {
      expect(text).to.include(part);
    }
  });

  it('says of every goal what was measured, or that nothing was', () => {
    const lines = goalsText([figure]).split('\n').slice(2);
    expect(lines).to.have.length(PROMISES.length);
    const answered = lines.filter((line) => !line.includes('not measured yet'));
    expect(answered).to.have.length(1);
    expect(answered[0]).to.include('| 0.80 (0.50 to 0.90) x | met | `npm run bench -- ingest` |');
  });

  it('puts first what users care about: from what is measured, and says what is not', () => {
    const rows = overviewRows([figure]);
    const answered = rows.filter(([, ours]) => ours !== 'not measured yet');
    expect(answered).to.deep.equal([
      [
        'bets made durable each second, five agencies',
        ...['900 (800 to 1,000) bets/s', '1,000 (1,000 to 2,000) bets/s', '0.80 (0.50 to 0.90) x'],
      ],
    ]);
    expect(rows.length).to.be.greaterThan(answered.length);
  });

  it('plots the data set beside floor B and five bare Nodes, with nothing where nothing was measured', () => {
    const wall = { metric: 'start of the agencies to the last winners', unit: 's' };
    const bare = { metric: 'start of all to the end of the last one', unit: 's' };
    const setting = '78,697 bets, 5 agencies, defaults';
    const nodes = 'five bare Nodes (`node -e 0`), and nothing else';
    const measured = {
      ...figure,
      name: 'dataset',
      rows: [
        makeRow({ setting: `${setting}, otherwise`, ...wall, ours: [9], floor: [9] }),
        makeRow({ setting, ...wall, ours: [0.4], floor: [0.1] }),
        makeRow({ setting: nodes, ...bare, ours: [0.2], floor: [0.1] }),
      ],
    };
    const [plot, rates] = overviewPlots([measured]);
    const shown = plot?.series.map(({ values }) => values.map(({ median }) => median));
    expect(shown).to.deep.equal([
      [0.4, 0],
      [0.1, 0],
      [0.2, 0],
    ]);
    expect(rates?.categories).to.deep.equal([]);
  });

  it('replaces the part of a document between its marks, and nothing else', () => {
    const document = 'before\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nbehind\n';
    const once = replacePart(document, 'x', 'new');
    expect(once).to.equal('before\n<!-- bench:x -->\n\nnew\n\n<!-- /bench:x -->\nbehind\n');
    expect(replacePart(once, 'x', 'new')).to.equal(once);
    expect(() => replacePart(document, 'y', 'new')).to.throw('no part y');
  });
});
