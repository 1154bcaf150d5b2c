/** The board of a central that keeps its bets in a database. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { boardPortOf, statusOf, Viewer } from '../support/board-client';
import { finishAgencies } from '../support/finished-agencies';
import { databaseForSuite } from '../support/lottery-database';
import { cleanUp, LOTERIA, Program, startServer, temporaryDirectory } from '../support/program';

describe('the board of a central on a database', () => {
  const database = databaseForSuite();

  beforeEach(() => database().renew());
  afterEach(cleanUp);

  it('shows a command that verifies the draw as it is copied', async () => {
    const store = `${database().url()}?sslmode=disable&synchronous=off`;
    const passwordFile = join(temporaryDirectory(), "the operator's password");
    writeFileSync(passwordFile, 'correct-horse\n', { mode: 0o600 });
    const { program, port } = await startServer({
      ...{ STORE: store, STORE_PASSWORD_FILE: passwordFile },
      ...{ AGENCIES: '1', BOARD_PORT: '0' },
    });
    const board = await boardPortOf(program);
    await finishAgencies(port, [1], 20);
    await program.waitFor('action: acta | result: success');
    const viewer = await Viewer.open(board);
    await viewer.waitUntil(() => viewer.state?.draw?.betsDigest?.length === 64);
    const { draw } = (await statusOf(board)).state;
    const command = draw?.verifyCommand ?? '';
    const copied = new Program('/bin/sh', ['-c', command], {}, temporaryDirectory());
    expect((await copied.exited).code, `${command}\n${copied.output}`).to.equal(0);
    expect(copied.output).to.include(draw?.betsDigest);
    const quoted = passwordFile.replace("'", String.raw`'\''`);
    expect(command).to.equal(
      `${LOTERIA} verify '${store}' --password-file '${quoted}' --digest ${draw?.betsDigest ?? ''}`,
    );
  });
});
