/** Winners are on disk: what the central holds in memory does not grow with their number. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { opcodePacket } from '../support/dialect-builder';
import { makeDueStore } from '../support/due-store';
import {
  cleanUp,
  startServer,
  temporaryDirectory,
  type Program,
  type Server,
} from '../support/program';

const WINNERS = 1_000_000;
const WINNING_NUMBER = 7574;
const ROW_BYTES = '1,10000000\r\n'.length;
/** Some 140 here, and 180 for fifty million; with all documents in memory it was 270. */
const DRAW_MIB_MAX = 210;
/** Some 85 here, and 100 for fifty million; it was 200. */
const RESTART_MIB_MAX = 140;
/** Replies have 9 MB each; all of them in memory were 200 and more, and now some 20. */
const UNREAD_REPLIES = 20;
const UNREAD_MIB_MAX = 80;

function mebibytes({ pid }: Program, field: 'VmHWM' | 'VmRSS'): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'latin1');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}

async function startOn(dataDirectory: string): Promise<Server> {
  const server = await startServer({ AGENCIES: '1', DETECT: '1' }, dataDirectory);
  await server.program.waitFor('action: acta | result: success');
  return server;
}

describe('a million winners', () => {
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await cleanUp();
  });

  /** A connection on which a reply begins to arrive, of which little is read. */
  function asksAndReadsLittle(port: number): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port });
    sockets.push(socket);
    socket.write(opcodePacket(6, ['1']));
    return new Promise((resolve, reject) => {
      socket.once('readable', resolve);
      socket.once('error', reject);
    });
  }

  it('are drawn, and found again after a restart, in bounded memory', async () => {
    const directory = temporaryDirectory();
    makeDueStore(directory, WINNERS, WINNING_NUMBER);
    const { program } = await startOn(directory);
    expect(mebibytes(program, 'VmHWM'), 'draw').to.be.below(DRAW_MIB_MAX);
    program.signal('SIGKILL');
    await program.exited;
    const winners = readFileSync(join(directory, 'winners.csv'));
    expect(winners).to.have.length(WINNERS * ROW_BYTES);
    expect(winners.toString('latin1', ROW_BYTES * 9_999, ROW_BYTES * 10_001)).to.equal(
      '1,10009999\r\n1,10000000\r\n',
    );
    const again = await startServer({ AGENCIES: '1', DETECT: '1' }, directory);
    expect(mebibytes(again.program, 'VmHWM'), 'restart').to.be.below(RESTART_MIB_MAX);
  });

  it('are not made into replies that legacy agencies do not read', async () => {
    const directory = temporaryDirectory();
    makeDueStore(directory, WINNERS, WINNING_NUMBER);
    const { program, port } = await startOn(directory);
    const before = mebibytes(program, 'VmRSS');
    await Promise.all(Array.from({ length: UNREAD_REPLIES }, () => asksAndReadsLittle(port)));
    const grown = mebibytes(program, 'VmRSS') - before;
    expect(grown).to.be.below(UNREAD_MIB_MAX);
  });
});
