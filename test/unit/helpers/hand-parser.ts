import { parseHere, type Parsable, type Parsed } from '../../../src/parsing/parsed';
import type { Parser } from '../../../src/parsing/parser';
import { present } from '../../../src/base/invariant';

/** A pool that answers when the test says so. */
export class HandParser implements Parser {
  readonly trips: {
    readonly messages: readonly Parsable[];
    readonly resolve: (parsed: Parsed[]) => void;
    readonly reject: (error: Error) => void;
  }[] = [];

  parse(messages: readonly Parsable[]): Parsed[] | PromiseLike<Parsed[]> {
    if (messages.length === 0) return [];
    return new Promise((resolve, reject) => {
      this.trips.push({ messages, resolve, reject });
    });
  }

  /** Parses the messages of the oldest trip. */
  answer(): void {
    const { messages, resolve } = present(this.trips.shift(), 'nothing is in the pool');
    resolve(messages.map((message) => parseHere(message, 'lottery')));
  }
}
