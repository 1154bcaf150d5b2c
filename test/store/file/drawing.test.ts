import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { LoteriaError } from '../../../src/base/errors';
import { PowerLossError } from '../../support/memory-faults';
import { NORA, rows } from '../../support/wire-builder';
import {
  CSV,
  DrawScene,
  recordOf,
  someBets,
  winnersAmong,
  WINNERS,
} from '../../unit/helpers/draw-scene';

const BETS = someBets(120);
const WON = winnersAmong(BETS, 7574);

/** What work fails with, at once or later: a code of ours, or the text of another error; null: it does not. */
async function failureOf(work: () => PromiseLike<unknown>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof LoteriaError) return `${error.code}: ${error.message}`;
    return error instanceof Error ? error.message : String(error);
  }
}

function numbersOf(page: readonly string[], agency: number): string {
  return page.map((document) => `${String(agency)},${document}\r\n`).join('');
}

describe('Drawing: a draw', () => {
  it('finds the winners, and keeps them in their file', async () => {
    const scene = new DrawScene(BETS);
    const winners = await scene.drawing().find(7574);
    expect(scene.textOf(WINNERS)).to.equal(WON);
    const { winners: all, digest } = recordOf(WON);
    expect([winners.winners, winners.digest]).to.deep.equal([all, digest]);
    const pages = [1, 3, 20].map((agency) => numbersOf(winners.page(agency, 0, 1e6), agency));
    expect(pages.join('')).to.equal(WON);
    expect(scene.names).to.deep.equal([CSV, WINNERS]);
    expect(scene.lost).to.deep.equal([]);
  });

  it('serves the file that it has written, and has no other one open but bets.csv', async () => {
    const scene = new DrawScene(BETS);
    const drawing = scene.drawing();
    const winners = await drawing.find(7574);
    expect(scene.served).to.deep.equal([[WINNERS, winners.descriptor]]);
    const { files } = scene;
    expect(files.identityOf(winners.descriptor)).to.equal(files.identityAt(WINNERS));
    expect(files.openDescriptors).to.equal(2);
    drawing.end();
    expect(files.openDescriptors).to.equal(1);
  });

  it('finds those of any number', async () => {
    const scene = new DrawScene(BETS);
    await scene.drawing().find(42);
    expect(scene.textOf(WINNERS)).to.equal(winnersAmong(BETS, 42));
  });

  it('of more winners than memory is given leaves no other file behind', async () => {
    const bets = Array.from({ length: 240_000 }, (_, i) => ({
      ...NORA,
      agency: i % 2 === 0 ? 65_535 : 65_534,
      document: String(1_000_000_000 + i),
      number: 7574,
    }));
    const scene = new DrawScene(bets);
    await scene.drawing({ rangeBytes: 1_000_000 }).find(7574);
    expect(scene.textOf(WINNERS)).to.equal(winnersAmong(bets, 7574));
    const spool = scene.files.calls.filter(
      ({ kind, path }) => kind === 'open' && path.endsWith('.csv.spool'),
    );
    expect(spool).to.have.lengthOf(1);
    expect(scene.names).to.deep.equal([CSV, WINNERS]);
    expect(scene.files.openDescriptors).to.equal(2);
  });

  it('can have no winners, and no bets', async () => {
    for (const bets of [someBets(3), []]) {
      const scene = new DrawScene(bets);
      const { winners, digest } = await scene.drawing().find(7574);
      expect(scene.textOf(WINNERS)).to.equal('');
      expect(winners).to.equal(0);
      expect(digest).to.equal(createHash('sha256').digest('hex'));
    }
  });

  it('is none over bets that are not those that were stored', async () => {
    const stored = rows(...BETS);
    const changed = Buffer.from(stored.toString('latin1').replace(',7574\r', ',7575\r'), 'latin1');
    const damages = {
      'a number': changed,
      'a row less': stored.subarray(0, stored.lastIndexOf('\n', -2) + 1),
      'a row more': Buffer.concat([stored, rows(...BETS.slice(0, 1))]),
      'two rows exchanged': rows(...BETS.slice(0, -4), ...BETS.slice(-4).reverse()),
      'no rows': Buffer.alloc(0),
      zeros: Buffer.alloc(stored.length),
    };
    for (const [what, bytes] of Object.entries(damages)) {
      const scene = new DrawScene(BETS, { [CSV]: bytes });
      expect(await failureOf(() => scene.drawing().find(7574)), what).to.match(
        /^STORE_DAMAGED: .*bets\.csv/,
      );
      expect(scene.textOf(WINNERS), what).to.equal(undefined);
      expect(scene.files.openDescriptors, what).to.equal(1);
      expect(scene.served).to.deep.equal([]);
    }
  });

  it('notices bets that are cut off, or grow, while it reads them', async () => {
    for (const bytes of [-1, 1]) {
      const scene = new DrawScene(BETS);
      const drawing = scene.drawing({
        readRanges: (audit) =>
          scene.readRanges(audit).then(() => {
            const { length } = rows(...BETS);
            scene.files.tamper(CSV, (file) => {
              if (bytes < 0) file.truncate(length + bytes);
              else file.write(Buffer.alloc(bytes), length);
            });
          }),
      });
      expect(await failureOf(() => drawing.find(7574))).to.match(/^STORE_DAMAGED/);
      expect(scene.textOf(WINNERS)).to.equal(undefined);
    }
  });

  it('that is stopped fails, and writes nothing more', async () => {
    for (const steps of [0, 1, 2, 3, 4, 6]) {
      const scene = new DrawScene(BETS);
      let left = steps;
      const drawing = scene.drawing({
        runSteps: async (step) => {
          do {
            if (left-- === 0) drawing.end();
            await Promise.resolve();
          } while (!step());
        },
      });
      const failure = await failureOf(() => drawing.find(7574));
      if (failure === null) expect(steps).to.be.greaterThan(3);
      else {
        expect(failure).to.equal('the central was stopped during its draw');
        expect(scene.textOf(WINNERS), String(steps)).to.equal(undefined);
        expect(scene.files.openDescriptors, String(steps)).to.equal(1);
      }
    }
  });

  it('that is stopped while the bets are read fails', async () => {
    const scene = new DrawScene(BETS);
    const drawing = scene.drawing({
      readRanges: (audit) => {
        const reading = scene.readRanges(audit);
        drawing.end();
        return reading;
      },
    });
    expect(await failureOf(() => drawing.find(7574))).to.match(/given up|stopped/);
    expect(scene.names).to.deep.equal([CSV]);
    expect(scene.files.openDescriptors).to.equal(1);
  });
});

