/** What every engine must do, whatever it stores bets in. */
import { expect } from 'chai';
import { LoteriaError } from '../../src/base/errors';
import type { BetStore, CommitResult } from '../../src/store/bet-store';
import { actaDigestOf, composeActa, outcomeOf } from '../../src/store/acta';
import type { DrawRecord, StoreEntry } from '../../src/store/state';
import { closed, commitTo } from '../support/file-engine';
import { bets, finished, Ledger, rejected, terms, type Wish } from '../support/store-ledger';

/** One place in which an engine keeps bets, over several openings. */
export interface EngineUnderTest {
  /** Opens it, as a central does that starts; what was open before is closed. */
  open(): Promise<BetStore>;
}

/** @param create makes a place that is empty, for one test */
export function describeEngine(name: string, create: () => EngineUnderTest): void {
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
          expect(all.page(agency, 0, 1e6)).to.deep.equal(documents);
          expect(all.page(agency, 1, 1e6)).to.deep.equal(documents.slice(1));
          expect(all.page(agency, documents.length, 1e6)).to.deep.equal([]);
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
