/** A batch as the agency prepares it. */
export interface Batch {
  readonly form: 'bet' | 'batch';
  /** How many bets of the agency come before these. */
  readonly offset: number;
  readonly count: number;
  /** Rows as the central stores them. */
  readonly rows: Buffer;
  /** CRC-32 of the agency's rows up to and including these. */
  readonly checksum: number;
  /** How far the source has been read with these, in its own bytes, for progress. */
  readonly sourceBytes: number;
}

/** Where an agency's bets come from. */
export interface BetSource {
  /** Bytes of the whole source, for progress; 0 when unknown. */
  readonly totalBytes: number;
  /**
   * Seeks to the offset of the central.
   *
   * @param stored bets that the central has
   * @param checksum CRC-32 of their rows
   * @throws LoteriaError DATA_INVALID, DATA_UNREADABLE; DATA_DIFFERS when the source does not begin
   *   with the stored bets
   */
  startAt(stored: number, checksum: number): PromiseLike<void>;
  /**
   * The next batch, or null after the last one.
   *
   * @throws LoteriaError DATA_INVALID, DATA_UNREADABLE
   */
  next(): PromiseLike<Batch | null>;
  close(): void;
}
