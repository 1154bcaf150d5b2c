import type { Transport, TransportHandlers } from '../../../src/net/transport';

/** A transport that records its calls. */
export class FakeTransport implements Transport {
  unsentBytes = 0;
  /** Names of calls, in order; a write shows how long it was. */
  readonly calls: string[] = [];
  readonly written: Buffer[] = [];
  private handlers: TransportHandlers | null = null;

  constructor(readonly remoteAddress = '10.0.0.7') {}

  attach(handlers: TransportHandlers): void {
    this.calls.push('attach');
    this.handlers = handlers;
  }

  /** The peer of the transport, who makes things happen. */
  get peer(): TransportHandlers {
    if (this.handlers === null) throw new Error('nobody is attached');
    return this.handlers;
  }

  write(bytes: Uint8Array): void {
    this.written.push(Buffer.from(bytes));
    this.calls.push(`write ${String(bytes.length)}`);
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }

  end(): void {
    this.calls.push('end');
  }

  destroyWhenSent(): void {
    this.calls.push('destroyWhenSent');
  }

  destroy(): void {
    this.calls.push('destroy');
  }
}
