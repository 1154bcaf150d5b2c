/** Long lists of winners that a central of an earlier system sends in one reply: read piece by piece. */
import { LIMITS } from '../../../base/limits';
import type { FrameBuffer } from '../../../net/frame-buffer';
import { checkedDocuments, nonsense, type LegacyReply } from './agency-dialect';

/** Documents in the next bytes of a list. `isLast`: nothing comes behind them. @throws WireError */
export type ReadDocuments = (bytes: Buffer, isLast: boolean) => readonly string[];

/** The list that an agency is in the middle of, if any. */
export class LongWinners {
  private left = 0;
  private read: ReadDocuments | null = null;

  get isOpen(): boolean {
    return this.read !== null;
  }

  /** @param bytes of the list, which come next */
  open(bytes: number, read: ReadDocuments): void {
    this.left = bytes;
    this.read = read;
  }

  /** The connection is another one. */
  forget(): void {
    this.read = null;
  }

  /**
   * Takes what has come.
   *
   * @returns undefined while that is not worth a piece
   * @throws WireError
   */
  take(input: FrameBuffer): LegacyReply | undefined {
    const { read } = this;
    const bytes = Math.min(this.left, input.length);
    const isLast = bytes === this.left;
    if (read === null || (!isLast && bytes < LIMITS.winnersPieceBytesMax)) return undefined;
    this.left -= bytes;
    const documents = checkedDocuments(read(input.take(bytes), isLast));
    if (isLast) this.read = null;
    return { kind: isLast ? 'winners' : 'some_winners', documents };
  }
}

/**
 * Items of a text that comes in pieces, without the separator behind the last one, if there is one.
 *
 * @throws WireError when an item is longer than any of them may be
 */
export function itemsBetween(separator: string): ReadDocuments {
  let begun = '';
  return (bytes, isLast) => {
    const items = (begun + bytes.toString('latin1')).split(separator);
    begun = items.pop() ?? '';
    if (begun.length > LIMITS.legacyItemCharsMax) {
      throw nonsense(`a winner like "${begun.slice(0, LIMITS.valueShownCharsMax)}"`);
    }
    return isLast && begun !== '' ? [...items, begun] : items;
  };
}
