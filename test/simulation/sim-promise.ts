/** A promise whose callbacks are events of the simulation. */
import { describe, type SimProcess } from './sim-process';

type Settled<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

export class SimPromise<T> implements PromiseLike<T> {
  private settled: Settled<T> | null = null;
  private readonly waiting: ((settled: Settled<T>) => void)[] = [];

  /** @param process that waits for it */
  constructor(private readonly process: SimProcess) {}

  /** One that is settled after a while with what `work` returns or throws. */
  static after<T>(process: SimProcess, delayMs: number, work: () => T): SimPromise<T> {
    const promise = new SimPromise<T>(process);
    process.after(delayMs, () => {
      promise.settleWith(work);
    });
    return promise;
  }

  resolve(value: T): void {
    this.settle({ ok: true, value });
  }

  reject(error: unknown): void {
    this.settle({ ok: false, error });
  }

  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): SimPromise<A | B> {
    const next = new SimPromise<A | B>(this.process);
    this.whenSettled((settled) => {
      if (settled.ok) {
        if (onValue) next.follow(() => onValue(settled.value));
        // Without a handler A is T by default, which the type of a thenable cannot say.
        else next.resolve(settled.value as unknown as A);
      } else if (onError) next.follow(() => onError(settled.error));
      else next.reject(settled.error);
    });
    return next;
  }

  private settleWith(work: () => T): void {
    let value: T;
    try {
      value = work();
    } catch (error) {
      this.reject(error);
      return;
    }
    this.resolve(value);
  }

  private follow(work: () => T | PromiseLike<T>): void {
    let value: T | PromiseLike<T>;
    try {
      value = work();
    } catch (error) {
      this.reject(error);
      return;
    }
    if (value instanceof SimPromise) {
      (value as SimPromise<T>).whenSettled((settled) => {
        this.settle(settled);
      });
    } else this.resolve(value as T);
  }

  private settle(settled: Settled<T>): void {
    if (this.settled !== null) return;
    this.settled = settled;
    if (!settled.ok && this.waiting.length === 0) this.failUnlessWaitedFor(settled.error);
    for (const notify of this.waiting) this.notifySoon(notify, settled);
  }

  private whenSettled(notify: (settled: Settled<T>) => void): void {
    this.waiting.push(notify);
    if (this.settled !== null) this.notifySoon(notify, this.settled);
  }

  private notifySoon(notify: (settled: Settled<T>) => void, settled: Settled<T>): void {
    this.process.after(0, () => {
      notify(settled);
    });
  }

  private failUnlessWaitedFor(error: unknown): void {
    this.process.after(0, () => {
      if (this.waiting.length > 0) return;
      this.process.world.fail('unhandled rejection', describe(this.process.name, error));
    });
  }
}
