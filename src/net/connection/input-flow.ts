/**
 * Whether a connection is read: not while its own input is full, nor while it is held because that of all
 * connections together is.
 */
import { LIMITS } from '../../base/limits';
import type { FrameBuffer } from '../frame-buffer';
import type { Transport } from '../transport';

export class InputFlow {
  private isFull = false;
  private isHeld = false;

  /**
   * @param isOpen whether the peer may still send: otherwise nothing is paused or resumed
   * @param readBytesMax bytes not yet decoded at which the socket is paused; undefined: as native ones. A codec
   *   may know only later what its peer speaks
   */
  constructor(
    private readonly input: FrameBuffer,
    private readonly transport: Pick<Transport, 'pause' | 'resume'>,
    private readonly isOpen: () => boolean,
    private readonly readBytesMax: () => number | undefined = () => undefined,
  ) {}

  /** Whether nothing is read. */
  get isPaused(): boolean {
    return this.isFull || this.isHeld;
  }

  private get bytesMax(): number {
    return this.readBytesMax() ?? LIMITS.inputBytesPerConnectionMax;
  }

  /** Pauses once there is too much. */
  pauseIfFull(): void {
    if (this.input.length >= this.bytesMax) this.set(true, this.isHeld);
  }

  /** Resumes once enough has been processed. */
  resumeIfRoom(): void {
    // A message may be nearly as long as the buffer: the first part of the next one must not stop its
    // rest from arriving.
    const { bytesMax } = this;
    const roomBytes = Math.min(bytesMax, LIMITS.inputBytesPerConnectionMax) / 2;
    if (this.input.length < bytesMax - roomBytes) this.set(false, this.isHeld);
  }

  /** Stops reading until {@link release}, however little there is. */
  hold(): void {
    this.set(this.isFull, true);
  }

  release(): void {
    this.set(this.isFull, false);
  }

  /** Pauses or resumes the socket if that changes. */
  private set(isFull: boolean, isHeld: boolean): void {
    const wasPaused = this.isPaused;
    this.isFull = isFull;
    this.isHeld = isHeld;
    if (wasPaused === this.isPaused || !this.isOpen()) return;
    if (this.isPaused) this.transport.pause();
    else this.transport.resume();
  }
}
