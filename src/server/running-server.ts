/** A server that is up. */
export interface RunningServer {
  /** The port that it listens on. */
  readonly port: number;
  /** Stops it in good order; every resource is closed, with a log line each. */
  stop(): Promise<void>;
}
