/** Which answers come, and in what order, as a reader of the document alone expects them. */
import { expect } from 'chai';
import { cleanUp, startServer } from '../support/program';
import { runAgency } from './agency-v2';
import { Connection } from './v2-connection';
import { betRows, contestants, contestPlan, finishAll, plan, welcomed, winners } from './v2-scene';
import { crc32, say } from './v2-wire';

describe('the answers of the lottery, by the document alone', () => {
  afterEach(cleanUp);

  it('leaves behind FINISHED, and comes back for its winners', async () => {
    const server = await startServer({ AGENCIES: '2' });
    const connection = await welcomed(server.port, 1);
    connection.send(say.finished(0));
    connection.half();
    expect(await connection.rest()).to.deep.equal([{ is: 'ACK', upTo: 0 }]);
    await finishAll(server, [2]);
    const story = await runAgency(plan(server, 1, { rows: [] }));
    expect(story).to.deep.include({ winners: [], welcomes: [0] });
  });

  it('half closes with its question held: one NOT_YET, and the stream ends', async () => {
    const server = await startServer({ AGENCIES: '2' });
    const connection = await welcomed(server.port, 1);
    connection.send(say.finished(0), say.askWinners(0, true), say.ping(9));
    connection.half();
    const pong = { is: 'PONG', echo: '0000000000000009' };
    const held = { is: 'NOT_YET', pending: 1, retryMs: 0 };
    expect(await connection.rest()).to.deep.equal([{ is: 'ACK', upTo: 0 }, held, pong]);
    expect(connection.ended).to.equal(true);
  });

  it('half closes when its question has been held for a while', async () => {
    const server = await startServer({ AGENCIES: '2' });
    const connection = await welcomed(server.port, 1);
    connection.send(say.finished(0), say.askWinners(0, true));
    await connection.next();
    await connection.next();
    connection.half();
    expect(await connection.rest()).to.deep.equal([]);
    await finishAll(server, [2]);
    expect((await runAgency(plan(server, 1, { rows: [] }))).winners).to.deep.equal([]);
  });

  it('half closes behind everything once there was a draw, and has all its answers', async () => {
    const server = await startServer({ AGENCIES: '1' });
    await runAgency(plan(server, 1));
    const connection = await Connection.open(server.port);
    const asks = [0, 100, 428, 429, 500].map((from) => say.askWinners(from, true));
    connection.send(say.introduce(1), ...asks, say.ping(1));
    connection.half();
    const [welcome, ...pages] = await connection.rest();
    expect(welcome).to.include({ is: 'WELCOME', accepted: 3_000, state: 'drawn' });
    expect(pages.pop()).to.include({ is: 'PONG' });
    const all = winners(1, 3_000);
    expect(pages).to.deep.equal(
      [0, 100, 428, 429, 500].map((from) => ({
        ...{ is: 'WINNERS', total: 429, index: Math.min(from, 429), documents: all.slice(from) },
      })),
    );
  });

  it('GOODBYE as first frame, before and behind INTRODUCE', async () => {
    const server = await startServer({ AGENCIES: '1' });
    const silent = await Connection.open(server.port);
    silent.send(say.goodbye(), say.introduce(1));
    expect(await silent.rest()).to.deep.equal([]);
    const polite = await Connection.open(server.port);
    polite.send(say.introduce(1), say.goodbye(), say.finished(0));
    const rest = await polite.rest();
    expect(rest.map(({ is }) => is)).to.deep.equal(['WELCOME']);
    expect(polite.ended).to.equal(true);
  });

  it('says everything in one breath', async () => {
    const server = await startServer({ AGENCIES: '1' });
    const connection = await Connection.open(server.port);
    const rows = betRows(1, 8);
    const batch = say.batch(0, crc32(Buffer.from(rows.join(''))), rows);
    connection.send(say.introduce(1), batch, say.finished(8), say.askWinners(0, false));
    for (const is of ['WELCOME', 'ACK', 'ACK']) expect(await connection.next()).to.include({ is });
    expect((await connection.next()).is).to.be.oneOf(['WINNERS', 'NOT_YET']);
    connection.close();
  });

  it('a known batch behind a later ACK: the ACK does not go back', async () => {
    const server = await startServer({ AGENCIES: '2' });
    const rows = betRows(1, 20);
    const part = (from: number, to: number): Buffer =>
      say.batch(from, crc32(Buffer.from(rows.slice(0, to).join(''))), rows.slice(from, to));
    const connection = await welcomed(server.port, 1);
    connection.send(part(0, 20), part(0, 5));
    connection.half();
    expect(await connection.rest()).to.deep.equal([20, 20].map((upTo) => ({ is: 'ACK', upTo })));
    const other = await welcomed(server.port, 1);
    other.send(part(0, 5), part(3, 12), part(18, 20));
    other.half();
    expect(await other.rest()).to.deep.equal([5, 12, 20].map((upTo) => ({ is: 'ACK', upTo })));
  });

  it('a window that is exceeded: the answers before, ERROR, the end', async () => {
    const server = await startServer({ AGENCIES: '1' });
    const connection = await welcomed(server.port, 1);
    const rows = betRows(1, 64);
    const frames = rows.map((text, i) =>
      say.bet(i, crc32(Buffer.from(rows.slice(0, i + 1).join(''))), text),
    );
    connection.send(...frames);
    const rest = await connection.rest();
    expect(rest.at(-1)).to.include({ is: 'ERROR', code: 13 });
    const acks = rest.slice(0, -1);
    expect(acks).to.deep.equal(acks.map((_, i) => ({ is: 'ACK', upTo: i + 1 })));
    expect(acks.length).to.be.at.least(8);
  });

  it('a query behind a held one is ERROR, also when it is not to be held', async () => {
    const server = await startServer({ AGENCIES: '2' });
    for (const wait of [true, false]) {
      const connection = await welcomed(server.port, 1);
      connection.send(say.finished(0), say.askWinners(0, true), say.askWinners(0, wait));
      const rest = await connection.rest();
      expect(rest.map(({ is }) => is)).to.deep.equal(['ACK', 'NOT_YET', 'ERROR']);
      expect(rest.at(-1)).to.include({ code: 6 });
    }
    const connection = await welcomed(server.port, 1);
    connection.send(say.finished(0), say.askWinners(0, false), say.askWinners(0, true));
    expect(await connection.next()).to.include({ is: 'ACK' });
    const now = await connection.next();
    expect(now).to.include({ is: 'NOT_YET', pending: 1 }).and.have.property('retryMs').above(0);
    expect(await connection.next()).to.include({ is: 'NOT_YET', retryMs: 0 });
    connection.close();
  });

  it('is replaced while its batches are under way, and has the answers to what was taken', async () => {
    const server = await startServer({ AGENCIES: '2' });
    const old = await welcomed(server.port, 1);
    const rows = betRows(1, 800);
    let crc = 0;
    for (let at = 0; at < 800; at += 100) {
      const part = rows.slice(at, at + 100);
      crc = crc32(Buffer.from(part.join('')), crc);
      old.send(say.batch(at, crc, part));
    }
    const other = await Connection.open(server.port);
    other.send(say.introduce(1));
    const welcome = await other.next();
    const rest = await old.rest();
    expect(rest.at(-1)).to.include({ is: 'ERROR', code: 9 });
    const acks = rest.slice(0, -1);
    expect(acks).to.deep.equal(acks.map((_, i) => ({ is: 'ACK', upTo: (i + 1) * 100 })));
    expect(welcome).to.include({ is: 'WELCOME', accepted: acks.length * 100 });
    other.close();
  });

  it('reads slowly, and loses nothing', async () => {
    const server = await startServer({ AGENCIES: '1', UNREAD_TIMEOUT: '2s' });
    const rows = betRows(1, 10_000).map((text) => text.replace(/,\d+\r\n$/, ',7574\r\n'));
    await runAgency(plan(server, 1, { rows }));
    const connection = await welcomed(server.port, 1, { bytesPerSecond: 30_000 });
    const pages = Math.ceil(10_000 / 500);
    for (let page = 0; page < pages; page++) connection.send(say.askWinners(page * 500, true));
    connection.half();
    const documents = (await connection.rest()).map((m) => (m.is === 'WINNERS' ? m.index : -1));
    expect(documents).to.deep.equal(Array.from({ length: pages }, (_, page) => page * 500));
  });
});

