/** The agency as a program, at a central that lies: it stops with a code, in bounded memory. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { TYPE, type TappedFrame } from '../support/frame-tap';
import { cleanUp, startClient, temporaryDirectory, type Program } from '../support/program';
import { ScriptedCentral, type ScriptedPeer } from '../support/scripted-central';
import * as wire from '../support/wire-builder';

const AGENCY = 3;
const WINDOW = 8;
const MEMORY_MB_MAX = 256;

const centrals: ScriptedCentral[] = [];

async function startCentral(
  onFrame: (peer: ScriptedPeer, frame: TappedFrame) => void,
): Promise<{ central: ScriptedCentral; port: number }> {
  const central = new ScriptedCentral(onFrame);
  centrals.push(central);
  return { central, port: await central.listen() };
}

async function closeAll(): Promise<void> {
  await cleanUp();
  await Promise.all(centrals.splice(0).map((central) => central.close()));
}

const BETS: readonly wire.RowFields[] = Array.from({ length: 4 }, (_, i) => ({
  ...wire.NORA,
  document: String(30_000_000 + i),
}));
const sumOf = (count: number): number => wire.crcOf(wire.rows(...BETS.slice(0, count)));

function startAgency(port: number, env: Readonly<Record<string, string>> = {}): Program {
  const file = join(temporaryDirectory(), 'bets.csv');
  writeFileSync(file, BETS.map((bet) => wire.rowText(bet).slice(2)).join(''));
  return startClient(port, AGENCY, {
    CLI_DATA: file,
    CLI_BATCH_MAXAMOUNT: '2',
    CLI_RETRY_FOR: '2s',
    ...env,
  });
}

function welcome(stored: number, state = 0, checksum = sumOf(stored)): Buffer {
  return wire.welcome({ stored, checksum, window: WINDOW, state });
}

/** Ends with a code in its last line. */
async function expectStops(
  agency: Program,
  code: string,
  ...words: readonly string[]
): Promise<void> {
  expect(await agency.exited, agency.output).to.deep.equal({ code: 1, signal: null });
  const last = agency.lines.at(-1);
  expect(last).to.include(`code: ${code} |`);
  for (const word of words) expect(last).to.include(word);
}

/** The most memory that a process had, as far as it was looked at. */
function watchMemory({ pid, exited }: Program): () => number {
  let mostMb = 0;
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
      mostMb = Math.max(mostMb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      clearInterval(timer);
    }
  }, 50);
  void exited.then(() => {
    clearInterval(timer);
  });
  return () => mostMb;
}

/** What an honest central answers, until the winners are asked for. */
function answerHonestly(peer: ScriptedPeer, { type, body }: TappedFrame): void {
  if (type === TYPE.introduce) peer.say(welcome(0));
  else if (type === TYPE.batch) {
    peer.say(wire.ack(Number(body.readBigUInt64BE(0)) + body.readUInt16BE(12)));
  } else if (type === TYPE.finished) peer.say(wire.ack(4));
}

