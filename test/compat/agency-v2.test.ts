/** The second agency, written from the document alone, against the built central in many situations. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanUp, startServer } from '../support/program';
import { runAgency } from './agency-v2';
import { Connection } from './v2-connection';
import { Stop, type Story } from './v2-plan';
import {
  betRows,
  contestants,
  contestPlan,
  finishAll,
  freePort,
  plan,
  stop,
  stored,
  welcomed,
  winners,
} from './v2-scene';
import { say } from './v2-wire';

describe('an agency written from the document alone', () => {
  afterEach(cleanUp);

  for (const window of [1, 8, 64]) {
    for (const eager of [false, true]) {
      it(`loads with a window of ${String(window)}${eager ? ', and asks ahead' : ''}`, async () => {
        const server = await startServer({ AGENCIES: '1' });
        const story = await runAgency(plan(server, 1, { window, eager }));
        expect(story.winners).to.deep.equal(winners(1, 3_000));
        expect(story.losses).to.deep.equal([]);
        expect(stored(server, 1)).to.deep.equal(betRows(1, 3_000));
      });
    }
  }

  it('sends one bet at a time, in pieces of three bytes', async () => {
    const server = await startServer({ AGENCIES: '1' });
    const rows = betRows(1, 60);
    const handicap = (): { pieceBytes: number } => ({ pieceBytes: 3 });
    const story = await runAgency(plan(server, 1, { rows, betsPerBatch: 1, handicap }));
    expect(story.winners).to.deep.equal(winners(1, 60));
    expect(stored(server, 1)).to.deep.equal(rows);
  });

  it('goes on where it was when the central is killed and begun again, three times', async () => {
    const port = String(await freePort());
    let server = await startServer({ AGENCIES: '1', SERVER_PORT: port });
    const kills = [400, 1_100, 2_000];
    let restart = Promise.resolve();
    const story = runAgency(
      plan(server, 1, {
        watch: (message) => {
          if (message.is !== 'ACK' || message.upTo < (kills[0] ?? Infinity)) return;
          kills.shift();
          const { program, dataDirectory } = server;
          program.signal('SIGKILL');
          restart = program.exited.then(async () => {
            server = await startServer({ AGENCIES: '1', SERVER_PORT: port }, dataDirectory);
          });
        },
      }),
    );
    const { winners: documents, welcomes } = await story;
    await restart;
    expect(documents).to.deep.equal(winners(1, 3_000));
    expect(welcomes.length).to.be.at.least(4);
    expect(stored(server, 1)).to.deep.equal(betRows(1, 3_000));
  });

  it('goes on where it was when the central is stopped while the question is held', async () => {
    const port = String(await freePort());
    const settings = { AGENCIES: '2', SERVER_PORT: port };
    const server = await startServer(settings);
    const story = runAgency(plan(server, 1));
    await server.program.waitFor('action: agency_finished | result: success');
    server.program.signal('SIGTERM');
    expect((await server.program.exited).code).to.equal(0);
    const again = await startServer(settings, server.dataDirectory);
    await finishAll(again, [2]);
    const { losses, winners: documents } = await story;
    expect(losses[0]).to.equal('GOODBYE');
    expect(documents).to.deep.equal(winners(1, 3_000));
  });

  for (const eager of [false, true]) {
    it(`sends a batch again that was damaged on its way${eager ? ', FINISHED behind it' : ''}`, async () => {
      const server = await startServer({ AGENCIES: '1' });
      let frames = 0;
      const alter = (frame: Buffer): Buffer => {
        if (frame[2] !== 3 || ++frames !== 28) return frame;
        const copy = Buffer.from(frame);
        copy[100] = (copy[100] ?? 0) ^ 1;
        return copy;
      };
      const story = await runAgency(plan(server, 1, { eager, handicap: () => ({ alter }) }));
      expect(story.winners).to.deep.equal(winners(1, 3_000));
      expect(stored(server, 1)).to.deep.equal(betRows(1, 3_000));
    });
  }

  it('stops when a batch is damaged each time', async () => {
    const server = await startServer({ AGENCIES: '1' });
    const alter = (frame: Buffer): Buffer => {
      if (frame[2] !== 3 || frame.readBigUInt64BE(4) !== 500n) return frame;
      const copy = Buffer.from(frame);
      copy[100] = (copy[100] ?? 0) ^ 1;
      return copy;
    };
    const end = await stop(plan(server, 1, { handicap: () => ({ alter }) }));
    expect(end).to.be.instanceOf(Stop).that.includes({ code: 122 });
    expect(stored(server, 1)).to.deep.equal(betRows(1, 500));
  });

  it('waits when it receives BUSY, and is accepted when a place is free', async () => {
    const server = await startServer({ AGENCIES: '3', MAX_CONNECTIONS: '2' });
    const one = await welcomed(server.port, 1);
    const two = await welcomed(server.port, 2);
    const refused = await Connection.open(server.port);
    refused.send(say.introduce(3));
    expect((await refused.rest()).map(({ is }) => is)).to.deep.equal(['BUSY']);
    const late = await Connection.open(server.port);
    setTimeout(() => {
      late.send(say.introduce(3), say.finished(0));
    }, 300);
    expect((await late.rest()).map(({ is }) => is)).to.deep.equal(['BUSY']);
    const silent = await Connection.open(server.port);
    expect((await silent.rest()).map(({ is }) => is)).to.deep.equal(['BUSY']);
    const story = runAgency(plan(server, 3));
    setTimeout(() => {
      for (const connection of [one, two]) connection.send(say.finished(0), say.goodbye());
    }, 1_500);
    const { losses, winners: documents } = await story;
    expect(losses.length).to.be.at.least(1);
    expect(new Set(losses)).to.deep.equal(new Set(['BUSY']));
    expect(documents).to.deep.equal(winners(3, 3_000));
  });

  it('a held question gives its place to an agency that loads', async () => {
    const server = await startServer({ AGENCIES: '3', MAX_CONNECTIONS: '2' });
    const first = runAgency(plan(server, 1));
    await server.program.waitFor('action: agency_finished | result: success');
    const second = runAgency(plan(server, 2));
    await server.program.waitFor('action: agency_finished | result: success', 2);
    const third = runAgency(plan(server, 3));
    const stories = await Promise.all([first, second, third]);
    stories.forEach((story, i) => {
      expect(story.winners).to.deep.equal(winners(i + 1, 3_000));
    });
    expect(stories.flatMap(({ losses }) => losses)).to.include('BUSY');
  });

  it('of two that speak for one agency, one stops and the other goes on', async () => {
    const server = await startServer({ AGENCIES: '2' });
    const ends = [1, 2].map(() => stop(plan(server, 1)));
    const loser = await Promise.race(ends);
    expect(loser).to.be.instanceOf(Stop).that.includes({ code: 9 });
    await finishAll(server, [2]);
    const settled = (await Promise.all(ends)) as Story[];
    const winner = settled.find((end) => !(end instanceof Stop));
    expect(winner?.winners).to.deep.equal(winners(1, 3_000));
    expect(stored(server, 1)).to.deep.equal(betRows(1, 3_000));
  });

  it('names that the document allows', async () => {
    const server = await startServer({ AGENCIES: '1' });
    const odd = [
      ' x ',
      '\ufeffbom',
      'a;b|c',
      "'",
      '\u0085\u2028',
      '🙂'.repeat(128),
      "''",
      '\u00a0',
      '"',
    ];
    const rows = odd.map((name) => {
      const written = /[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
      return `1,${written},${written},0000000000,0001-01-01,0\r\n`;
    });
    await runAgency(plan(server, 1, { rows }));
    expect(stored(server, 1)).to.deep.equal(rows);
  });

  it('tokens: the right one, a wrong one, none', async () => {
    const server = await startServer({ AGENCIES: '1' });
    const story = await runAgency(plan(server, 1, { token: 'x'.repeat(256), rows: [] }));
    expect(story.winners).to.deep.equal([]);
    expect(await stop(plan(server, 1, { token: 'x'.repeat(257), rows: [] }))).to.include({
      code: 5,
    });
  });
});

describe('a 2020 agency written from the document alone', () => {
  afterEach(cleanUp);

  it('goes on where it was when the central is killed, and counts every winner once', async () => {
    const port = String(await freePort());
    const settings = { EDITION: '2020', AGENCIES: '1', SERVER_PORT: port };
    let server = await startServer(settings);
    const rows = contestants(1, 2_000);
    const kills = [300, 1_200];
    let restart = Promise.resolve();
    const story = await runAgency({
      ...contestPlan(Number(port), rows),
      watch: (message) => {
        if (message.is !== 'RESULTS' || message.upTo < (kills[0] ?? Infinity)) return;
        kills.shift();
        const { program, dataDirectory } = server;
        program.signal('SIGKILL');
        restart = program.exited.then(async () => {
          server = await startServer(settings, dataDirectory);
        });
      },
    });
    await restart;
    expect(story.welcomes.length).to.be.at.least(3);
    expect(story.won).to.equal(story.total);
    expect(story.winners.length).to.be.at.most(story.won);
    const list = readFileSync(join(server.dataDirectory, 'winners'), 'utf8').trim().split('\n');
    expect(list).to.have.length(story.won);
    expect(stored(server, 1)).to.deep.equal(rows);
  });
});
