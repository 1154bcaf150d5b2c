/** Parses what was read in a turn: in this thread, or in the pool (pooled-parser.ts). */
import type { Edition } from '../domain/contest';
import { parseHere, type Parsable, type Parsed } from './parsed';

export interface Parser {
  /**
   * One result for each message, in order; at once when there is little to do. The next call comes when
   * the results of this one have been used.
   */
  parse(messages: readonly Parsable[]): Parsed[] | PromiseLike<Parsed[]>;
}

/** Messages by where they were parsed. */
export interface ParseCounts {
  readonly inline: number;
  readonly pooled: number;
}

export class InlineParser implements Parser {
  private parsed = 0;

  /** @param edition whose rows come in the native protocol */
  constructor(private readonly edition: Edition = 'lottery') {}

  get counts(): ParseCounts {
    return { inline: this.parsed, pooled: 0 };
  }

  parse(messages: readonly Parsable[]): Parsed[] {
    this.parsed += messages.length;
    return messages.map((message) => parseHere(message, this.edition));
  }
}
