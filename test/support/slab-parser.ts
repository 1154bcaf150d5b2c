/** What a worker thread does, in this one: messages through a slab, and back. */
import type { Edition } from '../../src/domain/contest';
import { SlabReader } from '../../src/parsing/parse-slab';
import { parseHere, type Parsable, type Parsed } from '../../src/parsing/parsed';
import { Slab } from '../../src/parsing/slab';

export class SlabParser {
  private readonly slab: Slab;
  private readonly reader: SlabReader;

  /** @param bytes of the slab */
  constructor(bytes?: number) {
    this.slab = Slab.create(bytes);
    this.reader = new SlabReader(this.slab.memory);
  }

  /** @returns null for what did not fit */
  parse(messages: readonly Parsable[], edition: Edition = 'lottery'): (Parsed | null)[] {
    const { slab, reader } = this;
    slab.clear();
    for (const message of messages) {
      if (message.kind === 'foreign') slab.add(message.form, message.bytes);
      else slab.add(edition === 'lottery' ? 'bets' : 'contestants', message.rows);
    }
    return slab.results(reader.parse(slab.close()));
  }

  /** The same; what did not fit is parsed as the central does it then. */
  parseAll(messages: readonly Parsable[], edition: Edition = 'lottery'): Parsed[] {
    return this.parse(messages, edition).map((parsed, i) => {
      const message = messages[i];
      if (message === undefined) throw new Error('more results than messages');
      return parsed ?? parseHere(message, edition);
    });
  }
}