describe('Drawing: faults of the disk', () => {
  const callsOf = async (): Promise<number> => {
    const scene = new DrawScene(BETS);
    await scene.drawing().find(7574);
    return scene.files.calls.length;
  };

  it('every call that fails once ends the draw with STORE_IO, or changes nothing', async () => {
    const calls = await callsOf();
    let failed = 0;
    for (let index = 1; index < calls; index++) {
      const scene = new DrawScene(BETS);
      scene.files.failWhen((call) => (call.index === index ? 'EIO' : null));
      const drawing = scene.drawing();
      const failure = await failureOf(() => drawing.find(7574));
      const kind = scene.files.calls[index]?.kind ?? 'none';
      if (failure === null) {
        expect(kind, String(index)).to.equal('close');
        expect(scene.textOf(WINNERS)).to.equal(WON);
        drawing.end();
      } else {
        failed++;
        expect(failure, kind).to.match(/^STORE_IO: .*EIO/);
        expect(scene.textOf(WINNERS) ?? WON).to.equal(WON);
      }
      expect(scene.files.openDescriptors, `${kind} ${String(index)}`).to.equal(1);
    }
    expect(failed).to.be.greaterThan(10);
  });

  it('after a loss of power the file of winners is whole, or not there; behind the draw it is there', async () => {
    const calls = await callsOf();
    for (let index = 1; index <= calls; index++) {
      for (const kept of [0, 0.5, 0.999]) {
        const scene = new DrawScene(BETS);
        scene.files.losePowerAt(index);
        try {
          await scene.drawing().find(7574);
          expect(index).to.equal(calls);
        } catch (error) {
          if (!(error instanceof PowerLossError)) throw error;
        }
        const left = scene.files
          .crash(() => kept)
          .contents()
          .get(WINNERS)
          ?.toString();
        expect(left ?? (index < calls ? WON : 'gone'), String(index)).to.equal(WON);
      }
    }
  });
});

