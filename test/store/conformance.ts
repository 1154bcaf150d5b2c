/** What every engine must do, whatever it stores bets in. */
import { expect } from 'chai';
import { LoteriaError } from '../../src/base/errors';
import type { BetStore, CommitResult } from '../../src/store/bet-store';
import { actaDigestOf, composeActa, outcomeOf } from '../../src/store/acta';
import type { DrawRecord, StoreEntry } from '../../src/store/state';
import { betsOf } from '../unit/helpers/scene';
import { closed, commitTo } from '../support/file-engine';
import { bets, finished, Ledger, rejected, terms, type Wish } from '../support/store-ledger';
import { crcOf, rows } from '../support/wire-builder';

/** One place in which an engine keeps bets, over several openings. */
export interface EngineUnderTest {
  /**
   * Opens it, as a central does that starts. Where an engine is for one central, what was open before is
   * closed.
   */
  open(): Promise<BetStore>;
}

/** What an engine is made for. */
export interface EngineTraits {
  /** Whether several centrals may have it open at once. */
  readonly isShared: boolean;
}

/** @param create makes a place that is empty, for one test */
export function describeEngine(
  name: string,
  { isShared }: EngineTraits,
  create: () => EngineUnderTest,
): void {
  describe(`${name}: an engine for bets`, () => {
    let place: EngineUnderTest;
    let store: BetStore;
    let ledger: Ledger;

    beforeEach(async () => {
      place = create();
      store = await place.open();
      ledger = Ledger.empty;
    });
    afterEach(() => closed(store));

    async function reopen(): Promise<void> {
      await closed(store);
      store = await place.open();
    }

    async function commit(...wishes: readonly Wish[]): Promise<CommitResult> {
      const entries = ledger.entries(wishes);
      const result = await commitTo(store, entries);
      expect([...result.refused]).to.deep.equal([]);
      ledger = ledger.after(entries);
      return result;
    }

    it('knows nothing at first', async () => {
      const { agencies, draw, terms: agreed, agenciesChanges } = store.state;
      expect([agencies.size, draw, agreed, agenciesChanges.length]).to.deep.equal([
        0,
        null,
        null,
        0,
      ]);
      const nothing = { agency: 3, stored: 0, checksum: 0, finished: false, rejected: 0 };
      expect(await store.claim(3)).to.deep.equal(nothing);
      expect(await store.loadWinners()).to.equal(null);
    });

    it('answers a claim with what was committed, also when it is opened again', async () => {
      for (const agency of [1, 3, 65_535]) await store.claim(agency);
      await commit(terms(65_535), bets(1, 2), bets(3, 1), rejected(3, 4));
      await commit(bets(1, 3), finished(1));
      for (const again of [false, true]) {
        if (again) await reopen();
        for (const totals of ledger.totals) {
          expect(await store.claim(totals.agency)).to.deep.equal(totals);
        }
      }
    });

    it('answers a group that promises what is stored, and one of nothing', async () => {
      await store.claim(1);
      await commit(terms(3), bets(1, 2));
      expect([...(await commitTo(store, [], [1])).refused]).to.deep.equal([]);
      expect([...(await commitTo(store, [])).refused]).to.deep.equal([]);
    });

    it('takes an end for an agency that nobody claimed and that has nothing', async () => {
      await commit(terms(3));
      await commit(finished(2));
      await reopen();
      expect(await store.claim(2)).to.include({ stored: 0, finished: true });
    });

    it('keeps a draw, its winners in the order of the bets, its digest and its acta', async () => {
      const count = 40;
      for (const agency of [1, 2]) await store.claim(agency);
      await commit(terms(2), bets(2, count), bets(1, count));
      await commit(bets(2, 5), finished(1), finished(2));
      const expected = ledger.winners(7574);
      expect(expected.get(2)).to.have.length.greaterThan(0);
      const found = await store.findWinners(7574);
      const { winners, digest } = found;
      const draw: DrawRecord = {
        id: 'a'.repeat(16),
        timeMs: 1,
        winningNumber: 7574,
        winners,
        digest,
      };
      await commitTo(store, [{ kind: 'draw', draw }] satisfies StoreEntry[]);
      for (const again of [false, true]) {
        if (again) await reopen();
        const all = again ? await store.loadWinners() : found;
        if (all === null) expect.fail('the draw is gone');
        expect(store.state.draw).to.deep.equal(draw);
        for (const agency of [1, 2]) {
          const documents = expected.get(agency) ?? [];
          expect(all.total(agency)).to.equal(documents.length);
          expect(await all.page(agency, 0, 1e6)).to.deep.equal(documents);
          expect(await all.page(agency, 1, 1e6)).to.deep.equal(documents.slice(1));
          expect(await all.page(agency, documents.length, 1e6)).to.deep.equal([]);
        }
        expect(await store.loadActa()).to.equal(null);
      }
      const { state, csvBytes, blocks } = await store.digest();
      expect(csvBytes).to.equal(ledger.csv.length);
      const outcome = outcomeOf(state, draw, (agency) => expected.get(agency)?.length ?? 0);
      const acta = composeActa(outcome, csvBytes, blocks);
      const actaDigest = actaDigestOf(acta);
      await commitTo(store, [{ kind: 'acta_digest', digest: actaDigest }]);
      await reopen();
      expect(store.state.actaDigest).to.equal(actaDigest);
      await store.loadWinners();
      await store.saveActa(acta);
      expect(await store.loadActa()).to.deep.equal(acta);
    });

    it('keeps what it records beside its commits, or leaves it to be committed', async () => {
      await commit(terms(1));
      const digest = 'ab'.repeat(32);
      const entries: StoreEntry[] = [{ kind: 'bets_digest', digest }];
      const left = await store.record(entries);
      expect(left).to.deep.equal(isShared ? [] : entries);
      if (left.length > 0) await commitTo(store, left);
      expect(store.state.betsDigest).to.equal(digest);
      await reopen();
      expect(store.state.betsDigest).to.equal(digest);
    });

    for (const kind of ['bets_digest', 'acta_digest'] as const) {
      it(`hashes no other bets than those of the ${kind} that was committed`, async () => {
        await store.claim(1);
        await commit(terms(1), bets(1, 9), finished(1));
        const recorded = 'ab'.repeat(32);
        await commitTo(store, [{ kind, digest: recorded }]);
        for (const again of [false, true]) {
          if (again) await reopen();
          const refusal = await Promise.resolve(store.digest()).catch((error: unknown) => error);
          expect(refusal).to.be.instanceOf(LoteriaError).and.include({ code: 'STORE_DAMAGED' });
          expect(String(refusal)).to.include(recorded);
        }
      });
    }

    it('answers claims that are asked at once, each with what is stored of its agency', async () => {
      for (const agency of [1, 2, 3]) await store.claim(agency);
      await commit(terms(3), bets(1, 4), bets(2, 1), rejected(3, 2), finished(3));
      await reopen();
      const answers = await Promise.all(
        ledger.totals.map(async ({ agency }) => store.claim(agency)),
      );
      expect(answers).to.deep.equal(ledger.totals);
    });

    it('takes a commit while a claim of another agency has not been answered', async () => {
      await store.claim(1);
      const claim = Promise.resolve(store.claim(2));
      await commit(terms(2), bets(1, 3));
      expect(await claim).to.include({ agency: 2, stored: 0 });
      await commit(bets(2, 2));
      await reopen();
      for (const totals of ledger.totals) {
        expect(await store.claim(totals.agency)).to.deep.equal(totals);
      }
    });

    it('answers pages of winners that are asked at once and in any order', async () => {
      const documents = new Map([1, 2].map((agency) => [agency, documentsOf(agency, 40)]));
      for (const agency of documents.keys()) await store.claim(agency);
      await commit(terms(2));
      await commitTo(
        store,
        [...documents.keys()].map((agency) => winningBets(agency, 40)),
      );
      const found = await store.findWinners(7574);
      const questions = [...documents].flatMap(([agency, own]) =>
        own.map((_, first) => ({ agency, first, expected: own.slice(first, first + 3) })),
      );
      const answers = await Promise.all(
        questions.toReversed().map(async ({ agency, first }) => found.page(agency, first, 3 * 5)),
      );
      expect(answers.toReversed()).to.deep.equal(questions.map(({ expected }) => expected));
    });

    if (isShared) describeShared(() => ({ place, store }));

    it('fails what is read when it is abandoned', async () => {
      await store.claim(1);
      await commit(terms(1), bets(1, 9), finished(1));
      const reading = Promise.resolve(store.digest()).then(
        () => 'read',
        () => 'failed',
      );
      store.abandon();
      expect(await reading).to.equal('failed');
    });
  });
}

