/** What a central is made of, and what it shows of itself. */
import type { Clock } from '../../base/clock';
import type { Eventual } from '../../base/eventual';
import type { Logger } from '../../base/log/log';
import type { ByteMeter } from '../../net/frame-buffer';
import type { SendQueues } from '../../net/tcp-table';
import type { Parser } from '../../parsing/parser';
import type { ServerCodec } from '../../protocol/commands';
import type { BetStore } from '../../store/bet-store';
import type { TurnObserver } from '../../telemetry/turns';
import type { Peer } from '../admission/peer';
import type { PeerLimits } from '../admission/peer-limits';
import type { DrawOutcome } from '../draw/make-draw';
import type { EffectSink } from '../session/effects';
import type { Lottery } from '../session/lottery';
import type { LogLine } from '../log/peer-log';
import type { handleCommand } from '../session/session';
import type { Session } from '../session/state';

export interface CentralOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Pick<BetStore, 'commit' | 'claim'>;
  readonly parser: Parser;
  readonly lottery: Lottery;
  readonly createCodec: () => ServerCodec;
  readonly peerLimits?: PeerLimits;
  /** Answers a command; undefined: as the lottery does. */
  readonly handle?: typeof handleCommand;
  /** Says more to an agency that was welcomed. */
  readonly welcome?: (session: Session, out: EffectSink) => void;
  /** Bytes that the system has not delivered to peers; undefined: unknown. */
  readonly readSendQueues?: () => PromiseLike<SendQueues>;
  /** Looks for the winners; the result is durable apart from what is to be recorded of it. */
  readonly draw: () => Eventual<DrawOutcome>;
  /** The draw is durable, and held queries are answered. */
  readonly onDrawn: () => void;
  /** What `recordActa` was given is durable. */
  readonly onActaRecorded: () => void;
  /** A failed assertion, or a failed draw: the process must stop. */
  readonly onFatal: (error: unknown) => void;
  /** Row bytes gathered for one commit; smaller in a simulation, which has to meet this bound. */
  readonly commitBytesMax?: number;
  /** Measures what the central does; undefined: nothing is measured. */
  readonly observer?: CentralObserver;
}

/** Receives what is measured of a central. */
export interface CentralObserver {
  readonly turns: TurnObserver;
  /** Gets every log line about peers. */
  readonly onLine: (line: LogLine) => void;
  /** Counts the bytes that arrive. */
  readonly received: ByteMeter;
}

/** What a central holds, for whoever looks at it; it changes all the time. */
export interface CentralView {
  readonly peers: ReadonlyMap<number, Peer>;
  /** Bytes received and not decoded, and those sent and not read. */
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly isStopping: boolean;
}
