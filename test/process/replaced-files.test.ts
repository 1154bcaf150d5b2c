import { expect } from 'chai';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  cleanUp,
  loteria,
  startServer,
  temporaryDirectory,
  type Program,
  type Server,
} from '../support/program';
import { contentsOf } from '../support/store-directory';
import { RawPeer } from '../support/raw-peer';
import * as wire from '../support/wire-builder';

const ROW = wire.row({ ...wire.NORA, agency: 1, number: 7574 });

/** One bet of agency 1 as its first batch. */
function firstBatch(): Buffer {
  return wire.batch(0, wire.crcOf(ROW), 1, ROW);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function expectStop(program: Program, said: RegExp): Promise<void> {
  const { code } = await program.exited;
  const errors = program.matching('ERROR ');
  expect(errors, program.output).to.have.lengthOf(1);
  expect(errors[0]).to.match(/action: server \| result: fail \| code: STORE_IO \| error: /);
  expect(errors[0], errors[0]).to.match(said);
  expect(code).to.equal(1);
}

describe('a central whose files are replaced while it runs', () => {
  let parent: string;
  let directory: string;

  beforeEach(() => {
    parent = temporaryDirectory();
    directory = join(parent, 'lottery');
  });
  afterEach(cleanUp);

  /** A central with a peer that has had one bet acknowledged. */
  async function begin(env: Readonly<Record<string, string>> = {}): Promise<{
    server: Server;
    peer: RawPeer;
  }> {
    const server = await startServer({ AGENCIES: '1', ...env }, directory);
    const peer = await RawPeer.introduced(server.port, 1);
    peer.send(firstBatch());
    await peer.waitForFrames(2);
    expect(peer.replies).to.deep.equal(['WELCOME', 'ACK']);
    return { server, peer };
  }

  const CHANGES: readonly (readonly [string, (path: string) => void])[] = [
    [
      'removed',
      (path) => {
        unlinkSync(path);
      },
    ],
    [
      'moved away',
      (path) => {
        renameSync(path, join(dirname(dirname(path)), 'elsewhere'));
      },
    ],
    [
      'replaced, as an editor does',
      (path) => {
        copyFileSync(path, `${path}~`);
        renameSync(`${path}~`, path);
      },
    ],
  ];

  for (const name of ['bets.csv', 'journal.a', 'journal.b', 'lock']) {
    for (const [how, change] of CHANGES) {
      if (name === 'lock' && how.startsWith('replaced')) continue;
      it(`stops when nobody bets and ${name} is ${how}`, async () => {
        const { server } = await begin();
        change(join(directory, name));
        await expectStop(server.program, new RegExp(`lottery/${name.replace('.', '\\.')}: `));
      });
    }
  }

  for (const [how, change] of CHANGES) {
    it(`stops when winners.csv is ${how} after the draw`, async () => {
      const { server, peer } = await begin();
      peer.send(wire.finished(1), wire.askWinners(0, 1));
      await server.program.waitFor('action: acta | result: success');
      change(join(directory, 'winners.csv'));
      await expectStop(server.program, /lottery\/winners\.csv: /);
    });
  }

  for (const name of ['acta.json', 'commitment.json']) {
    for (const [how, change] of CHANGES) {
      it(`stops when ${name} is ${how} after the draw`, async () => {
        const { server, peer } = await begin({ WINNING_NUMBER: 'random' });
        peer.send(wire.finished(1), wire.askWinners(0, 1));
        await server.program.waitFor('action: acta | result: success');
        change(join(directory, name));
        await expectStop(server.program, new RegExp(`lottery/${name.replace('.', '\\.')}: `));
      });
    }
  }

  it('stops when a restart has found acta.json, and that is removed', async () => {
    const { server, peer } = await begin();
    peer.send(wire.finished(1));
    await server.program.waitFor('action: acta | result: success');
    server.program.signal('SIGTERM');
    await server.program.exited;
    const again = await startServer({ AGENCIES: '1' }, directory);
    unlinkSync(join(directory, 'acta.json'));
    await expectStop(again.program, /lottery\/acta\.json: .*not there/);
    const last = await startServer({ AGENCIES: '1' }, directory);
    await last.program.waitFor('action: acta | result: success');
    expect(existsSync(join(directory, 'acta.json'))).to.equal(true);
  });

  for (const name of ['journal.a', 'journal.b']) {
    it(`stops when nobody bets and ${name} is emptied in place`, async () => {
      const { server } = await begin();
      truncateSync(join(directory, name));
      await expectStop(server.program, new RegExp(`${name.replace('.', '\\.')}: changed in place`));
    });
  }

  it('acknowledges nothing after a backup was copied over its files', async () => {
    const first = await begin();
    first.server.program.signal('SIGTERM');
    await first.server.program.exited;
    const backup = contentsOf(directory);
    const server = await startServer({ AGENCIES: '1' }, directory);
    for (const [path, bytes] of backup) writeFileSync(join(directory, basename(path)), bytes);
    // Commits in a row share one look at the files (LIMITS.storeCheckMs).
    await pause(50);
    const peer = await RawPeer.introduced(server.port, 1);
    const both = wire.join(ROW, ROW);
    peer.send(wire.batch(1, wire.crcOf(both), 1, ROW), wire.finished(2));
    await peer.waitForEnd();
    expect(peer.replies.filter((name) => name === 'ACK')).to.deep.equal([]);
    await expectStop(server.program, /journal\.[ab]: changed in place/);
  });

  it('acknowledges no bet that came after bets.csv was replaced', async () => {
    const { server, peer } = await begin();
    // Commits in a row share one look at the files (LIMITS.storeCheckMs).
    await pause(50);
    const csv = join(directory, 'bets.csv');
    copyFileSync(csv, `${csv}~`);
    renameSync(`${csv}~`, csv);
    const both = wire.join(ROW, ROW);
    peer.send(wire.batch(1, wire.crcOf(both), 1, ROW));
    await peer.waitForEnd();
    expect(peer.replies).to.deep.equal(['WELCOME', 'ACK']);
    await expectStop(server.program, /bets\.csv: /);
  });

  it('makes no draw when its directory was moved and another central began in its place', async () => {
    const first = await begin();
    renameSync(directory, join(parent, 'moved'));
    mkdirSync(directory);
    first.peer.send(wire.finished(1), wire.askWinners(0, 1));
    const second = await begin({ AGENCIES: '2' });
    await first.peer.waitForEnd();
    expect(first.peer.replies.filter((name) => name === 'WINNERS')).to.deep.equal([]);
    await expectStop(first.server.program, /lottery(\/\S+)?: .*moved/);
    expect(existsSync(join(directory, 'winners.csv'))).to.equal(false);
    expect(existsSync(join(directory, 'acta.json'))).to.equal(false);
    expect(readFileSync(join(directory, 'bets.csv')).equals(ROW)).to.equal(true);
    second.server.program.signal('SIGTERM');
    expect((await second.server.program.exited).code).to.equal(0);
  });

  it('stops when its directory was removed with everything in it', async () => {
    const { server } = await begin();
    rmSync(directory, { recursive: true });
    await expectStop(server.program, /lottery(\/\S+)?: /);
  });

  it('stops when the link that DATA_DIR is leads elsewhere', async () => {
    for (const name of ['one', 'two']) mkdirSync(join(parent, name));
    symlinkSync(join(parent, 'one'), directory);
    const { server } = await begin();
    unlinkSync(directory);
    symlinkSync(join(parent, 'two'), directory);
    await expectStop(server.program, /lottery(\/\S+)?: /);
  });

  it('goes on when a new link, or a relative path, leads to the same directory', async () => {
    mkdirSync(join(parent, 'one'));
    symlinkSync(join(parent, 'one'), directory);
    const { server, peer } = await begin();
    const settings = { SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '5', LOGGING_LEVEL: 'INFO' };
    const cwd = temporaryDirectory();
    const relative = loteria(['server'], { ...settings, DATA_DIR: './data/new' }, cwd);
    await relative.waitFor('action: listen');
    unlinkSync(directory);
    symlinkSync(join(parent, 'one', '..', 'one'), directory);
    await pause(600);
    const both = wire.join(ROW, ROW);
    peer.send(wire.batch(1, wire.crcOf(both), 1, ROW));
    await peer.waitForFrames(3);
    expect(peer.replies).to.deep.equal(['WELCOME', 'ACK', 'ACK']);
    for (const program of [server.program, relative]) {
      program.signal('SIGTERM');
      expect((await program.exited).code, program.output).to.equal(0);
    }
  });
});
