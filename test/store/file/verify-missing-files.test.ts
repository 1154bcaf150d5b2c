import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LoteriaError } from '../../../src/base/errors';
import { expectActa } from '../../../src/store/file/acta/acta-pending';
import { nodeFiles } from '../../../src/store/file/directory/files';
import { createSegments } from '../../../src/store/file/journal/journal';
import { emptyState } from '../../../src/store/state';
import { changeAgencies } from '../../../src/tools/store/store-agencies';
import { verifyStore } from '../../../src/tools/verify/verify';
import { startOnce, type StartSettings } from '../../support/started-central';
import { load } from '../../support/stopped-directory';
import {
  contentsOf,
  directoryHolding,
  makeDirectory,
  removeDirectories,
} from '../../support/store-directory';
import { bets, finished, type Wish } from '../../support/store-ledger';

type Contents = ReadonlyMap<string, Buffer>;

const FIXED: StartSettings = {
  terms: { agencies: 3, winningNumber: { kind: 'fixed', number: 7574 } },
  edition: 'lottery',
};
const RANDOM: StartSettings = {
  terms: { agencies: 3, winningNumber: { kind: 'random', salt: null } },
  edition: 'lottery',
};
const CONTEST: StartSettings = { terms: { agencies: 3, winningNumber: null }, edition: '2020' };
const ALL_FINISHED = [finished(1), finished(2), finished(3)];
/** More than one segment of the journal holds. */
const MANY = Array.from({ length: 30 }, (_, i) => [bets(1 + (i % 3), 2)]);

interface Store {
  readonly name: string;
  readonly settings: StartSettings;
  /** What is stored after the first start, which publishes the terms. */
  readonly wishes: readonly (readonly Wish[])[];
  /** Whether there is a second start, which draws when all have finished. */
  readonly isStartedAgain: boolean;
  readonly files: readonly string[];
  /** Of what is left, damage that the next start repairs, with the advice to compare. */
  readonly repairedDamage: readonly string[];
}

const STORES: readonly Store[] = [
  {
    name: 'that is new',
    settings: RANDOM,
    wishes: [],
    isStartedAgain: false,
    files: ['bets.csv', 'commitment.json', 'journal.a', 'journal.b'],
    repairedDamage: [],
  },
  {
    name: 'whose journal holds all bets',
    settings: RANDOM,
    wishes: [[bets(1, 2)], [bets(2, 1), finished(1)]],
    isStartedAgain: false,
    files: ['bets.csv', 'commitment.json', 'journal.a', 'journal.b'],
    repairedDamage: ['bets.csv journal.a journal.b'],
  },
  {
    name: 'whose journal holds some bets',
    settings: RANDOM,
    wishes: MANY,
    isStartedAgain: false,
    files: ['bets.csv', 'commitment.json', 'journal.a', 'journal.b'],
    repairedDamage: ['bets.csv journal.a journal.b'],
  },
  {
    name: 'with a draw',
    settings: RANDOM,
    wishes: [...MANY, ALL_FINISHED],
    isStartedAgain: true,
    files: ['acta.json', 'bets.csv', 'commitment.json', 'journal.a', 'journal.b', 'winners.csv'],
    repairedDamage: [
      'acta.json bets.csv journal.a journal.b',
      'acta.json bets.csv journal.a journal.b winners.csv',
      'bets.csv commitment.json journal.a journal.b winners.csv',
      'bets.csv journal.a journal.b',
      'bets.csv journal.a journal.b winners.csv',
    ],
  },
  {
    name: 'of the 2020 edition',
    settings: CONTEST,
    wishes: [],
    isStartedAgain: false,
    files: ['bets.csv', 'journal.a', 'journal.b', 'winners'],
    repairedDamage: [],
  },
];

/** The directory's files, and its central has ended. */
async function contentsOfStore({ settings, wishes, isStartedAgain }: Store): Promise<Contents> {
  const directory = makeDirectory();
  await startOnce(directory, settings);
  if (wishes.length > 0) await load(directory, wishes);
  if (isStartedAgain) await startOnce(directory, settings);
  return contentsOf(directory);
}

function subsetsOf(contents: Contents): Map<string, Buffer>[] {
  const files = [...contents];
  return Array.from({ length: 2 ** files.length }, (_, chosen) => {
    return new Map(files.filter((_file, i) => (chosen & (1 << i)) !== 0));
  });
}

function namesIn(contents: Contents): string {
  return [...contents.keys()].map((path) => basename(path)).join(' ');
}

async function refusalOf(work: () => Promise<unknown>): Promise<LoteriaError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof LoteriaError) return error;
    throw error;
  }
}

