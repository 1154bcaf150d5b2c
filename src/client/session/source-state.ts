/** Where the source of an agency's bets is, as far as its session knows: it answers late. */
import { invariant } from '../../base/invariant';
import type { Batch } from '../csv/batch';
import type { Holding } from './witness';

/** `pulling`: it owes a batch. `exhausted`: it has been read to its end. */
type SourcePhase = 'ready' | 'pulling' | 'exhausted';

/** What may follow each phase. A seek ends where it is `ready`. */
const NEXT: Readonly<Record<SourcePhase, readonly SourcePhase[]>> = {
  ready: ['ready', 'pulling'],
  pulling: ['ready', 'exhausted'],
  exhausted: ['ready'],
};

export class SourceState {
  /** Where the source was sent and has not arrived. */
  private readonly seeks: Holding[] = [];
  private phase: SourcePhase = 'ready';

  /** Whether it is on its way to somewhere. */
  get isSeeking(): boolean {
    return this.seeks.length > 0;
  }

  /** Whether it has been read to its end. */
  get isExhausted(): boolean {
    return this.phase === 'exhausted';
  }

  /** It is sent elsewhere. */
  seek(to: Holding): void {
    this.seeks.push(to);
  }

  /** It is where the oldest seek sent it. @returns where that is, if it was the last one */
  arrive(): Holding | undefined {
    const reached = this.seeks.shift();
    invariant(reached !== undefined, 'the source went where nobody sent it');
    // So whatever it read before is forgotten with all else on arrival.
    invariant(this.phase !== 'pulling', 'the source arrived before it gave what it was asked for');
    if (this.isSeeking) return undefined;
    this.setPhase('ready');
    return reached;
  }

  /** @returns whether to request a batch now */
  pull(): boolean {
    if (this.phase !== 'ready') return false;
    this.setPhase('pulling');
    return true;
  }

  /** It gave a batch, or null at its end. */
  receive(batch: Batch | null): void {
    invariant(this.phase === 'pulling', 'the source gave what nobody asked for');
    this.setPhase(batch === null ? 'exhausted' : 'ready');
  }

  private setPhase(to: SourcePhase): void {
    invariant(NEXT[this.phase].includes(to), `the source went from ${this.phase} to ${to}`);
    this.phase = to;
  }
}
