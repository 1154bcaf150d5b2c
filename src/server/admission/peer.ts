import type { Connection } from '../../net/connection/connection';
import type { ServerCodec } from '../../protocol/commands';
import type { Session } from '../session/state';

/** A connection with its codec and session. */
export interface Peer {
  readonly connection: Connection;
  readonly codec: ServerCodec;
  readonly session: Session;
}