describe('verify of a store that has lost files', () => {
  afterEach(removeDirectories);

  for (const store of STORES) {
    it(`agrees with a start on a store ${store.name}, whichever they are`, async () => {
      const whole = await contentsOfStore(store);
      expect(namesIn(whole).split(' ').sort()).to.deep.equal(store.files);
      const repairedDamage: string[] = [];
      for (const left of subsetsOf(whole)) {
        const which = namesIn(left);
        const directory = directoryHolding(left);
        const verdict = await refusalOf(() => verifyStore(directory));
        expect(contentsOf(directory), which).to.deep.equal(left);
        const refusal = await refusalOf(() => startOnce(directory, store.settings));
        const about = `${which}: ${verdict?.message ?? 'ok'}; ${refusal?.message ?? 'starts'}`;
        if (refusal !== null) expect(verdict?.code, about).to.equal(refusal.code);
        if (refusal !== null && !which.includes('journal.a')) {
          expect(contentsOf(directory), about).to.deep.equal(left);
        }
        if (verdict === null) expect(left.size, about).to.equal(whole.size);
        else {
          expect(verdict.code === 'DATA_UNREADABLE', about).to.equal(left.size === 0);
        }
        if (verdict?.code === 'STORE_INCOMPLETE') {
          expect((await refusalOf(() => verifyStore(directory)))?.message, about).to.equal(
            undefined,
          );
        }
        if (verdict?.code === 'STORE_DAMAGED' && refusal === null) repairedDamage.push(which);
      }
      const sorted = repairedDamage.map((which) => which.split(' ').sort().join(' ')).sort();
      expect(sorted).to.deep.equal(store.repairedDamage);
    }).timeout(60_000);
  }

  it('names the missing file, what is there, and what to do', async () => {
    const store = STORES.find(({ name }) => name === 'with a draw');
    if (store === undefined) throw new Error('no such store');
    const whole = await contentsOfStore(store);
    for (const there of ['winners.csv', 'acta.json', 'commitment.json', 'journal.b', 'bets.csv']) {
      const left = new Map([...whole].filter(([path]) => basename(path) === there));
      const directory = directoryHolding(left);
      for (const work of [() => verifyStore(directory), () => changeAgencies(directory, 4)]) {
        const refusal = await refusalOf(work);
        expect(refusal?.code, there).to.equal('STORE_DAMAGED');
        expect(refusal?.message).to.include(join(directory, there));
        expect(refusal?.message)
          .to.include('journal')
          .and.match(/Nothing was changed\. \w/);
        expect(contentsOf(directory), there).to.deep.equal(left);
        expect(existsSync(join(directory, 'lock')), there).to.equal(false);
      }
    }
  });

  it('knows a draw whose acta was not written yet from the mark that it leaves', async () => {
    const directory = makeDirectory();
    expectActa(nodeFiles, directory);
    const refusal = await refusalOf(() => verifyStore(directory));
    expect(refusal?.code, refusal?.message).to.equal('STORE_DAMAGED');
    expect(refusal?.message).to.include(join(directory, 'journal.a')).and.include('draw');
  });

  it('leaves a store to be completed whose making was interrupted', async () => {
    const made = makeDirectory();
    createSegments(nodeFiles, made, 4096, emptyState());
    const second = readFileSync(join(made, 'journal.b'));
    for (const bytes of [second, Buffer.alloc(4096)]) {
      const directory = directoryHolding(new Map([['journal.b', bytes]]));
      const verdict = await refusalOf(() => verifyStore(directory));
      expect(verdict?.code, verdict?.message).to.equal('STORE_INCOMPLETE');
      await startOnce(directory, FIXED);
      expect((await refusalOf(() => verifyStore(directory)))?.message).to.equal(undefined);
    }
  });

  it('says of a directory without a store what to type', async () => {
    const directory = makeDirectory();
    for (const place of [directory, join(directory, 'none')]) {
      for (const work of [() => verifyStore(place), () => changeAgencies(place, 4)]) {
        const refusal = await refusalOf(work);
        expect(refusal?.code).to.equal('DATA_UNREADABLE');
        expect(refusal?.message).to.include(`${place}: `).and.include('`loteria config`');
      }
    }
  });

  it('says that this user may not look, where it may not, and not that there is no store', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const hidden = makeDirectory();
    for (const place of [hidden, join(hidden, 'data')]) {
      for (const work of [() => verifyStore(place), () => changeAgencies(place, 4)]) {
        process.seteuid?.('nobody');
        const refusal = await refusalOf(work).finally(() => {
          process.seteuid?.(0);
        });
        expect(refusal?.message).to.include('EACCES').and.not.include('there is no journal');
      }
    }
  });
});
