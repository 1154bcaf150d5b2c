/** Where the central parses: the whole program, with its worker threads. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import * as build from '../support/dialect-builder';
import { cleanUp, startServer, type Server } from '../support/program';
import { RawAgency } from '../support/raw-agency';
import { RawPeer } from '../support/raw-peer';
import {
  contestantRow,
  introduceEdition,
  NORA,
  preface,
  batch,
  row,
} from '../support/wire-builder';

const AGENCIES = 6;
const BETS_OF_EACH = 30_000;
const BATCH_BETS = 120;
const TLV_BETS = 400;
const WINDOW = 8;
/** Far more than it takes. */
const TRIES_MAX = 2_000;
const STARTED = 'action: start_workers | result: success';
const NUMBERED = /inline: (\d+) \| pooled: (\d+) \| workers: (\d+)/;

interface Counts {
  readonly inline: number;
  readonly pooled: number;
  readonly workers: number;
}

/** Stops the central. @returns what its last words on parsing are */
async function countsOf({ program }: Server): Promise<Counts> {
  program.signal('SIGTERM');
  expect((await program.exited).code, program.output).to.equal(0);
  const [line, ...more] = program.matching('action: parse | result: success');
  expect(more).to.deep.equal([]);
  const [, inline, pooled, workers] = NUMBERED.exec(line ?? '') ?? [];
  return { inline: Number(inline), pooled: Number(pooled), workers: Number(workers) };
}

/** Agencies that send 9 MB together, a whole window at once each. @returns how many batches */
async function load(central: Server): Promise<number> {
  const agencies = Array.from({ length: AGENCIES }, (_, i) => {
    const bets = { ...NORA, agency: i + 1, firstName: 'María de los Ángeles' };
    const one = row(bets);
    const rows = Array.from({ length: BETS_OF_EACH }, () => one);
    return new RawAgency(i + 1, { rows, window: WINDOW, batchBets: BATCH_BETS });
  });
  await Promise.all(agencies.map((agency) => agency.run(central.port)));
  expect(agencies.flatMap(({ problems }) => problems)).to.deep.equal([]);
  expect(agencies.map(({ acknowledged }) => acknowledged)).to.deep.equal(
    agencies.map(() => BETS_OF_EACH),
  );
  return (AGENCIES * BETS_OF_EACH) / BATCH_BETS;
}

/** One message of `tlv`: more work than the trip to a worker. */
function tlvMessage(): Buffer {
  const bet = build.betOfLine('Nora,Ruiz,7,1990-01-01,7574');
  return build.tlvBets(
    1,
    Array.from({ length: TLV_BETS }, () => bet),
  );
}

/** An agency that speaks `tlv` and waits for each answer. */
class TlvAgency {
  answered = 0;

  private constructor(readonly peer: RawPeer) {}

  static async connect(port: number): Promise<TlvAgency> {
    return new TlvAgency(await RawPeer.connect(port));
  }

  /** @returns whether the central has answered */
  async send(): Promise<boolean> {
    this.peer.send(tlvMessage());
    const bytes = (this.answered + 1) * build.TLV.stored.length;
    if (!(await this.peer.waitForBytes(bytes))) return false;
    this.answered++;
    expect(this.peer.received.subarray(-2)).to.deep.equal(build.TLV.stored);
    return true;
  }
}

