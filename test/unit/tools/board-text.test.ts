import { expect } from 'chai';
import { statusLine, statusLines, type TextOptions } from '../../../src/tools/board/board-text';
import { linesOn, rowsOf } from '../../../src/tools/board/screen';
import { boardUrl } from '../../../src/tools/board/read-board';
import { agencyRow, fullEvent, SAMPLE, STATE } from '../../support/fake-board';
import { expectFailure, thrownBy } from '../helpers/failures';

const OPTIONS: TextOptions = {
  url: 'http://127.0.0.1:8080/',
  nowMs: 66_000,
  rates: null,
  sort: 'agency',
  screen: null,
};

/** The numbers of the agencies, in the order in which they are shown. */
function order(lines: readonly string[]): number[] {
  const head = lines.findIndex((line) => line.trimStart().startsWith('agency'));
  return lines
    .slice(head + 1)
    .map((line) => Number(/^ *(\d+) /.exec(line)?.[1]))
    .filter((number) => !Number.isNaN(number));
}

describe('the board as text', () => {
  it('says what the central is doing', () => {
    const lines = statusLines(fullEvent(), OPTIONS);
    expect(lines.slice(0, 6)).to.deep.equal([
      'http://127.0.0.1:8080/ | loteria 0.9.9 | up 1m05s',
      'loading: 2 of 5 agencies have finished, 5 connected, 1 waiting for the draw',
      '1500 bets stored | 1.5k/s | 2/s rejected',
      '40/s commits of 2.5 entries | fdatasync 0.2 ms, p99 1.1 ms',
      'event loop p99 3.2 ms | parsed 12 inline, 3 pooled | 6 connections | 74 MB',
      '',
    ]);
    expect(order(lines)).to.deep.equal([1, 2, 3, 4, 5]);
    expect(statusLine(fullEvent())).to.equal(
      'phase: loading | bets: 1500 | rate: 1.5k/s | finished: 2 of 5 | connected: 5 | waiting: 1',
    );
  });

  it('says nothing of a draw in an edition that has none', () => {
    const state = { ...STATE, edition: '2020', waiting: 0 } as const;
    const text = statusLines(fullEvent({ state }), OPTIONS).join('\n');
    expect(text).to.include('\nloading: 2 of 5 agencies have finished, 5 connected\n');
    expect(text).not.to.include('draw');
  });

  it('takes the time since the start from the central, whose clock may be another one', () => {
    const [first] = statusLines(fullEvent(), { ...OPTIONS, nowMs: 0 });
    expect(first).to.match(/ \| up 1m05s$/);
  });

  it('averages rates over the last seconds', () => {
    const samples = [9_000, 0, 300, 600].map((bets) => ({ ...SAMPLE, bets }));
    expect(statusLine(fullEvent({ samples }))).to.include('| rate: 300/s |');
    expect(statusLine(fullEvent({ samples: [] }))).to.include('| rate: 0/s |');
  });

  it('orders the agencies', () => {
    const agencies = [
      agencyRow(1, { stored: 5, reconnects: 1 }),
      agencyRow(2, { stored: 9, rejected: 3 }),
      agencyRow(3, { stored: 7, reconnects: 2 }),
    ];
    const rates = new Map([
      [1, 1],
      [2, 50],
      [3, 1],
    ]);
    const by = (sort: TextOptions['sort']): number[] =>
      order(statusLines(fullEvent({ agencies }), { ...OPTIONS, rates, sort }));
    expect(by('bets')).to.deep.equal([2, 3, 1]);
    expect(by('rate')).to.deep.equal([2, 1, 3]);
    expect(by('reconnects')).to.deep.equal([3, 1, 2]);
    expect(by('rejected')).to.deep.equal([2, 1, 3]);
  });

  it('shows the connections of an agency that opens one for each message, in words', () => {
    const agencies = [
      agencyRow(1, { reconnects: 4 }),
      agencyRow(2, { connections: 31 }),
      agencyRow(3, { reconnects: 2, connections: 1 }),
    ];
    const lines = statusLines(fullEvent({ agencies }), OPTIONS);
    const [first, second, third] = lines.slice(-3);
    expect(first).to.match(/connected +4 +0/);
    expect(second).to.match(/connected +31 connections +0/);
    expect(third).to.match(/connected +2 \+ 1 connection +0/);
  });

  it('shows no more agencies than there is room for', () => {
    const agencies = Array.from({ length: 10_000 }, (_, i) => agencyRow(i + 1));
    const screen = { rows: 17, columns: 200 };
    const lines = statusLines(fullEvent({ agencies }), { ...OPTIONS, screen });
    expect(lines).to.have.length(17);
    expect(order(lines)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(lines.at(-1)).to.equal('... and 9991 more');
  });

  it('shows rates only where they are known, also of agencies that are new', () => {
    const agencies = [agencyRow(1), agencyRow(2)];
    const head = (lines: readonly string[]): string => lines.at(-3) ?? '';
    const none = statusLines(fullEvent({ agencies }), OPTIONS);
    expect(head(none)).to.match(/agency +bets +in flight +connection/);
    const rates = new Map([[2, 1_500]]);
    const some = statusLines(fullEvent({ agencies }), { ...OPTIONS, rates });
    expect(head(some)).to.match(/agency +bets +in flight +rate +connection/);
    expect(some.at(-2)).to.match(/^ +1 +100 +0 +- {2}connected/);
    expect(some.at(-1)).to.match(/^ +2 +200 +0 +1\.5k\/s {2}connected/);
  });

  it('says how to check the draw', () => {
    const draw = {
      ...{ id: 'x', timeMs: 1, winningNumber: 7574, winners: 10, betsDigest: 'ab12' },
      ...{ actaError: null, verifyCommand: 'loteria verify /data --digest ab12' },
    };
    const agencies = [agencyRow(1, { connection: 'gone', finished: true, winners: 4 })];
    const state = { ...STATE, phase: 'drawn', draw } as const;
    const lines = statusLines(fullEvent({ state, agencies }), OPTIONS);
    expect(lines).to.include('drawn: number 7574, 10 winners; digest ab12');
    expect(lines).to.include('check it: loteria verify /data --digest ab12');
    expect(lines.at(-1)).to.match(/^ +1 +100 .* done +0 +0 +4$/);
  });
});

describe('the board as text on a narrow screen', () => {
  const rates = new Map([[1, 99_900]]);
  const agencies = [
    agencyRow(1, { stored: 1_234_567, lastError: 'BATCH_INVALID', reconnects: 4 }),
    ...[2, 3, 4].map((number) => agencyRow(number)),
  ];
  const verifyCommand = `loteria verify /var/lib/loteria --digest ${'ab'.repeat(32)}`;
  const draw = {
    ...{ id: 'x', timeMs: 1, winningNumber: 7574, winners: 10, betsDigest: 'ab'.repeat(32) },
    ...{ actaError: null, verifyCommand },
  };
  const state = { ...STATE, phase: 'drawn', draw } as const;
  const table = (lines: readonly string[]): readonly string[] =>
    lines.slice(lines.findIndex((line) => line.trimStart().startsWith('agency')));

  for (const columns of [80, 60]) {
    for (const sort of ['agency', 'reconnects', 'rate'] as const) {
      it(`shows the errors of agencies in ${String(columns)} columns, by ${sort}`, () => {
        const options = { ...OPTIONS, rates, sort, screen: { rows: 24, columns } };
        const lines = table(statusLines(fullEvent({ agencies }), options));
        for (const line of lines) expect(line.length, line).to.be.at.most(columns);
        expect(lines[0]).to.match(/^agency .* last error$/);
        expect(lines[0]).to.include(sort);
        expect(lines[1]).to.match(/^ +1 +1234567 .* BATCH_INVALID$/);
      });
    }
  }

  it('leaves out what it has least need of, and nothing that fits', () => {
    const head = (columns: number, fields = {}): string => {
      const options = { ...OPTIONS, rates, screen: { rows: 24, columns } };
      return (table(statusLines(fullEvent({ agencies, ...fields }), options))[0] ?? '').trim();
    };
    const has = (text: string): string[] => text.split(/ {2,}/);
    const all = ['agency', 'bets', 'in flight', 'rate', 'connection', 'reconnects', 'rejected'];
    expect(has(head(200))).to.deep.equal([...all, 'winners', 'last error']);
    // Nobody has winners before the draw.
    expect(has(head(90))).to.deep.equal([...all, 'last error']);
    const known = agencies.map((row) => ({ ...row, winners: 3 }));
    expect(has(head(90, { agencies: known })))
      .to.include('winners')
      .and.not.include('in flight');
  });

  it('counts the rows of lines that the terminal wraps, and cuts none of them', () => {
    const many = Array.from({ length: 50 }, (_, i) => agencyRow(i + 1));
    const screen = { rows: 24, columns: 80 };
    const lines = statusLines(fullEvent({ state, agencies: many }), { ...OPTIONS, screen });
    expect(lines).to.include(`check it: ${verifyCommand}`);
    expect(rowsOf(lines, 80)).to.equal(24);
    expect(lines.at(-1)).to.match(/^\.\.\. and \d+ more$/);
  });

  it('keeps the lines that a screen has rows for', () => {
    const lines = ['a'.repeat(81), 'b', 'c'];
    expect(rowsOf(lines, 80)).to.equal(4);
    expect(rowsOf(['', 'a'.repeat(80)], 80)).to.equal(2);
    expect(linesOn(lines, { rows: 4, columns: 80 })).to.deep.equal(lines);
    expect(linesOn(lines, { rows: 3, columns: 80 })).to.deep.equal(lines.slice(0, 2));
    expect(linesOn(lines, { rows: 1, columns: 80 })).to.deep.equal([]);
  });
});

describe('the board as text, of what may not be there:', () => {
  const timeLine = (fields: Partial<Parameters<typeof fullEvent>[0]>): string | undefined =>
    statusLines(fullEvent(fields), OPTIONS).find((line) => line.includes('commits of'));

  it('no time of fdatasync where none was called', () => {
    const idle = { ...SAMPLE, commits: 0, syncs: 0, syncP50Ms: 0, syncP99Ms: 0 };
    expect(timeLine({ samples: [idle] })).to.match(/\| fdatasync -$/);
    expect(timeLine({ samples: [SAMPLE, idle] })).to.match(/\| fdatasync 0\.2 ms, p99 1\.1 ms$/);
  });

  it('the time of commits where a database syncs', () => {
    const state = { ...STATE, store: 'database' } as const;
    const none = { syncs: 0, syncP50Ms: 0, syncP99Ms: 0 };
    const samples = [{ ...SAMPLE, ...none }];
    expect(timeLine({ state, samples })).to.match(/\| commit 0\.4 ms, p99 1\.6 ms$/);
    const idle = [{ ...SAMPLE, ...none, commits: 0 }];
    expect(timeLine({ state, samples: idle })).to.match(/\| commit -$/);
  });

  it('a salt that the draw waits for', () => {
    const salt = { source: 'drand round 5', recordCommand: 'loteria store salt /data VALUE' };
    const state = { ...STATE, phase: 'salt', finished: 5, salt } as const;
    expect(statusLines(fullEvent({ state }), OPTIONS).slice(1, 4)).to.deep.equal([
      'salt: 5 of 5 agencies have finished, 5 connected, 1 waiting for the draw',
      'the draw waits for the value of: drand round 5',
      'stop the central, record the value, start it again: loteria store salt /data VALUE',
    ]);
  });

  it('an acta that failed', () => {
    const draw = {
      ...{ id: 'x', timeMs: 1, winningNumber: 7574, winners: 10, betsDigest: null },
      ...{ actaError: 'STORE_DAMAGED', verifyCommand: 'loteria verify /data' },
    };
    const state = { ...STATE, phase: 'drawn', draw } as const;
    expect(statusLines(fullEvent({ state }), OPTIONS)).to.include(
      'drawn: number 7574, 10 winners; digest not written, STORE_DAMAGED: the log of the central says why',
    );
    const pending = { ...state, draw: { ...draw, actaError: null } };
    expect(statusLines(fullEvent({ state: pending }), OPTIONS)).to.include(
      'drawn: number 7574, 10 winners; digest not written yet',
    );
  });
});

describe('the address of a board', () => {
  for (const [typed, href] of [
    ['8080', 'http://127.0.0.1:8080/'],
    ['central:8080', 'http://central:8080/'],
    ['[::1]:8080', 'http://[::1]:8080/'],
    ['https://board.example/', 'https://board.example/'],
  ] as const) {
    it(`${typed} is ${href}`, () => {
      expect(boardUrl(typed).href).to.equal(href);
    });
  }

  for (const typed of [
    ...['', '99999', 'http://', 'a b', 'central:8080/status', 'ftp://central'],
    // A URL takes a host that is a number for an IPv4 address.
    ...['12345678', '12345678:80', 'http://0x7f000001/', '300000'],
  ]) {
    it(`"${typed}" is none`, () => {
      expectFailure(
        thrownBy(() => boardUrl(typed)),
        'USAGE',
        `"${typed}"`,
        'expected a port, host:port or http://host:port/',
      );
    });
  }
});
