/** Those who watch the board: a bounded number of event streams, none of which the central waits for. */
import type { ServerResponse } from 'node:http';
import { LIMITS } from '../base/limits';
import type { DeltaEvent } from './feed';

type Stream = Pick<ServerResponse, 'write' | 'writableLength' | 'destroy' | 'end'>;

interface Viewer {
  readonly stream: Stream;
  /** Deltas that it has missed in a row, because it had not taken what was sent before. */
  missed: number;
}

export class Viewers {
  /** Viewers that were dropped because they did not read. */
  dropped = 0;
  private readonly all = new Set<Viewer>();

  get count(): number {
    return this.all.size;
  }

  get isFull(): boolean {
    return this.all.size >= LIMITS.boardViewersMax;
  }

  /**
   * @param full the event that it gets first, as {@link encodeEvent} makes it
   * @returns removes it again
   */
  add(stream: Stream, full: Buffer): () => void {
    const viewer: Viewer = { stream, missed: 0 };
    this.all.add(viewer);
    stream.write(full);
    return () => {
      this.all.delete(viewer);
    };
  }

  /**
   * Sends what has changed. A viewer that has not taken what was sent before misses it, and gets everything
   * anew as soon as it has; one that takes too long is dropped, and its browser connects again.
   *
   * @param full makes the event for those that have missed something
   */
  publish(delta: DeltaEvent, full: () => Buffer): void {
    if (this.all.size === 0) return;
    const encoded = encodeEvent('delta', JSON.stringify(delta));
    for (const viewer of this.all) {
      const { stream } = viewer;
      if (stream.writableLength > 0) {
        viewer.missed++;
        if (viewer.missed > LIMITS.boardDeltasMissedMax) this.drop(viewer);
      } else if (viewer.missed > 0) {
        viewer.missed = 0;
        stream.write(full());
      } else stream.write(encoded);
    }
  }

  /** Ends all streams. */
  close(): void {
    for (const { stream } of this.all) stream.end();
    this.all.clear();
  }

  private drop(viewer: Viewer): void {
    this.dropped++;
    this.all.delete(viewer);
    viewer.stream.destroy();
  }
}

/** @param json of the event; it holds no line breaks */
export function encodeEvent(name: 'full' | 'delta', json: string): Buffer {
  return Buffer.from(`event: ${name}\ndata: ${json}\n\n`, 'utf8');
}