/** Bets of which each has won. */
function winningBets(agency: number, count: number): StoreEntry {
  const wins = Array.from({ length: count }, (_, i) => i);
  const sent = rows(...betsOf(agency, count, wins));
  return { kind: 'bets', agency, count, rows: sent, checksum: crcOf(sent) };
}

function documentsOf(agency: number, count: number): string[] {
  return betsOf(agency, count).map(({ document }) => document);
}

/** What is promised when several centrals have it open at once. */
function describeShared(
  current: () => { readonly place: EngineUnderTest; readonly store: BetStore },
): void {
  describe('that several centrals use at once', () => {
    let one: BetStore;
    let other: BetStore;
    let ledger: Ledger;

    beforeEach(async () => {
      const { place, store } = current();
      one = store;
      other = await place.open();
      ledger = Ledger.empty;
      await commitTo(one, ledger.entries([terms(3)]));
    });
    afterEach(() => closed(other));

    /** Commits through one of them. @returns whom it was refused for; all others' wishes are stored */
    async function commit(
      store: BetStore,
      wishes: readonly Wish[],
      promises: readonly number[] = [],
    ): Promise<number[]> {
      const entries = ledger.entries(wishes);
      const { refused } = await commitTo(store, entries, promises);
      const stored = entries.filter((entry) => !('agency' in entry && refused.has(entry.agency)));
      ledger = ledger.after(stored);
      return [...refused].sort();
    }

    async function expectStored(store: BetStore): Promise<void> {
      for (const totals of ledger.totals) {
        expect(await store.claim(totals.agency)).to.deep.equal(totals);
      }
    }

    it('stores nothing more for an agency that another one has claimed', async () => {
      for (const agency of [1, 2]) await one.claim(agency);
      expect(await commit(one, [bets(1, 2), bets(2, 2)])).to.deep.equal([]);
      const totals = ledger.totals.find(({ agency }) => agency === 1);
      expect(await other.claim(1)).to.deep.equal(totals);
      expect(await commit(one, [bets(1, 3), bets(2, 3)])).to.deep.equal([1]);
      expect(await commit(other, [bets(1, 4)])).to.deep.equal([]);
      expect(await commit(one, [bets(1, 1), rejected(1, 5), finished(1)])).to.deep.equal([1]);
      expect(await commit(one, [finished(2)])).to.deep.equal([]);
      await expectStored(other);
    });

    it('promises nothing for an agency that another one has claimed', async () => {
      for (const agency of [1, 2]) await one.claim(agency);
      await commit(one, [bets(1, 2), bets(2, 2)]);
      await other.claim(1);
      expect(await commit(one, [], [1, 2])).to.deep.equal([1]);
      expect(await commit(other, [], [1])).to.deep.equal([]);
    });

    it('goes on where the other one was, when it claims the agency again', async () => {
      await one.claim(1);
      await commit(one, [bets(1, 2)]);
      await other.claim(1);
      await commit(other, [bets(1, 5)]);
      expect(await one.claim(1)).to.include({ stored: 7 });
      expect(await commit(other, [bets(1, 1)])).to.deep.equal([1]);
      expect(await commit(one, [bets(1, 1), finished(1)])).to.deep.equal([]);
      await expectStored(other);
    });

    it('gives an agency that both claim at once to one of them', async () => {
      for (let round = 0; round < 10; round++) {
        await Promise.all([one.claim(2), other.claim(2)]);
        const before = ledger;
        const entries = before.entries([bets(2, 1)]);
        const results = await Promise.all([one, other].map((store) => commitTo(store, entries)));
        expect(results.map(({ refused }) => refused.size).sort()).to.deep.equal([0, 1]);
        ledger = before.after(entries);
      }
      await expectStored(one);
    });

    it('does not say that an agency has no bets when another one has claimed it', async () => {
      await other.claim(3);
      expect(await commit(one, [finished(3)])).to.deep.equal([3]);
      expect(await commit(other, [bets(3, 1)])).to.deep.equal([]);
      expect(await commit(one, [finished(2)])).to.deep.equal([]);
      await expectStored(one);
    });

    it('finds the winners among what all of them have stored', async () => {
      await one.claim(1);
      await other.claim(2);
      for (let i = 0; i < 3; i++) {
        await commit(one, [bets(1, 20)]);
        await commit(other, [bets(2, 30)]);
      }
      await commit(one, [finished(1)]);
      await commit(other, [finished(2)]);
      const expected = ledger.winners(7574);
      for (const store of [one, other]) {
        const found = await store.findWinners(7574);
        for (const agency of [1, 2]) {
          expect(await found.page(agency, 0, 1e6)).to.deep.equal(expected.get(agency));
        }
      }
    });
  });
}
