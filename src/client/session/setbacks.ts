/** What an agency puts up with from a central before it ends. */
import { LIMITS } from '../../base/limits';

/** Rejections that sending again may mend, and after how many in a row it is pointless. */
const REJECTIONS_MAX: ReadonlyMap<string, number> = new Map([
  ['WRONG_OFFSET', LIMITS.wrongOffsetsMax],
  ['WRONG_CHECKSUM', LIMITS.wrongChecksumsMax],
]);
/** Errors that another connection may mend. */
export const PASSING_ERRORS: ReadonlySet<string> = new Set([
  'REPLACED',
  'TOO_SLOW',
  'OUTPUT_OVERFLOW',
]);

/** What to do about a bet that the central rejected: the end of the error's text. */
export const ROW_ADVICE =
  '; correct that row and run the agency again, or leave such rows out with --skip-invalid';

/**
 * The same about a refusal, by the code of the central's error. Others are faults of a program, which no setting
 * mends.
 */
export const REFUSAL_ADVICE: Readonly<Record<string, string>> = {
  NOT_AUTHORISED:
    '; check token.file (CLI_TOKEN_FILE) and tls.cert (CLI_TLS_CERT) against what the central was given',
  UNKNOWN_AGENCY: '; check id (CLI_ID) against AGENCIES of the central',
  WRONG_EDITION: '; set edition (CLI_EDITION) as EDITION of the central',
  WRONG_TOTAL: '; run the agency again with the file that holds all its bets',
  UNSUPPORTED_VERSION: '; run the agency and the central from versions that go together',
};

/** What went wrong in a row, without progress between. */
export class Setbacks {
  private rejections = 0;
  private replacements = 0;

  /** @returns whether sending once more may help */
  noteRejection(reason: string): boolean {
    return ++this.rejections < (REJECTIONS_MAX.get(reason) ?? 0);
  }

  /**
   * Another connection holds the agency. A single time that may be an older one of our own that the central
   * read late; two programs that keep reconnecting would replace each other forever.
   *
   * @returns whether to reconnect
   */
  noteReplacement(): boolean {
    return ++this.replacements < LIMITS.replacementsMax;
  }

  /** There was progress. */
  forget(): void {
    this.rejections = 0;
    this.replacements = 0;
  }
}

/**
 * Counts replies without news. An honest central sends one now and then; an endless flood of them would keep
 * an agency busy, and waiting, forever.
 */
export class IdleReplies {
  private inSecond = 0;
  private notYetsInSecond = 0;
  private count = 0;

  /** Total so far, without NOT_YET, which is a heartbeat. */
  get total(): number {
    return this.count;
  }

  /** A second has begun. */
  startSecond(): void {
    this.inSecond = 0;
    this.notYetsInSecond = 0;
  }

  /** @returns whether that is one too many */
  note(): boolean {
    this.count++;
    return ++this.inSecond > LIMITS.idleRepliesPerSecondMax;
  }

  /** @returns whether that is one too many */
  noteNotYet(): boolean {
    return ++this.notYetsInSecond > LIMITS.idleRepliesPerSecondMax;
  }
}
