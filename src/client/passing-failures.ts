/** What a central may say that is not the end of everything. */

/** Rejections in a row, without progress between them, after which sending again is pointless. */
export const REJECTIONS_MAX: ReadonlyMap<string, number> = new Map([
  ['WRONG_OFFSET', 3],
  ['WRONG_CHECKSUM', 2],
]);
/** Errors that another connection may mend. */
export const PASSING_ERRORS: ReadonlySet<string> = new Set([
  'REPLACED',
  'TOO_SLOW',
  'OUTPUT_OVERFLOW',
]);
