/**
 * Which agencies have finished at other centrals. A notification makes this central ask; because it can be missed,
 * it asks every second as well.
 */
import { invariant } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { KnownState } from './known-state';
import { hasTerms, otherTerms, termsParameter } from './lottery-row';
import { CHANNEL, WAIT_FOR_STANDBY, type Primary } from './connection/primary';
import type { Retries } from './retries';

/** `unstarted`: agencies found now would never be reported; `asking`: until the question is answered, or fails. */
type PollPhase = 'unstarted' | 'idle' | 'asking' | 'closed';

/** The phases that may follow each. */
const NEXT: Readonly<Record<PollPhase, readonly PollPhase[]>> = {
  unstarted: ['idle', 'closed'],
  idle: ['asking', 'closed'],
  asking: ['idle', 'closed'],
  closed: ['closed'],
};

export interface OtherCentralsOptions {
  readonly primary: Primary;
  /** Of the store, for errors. */
  readonly name: string;
  readonly known: Pick<KnownState, 'finished' | 'hasFinished' | 'state'>;
  readonly retries: Pick<Retries, 'noteFailure'>;
  /** Agencies that have finished, durably, and that it did not know of; in ascending order. */
  readonly onFinished: (agencies: readonly number[]) => void;
  /** The database refuses for good. */
  readonly onFailure: (error: unknown) => void;
}

export class OtherCentrals {
  private timer: NodeJS.Timeout | null = null;
  private phase: PollPhase = 'unstarted';

  constructor(private readonly options: OtherCentralsOptions) {}

  start(): void {
    this.setPhase('idle');
    this.timer = setInterval(() => {
      this.ask();
    }, LIMITS.storePollMs);
    this.ask();
  }

  close(): void {
    this.setPhase('closed');
    if (this.timer !== null) clearInterval(this.timer);
  }

  /** Asks what has happened; while a question is open, once. */
  readonly ask = (): void => {
    if (this.phase !== 'idle') return;
    this.setPhase('asking');
    this.askNow()
      .catch((error: unknown) => {
        this.fail('poll', error);
      })
      .finally(() => {
        if (this.phase === 'asking') this.setPhase('idle');
      });
  };

  /** Lets other centrals ask. */
  notify(): void {
    this.options.primary.query(`notify ${CHANNEL}`).catch((error: unknown) => {
      this.fail('notify', error);
    });
  }

  /** The only place where the phase changes. It is not logged: it changes twice a second. */
  private setPhase(to: PollPhase): void {
    const from = this.phase;
    invariant(NEXT[from].includes(to), `asking other centrals went from ${from} to ${to}`);
    this.phase = to;
  }

  private fail(operation: string, error: unknown): void {
    try {
      this.options.retries.noteFailure(operation, error);
    } catch (refusal) {
      this.options.onFailure(refusal);
    }
  }

  private async askNow(): Promise<void> {
    const { name, primary, known, onFinished } = this.options;
    const isBehind = await primary.inTurn(async (query) => {
      await primary.demandStandby(query);
      const question = `select finished, ${hasTerms('$1')} as is_ours from loteria.lottery`;
      const [row] = await query(question, [termsParameter(known.state)]);
      if (row?.['is_ours'] !== true) throw otherTerms(name);
      return Number(row['finished']) !== known.finished;
    });
    if (!isBehind) return;
    // At the end of its turn, so that what this central has committed itself is known.
    const rows = await primary.transaction(async (query) => {
      const found = await query('select agency from loteria.agency where finished order by agency');
      await query(WAIT_FOR_STANDBY);
      return found;
    });
    const agencies = rows.map(({ agency }) => Number(agency));
    const news = agencies.filter((agency) => !known.hasFinished(agency));
    if (news.length > 0 && this.phase !== 'closed') onFinished(news);
  }
}
