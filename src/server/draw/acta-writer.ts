/**
 * Writes the certificate of the draw in the background, after the draw's replies. Its digest is durable in the
 * store before the acta is there, so that no other acta is accepted later.
 */
import type { Clock } from '../../base/clock';
import { LoteriaError } from '../../base/errors';
import { settle, whenThere, type Eventual } from '../../base/eventual';
import { invariant } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { Logger } from '../../base/log/log';
import { logFailure } from '../../base/process';
import { actaDigestOf, composeActa, outcomeOf, type Acta } from '../../store/acta';
import { foreignActa } from '../../store/acta-check';
import { damageAt } from '../../store/store-error';
import type { BetStore } from '../../store/bet-store';
import type { DrawRecord } from '../../store/state';
import type { Lottery } from '../session/lottery';

export interface ActaOptions {
  readonly store: Pick<BetStore, 'name' | 'kind' | 'state' | 'digest' | 'loadActa' | 'saveActa'>;
  readonly lottery: Pick<Lottery, 'winnersOf'>;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Makes the digest of the acta durable; {@link ActaWriter.recorded} is to be called then. */
  readonly record: (digest: string) => void;
  /** The acta is stored. */
  readonly onActa?: (acta: Acta) => void;
  /** It could not be written, or is not what follows from the bets: the code of the error, as in the log. */
  readonly onActaFailed?: (code: string) => void;
}

/** An acta that agrees with the bets. */
interface Certified {
  readonly acta: Acta;
  readonly isSaved: boolean;
}

/**
 * - `idle`: nothing is under way.
 * - `reading`: the bets are read and hashed, or the acta that is there is checked.
 * - `recording`: the digest, then the acta, go to the disk.
 * - `abandoned`: reading took too long at shutdown; nothing more is written, the next start does it.
 */
type ActaPhase = 'idle' | 'reading' | 'recording' | 'abandoned';

/** The phases that may follow each. */
const NEXT: Readonly<Record<ActaPhase, readonly ActaPhase[]>> = {
  idle: ['reading'],
  reading: ['idle', 'recording', 'abandoned'],
  recording: ['idle'],
  abandoned: [],
};

export class ActaWriter {
  private phase: ActaPhase = 'idle';
  /** What is saved once its digest is durable. */
  private recording: Certified | null = null;
  /** Called when the current write is over. */
  private onOver: () => void = () => undefined;

  constructor(private readonly options: ActaOptions) {}

  /**
   * Writes the acta in the background if there was a draw and its acta is missing. Without it the
   * draw stands all the same, so that a failure is logged, and the next start tries again.
   */
  begin(): void {
    const { store } = this.options;
    const { draw } = store.state;
    if (this.phase !== 'idle' || draw === null) return;
    this.setPhase('reading');
    settle(
      // One may be there: written before, or put there while the central was running.
      () => whenThere(store.loadActa(), (present) => this.certify(draw, present)),
      (certified) => {
        // The directory may be another central's by now.
        if (this.phase !== 'abandoned') this.record(certified);
      },
      (error) => {
        this.fail(error);
      },
    );
  }

  /** The digest is durable: the acta is written. */
  recorded(): void {
    const { recording } = this;
    this.recording = null;
    if (recording !== null) this.save(recording);
  }

  /**
   * Waits at shutdown for the current write, for a bounded time while bets are read. After that the next start
   * writes the acta.
   *
   * @param done called once
   */
  finish(done: () => void): void {
    if (this.phase === 'idle') {
      done();
      return;
    }
    const { clock, logger } = this.options;
    const cancel = clock.after(LIMITS.actaStopTimeoutMs, () => {
      // The store cannot be closed during a commit.
      if (this.phase === 'recording') return;
      this.onOver = () => undefined;
      this.setPhase('abandoned');
      const reason = 'it takes too long; the next start writes it';
      logger.warning('acta', 'in_progress', { reason });
      done();
    });
    this.onOver = () => {
      cancel();
      done();
    };
  }

  /**
   * The acta certifies what was stored, so the bets are checked once more while they are hashed.
   *
   * @param present the acta that is there, which agrees with the state; null: none
   */
  private certify(draw: DrawRecord, present: Acta | null): Eventual<Certified> {
    const { store, lottery } = this.options;
    if (present !== null && store.state.actaDigest !== null) {
      return { acta: present, isSaved: true };
    }
    return whenThere(store.digest(), ({ csvBytes, blocks, state }) => {
      const outcome = outcomeOf(state, draw, (agency) => lottery.winnersOf(agency));
      const acta = composeActa(outcome, csvBytes, blocks);
      if (present === null) return { acta, isSaved: false };
      // An earlier version wrote it, and recorded no digest.
      const [found, expected] = [actaDigestOf(present), actaDigestOf(acta)];
      if (found === expected) return { acta: present, isSaved: true };
      const what = `the digest of the acta is ${found}, but ${expected} follows from the bets`;
      throw foreignActa(damageAt(store), what);
    });
  }

  private record(certified: Certified): void {
    const { store, record } = this.options;
    this.setPhase('recording');
    if (store.state.actaDigest !== null) {
      this.save(certified);
      return;
    }
    this.recording = certified;
    record(actaDigestOf(certified.acta));
  }

  private save({ acta, isSaved }: Certified): void {
    settle(
      () => (isSaved ? undefined : this.options.store.saveActa(acta)),
      () => {
        this.options.logger.info('acta', 'success', { digest: acta.digest });
        this.options.onActa?.(acta);
        this.end();
      },
      (error) => {
        this.fail(error);
      },
    );
  }

  private fail(error: unknown): void {
    if (this.phase === 'abandoned') return;
    logFailure(this.options.logger, 'acta', error);
    this.options.onActaFailed?.(error instanceof LoteriaError ? error.code : 'INTERNAL');
    this.end();
  }

  private end(): void {
    this.setPhase('idle');
    this.options.logger.flush();
    this.onOver();
  }

  /** The only place where the phase changes. @throws InvariantError when it may not change so */
  private setPhase(to: ActaPhase): void {
    const from = this.phase;
    invariant(NEXT[from].includes(to), `the acta went from ${from} to ${to}`);
    this.phase = to;
    this.options.logger.debug('acta_phase', 'success', { from, to });
  }
}
