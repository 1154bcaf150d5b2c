/** A value that comes when the world says so; what follows from it, comes with it. */
import { isPending } from '../../src/base/eventual';

export class Later<T> implements PromiseLike<T> {
  private come: { readonly value: T } | null = null;
  private readonly waiting: ((value: T) => void)[] = [];

  /** Whoever waits goes on now; what they throw, this throws. */
  resolve(value: T): void {
    this.come = { value };
    for (const go of this.waiting) go(value);
  }

  then<A = T, B = never>(onValue?: ((value: T) => A | PromiseLike<A>) | null): Later<A | B> {
    const next = new Later<A | B>();
    const go = (value: T): void => {
      // Without a handler A is T by default, which the type of a thenable cannot say.
      const result = onValue ? onValue(value) : (value as unknown as A);
      if (!isPending(result)) next.resolve(result);
      else
        void result.then((inner) => {
          next.resolve(inner);
        });
    };
    if (this.come === null) this.waiting.push(go);
    else go(this.come.value);
    return next;
  }
}
