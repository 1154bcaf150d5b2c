/** What an agency's session is set up with. */
export interface AgencySessionOptions {
  readonly agency: number;
  /** Batches to keep unanswered at most, whatever the central allows. */
  readonly window: number;
  /** The agency's secret; empty when it has none. */
  readonly token: Buffer;
  /** Whether to declare the agency finished at the end, and to ask for its winners. */
  readonly finish: boolean;
}
