import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { cleanUp, startServer } from '../support/program';
import * as wire from '../support/wire-builder';

const BETS = 1_000;
const BETS_PER_BATCH = 100;
/** Pages of 8 kB: more than all buffers of two systems hold. */
const QUESTIONS = 3_000;
const READ_BYTES = 6_000;
const READ_PAUSE_MS = 100;
/** The default is 30 s, and this peer reads 60 kB a second, for a test that is three times as fast. */
const UNREAD_TIMEOUT = '6s';
/** Less than the system needs to empty a third of its buffer at this speed, which is all Node sees. */
const PATIENCE_MS = 15_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A socket that takes so many bytes from the system each time that it is resumed, and no more. */
function sip(port: number): { socket: Socket; state: { bytes: number; isOver: boolean } } {
  const state = { bytes: 0, isOver: false };
  const socket = connect({
    host: '127.0.0.1',
    port,
    onread: {
      buffer: Buffer.alloc(READ_BYTES),
      callback: (count) => {
        state.bytes += count;
        return false;
      },
    },
  });
  const end = (): void => {
    state.isOver = true;
  };
  socket.on('error', end).on('end', end).on('close', end);
  return { socket, state };
}

/** Bets of agency 1, all on the winning number, batch by batch. */
function batches(): Buffer[] {
  let checksum = 0;
  return Array.from({ length: BETS / BETS_PER_BATCH }, (_, i) => {
    const bets = Array.from({ length: BETS_PER_BATCH }, (__, k) => ({
      ...wire.NORA,
      agency: 1,
      document: String(10_000_000 + i * BETS_PER_BATCH + k),
    }));
    const rows = wire.rows(...bets);
    checksum = wire.crcOf(rows, checksum);
    return wire.batch(i * BETS_PER_BATCH, checksum, BETS_PER_BATCH, rows);
  });
}

describe('a peer that reads slowly', () => {
  afterEach(cleanUp);

  it('is not taken for one that does not read; one that does not is dropped', async function () {
    this.timeout(60_000);
    const { port, program } = await startServer({ AGENCIES: '1', UNREAD_TIMEOUT });
    const loader = sip(port);
    loader.socket.write(wire.join(wire.preface(), wire.introduce(1)));
    for (const batch of batches()) {
      loader.socket.write(batch);
      await pause(50);
      loader.socket.resume();
    }
    loader.socket.write(wire.finished(BETS));
    await program.waitFor('action: sorteo | result: success');
    loader.socket.destroy();

    const questions = Array.from({ length: QUESTIONS }, () => wire.askWinners(0, 0));
    const { socket, state } = sip(port);
    socket.write(wire.join(wire.preface(), wire.introduce(1), ...questions));
    const until = performance.now() + PATIENCE_MS;
    while (performance.now() < until && !state.isOver) {
      socket.resume();
      await pause(READ_PAUSE_MS);
    }
    expect(program.matching('it does not read')).to.deep.equal([]);
    expect(state.isOver).to.equal(false);
    expect(state.bytes).to.be.greaterThan(0);
    // From now on it reads nothing.
    await program.waitFor('reason: it does not read');
    socket.destroy();
  });
});
