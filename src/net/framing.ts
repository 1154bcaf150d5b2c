/**
 * Native framing: u16 length of the whole frame, u8 type, u8 flags, body
 * (docs/PROTOCOL.md, section 3).
 */
import { LIMITS } from '../base/limits';
import type { FrameBuffer } from './frame-buffer';

export type FrameLengthProblem = 'BAD_FRAME_LENGTH';

/**
 * Takes the next whole frame, header included.
 *
 * @returns the frame, undefined while it is incomplete, or a problem that more bytes cannot resolve
 */
export function takeFrame(input: FrameBuffer): Buffer | FrameLengthProblem | undefined {
  if (input.length < 2) return undefined;
  const length = input.uint16At(0);
  if (length < LIMITS.frameHeaderBytes || length > LIMITS.frameBytesMax) return 'BAD_FRAME_LENGTH';
  return input.length < length ? undefined : input.take(length);
}
