/** What a central, or whoever prepares its file, does to an agency. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { startClient, startServer, temporaryDirectory } from '../support/program';
import * as wire from '../support/wire-builder';
import type { AttackCase } from './attack-case';
import { betsFile, peakMebibytes } from './scene';

const MEMORY_MIB_MAX = 256;
const WELCOME = wire.welcome({ stored: 0, checksum: 0, window: 8, state: 0 });
const TYPE = { introduce: 1, bet: 2, batch: 3, finished: 4, askWinners: 5 } as const;

/** Answers each frame of an agency as it likes; `null`: not at all. */
type Liar = (type: number, count: number, socket: Socket) => Buffer | null;

/** A central that says what it wants. */
async function openLiar(answer: Liar): Promise<Server> {
  const server = createServer((socket) => {
    let input = Buffer.alloc(0);
    let count = 0;
    let isPreface = true;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      input = Buffer.concat([input, chunk]);
      if (isPreface) {
        const { length } = wire.preface();
        if (input.length < length) return;
        input = input.subarray(length);
        isPreface = false;
      }
      while (input.length >= 4 && input.length >= input.readUInt16BE(0)) {
        const type = input.readUInt8(2);
        input = input.subarray(input.readUInt16BE(0));
        const reply = answer(type, count++, socket);
        if (reply !== null) socket.write(reply);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** An agency at a lying central ends with a coded error. @returns its last line */
function lie(answer: Liar): () => Promise<string> {
  return async () => {
    const server = await openLiar(answer);
    try {
      const { port } = server.address() as AddressInfo;
      const env = { CLI_DATA: betsFile(1, 50), CLI_RETRY_FOR: '2s', CLI_BATCH_MAXAMOUNT: '50' };
      const client = startClient(port, 1, env);
      let peak = 0;
      const timer = setInterval(() => {
        try {
          const now = peakMebibytes(client);
          // No number: it has ended, and its end was not taken notice of.
          if (now > peak) peak = now;
        } catch {
          // It is gone.
        }
      }, 50);
      const { code } = await client.exited;
      clearInterval(timer);
      expect(code, client.output).to.equal(1);
      expect(peak).to.be.below(MEMORY_MIB_MAX);
      const [error = '(no error)'] = client.matching(' ERROR ');
      expect(error, client.output).to.match(/code: [A-Z_]+ /);
      expect(error).not.to.include('code: INTERNAL');
      return `${error.slice(error.indexOf('code: ')).slice(0, 120)}; peak ${peak.toFixed(0)} MiB`;
    } finally {
      server.close();
    }
  };
}

/** Serves an agency as it should until it asks for winners. */
function until(winners: (socket: Socket) => Buffer | null): Liar {
  return (type, _, socket) => {
    if (type === TYPE.introduce) return WELCOME;
    if (type === TYPE.askWinners) return winners(socket);
    return wire.ack(50);
  };
}

/** A file that is no file of bets ends the agency at once. */
function dataFile(make: (path: string) => void): () => Promise<string> {
  return async () => {
    const path = join(temporaryDirectory(), 'agency.csv');
    make(path);
    const { port } = await startServer({ AGENCIES: '1' });
    const client = startClient(port, 1, { CLI_DATA: path });
    expect((await client.exited).code, client.output).to.equal(1);
    const [error = '(no error)'] = client.matching(' ERROR ');
    expect(error, client.output).to.match(/code: DATA_(UNREADABLE|INVALID) /);
    return error
      .slice(error.indexOf('code: '))
      .replace(/\/\S*\//, '')
      .slice(0, 120);
  };
}

const CODED = `the agency ends with a coded error, and takes at most ${String(MEMORY_MIB_MAX)} MiB`;

export const AGENCY_CASES: readonly AttackCase[] = [
  {
    name: 'acknowledges too much',
    does: 'a central acknowledges more bets than it was sent',
    holds: CODED,
    attack: lie((type) => (type === TYPE.introduce ? WELCOME : wire.ack(51))),
  },
  {
    name: 'goes back',
    does: 'a central acknowledges 50 bets, breaks off, and welcomes the agency with none',
    holds: CODED,
    attack: lie((type, _, socket) => {
      if (type === TYPE.introduce) return WELCOME;
      if (type === TYPE.batch) return wire.ack(50);
      socket.end();
      return null;
    }),
  },
  {
    name: 'documents with control characters',
    does: 'a central sends winners whose documents are escape sequences',
    holds: CODED,
    attack: lie(until(() => wire.winners(1, 0, ['\u001b[2J\u0007']))),
  },
  {
    name: 'winners out of order',
    does: 'a central sends a page of winners that was not asked for',
    holds: CODED,
    attack: lie(until(() => wire.winners(9, 5, ['30904465']))),
  },
  {
    name: 'winners without end',
    does: 'a central announces far more winners than there are bets',
    holds: CODED,
    attack: lie(until(() => wire.winners(0xffff_ffff, 0, Array<string>(700).fill('1000000000')))),
  },
  {
    name: 'a FIFO as data file',
    does: 'names a FIFO that nobody writes to as the file of an agency',
    holds: 'the agency refuses it at once',
    attack: dataFile((path) => {
      execFileSync('mkfifo', [path]);
    }),
  },
  {
    name: 'a directory as data file',
    does: 'names a directory as the file of an agency',
    holds: 'the agency refuses it at once',
    attack: dataFile((path) => {
      mkdirSync(path);
    }),
  },
];
