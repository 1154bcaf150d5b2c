/** The store as the simulated central has it: the real one, watched. */
import { whenThere, type Eventual } from '../../src/base/eventual';
import type { Acta } from '../../src/store/acta';
import type {
  Winners,
  BetsDigest,
  BetStore,
  CommitGroup,
  CommitResult,
  DrawnWinners,
  StoredBlock,
} from '../../src/store/bet-store';
import type { AgencyTotals, LotteryState } from '../../src/store/state';

export class SimStore implements BetStore {
  /** @param onReloaded called when the winners of an earlier draw are there, before anybody is served */
  constructor(
    private readonly real: BetStore,
    private readonly onReloaded: () => void,
  ) {}

  get name(): string {
    return this.real.name;
  }

  get state(): Readonly<LotteryState> {
    return this.real.state;
  }

  claim(agency: number): Eventual<Readonly<AgencyTotals> | null> {
    return this.real.claim(agency);
  }

  commit(group: CommitGroup, done: (result: CommitResult) => void): void {
    this.real.commit(group, done);
  }

  publishTerms(): Eventual<void> {
    return this.real.publishTerms();
  }

  recall(use: (block: StoredBlock) => void): Eventual<void> {
    return this.real.recall(use);
  }

  loadWinners(): Eventual<Winners | null> {
    return whenThere(this.real.loadWinners(), (winners) => {
      if (winners !== null) this.onReloaded();
      return winners;
    });
  }

  findWinners(number: number): Eventual<DrawnWinners> {
    return this.real.findWinners(number);
  }

  digest(): Eventual<BetsDigest> {
    return this.real.digest();
  }

  loadActa(): Eventual<Acta | null> {
    return this.real.loadActa();
  }

  saveActa(acta: Acta): Eventual<void> {
    return this.real.saveActa(acta);
  }

  abandon(): void {
    this.real.abandon();
  }

  close(done: () => void): void {
    this.real.close(done);
  }
}