describe('Drawing: winners of a draw that was made', () => {
  it('are those in the file when they are as drawn, and bets.csv is not read', async () => {
    const scene = new DrawScene(BETS, { [WINNERS]: WON });
    const drawing = scene.drawing();
    const winners = await drawing.reload(recordOf(WON));
    expect(winners.winners).to.equal(recordOf(WON).winners);
    expect(scene.lost).to.deep.equal([]);
    expect(scene.served).to.deep.equal([[WINNERS, winners.descriptor]]);
    const touched = scene.files.calls.filter(({ kind, path }) => kind === 'read' && path === CSV);
    expect(touched).to.deep.equal([]);
    drawing.end();
    expect(scene.files.openDescriptors).to.equal(1);
  });

  const [first = '', second = ''] = WON.split(/(?<=\n)/);
  const others: Readonly<Record<string, readonly [reason: string, contents: string | null]>> = {
    'none at all': ['it is missing', null],
    'one less': ['it holds other winners', WON.slice(first.length)],
    'one more': ['it holds other winners', first + WON],
    'as many, one of them another': ['it holds other winners', WON.replace(',1', ',9')],
    'two of them exchanged': [
      'it holds other winners',
      second + first + WON.slice((first + second).length),
    ],
    nobody: ['it holds other winners', ''],
    'no rows of winners': ['it holds something else', 'agency,document\r\n'],
    'a row that is cut off': ['it holds something else', WON.slice(0, -3)],
  };
  for (const [what, [reason, contents]] of Object.entries(others)) {
    it(`are made anew from the bets when the file holds ${what}`, async () => {
      const scene = new DrawScene(BETS, contents === null ? {} : { [WINNERS]: contents });
      const drawing = scene.drawing();
      const winners = await drawing.reload(recordOf(WON));
      expect(scene.lost).to.deep.equal([reason]);
      expect(scene.textOf(WINNERS)).to.equal(WON);
      expect(winners.digest).to.equal(recordOf(WON).digest);
      expect(scene.served).to.deep.equal([[WINNERS, winners.descriptor]]);
      expect(scene.files.openDescriptors).to.equal(2);
    });
  }

  it('are those of the number that was drawn', async () => {
    const won = winnersAmong(BETS, 42);
    const scene = new DrawScene(BETS);
    await scene.drawing().reload(recordOf(won, 42));
    expect(scene.textOf(WINNERS)).to.equal(won);
  });

  it('are none when the bets have others than were drawn', async () => {
    for (const drawn of [
      { ...recordOf(WON), winners: recordOf(WON).winners + 1 },
      { ...recordOf(WON), digest: 'e'.repeat(64) },
      { ...recordOf(WON), winningNumber: 42 },
    ]) {
      const scene = new DrawScene(BETS, { [WINNERS]: 'something else\r\n' });
      const failure = await failureOf(() => scene.drawing().reload(drawn));
      expect(failure).to.match(/^STORE_DAMAGED: .*bets\.csv.* are not those that were drawn/);
      expect(scene.textOf(WINNERS), 'it is left for whoever looks').to.equal('something else\r\n');
      expect(scene.served).to.deep.equal([]);
      expect(scene.files.openDescriptors).to.equal(1);
    }
  });

  it('are not made anew because the disk does not read them', async () => {
    for (const kind of ['open', 'size', 'read'] as const) {
      const scene = new DrawScene(BETS, { [WINNERS]: WON });
      scene.files.failWhen((call) => (call.kind === kind && call.path === WINNERS ? 'EIO' : null));
      const failure = await failureOf(() => scene.drawing().reload(recordOf(WON)));
      expect(failure, kind).to.match(/^STORE_IO: .*EIO/);
      expect(scene.lost).to.deep.equal([]);
      expect(scene.files.openDescriptors, kind).to.equal(1);
    }
  });

  it('are not made anew when the central finds out meanwhile that its files are gone', async () => {
    const scene = new DrawScene(BETS, { [WINNERS]: WON });
    const gone = new LoteriaError('STORE_IO', 'winners.csv: removed, moved or replaced');
    const runSteps = (): Promise<void> => Promise.reject(gone);
    expect(await failureOf(() => scene.drawing({ runSteps }).reload(recordOf(WON)))).to.equal(
      `STORE_IO: ${gone.message}`,
    );
    expect(scene.lost).to.deep.equal([]);
  });

  it('keep what is no fault of the disk as it is', async () => {
    const scene = new DrawScene(BETS);
    const mistake = new RangeError('a mistake of ours');
    const readRanges = (): never => {
      throw mistake;
    };
    const found = await Promise.resolve()
      .then(() => scene.drawing({ readRanges }).find(7574))
      .then(undefined, (error: unknown) => error);
    expect(found).to.equal(mistake);
  });
});
