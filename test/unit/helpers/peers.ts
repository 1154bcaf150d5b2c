/** Peers over transports that record their calls. */
import { Connection, type ConnectionBounds } from '../../../src/net/connection/connection';
import type { ServerCodec } from '../../../src/protocol/commands';
import { NativeServerCodec } from '../../../src/protocol/native/server-codec';
import type { Peer } from '../../../src/server/admission/peer';
import { Session } from '../../../src/server/session/state';
import { FakeTransport } from './fake-transport';

export const NO_REJECTS = {
  rejected: 0,
  rejectedUnsaved: 0,
  rejectedInRun: 0,
  endRefused: false,
  unattributedSeen: 0,
  unattributedRefusals: 0,
  isOwned: true,
  isAsked: false,
  unsettled: 0,
};
let nextId = 1;

export class TestPeer implements Peer {
  readonly transport: FakeTransport;
  readonly connection: Connection;
  readonly codec: ServerCodec;
  readonly session: Session;

  constructor(
    nowMs: () => number,
    remoteAddress = '10.0.0.7',
    bounds: ConnectionBounds = {},
    codec: ServerCodec = new NativeServerCodec(),
  ) {
    this.codec = codec;
    const id = nextId++;
    this.transport = new FakeTransport(remoteAddress);
    const listener = { onReady: () => undefined, onClosed: () => undefined };
    this.connection = new Connection(id, this.transport, listener, nowMs, bounds);
    this.session = new Session(id, this.codec);
  }

  /** Makes it an agency after its handshake. */
  introduce(number = 1, finished = false): this {
    const agency = {
      number,
      accepted: 0,
      checksum: 0,
      finished,
      ...NO_REJECTS,
      holder: this.session,
    };
    this.session.enter({ phase: 'claiming', agency });
    this.session.enter({ phase: 'established', agency });
    return this;
  }
}
