import { SocketTransport } from './socket-transport';

/**
 * Gathers what is written until the running callbacks are through, and hands it to the system in one call. An agency
 * fills its window batch by batch, and a call costs more than everything else that is done for a batch.
 */
export class GatheringTransport extends SocketTransport {
  private isGathering = false;

  override write(bytes: Uint8Array): void {
    if (!this.isGathering) {
      this.isGathering = true;
      this.socket.cork();
      process.nextTick(this.send);
    }
    super.write(bytes);
  }

  private readonly send = (): void => {
    this.isGathering = false;
    this.socket.uncork();
  };
}