describe('the answers of the 2020 edition, by the document alone', () => {
  afterEach(cleanUp);

  it('is answered for a known batch with its winners, and the counts of all that is stored', async () => {
    const server = await startServer({ EDITION: '2020', AGENCIES: '1' });
    const rows = contestants(1, 2_000);
    const { won, total, winners: received } = await runAgency(contestPlan(server.port, rows));
    expect([won, total]).to.deep.equal([received.length, received.length]);
    const connection = await Connection.open(server.port);
    connection.send(say.introduceEdition(2020, 1));
    const known = (from: number, to: number): Buffer =>
      say.batch(from, crc32(Buffer.from(rows.slice(0, to).join(''))), rows.slice(from, to));
    connection.send(known(0, 100), known(1_900, 2_000));
    connection.half();
    const [welcome, empty, early, late] = await connection.rest();
    expect(welcome).to.include({ is: 'WELCOME', accepted: 2_000, state: 'finished' });
    const among = (from: number, to: number): string[] =>
      received.filter((text) => rows.slice(from, to).includes(text));
    const results = { is: 'RESULTS', upTo: 2_000, won, last: true };
    expect(empty).to.deep.equal({ ...results, rows: [] });
    expect(early).to.deep.equal({ ...results, rows: among(0, 100) });
    expect(late).to.deep.equal({ ...results, rows: among(1_900, 2_000) });
  });

  it('a known batch with other rows, or too far back', async () => {
    const server = await startServer({ EDITION: '2020', AGENCIES: '1' });
    const rows = contestants(1, 5_000);
    await runAgency(contestPlan(server.port, rows));
    const other = contestants(1, 5_001).slice(1);
    const connection = await Connection.open(server.port);
    const upTo = (list: string[], to: number): number =>
      crc32(Buffer.from(list.slice(0, to).join('')));
    connection.send(say.introduceEdition(2020, 1));
    connection.send(say.batch(4_900, upTo(rows, 4_910), other.slice(4_900, 4_910)));
    connection.send(
      say.batch(
        4_900,
        crc32(Buffer.from(other.slice(4_900, 4_910).join('')), upTo(rows, 4_900)),
        other.slice(4_900, 4_910),
      ),
    );
    connection.send(say.batch(0, upTo(rows, 10), rows.slice(0, 10)));
    connection.half();
    const rejects = (await connection.rest()).slice(2);
    expect(rejects).to.deep.equal([
      { is: 'REJECT', offset: 4_900, expected: 5_000, bet: 65_535, reason: 122 },
      { is: 'REJECT', offset: 4_900, expected: 5_000, bet: 65_535, reason: 124 },
      { is: 'REJECT', offset: 0, expected: 5_000, bet: 65_535, reason: 121 },
    ]);
  });
});
