/** What the second client is asked to do, what it has to show for it, and how it can fail. */
import { Lost, type Connection, type Handicap } from './v2-connection';
import type { Message } from './v2-wire';

export interface Plan {
  readonly port: number;
  readonly agency: number;
  readonly edition: 'lottery' | '2020';
  /** Each with its CR LF. */
  readonly rows: readonly string[];
  readonly betsPerBatch: number;
  readonly token?: string;
  /** Fewer batches in flight than WELCOME allows. */
  readonly window?: number;
  /** FINISHED and the question go out behind the last batch, before its answer. */
  readonly eager?: boolean;
  readonly handicap?: (attempt: number) => Handicap;
  /** Sees every message as it comes. */
  readonly watch?: (message: Message, connection: Connection) => void;
  readonly attempts?: number;
  readonly silenceMs?: number;
}

export interface Story {
  readonly winners: string[];
  /** 2020: of all agencies, and of this one. */
  total: number;
  won: number;
  /** What each WELCOME named. */
  readonly welcomes: number[];
  /** Why each connection but the last one was given up. */
  readonly losses: string[];
  acknowledged: number;
}

/** The agency is done for: section 8 says stop, or the central broke a rule. */
export class Stop extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** Reconnect, not before the pause that the central named. */
export class Later extends Lost {
  constructor(
    message: string,
    readonly pauseMs: number,
  ) {
    super(message);
  }
}
