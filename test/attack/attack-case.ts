/** An attack on a built central or agency, and what must hold whatever it does. */
export interface AttackCase {
  readonly name: string;
  /** What is done. */
  readonly does: string;
  /** What must hold. */
  readonly holds: string;
  /** Left out of the short form. */
  readonly isLong?: boolean;
  /**
   * Attacks.
   *
   * @returns what was seen, in short
   * @throws Error when what must hold does not
   */
  readonly attack: () => Promise<string>;
}
