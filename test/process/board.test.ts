import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ask, boardPortOf, metricsOf, statusOf, Viewer } from '../support/board-client';
import { datasetForSuite } from '../support/dataset';
import { cleanUp, LOTERIA, startClient, startServer, temporaryDirectory } from '../support/program';
import { RawPeer } from '../support/raw-peer';
import * as wire from '../support/wire-builder';

const AGENCIES = [1, 2, 3, 4, 5];
const TOKEN = 'correct-horse-battery-staple';

/** A log line without its time and without what differs between runs. */
function plain(line: string): string {
  return line.replace(/^\S+ \S+ /, '').replace(/(port|server_address|digest): \S+/g, '$1: *');
}

describe('the live board', () => {
  const data = datasetForSuite();

  afterEach(cleanUp);

  it('shows a whole lottery as it is stored', async () => {
    const { program, port, dataDirectory } = await startServer({
      BOARD_PORT: '0',
      BOARD_TOKEN: TOKEN,
    });
    const board = await boardPortOf(program);
    const viewer = await Viewer.open(board);
    await viewer.waitUntil(() => viewer.state !== null);
    expect([...viewer.agencies.values()].map(({ connection }) => connection)).to.deep.equal(
      AGENCIES.map(() => 'absent'),
    );
    const clients = AGENCIES.map((id) => startClient(port, id, { CLI_DATA: data().file(id) }));
    for (const client of clients) expect((await client.exited).code, client.output).to.equal(0);
    await program.waitFor('action: acta | result: success');
    await viewer.waitUntil(() => viewer.state?.draw?.betsDigest?.length === 64);
    await viewer.waitUntil(() =>
      [...viewer.agencies.values()].every(({ connection }) => connection === 'gone'),
    );

    const stored = readFileSync(join(dataDirectory, 'bets.csv'), 'utf8').split('\r\n');
    const acta = JSON.parse(readFileSync(join(dataDirectory, 'acta.json'), 'utf8')) as {
      digest: string;
      draw_id: string;
    };
    for (const id of AGENCIES) {
      const rows = stored.filter((row) => row.startsWith(`${String(id)},`));
      expect(viewer.agencies.get(id)).to.include({
        ...{ agency: id, stored: rows.length, inFlight: 0, unanswered: 0, rejected: 0 },
        ...{ finished: true, address: '127.0.0.1', reconnects: 0, connections: 0 },
        ...{ lastError: '', winners: data().winners[id - 1]?.length },
      });
    }
    const bets = stored.length - 1;
    expect(viewer.state).to.deep.include({ phase: 'drawn', expected: 5, finished: 5, bets });
    expect(viewer.state?.draw).to.include({
      id: acta.draw_id,
      winningNumber: 7574,
      betsDigest: acta.digest,
      verifyCommand: `${LOTERIA} verify ${dataDirectory} --digest ${acta.digest}`,
    });

    const { samples, agencies, state, hasToken } = await statusOf(board);
    expect(samples.reduce((sum, sample) => sum + sample.bets, 0)).to.equal(bets);
    expect(agencies).to.deep.equal([...viewer.agencies.values()]);
    expect({ ...state, upMs: 0 }).to.deep.equal({ ...viewer.state, upMs: 0 });
    expect(state.upMs).to.be.within(1, Date.now() - state.startedMs + 1_000);
    expect(hasToken).to.equal(true);
    const metrics = await metricsOf(board);
    expect(metrics.get('loteria_bets_stored_total')).to.equal(bets);
    expect(metrics.get('loteria_bets')).to.equal(bets);
    expect(metrics.get('loteria_agencies_finished')).to.equal(5);
    expect(metrics.get('loteria_handshakes_total')).to.equal(5);
    expect(metrics.get('loteria_draw_phase{phase="drawn"}')).to.equal(1);
    expect(metrics.get('loteria_received_bytes_total')).to.be.above(bets * 20);
    expect(metrics.get('loteria_fdatasync_duration_seconds_count')).to.be.above(5);

    const served = await ask(board, '/acta.json');
    expect(served.text).to.equal(readFileSync(join(dataDirectory, 'acta.json'), 'utf8'));
    expect(await ask(board, `/acta.json?draw=${acta.draw_id}`)).to.deep.include({
      ...{ status: 200, text: served.text },
    });
    for (const draw of ['another-draw', '']) {
      const other = await ask(board, `/acta.json?draw=${draw}`);
      expect([other.status, JSON.parse(other.text)]).to.deep.equal([
        409,
        { code: 'OTHER_DRAW', message: `the draw of this central is ${acta.draw_id}` },
      ]);
    }
    for (const id of AGENCIES) {
      const headers = { authorization: `Bearer ${TOKEN}` };
      const { text } = await ask(board, `/winners/${String(id)}`, { headers });
      const documents = data().winners[id - 1] ?? [];
      const total = documents.length;
      const drawId = acta.draw_id;
      expect(JSON.parse(text)).to.deep.equal({ drawId, agency: id, total, first: 0, documents });
    }
    program.signal('SIGTERM');
    expect((await program.exited).code).to.equal(0);
    await viewer.waitUntil(() => viewer.isOver);
  });

  it('shows who is connected, who waits, who was refused, and who came again', async () => {
    const { program, port } = await startServer({ BOARD_PORT: '0', AGENCIES: '3' });
    const viewer = await Viewer.open(await boardPortOf(program));
    const row = wire.row({ ...wire.NORA, agency: 1 });
    const first = await RawPeer.introduced(port, 1);
    first.send(wire.bet(0, wire.crcOf(row), row), wire.finished(1), wire.askWinners(0, 1));
    await first.waitForFrames(4);
    const second = await RawPeer.introduced(port, 2);
    second.send(wire.bet(5, wire.crcOf(row), row));
    await second.waitForFrames(2);
    await viewer.waitUntil(() => viewer.agencies.get(1)?.connection === 'waiting');
    await viewer.waitUntil(() => viewer.agencies.get(2)?.lastError !== '');
    expect(viewer.agencies.get(1)).to.include({ stored: 1, finished: true });
    expect(viewer.agencies.get(2)).to.include({
      lastError: 'WRONG_OFFSET',
      connection: 'connected',
    });
    expect(viewer.agencies.get(3)).to.include({ connection: 'absent' });
    expect(viewer.state).to.include({ waiting: 1, finished: 1 });
    const again = await RawPeer.introduced(port, 2);
    await viewer.waitUntil(() => viewer.agencies.get(2)?.lastError === 'REPLACED');
    await viewer.waitUntil(() => viewer.agencies.get(2)?.reconnects === 1);
    again.socket.destroy();
    await viewer.waitUntil(() => viewer.agencies.get(2)?.connection === 'gone');
    const [, ...deltas] = viewer.events;
    expect(deltas.every(({ name }) => name === 'delta')).to.equal(true);
    // Agency 3 was in the first event, and has not changed.
    const numbers = deltas.flatMap(({ data: { agencies } }) =>
      agencies.map(({ agency }) => agency),
    );
    expect(numbers).not.to.include(3);
  });

  it('counts the connections of an agency that opens one for each message, and not as reconnects', async () => {
    const { program, port } = await startServer({ BOARD_PORT: '0', AGENCIES: '1', DETECT: '1' });
    const file = join(temporaryDirectory(), 'agency.csv');
    const rows = readFileSync(data().file(1), 'utf8').split('\r\n').slice(0, 30);
    writeFileSync(file, `${rows.join('\r\n')}\r\n`);
    const env = { CLI_DATA: file, CLI_BATCH_MAXAMOUNT: '10' };
    const client = startClient(port, 1, env, ['--dialect', 'opcode']);
    expect((await client.exited).code, client.output).to.equal(0);
    const { agencies } = await statusOf(await boardPortOf(program));
    expect(agencies[0]).to.include({ stored: 30, finished: true, reconnects: 0 });
    // Three batches, the end, and the question for winners.
    expect(agencies[0]?.connections).to.be.at.least(5);
  });

  it('blames no agency for what others do in its name', async () => {
    const { program, port } = await startServer({ BOARD_PORT: '0', AGENCIES: '1' });
    const board = await boardPortOf(program);
    const unknown = await RawPeer.connect(port);
    unknown.send(wire.preface(), wire.introduce(7));
    await unknown.waitForFrames(1);
    const metrics = await metricsOf(board);
    expect(metrics.get('loteria_session_errors_total{code="UNKNOWN_AGENCY"}')).to.equal(1);
    const { agencies } = await statusOf(board);
    expect(agencies).to.have.length(1);
    expect(agencies[0]).to.include({ lastError: '', connection: 'absent' });
  });

  it('goes on where an earlier central stopped', async () => {
    const directory = temporaryDirectory();
    const env = { BOARD_PORT: '0', AGENCIES: '1' };
    const { program, port } = await startServer(env, directory);
    const row = wire.row({ ...wire.NORA, agency: 1 });
    const peer = await RawPeer.introduced(port, 1);
    peer.send(wire.bet(0, wire.crcOf(row), row));
    await peer.waitForFrames(2);
    program.signal('SIGKILL');
    await program.exited;
    const { program: next } = await startServer(env, directory);
    const { state, agencies } = await statusOf(await boardPortOf(next));
    expect(state).to.include({ bets: 1, phase: 'loading', finished: 0 });
    expect(agencies[0]).to.include({ stored: 1, connection: 'absent' });
  });

  it('says that there is no acta when what is there is not what was stored', async () => {
    const { program, port, dataDirectory } = await startServer({ BOARD_PORT: '0', AGENCIES: '1' });
    const board = await boardPortOf(program);
    const viewer = await Viewer.open(board);
    const row = wire.row({ ...wire.NORA, agency: 1 });
    expect(await ask(board, '/acta.json?draw=any')).to.include({ status: 404 });
    const peer = await RawPeer.introduced(port, 1);
    writeFileSync(join(dataDirectory, 'acta.json'), '{}');
    peer.send(wire.bet(0, wire.crcOf(row), row), wire.finished(1));
    await program.waitFor('action: acta | result: fail | code: STORE_DAMAGED');
    await viewer.waitUntil(() => viewer.state?.draw?.actaError === 'STORE_DAMAGED');
    expect(viewer.state?.draw?.betsDigest).to.equal(null);
    expect(await ask(board, '/acta.json')).to.include({ status: 404 });
    const { samples, state } = await statusOf(board);
    expect(state.store).to.equal('directory');
    expect(samples.reduce((sum, { syncs }) => sum + syncs, 0)).to.be.above(0);
  });

  it('is ready while agencies are served, and healthy as long as it answers', async () => {
    const { program } = await startServer({ BOARD_PORT: '0' });
    const board = await boardPortOf(program);
    expect(await ask(board, '/healthz')).to.include({ status: 200, text: 'ok\n' });
    expect(await ask(board, '/readyz')).to.include({ status: 200, text: 'ready\n' });
  });

  it('changes no line that agencies and central log', async () => {
    // Few bets: how often an agency logs its progress is a matter of time.
    const file = join(temporaryDirectory(), 'agency.csv');
    const rows = readFileSync(data().file(1), 'utf8').split('\r\n').slice(0, 40);
    writeFileSync(file, `${rows.join('\r\n')}\r\n`);
    const runs = [{}, { BOARD_PORT: '0' }].map(async (env) => {
      const { program, port } = await startServer({ AGENCIES: '1', PARSE_WORKERS: '0', ...env });
      const client = startClient(port, 1, { CLI_DATA: file });
      expect((await client.exited).code).to.equal(0);
      await program.waitFor('action: acta | result: success');
      program.signal('SIGTERM');
      await program.exited;
      const lines = program.lines
        .filter((line) => !/action: (close_)?board /.test(line))
        .map(plain);
      // When the system says that the agency has closed its connection, is a matter of time.
      const isClose = (line: string): boolean => line.includes('action: close_connection');
      const others = lines.filter((line) => !isClose(line));
      return { client: client.lines.map(plain), central: [...others, ...lines.filter(isClose)] };
    });
    const [without, withBoard] = await Promise.all(runs);
    const strip = (lines: readonly string[] = []): string[] =>
      lines.map((line) => line.replace(/directory: \S+/, 'directory: *'));
    expect(withBoard?.client).to.deep.equal(without?.client);
    expect(strip(withBoard?.central)).to.deep.equal(strip(without?.central));
  });

  it('is not there, nor its libraries, unless BOARD_PORT says so', async () => {
    const hook = join(temporaryDirectory(), 'hook.cjs');
    writeFileSync(
      hook,
      `const { Module } = require('node:module');
       const load = Module._load;
       Module._load = function (name, ...rest) {
         if (/^(hono|@hono|prom-client)/.test(name)) console.error('loads ' + name);
         return load.call(this, name, ...rest);
       };`,
    );
    const env = { NODE_OPTIONS: `--require ${hook}` };
    const off = await startServer(env);
    const on = await startServer({ ...env, BOARD_PORT: '0' });
    await boardPortOf(on.program);
    expect(on.program.matching('loads hono')).not.to.have.length(0);
    expect(on.program.matching('loads prom-client')).not.to.have.length(0);
    off.program.signal('SIGTERM');
    await off.program.exited;
    expect(off.program.matching('loads ')).to.deep.equal([]);
    expect(off.program.matching('board')).to.deep.equal([]);
  });

  it('does not keep a central from serving agencies when its port is taken', async () => {
    const first = await startServer({ BOARD_PORT: '0' });
    const taken = String(await boardPortOf(first.program));
    const { program, port } = await startServer({ BOARD_PORT: taken, AGENCIES: '1' });
    expect(await program.waitFor('action: board | result: fail')).to.include('EADDRINUSE');
    const peer = await RawPeer.introduced(port, 1);
    expect(peer.replies).to.deep.equal(['WELCOME']);
  });

  it('takes its token from a file', async () => {
    const file = join(temporaryDirectory(), 'token');
    writeFileSync(file, `${TOKEN}\n`);
    const { program } = await startServer({ BOARD_PORT: '0', BOARD_TOKEN_FILE: file });
    const board = await boardPortOf(program);
    rmSync(file);
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await ask(board, '/winners/1', { headers })).status).to.equal(404);
    expect((await ask(board, '/winners/1')).status).to.equal(401);
    expect(program.output).not.to.include(TOKEN);
  });
});