describe('where messages are parsed', function () {
  this.timeout(120_000);
  afterEach(cleanUp);

  it('at default settings: in the pool, once there is enough to do', async function () {
    const workers = Math.min(4, availableParallelism() - 1);
    // A machine of one core has none to spare.
    if (workers === 0) this.skip();
    const central = await startServer({ AGENCIES: String(AGENCIES) });
    const batches = await load(central);
    const counts = await countsOf(central);
    expect(central.program.matching(STARTED)).to.have.length(1);
    expect(counts.workers).to.equal(workers);
    expect(counts.inline + counts.pooled).to.equal(batches);
    expect(counts.pooled).to.be.greaterThan(0);
    expect(readFileSync(join(central.dataDirectory, 'bets.csv')).length).to.equal(
      AGENCIES * BETS_OF_EACH * row({ ...NORA, firstName: 'María de los Ángeles' }).length,
    );
  });

  it('with PARSE_WORKERS=0: all in the main thread', async () => {
    const central = await startServer({ AGENCIES: String(AGENCIES), PARSE_WORKERS: '0' });
    const batches = await load(central);
    expect(await countsOf(central)).to.deep.equal({ inline: batches, pooled: 0, workers: 0 });
    expect(central.program.matching(STARTED)).to.deep.equal([]);
  });

  it('a few bets start no thread', async () => {
    const central = await startServer({ AGENCIES: '1', PARSE_WORKERS: '2' });
    const agency = new RawAgency(1, {
      rows: Array.from({ length: 500 }, () => row({ ...NORA, agency: 1 })),
      window: WINDOW,
      batchBets: 100,
    });
    await agency.run(central.port);
    expect(await countsOf(central)).to.deep.equal({ inline: 5, pooled: 0, workers: 2 });
    expect(central.program.matching(STARTED)).to.deep.equal([]);
  });

  it('messages of a dialect: each of them in the pool once its threads run', async () => {
    const central = await startServer({ DETECT: '1', PARSE_WORKERS: '2' });
    const agency = await TlvAgency.connect(central.port);
    const send = async (): Promise<void> => {
      expect(await agency.send(), central.program.output).to.equal(true);
    };
    const hasStarted = (): boolean => central.program.matching(STARTED).length > 0;
    for (let i = 0; i < TRIES_MAX && !hasStarted(); i++) await send();
    for (let i = 0; i < 5; i++) await send();
    const { inline, pooled } = await countsOf(central);
    expect(inline + pooled).to.equal(agency.answered);
    expect(inline).to.be.greaterThan(10);
    expect(pooled).to.be.at.least(5);
    const csv = readFileSync(join(central.dataDirectory, 'bets.csv'), 'latin1');
    expect(csv).to.equal('1,Nora,Ruiz,7,1990-01-01,7574\r\n'.repeat(agency.answered * TLV_BETS));
  });

  it('contestants of the 2020 edition, with their winners', async () => {
    const central = await startServer({ EDITION: '2020', AGENCIES: '1', PARSE_WORKERS: '1' });
    const { program } = central;
    const peer = await RawPeer.connect(central.port);
    peer.send(preface(), introduceEdition(2020, 1));
    await peer.waitForFrames(2);
    const rows = Array.from({ length: 150 }, (_, i) =>
      contestantRow({ ...NORA, agency: 1, document: String(10_000 + i) }),
    );
    const bytes = Buffer.concat(rows);
    let checksum = 0;
    let sent = 0;
    const answers: string[] = [];
    /** A window of batches, which come in one turn. */
    const send = async (): Promise<void> => {
      const before = peer.frames.length;
      const frames = Array.from({ length: WINDOW }, () => {
        checksum = crc32(bytes, checksum);
        return batch(sent++ * rows.length, checksum, rows.length, bytes);
      });
      peer.send(...frames);
      const received = await peer.waitForFrames(before + WINDOW);
      expect(received, program.output).to.have.length(before + WINDOW);
      // All but how far it goes: the same rows have the same winners, wherever they are found.
      answers.push(...received.slice(before).map((one) => one.toString('latin1', 4 + 16)));
    };
    for (let i = 0; i < TRIES_MAX && program.matching(STARTED).length === 0; i++) await send();
    await send();
    expect(new Set(answers).size, 'the same winners here and there').to.equal(1);
    expect(answers[0]).to.include('Nora');
    const { inline, pooled } = await countsOf(central);
    expect(inline + pooled).to.equal(sent);
    expect(pooled).to.be.at.least(WINDOW);
  });
});

/** Code that Node runs in each thread before anything else, and that makes a worker's task end so. */
function preloadThat(directory: string, task: string): string {
  const path = join(directory, 'preload.cjs');
  writeFileSync(
    path,
    `const { isMainThread } = require('node:worker_threads');
     const Module = require('node:module');
     const load = Module._load;
     if (!isMainThread) Module._load = function (request, ...rest) {
       const loaded = load.call(this, request, ...rest);
       if (!String(request).endsWith('bin/worker.js')) return loaded;
       return { ...loaded, parseSlab() { ${task} } };
     };`,
  );
  return `--require ${path}`;
}

describe('a worker thread that fails', function () {
  this.timeout(120_000);
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'parse-pool-'));
  });

  afterEach(async () => {
    await cleanUp();
    rmSync(directory, { recursive: true });
  });

  for (const [what, task] of [
    ['ends', 'process.exit(3);'],
    ['throws', "throw new Error('out of order');"],
    ['has no memory left', 'const all = []; for (;;) all.push(new Array(1e6).fill(0));'],
  ] as const) {
    it(`and ${what} stops the central, which has acknowledged only what it stored`, async () => {
      const NODE_OPTIONS = `${preloadThat(directory, task)} --max-old-space-size=200`;
      const settings = { DETECT: '1', PARSE_WORKERS: '2', DATA_DIR: join(directory, 'data') };
      const central = await startServer({ ...settings, NODE_OPTIONS });
      const agency = await TlvAgency.connect(central.port);
      for (let i = 0; i < TRIES_MAX && (await agency.send()); i++);
      const { code } = await central.program.exited;
      expect(code, central.program.output).to.equal(70);
      expect(central.program.lines.at(-1)).to.include('action: server | result: fail');
      const again = await startServer(settings);
      const csv = readFileSync(join(directory, 'data', 'bets.csv'), 'latin1');
      expect(csv).to.equal('1,Nora,Ruiz,7,1990-01-01,7574\r\n'.repeat(agency.answered * TLV_BETS));
      expect((await countsOf(again)).pooled).to.equal(0);
    });
  }
});
