import { readdirSync, readlinkSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { LIMITS } from '../../src/base/limits';
import { ask, boardPortOf, metricsOf, sendRaw, statusOf, Viewer } from '../support/board-client';
import { cleanUp, startServer, type Server } from '../support/program';
import { RawPeer } from '../support/raw-peer';
import * as wire from '../support/wire-builder';

const TOKEN = 'correct-horse-battery-staple';
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function codeOf(text: string): string {
  return (JSON.parse(text) as { code: string }).code;
}

describe('the board, to whoever should not see it', () => {
  let server: Server;
  let board: number;

  beforeEach(async () => {
    const env = {
      BOARD_PORT: '0',
      BOARD_TOKEN: TOKEN,
      BOARD_HOSTS: 'board.example',
      AGENCIES: '1',
    };
    server = await startServer(env);
    board = await boardPortOf(server.program);
  });
  afterEach(cleanUp);

  it('answers only requests to names of its own', async () => {
    for (const path of [
      '/',
      '/events',
      '/status',
      '/metrics',
      '/healthz',
      '/acta.json',
      '/winners/1',
    ]) {
      const answer = await ask(board, path, { headers: { host: 'evil.example' } });
      expect(answer.status, path).to.equal(421);
      expect(codeOf(answer.text)).to.equal('WRONG_HOST');
    }
    for (const host of ['board.example', 'BOARD.example:80', 'localhost', '[::1]:1']) {
      expect((await ask(board, '/healthz', { headers: { host } })).status, host).to.equal(200);
    }
  });

  it('does nothing for pages of other sites', async () => {
    for (const path of ['/metrics', '/status', '/events']) {
      for (const site of ['cross-site', 'same-site']) {
        const headers = { 'sec-fetch-site': site, 'sec-fetch-dest': 'empty' };
        const sent = { headers, method: 'HEAD' };
        expect((await ask(board, path, sent)).status, `${site} ${path}`).to.equal(403);
      }
    }
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' };
    expect((await ask(board, '/', { headers })).status).to.equal(200);
    const own = { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' };
    expect((await ask(board, '/status', { headers: own })).status).to.equal(200);
  });

  it('sends a strict policy, no cookie, and no permission for other sites, with every answer', async () => {
    for (const path of ['/', '/status', '/metrics', '/nothing', '/winners/1']) {
      const origin = 'http://evil.example';
      const { headers } = await ask(board, path, { headers: { origin } });
      expect(headers['content-security-policy'], path).to.equal(POLICY);
      expect(headers['x-content-type-options']).to.equal('nosniff');
      expect(headers['x-frame-options']).to.equal('DENY');
      expect(headers['set-cookie']).to.equal(undefined);
      expect(headers['access-control-allow-origin']).to.equal(undefined);
    }
    const viewer = connect(board, '127.0.0.1');
    viewer.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [first] = (await new Promise<Buffer>((resolve) => viewer.once('data', resolve)))
      .toString()
      .split('\r\n\r\n');
    viewer.destroy();
    expect(first?.toLowerCase()).to.include(`content-security-policy: ${POLICY}`);
  });

  it('only reads', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
      const { status, headers } = await ask(board, '/status', { method });
      expect(status, method).to.equal(405);
      expect(headers.allow).to.equal('GET, HEAD');
    }
    for (const path of ['/status', '/events', '/metrics', '/']) {
      const { status, text } = await ask(board, path, { method: 'HEAD' });
      expect(status, path).to.equal(200);
      expect(text).to.equal('');
    }
  });

  it('keeps documents to whoever has the token', async () => {
    const row = wire.row({ ...wire.NORA, agency: 1, number: 7574 });
    const peer = await RawPeer.introduced(server.port, 1);
    peer.send(wire.bet(0, wire.crcOf(row), row), wire.finished(1), wire.askWinners(0, 1));
    await server.program.waitFor('action: acta | result: success');
    const tries = [{}, { authorization: 'Bearer wrong' }, { authorization: `Basic ${TOKEN}` }];
    for (const headers of tries) {
      const { status, text } = await ask(board, '/winners/1', { headers });
      expect(status).to.equal(401);
      expect(codeOf(text)).to.equal('NOT_AUTHORISED');
    }
    const { document } = wire.NORA;
    for (const path of ['/status', '/metrics', '/acta.json', '/']) {
      expect((await ask(board, path)).text, path).not.to.include(document);
    }
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await ask(board, '/winners/1', { headers })).text).to.include(document);
    expect((await ask(board, '/winners/1?first=9', { headers })).text).not.to.include(document);
    expect((await ask(board, '/winners/1?first=-1', { headers })).status).to.equal(400);
    expect((await ask(board, '/winners/2', { headers })).status).to.equal(404);
  });

  it('serves files of the page only', async () => {
    const paths = [
      '/../package.json',
      '/..%2f..%2fpackage.json',
      '/assets/..%5c..%5cpackage.json',
      '/%00',
      '//etc/passwd',
      '/%',
    ];
    for (const path of paths) {
      const text = await sendRaw(board, `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      expect(text, path).to.match(/^HTTP\/1\.1 4\d\d /);
    }
  });

  it('goes on, and so do the agencies, whatever bytes it is sent', async () => {
    const long = 'a'.repeat(LIMITS.boardHeaderBytesMax);
    const cases: readonly (readonly [string, RegExp])[] = [
      ['\0\0\0\0', /^HTTP\/1\.1 400/],
      ['GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400/],
      [`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${long}\r\n\r\n`, /^HTTP\/1\.1 431/],
      [`GET /${long} HTTP/1.1\r\nHost: localhost\r\n\r\n`, /^HTTP\/1\.1 431/],
      ['CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n', /^$/],
      ['GET / HTTP/1.0\r\n\r\n', /^HTTP\/1\.1 4/],
      ['GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n', /^HTTP\/1\.1 4/],
      [
        'GET /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
        /^HTTP\/1\.1 400/,
      ],
      [
        'POST /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n',
        /^HTTP\/1\.1 405/,
      ],
      [
        'GET /events HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
        /^HTTP\/1\.1 (200|4)/,
      ],
    ];
    const answers = cases.map(async ([bytes, expected]) => {
      const waits = bytes.includes('/events') || bytes.includes('POST');
      const text = waits ? await firstBytes(board, bytes) : await sendRaw(board, bytes);
      expect(text, bytes.slice(0, 60)).to.match(expected);
    });
    await Promise.all(answers);
    const peer = await RawPeer.introduced(server.port, 1);
    expect(peer.replies).to.deep.equal(['WELCOME']);
    expect((await ask(board, '/healthz')).status).to.equal(200);
    expect(server.program.matching('INTERNAL')).to.deep.equal([]);
  });

  it('has a bounded number of viewers, and room for others beside them', async () => {
    const viewers = await Promise.all(
      Array.from({ length: LIMITS.boardViewersMax }, () => Viewer.open(board)),
    );
    const { status, text, headers } = await ask(board, '/events');
    expect([status, codeOf(text)]).to.deep.equal([503, 'TOO_MANY_VIEWERS']);
    expect(headers['retry-after']).to.equal('10');
    const metrics = await metricsOf(board);
    expect(metrics.get('loteria_board_viewers')).to.equal(LIMITS.boardViewersMax);
    viewers[0]?.close();
    await sleep(300);
    expect((await Viewer.open(board)).status).to.equal(200);
    for (const viewer of viewers) viewer.close();
  });

  it('answers one request of a connection after another, and closes one that does not wait', async () => {
    const one = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const text = await sendRaw(board, one.repeat(500));
    expect(text.split('HTTP/1.1 200 OK').length - 1).to.be.at.most(1);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 5; i++) {
      const { status } = await ask(board, '/status', { agent });
      expect(status).to.equal(200);
    }
    agent.destroy();
  });

  it('drops connections that never finish a request', async () => {
    const slow = connect(board, '127.0.0.1');
    slow.on('error', () => undefined);
    slow.write('GET /status HTTP/1.1\r\nHost: localhost\r\n');
    const timer = setInterval(() => slow.write('X-A: b\r\n'), 500);
    const closed = new Promise((resolve) => slow.once('close', resolve));
    slow.resume();
    await closed;
    clearInterval(timer);
    expect((await statusOf(board)).agencies).to.have.length(1);
  });
});

describe('the board of a central with many agencies', () => {
  afterEach(cleanUp);

  it('sends 10,000 agencies once, and then those that have changed', async () => {
    const { program, port } = await startServer({ BOARD_PORT: '0', AGENCIES: '10000' });
    const viewer = await Viewer.open(await boardPortOf(program));
    await viewer.waitUntil(() => viewer.agencies.size === 10_000);
    await RawPeer.introduced(port, 10_000);
    await viewer.waitUntil(() => viewer.agencies.get(10_000)?.connection === 'connected');
    const [, ...deltas] = viewer.events;
    expect(deltas.flatMap(({ data }) => data.agencies)).to.have.length.below(3);
  });

  it('drops a viewer that does not read, and nobody else notices', async () => {
    // As many as there may be: what the system takes for a viewer that does not read is less than that.
    const { program, port } = await startServer({ BOARD_PORT: '0', AGENCIES: '65535' });
    const board = await boardPortOf(program);
    const viewer = await Viewer.open(board);
    const lazy = connect(board, '127.0.0.1');
    lazy.on('error', () => undefined);
    lazy.pause();
    lazy.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const peer = await RawPeer.introduced(port, 65_535);
    const dropped = async (): Promise<number> =>
      (await metricsOf(board)).get('loteria_board_viewers_dropped_total') ?? 0;
    while ((await dropped()) === 0) await sleep(500);
    expect((await metricsOf(board)).get('loteria_board_viewers')).to.equal(1);
    expect(viewer.isOver).to.equal(false);
    expect(peer.replies).to.deep.equal(['WELCOME']);
    expect(peer.end).to.equal('open');
    lazy.destroy();
  }).timeout(60_000);

  it('closes a connection whose answer is not read', async () => {
    const { program } = await startServer({ BOARD_PORT: '0', AGENCIES: '65535' });
    const board = await boardPortOf(program);
    const before = socketsOf(program.pid);
    const lazy = connect(board, '127.0.0.1');
    lazy.on('error', () => undefined);
    lazy.pause();
    lazy.write('GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n');
    while (socketsOf(program.pid) === before) await sleep(10);
    while (socketsOf(program.pid) > before) await sleep(500);
    lazy.destroy();
  }).timeout(60_000);
});

/** Sockets that a process has open. */
function socketsOf(pid: number): number {
  const directory = `/proc/${String(pid)}/fd`;
  const links = readdirSync(directory).map((name) => {
    try {
      return readlinkSync(join(directory, name));
    } catch {
      return 'closed since';
    }
  });
  return links.filter((link) => link.startsWith('socket:')).length;
}

/** What comes back first. */
function firstBytes(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(bytes);
    socket.once('data', (data: Buffer) => {
      socket.destroy();
      resolve(data.toString('latin1'));
    });
    socket.once('close', () => {
      resolve('');
    });
  });
}
