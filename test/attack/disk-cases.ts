/** What somebody does to the files of a central. */
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { startServer, temporaryDirectory, type Server } from '../support/program';
import type { AttackCase } from './attack-case';
import {
  drawn,
  expectNoDraw,
  expectNoStart,
  expectStop,
  expectWinners,
  play,
  stop,
  verify,
  type Player,
} from './scene';

const STOPPED = /code: STORE_(DAMAGED|IO)/;
const DAMAGED = /code: STORE_DAMAGED/;
const JOURNAL = ['journal.a', 'journal.b'];

function overwrite(path: string, at: number, bytes: Buffer): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}

/** Changes one bet on the winning number to another number, in place. */
function editNumber(path: string): void {
  const at = readFileSync(path, 'latin1').indexOf(',7574\r\n');
  expect(at).to.be.above(0);
  overwrite(path, at + 1, Buffer.from('7575'));
}

/** As an editor saves: the same bytes in a new file. */
function replace(path: string): void {
  copyFileSync(path, `${path}~`);
  renameSync(`${path}~`, path);
}

/** The first of two agencies has finished; the file is damaged; the second one finishes. */
function beforeTheDraw(damage: (csv: string) => void): () => Promise<string> {
  return async () => {
    const server = await startServer({ AGENCIES: '2' });
    const players = [await play(server, 1)];
    damage(join(server.dataDirectory, 'bets.csv'));
    const second = play(server, 2).catch(() => null);
    const error = await expectStop(server, STOPPED);
    const player = await second;
    expectNoDraw(server, player === null ? players : [...players, player]);
    return error;
  };
}

/** The journal no longer holds what two starts have passed. */
async function coldDirectory(): Promise<string> {
  const server = await startServer({ AGENCIES: '2' });
  await play(server, 1);
  await stop(server);
  for (let i = 0; i < 2; i++) {
    await stop(await startServer({ AGENCIES: '2' }, server.dataDirectory));
  }
  return server.dataDirectory;
}

function atRest(damage: (csv: string) => void): () => Promise<string> {
  return async () => {
    const directory = await coldDirectory();
    damage(join(directory, 'bets.csv'));
    const audit = await verify(directory);
    expect(audit.code, 'verify').to.equal(1);
    const server = await startServer({ AGENCIES: '2' }, directory);
    const second = play(server, 2).catch(() => null);
    const error = await expectStop(server, DAMAGED);
    const player = await second;
    expectNoDraw(server, player === null ? [] : [player]);
    return error;
  };
}

/** A drawn lottery is stopped and changed; then everybody asks again. */
function afterTheDraw(change: (directory: string) => void): () => Promise<string> {
  return async () => {
    const before = await drawn(2);
    await stop(before);
    const path = join(before.dataDirectory, 'winners.csv');
    const winners = readFileSync(path, 'latin1');
    change(before.dataDirectory);
    const after = await startServer({ AGENCIES: '2' }, before.dataDirectory);
    const players: Player[] = [await play(after, 1), await play(after, 2)];
    await expectWinners(players);
    expect(readFileSync(path, 'latin1')).to.equal(winners);
    await stop(after);
    const audit = await verify(before.dataDirectory);
    expect(audit.code, audit.output).to.equal(0);
    return 'each agency received its own winners; verify agrees';
  };
}

async function moveDirectory(): Promise<string> {
  const parent = temporaryDirectory();
  const directory = join(parent, 'lottery');
  const first = await startServer({ AGENCIES: '2' }, directory);
  const players = [await play(first, 1)];
  renameSync(directory, join(parent, 'elsewhere'));
  const second = await startServer({ AGENCIES: '1' }, directory);
  await expectWinners([await play(second, 1)]);
  await second.program.waitFor('action: acta | result: success');
  const winners = readFileSync(join(directory, 'winners.csv'), 'latin1');
  const late = await play(first, 2).catch(() => null);
  const error = await expectStop(first, /code: STORE_IO/);
  for (const player of late === null ? players : [...players, late]) {
    expect(player.agency.winners).to.equal(null);
  }
  expect(readFileSync(join(directory, 'winners.csv'), 'latin1')).to.equal(winners);
  await stop(second);
  return error;
}

