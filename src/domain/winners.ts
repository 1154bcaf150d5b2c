/** The outcome of the draw, for replies to agencies. */
export interface Winners {
  /** How many winners an agency has. */
  total(agency: number): number;
  /** Digits of all documents of an agency together. */
  digits(agency: number): number;
  /**
   * The winners of one agency from `first` on, in stored order, as many as fit.
   *
   * @param bytesMax bytes for documents, each counted with one byte for its length
   * @throws LoteriaError STORE_DAMAGED, or an error of the file system
   */
  page(agency: number, first: number, bytesMax: number): string[];
}
