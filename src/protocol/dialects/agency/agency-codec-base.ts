/** What the agency's codecs for earlier systems have in common; each overrides what is different in it. */
import type { BetText, FieldProblem } from '../../../domain/bet-fields';
import type { FrameBuffer } from '../../../net/frame-buffer';
import type { Dialect } from '../../conversion';
import type { AgencyDialect, Awaited, Fit, LegacyReply } from './agency-dialect';
import { LongWinners } from './agency-winners';

const NOTHING = Buffer.alloc(0);

export abstract class AgencyCodecBase implements AgencyDialect {
  abstract readonly name: Dialect;
  readonly connectionPerRequest: boolean = false;
  readonly marksLast: boolean = false;
  readonly asksOnAnyConnection: boolean = false;
  readonly holdsQuestion: boolean = true;
  readonly ignoresEmptyAgencies: boolean = false;
  readonly acknowledgement: Buffer = NOTHING;
  readonly farewell: Buffer = NOTHING;
  protected readonly long = new LongWinners();

  constructor(
    protected readonly agency: number,
    readonly betsMax: number,
  ) {}

  abstract findProblem(bet: BetText): FieldProblem | undefined;
  abstract encodeRecord(bet: BetText, index: number): Buffer;
  abstract fit(recordBytes: number, count: number): Fit;
  abstract encodeBatch(records: readonly Buffer[], last: boolean): Buffer;
  abstract encodeFinish(): Buffer | null;
  abstract encodeQuestion(): Buffer;

  begin(): void {
    this.long.forget();
  }

  decodeReply(input: FrameBuffer, awaited: Awaited): LegacyReply | undefined {
    return this.long.isOpen ? this.long.take(input) : this.decodeNext(input, awaited);
  }

  /** Takes the next reply; a long list of winners is begun, and read on by {@link long}. */
  protected abstract decodeNext(input: FrameBuffer, awaited: Awaited): LegacyReply | undefined;
}
