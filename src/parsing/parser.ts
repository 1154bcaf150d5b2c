/** Parses the messages of a turn: on the main thread here, in the pool in `pooled-parser.ts`. */
import type { Edition } from '../domain/contest';
import { parseHere, type Parsable, type Parsed } from './parsed';

/** Parses and checks a turn's messages of bets. A bad message is no error: its verdict says what is wrong. */
export interface Parser {
  /**
   * One result for each message, in order; not a promise if they were parsed on the main thread. The caller
   * uses the results before it calls again: rows in them may be in memory that the next call reuses.
   */
  parse(messages: readonly Parsable[]): Parsed[] | PromiseLike<Parsed[]>;
}

/** Number of messages parsed on the main thread, and in the pool. */
export interface ParseCounts {
  readonly inline: number;
  readonly pooled: number;
}

export class InlineParser implements Parser {
  private parsed = 0;

  /** @param edition decides the form of rows in native batches */
  constructor(private readonly edition: Edition = 'lottery') {}

  get counts(): ParseCounts {
    return { inline: this.parsed, pooled: 0 };
  }

  parse(messages: readonly Parsable[]): Parsed[] {
    this.parsed += messages.length;
    return messages.map((message) => parseHere(message, this.edition));
  }
}
