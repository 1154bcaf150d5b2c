/** Where the source of an agency's bets is, as far as its session knows: it answers late. */
import { invariant } from '../../base/invariant';
import type { Batch } from '../csv/batch';
import type { Holding } from './witness';

export class SourceState {
  /** Where the source was sent and has not arrived. */
  private readonly seeks: Holding[] = [];
  /** The source owes a batch. */
  private pulling = false;
  /** The batch that it owes is from before it was sent elsewhere, and is not wanted. */
  private discardPulled = false;
  private exhausted = false;

  /** Whether it is on its way to somewhere. */
  get isSeeking(): boolean {
    return this.seeks.length > 0;
  }

  /** Whether it has been read to its end. */
  get isExhausted(): boolean {
    return this.exhausted;
  }

  /** It is sent elsewhere. */
  seek(to: Holding): void {
    this.discardPulled = this.pulling;
    this.seeks.push(to);
  }

  /** It is where the oldest seek sent it. @returns where that is, if it was the last one */
  arrive(): Holding | undefined {
    const reached = this.seeks.shift();
    invariant(reached !== undefined, 'the source went where nobody sent it');
    if (this.isSeeking) return undefined;
    this.exhausted = false;
    return reached;
  }

  /** @returns whether it is to be asked for a batch now */
  pull(): boolean {
    if (this.exhausted || this.pulling) return false;
    this.pulling = true;
    return true;
  }

  /** It gave a batch, or null at its end. @returns the batch, if it is wanted */
  receive(batch: Batch | null): Batch | null {
    this.pulling = false;
    const isWanted = !this.discardPulled;
    this.discardPulled = false;
    if (isWanted && batch === null) this.exhausted = true;
    return isWanted ? batch : null;
  }
}
