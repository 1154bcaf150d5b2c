/** Those who watch the board: a bounded number of event streams, none of which the central waits for. */
import type { ServerResponse } from 'node:http';
import { LIMITS } from '../base/limits';
import type { DeltaEvent } from './feed';

type Stream = Pick<ServerResponse, 'write' | 'writableLength' | 'destroy' | 'end' | 'on'>;

interface Viewer {
  readonly stream: Stream;
  /** What is left of an event, for when it has taken the piece before. */
  rest: Buffer;
  /** Whether it has missed a delta, because it had not taken what was sent before. */
  isBehind: boolean;
  /** Deltas that it has missed in a row without taking anything. */
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
    const viewer: Viewer = { stream, rest: full, isBehind: false, missed: 0 };
    this.all.add(viewer);
    stream.on('drain', () => {
      viewer.missed = 0;
      sendRest(viewer);
    });
    sendRest(viewer);
    return () => {
      this.all.delete(viewer);
    };
  }

  /**
   * Sends what has changed. A viewer that has not taken what was sent before misses it, and gets everything
   * anew as soon as it has; one that takes nothing for too long is dropped, and its browser connects again.
   *
   * @param full makes the event for those that have missed something
   */
  publish(delta: DeltaEvent, full: () => Buffer): void {
    if (this.all.size === 0) return;
    const encoded = encodeEvent('delta', JSON.stringify(delta));
    for (const viewer of this.all) {
      const { stream } = viewer;
      if (stream.writableLength > 0 || viewer.rest.length > 0) {
        viewer.isBehind = true;
        viewer.missed++;
        if (viewer.missed > LIMITS.boardDeltasMissedMax) this.drop(viewer);
      } else {
        viewer.rest = viewer.isBehind ? full() : encoded;
        viewer.isBehind = false;
        viewer.missed = 0;
        sendRest(viewer);
      }
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

/** Sends as many pieces as the viewer takes now; the others when it has. */
function sendRest(viewer: Viewer): void {
  const { boardPieceBytesMax } = LIMITS;
  while (viewer.rest.length > 0) {
    const piece = viewer.rest.subarray(0, boardPieceBytesMax);
    viewer.rest = viewer.rest.subarray(piece.length);
    if (!viewer.stream.write(piece)) return;
  }
}

/** @param json of the event; it holds no line breaks */
export function encodeEvent(name: 'full' | 'delta', json: string): Buffer {
  return Buffer.from(`event: ${name}\ndata: ${json}\n\n`, 'utf8');
}
