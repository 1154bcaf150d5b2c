/** One port for all dialects: the first bytes of a connection select its codec. */
import { invariant } from '../../base/invariant';
import { LIMITS } from '../../base/limits';
import type { FrameBuffer } from '../../net/frame-buffer';
import type { ByteSource } from '../../net/transport';
import { WireError } from '../codes';
import type { AgencyWinners, Reply, ServerCodec } from '../commands';
import { CREATE_CODEC, DETECTION_BYTES, detectDialect } from './dialects';

export class DetectingCodec implements ServerCodec {
  /** There as soon as the peer has shown that it speaks a dialect with such messages. */
  decodeRest?: NonNullable<ServerCodec['decodeRest']>;
  /** The same, for any legacy dialect. */
  untaken?: NonNullable<ServerCodec['untaken']>;
  private known: ServerCodec | null = null;

  get winnersPageBytesMax(): number {
    return this.known?.winnersPageBytesMax ?? 0;
  }

  get run(): ServerCodec['run'] {
    return this.known?.run ?? 'connection';
  }

  get inputBytesMax(): number {
    return this.known?.inputBytesMax ?? LIMITS.inputBytesPerConnectionMax;
  }

  decode(input: FrameBuffer): ReturnType<ServerCodec['decode']> {
    this.known ??= this.detect(input);
    return this.known?.decode(input);
  }

  /** No reply before the dialect is detected. */
  encode(reply: Reply): Buffer {
    return this.known?.encode(reply) ?? Buffer.alloc(0);
  }

  encodeAllWinners(winners: AgencyWinners): ByteSource {
    const source = this.known?.encodeAllWinners?.(winners);
    invariant(source !== undefined, 'only a dialect without pages has all winners in one reply');
    return source;
  }

  /**
   * @returns null while there are too few bytes
   * @throws WireError for a peer that speaks nothing that is known here
   */
  private detect(input: FrameBuffer): ServerCodec | null {
    if (input.length < DETECTION_BYTES) return null;
    const start = input.peek(DETECTION_BYTES);
    const dialect = detectDialect(start);
    if (dialect === null) {
      throw new WireError('BAD_PREFACE', `no protocol begins with ${start.toString('hex')}`);
    }
    const codec = CREATE_CODEC[dialect]();
    if (codec.decodeRest !== undefined) this.decodeRest = codec.decodeRest.bind(codec);
    if (codec.untaken !== undefined) this.untaken = codec.untaken.bind(codec);
    return codec;
  }
}
