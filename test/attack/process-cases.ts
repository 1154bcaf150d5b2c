/** Restarts with other settings, and signals at the worst moment. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { loteria, startServer } from '../support/program';
import type { AttackCase } from './attack-case';
import { expectNoStart, expectWinners, play, stop, verify } from './scene';

/** Three of five agencies have finished; the central is started with other settings. */
function restartWith(env: Readonly<Record<string, string>>): () => Promise<string> {
  return async () => {
    const server = await startServer({ AGENCIES: '5' });
    const players = await Promise.all([1, 2, 3].map((number) => play(server, number)));
    await stop(server);
    const error = await expectNoStart(server.dataDirectory, /code: CONFIG_INVALID/, {
      AGENCIES: '5',
      ...env,
    });
    for (const name of ['winners.csv', 'acta.json', 'winners']) {
      expect(existsSync(join(server.dataDirectory, name)), name).to.equal(false);
    }
    const again = await startServer({ AGENCIES: '5' }, server.dataDirectory);
    const others = await Promise.all([4, 5].map((number) => play(again, number)));
    await expectWinners(others);
    for (const { agency } of players) expect(agency.problems).to.deep.equal([]);
    await stop(again);
    return error;
  };
}

async function stopRightAfterTheDraw(): Promise<string> {
  const server = await startServer({ AGENCIES: '1' });
  server.program.onLine((line) => {
    if (line.includes('action: sorteo | result: success')) server.program.signal('SIGTERM');
  });
  await play(server, 1);
  expect((await server.program.exited).code, server.program.output).to.equal(0);
  expect(existsSync(join(server.dataDirectory, 'acta.json')), 'acta.json').to.equal(true);
  const audit = await verify(server.dataDirectory);
  expect(audit.code, audit.output).to.equal(0);
  return 'acta.json is there, verify agrees';
}

async function stoppedHolder(): Promise<string> {
  const server = await startServer({ AGENCIES: '1' });
  server.program.signal('SIGSTOP');
  const start = await expectNoStart(server.dataDirectory, /code: STORE_LOCKED/);
  const audit = loteria(['verify', server.dataDirectory]);
  expect((await audit.exited).code, audit.output).to.equal(1);
  expect(audit.output).to.include('STORE_LOCKED');
  server.program.signal('SIGCONT');
  await expectWinners([await play(server, 1)]);
  return start;
}

const REFUSED = 'the start is refused and names both; the lottery goes on with the right settings';

export const PROCESS_CASES: readonly AttackCase[] = [
  {
    name: 'restart with AGENCIES=3',
    does: 'three of five agencies have finished; starts the central with AGENCIES=3',
    holds: REFUSED,
    attack: restartWith({ AGENCIES: '3' }),
  },
  {
    name: 'restart as 2020',
    does: 'starts the central of a lottery with EDITION=2020',
    holds: REFUSED,
    attack: restartWith({ EDITION: '2020' }),
  },
  {
    name: 'restart with another number',
    does: 'starts the central with WINNING_NUMBER=1',
    holds: REFUSED,
    attack: restartWith({ WINNING_NUMBER: '1' }),
  },
  {
    name: 'SIGTERM at the draw',
    does: 'sends SIGTERM as soon as the draw is in the log',
    holds: 'the central ends with 0, and with an acta that verify agrees with',
    attack: stopRightAfterTheDraw,
  },
  {
    name: 'holder stopped',
    does: 'stops the central (SIGSTOP), and starts another one and verify on its directory',
    holds: 'both are refused with STORE_LOCKED; the first one goes on after SIGCONT',
    attack: stoppedHolder,
  },
];
