/** One long reply with all winners of an agency, made piece by piece as the peer takes it. */
import { whenThere, type Eventual } from '../../base/eventual';
import { invariant } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { ByteSource } from '../../net/transport';
import type { AgencyWinners } from '../commands';

/** How a dialect writes such a reply. */
export interface WinnersForm {
  /** What comes in front of the documents, with the length of all of them. */
  readonly head: Buffer;
  /** Some of the documents; `isFirst`: none came before. */
  readonly part: (documents: readonly string[], isFirst: boolean) => Buffer;
  /** The bytes after the documents. */
  readonly tail: Buffer;
}

export class WinnersStream implements ByteSource {
  private sent = 0;
  private state: 'begin' | 'middle' | 'over' = 'begin';

  constructor(
    private readonly winners: AgencyWinners,
    private readonly form: WinnersForm,
  ) {}

  next(): Eventual<Uint8Array> {
    if (this.state === 'over') return Buffer.alloc(0);
    if (this.sent === this.winners.total) return this.piece([]);
    return whenThere(this.winners.page(this.sent, LIMITS.winnersPieceBytesMax), (documents) => {
      invariant(documents.length > 0, 'winners must be there up to the last one');
      return this.piece(documents);
    });
  }

  private piece(documents: readonly string[]): Buffer {
    const { form, sent } = this;
    const pieces: Buffer[] = this.state === 'begin' ? [form.head] : [];
    this.state = 'middle';
    if (documents.length > 0) pieces.push(form.part(documents, sent === 0));
    this.sent += documents.length;
    if (this.sent === this.winners.total) {
      pieces.push(form.tail);
      this.state = 'over';
    }
    return Buffer.concat(pieces);
  }
}
