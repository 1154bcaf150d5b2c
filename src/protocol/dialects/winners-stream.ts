/** One long reply with all winners of an agency, made piece by piece as the peer takes it. */
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

  next(): Uint8Array {
    if (this.state === 'over') return Buffer.alloc(0);
    const { total } = this.winners;
    const pieces: Buffer[] = this.state === 'begin' ? [this.form.head] : [];
    this.state = 'middle';
    if (this.sent < total) {
      const documents = this.winners.page(this.sent, LIMITS.winnersPieceBytesMax);
      invariant(documents.length > 0, 'winners must be there up to the last one');
      pieces.push(this.form.part(documents, this.sent === 0));
      this.sent += documents.length;
    }
    if (this.sent === total) {
      pieces.push(this.form.tail);
      this.state = 'over';
    }
    return Buffer.concat(pieces);
  }
}