/** Puts the journal back to what it was before the draw, which is behind a certificate by then. */
async function cutJournal(): Promise<string> {
  const server: Server = await startServer({ AGENCIES: '2' });
  const first = await play(server, 1);
  const kept = JOURNAL.map((name) => readFileSync(join(server.dataDirectory, name)));
  await expectWinners([first, await play(server, 2)]);
  await server.program.waitFor('action: acta | result: success');
  await stop(server);
  JOURNAL.forEach((name, i) => {
    writeFileSync(join(server.dataDirectory, name), kept[i] ?? '');
  });
  return expectNoStart(server.dataDirectory, DAMAGED, { AGENCIES: '2' });
}

const NO_DRAW = 'no draw, nobody is told winners, the central stops with a coded error';
const NOTICED = 'verify notices; no draw, the central stops with STORE_DAMAGED';
const MADE_ANEW = 'after a restart each agency has its own winners, and the file is as before';

export const DISK_CASES: readonly AttackCase[] = [
  {
    name: 'bets.csv truncated',
    does: 'cuts bets.csv to nothing while the central runs, before the draw',
    holds: NO_DRAW,
    attack: beforeTheDraw((csv) => {
      truncateSync(csv, 0);
    }),
  },
  {
    name: 'bets.csv replaced',
    does: 'saves bets.csv as an editor does while the central runs',
    holds: NO_DRAW,
    attack: beforeTheDraw(replace),
  },
  {
    name: 'bets.csv removed',
    does: 'removes bets.csv while the central runs',
    holds: NO_DRAW,
    attack: beforeTheDraw((csv) => {
      rmSync(csv);
    }),
  },
  {
    name: 'a number edited in place',
    does: 'changes one digit of a stored number while the central runs',
    holds: NO_DRAW,
    attack: beforeTheDraw(editNumber),
  },
  {
    name: 'a number edited at rest',
    does: 'changes one digit of a row that the journal no longer holds',
    holds: NOTICED,
    attack: atRest(editNumber),
  },
  {
    name: 'rows zeroed at rest',
    does: 'writes 4096 zeros over rows that the journal no longer holds',
    holds: NOTICED,
    attack: atRest((csv) => {
      overwrite(csv, 2_000, Buffer.alloc(4_096));
    }),
  },
  {
    name: 'DATA_DIR moved',
    does: 'moves the directory of a running central, and starts another one in its place',
    holds: 'the first one stops with STORE_IO, and writes nothing into the other directory',
    attack: moveDirectory,
  },
  {
    name: 'winners.csv emptied',
    does: 'empties winners.csv at rest',
    holds: MADE_ANEW,
    attack: afterTheDraw((directory) => {
      writeFileSync(join(directory, 'winners.csv'), '');
    }),
  },
  {
    name: 'winners.csv exchanged',
    does: 'exchanges the agencies of the rows of winners.csv at rest',
    holds: MADE_ANEW,
    attack: afterTheDraw((directory) => {
      const path = join(directory, 'winners.csv');
      const other: Readonly<Record<string, string>> = { '1': '2', '2': '1' };
      const text = readFileSync(path, 'latin1');
      writeFileSync(
        path,
        text.replace(/^[12]/gm, (agency) => other[agency] ?? agency),
      );
    }),
  },
  {
    name: 'winners.csv removed',
    does: 'removes winners.csv at rest',
    holds: MADE_ANEW,
    attack: afterTheDraw((directory) => {
      rmSync(join(directory, 'winners.csv'));
    }),
  },
  {
    name: 'journal cut before the draw',
    does: 'puts the journal back to what it was before the draw, and leaves the acta',
    holds: 'the start is refused with STORE_DAMAGED',
    attack: cutJournal,
  },
];
