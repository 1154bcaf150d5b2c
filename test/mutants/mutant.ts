/** One bug to plant. */
export interface Mutant {
  readonly name: string;
  /** Relative to the root of the project. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly put: string;
  /** Test files that are known to catch it, tried before the campaigns; separated by blanks. */
  readonly firstTry?: string;
}