describe('an agency is a witness', () => {
  afterEach(closeAll);

  it('stops when it is welcomed with fewer bets than were acknowledged', async () => {
    const { port } = await startCentral((peer, frame) => {
      if (peer.number > 0) peer.say(welcome(2));
      else if (frame.type === TYPE.finished) peer.leave();
      else answerHonestly(peer, frame);
    });
    const agency = startAgency(port);
    await expectStops(agency, 'STORE_WENT_BACK', '4 bets', '2 bets');
    const account = `action: acknowledged | result: success | agency: 3 | stored: 4 | checksum: `;
    const checksum = sumOf(4).toString(16).padStart(8, '0');
    expect(agency.lines.at(-2)).to.match(
      new RegExp(`${account}${checksum}$`.replaceAll('|', '\\|')),
    );
  });

  it('stops when the bets that were acknowledged have another checksum', async () => {
    const { port } = await startCentral((peer, frame) => {
      if (peer.number > 0) peer.say(welcome(4, 0, sumOf(4) ^ 1));
      else if (frame.type === TYPE.finished) peer.leave();
      else answerHonestly(peer, frame);
    });
    await expectStops(startAgency(port), 'STORE_WENT_BACK', 'checksum');
  });

  it('stops when it had finished, and still loads', async () => {
    const { port } = await startCentral((peer, frame) => {
      if (peer.number > 0) peer.say(welcome(4));
      else if (frame.type === TYPE.askWinners) peer.leave();
      else answerHonestly(peer, frame);
    });
    await expectStops(startAgency(port), 'STORE_WENT_BACK', 'finished', 'loading');
  });

  for (const level of ['WARNING', 'ERROR']) {
    const account = `${level.padEnd(8)} action: acknowledged | result: success | agency: 3 | stored: 4 | checksum: `;

    it(`names what was acknowledged with CLI_LOG_LEVEL=${level}, too`, async () => {
      const { port } = await startCentral((peer, frame) => {
        if (peer.number > 0) peer.say(welcome(2));
        else if (frame.type === TYPE.finished) peer.leave();
        else answerHonestly(peer, frame);
      });
      const agency = startAgency(port, { CLI_LOG_LEVEL: level });
      await expectStops(agency, 'STORE_WENT_BACK');
      expect(agency.lines.at(-2)).to.include(account);
    });

    it(`names what was acknowledged when it is stopped, with CLI_LOG_LEVEL=${level}`, async () => {
      let noteQuestion = (): void => undefined;
      const asked = new Promise<void>((resolve) => {
        noteQuestion = resolve;
      });
      const { port } = await startCentral((peer, frame) => {
        if (frame.type === TYPE.askWinners) noteQuestion();
        else answerHonestly(peer, frame);
      });
      const agency = startAgency(port, { CLI_LOG_LEVEL: level });
      await asked;
      agency.signal('SIGTERM');
      expect((await agency.exited).code, agency.output).to.equal(0);
      expect(agency.lines.at(-1)).to.include(account);
    });
  }

  it('names what was acknowledged when all went well, too', async () => {
    const { port } = await startCentral((peer, frame) => {
      if (frame.type === TYPE.askWinners) peer.say(wire.winners(0, 0, []));
      else answerHonestly(peer, frame);
    });
    const agency = startAgency(port);
    expect((await agency.exited).code, agency.output).to.equal(0);
    const checksum = sumOf(4).toString(16).padStart(8, '0');
    expect(agency.lines.at(-2)).to.include(
      `action: acknowledged | result: success | agency: 3 | stored: 4 | checksum: ${checksum}`,
    );
    expect(agency.lines.at(-1)).to.match(/consulta_ganadores .* cant_ganadores: 0$/);
  });
});

describe('an agency at a central that lies', () => {
  afterEach(closeAll);

  const lies: readonly (readonly [string, (peer: ScriptedPeer, frame: TappedFrame) => void])[] = [
    [
      'acknowledges more than was sent',
      (peer, frame) => {
        if (frame.type === TYPE.batch) peer.say(wire.ack(5));
        else answerHonestly(peer, frame);
      },
    ],
    [
      'acknowledges fewer than FINISHED said',
      (peer, frame) => {
        if (frame.type === TYPE.finished) peer.say(wire.ack(3));
        else answerHonestly(peer, frame);
      },
    ],
    [
      'acknowledges backwards',
      (peer, frame) => {
        answerHonestly(peer, frame);
        if (peer.frames.length === 3) peer.say(wire.ack(1));
      },
    ],
    [
      'names more winners than there are bets',
      (peer, frame) => {
        if (frame.type === TYPE.askWinners) peer.say(wire.winners(1_000_000, 0, ['1']));
        else answerHonestly(peer, frame);
      },
    ],
    [
      'sends control characters for a document',
      (peer, frame) => {
        if (frame.type === TYPE.askWinners) peer.say(wire.winners(1, 0, ['1\u001b[2J']));
        else answerHonestly(peer, frame);
      },
    ],
    [
      'says "not yet" without end',
      (peer, frame) => {
        if (frame.type === TYPE.askWinners) {
          peer.flood(Buffer.concat(Array<Buffer>(1_000).fill(wire.notYet(1, 0))));
        } else answerHonestly(peer, frame);
      },
    ],
    [
      'acknowledges the same without end',
      (peer, frame) => {
        answerHonestly(peer, frame);
        if (frame.type === TYPE.introduce) {
          peer.flood(Buffer.concat(Array<Buffer>(1_000).fill(wire.ack(0))));
        }
      },
    ],
    [
      'sends winners before anybody asks, without end',
      (peer, frame) => {
        if (frame.type === TYPE.introduce) {
          peer.say(welcome(0));
          peer.flood(Buffer.concat(Array<Buffer>(1_000).fill(wire.winners(1, 0, ['1']))));
        }
      },
    ],
  ];
  for (const [what, lie] of lies) {
    it(`stops when it ${what}`, async () => {
      const { port } = await startCentral(lie);
      const agency = startAgency(port);
      const memoryMb = watchMemory(agency);
      await expectStops(agency, 'CENTRAL_REFUSED');
      expect(memoryMb()).to.be.below(MEMORY_MB_MAX);
    });
  }

  it('gives up on a central that welcomes it, and hangs up, again and again', async () => {
    const { port } = await startCentral((peer) => {
      peer.leave(welcome(0));
    });
    await expectStops(startAgency(port), 'GAVE_UP', 'connection closed');
  });
});
