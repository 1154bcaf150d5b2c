/** One port for all: the first bytes of a connection say what its peer speaks. */
import { LIMITS } from '../../base/limits';
import type { FrameBuffer } from '../../net/frame-buffer';
import { WireError } from '../codes';
import type { Command, Reply, ServerCodec } from '../commands';
import { CREATE_CODEC, DETECTION_BYTES, detectDialect } from './dialects';

export class DetectingCodec implements ServerCodec {
  private known: ServerCodec | null = null;

  get winnersPageBytesMax(): number {
    return this.known?.winnersPageBytesMax ?? 0;
  }

  get inputBytesMax(): number {
    return this.known?.inputBytesMax ?? LIMITS.inputBytesPerConnectionMax;
  }

  decode(input: FrameBuffer): Command | undefined {
    this.known ??= detect(input);
    return this.known?.decode(input);
  }

  decodeRest(input: FrameBuffer): Command | undefined {
    return this.known?.decodeRest?.(input);
  }

  /** Whoever has not shown what it speaks is told nothing. */
  encode(reply: Reply): Buffer {
    return this.known?.encode(reply) ?? Buffer.alloc(0);
  }
}

/**
 * @returns null while there are too few bytes
 * @throws WireError for a peer that speaks nothing that is known here
 */
function detect(input: FrameBuffer): ServerCodec | null {
  if (input.length < DETECTION_BYTES) return null;
  const start = input.peek(DETECTION_BYTES);
  const dialect = detectDialect(start);
  if (dialect === null) {
    throw new WireError('BAD_PREFACE', `no protocol begins with ${start.toString('hex')}`);
  }
  return CREATE_CODEC[dialect]();
}
