/** A start that is refused leaves every byte of its directory as it was: it is the evidence. */
import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finishAgencies } from '../support/finished-agencies';
import { cleanUp, loteria, startServer } from '../support/program';
import { contentsOf } from '../support/store-directory';

type Env = Readonly<Record<string, string>>;

const SETTINGS = { SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '5', LOGGING_LEVEL: 'INFO' };
const COMMITMENT = { commitment: 'ab'.repeat(32), salt: null };

/** A directory in which some agencies have finished, of a central that was killed. */
async function begun(finished: readonly number[], env: Env): Promise<string> {
  const { program, port, dataDirectory } = await startServer(env);
  await finishAgencies(port, finished);
  if (finished.length === Number(env['AGENCIES'])) {
    await program.waitFor('action: acta | result: success');
  }
  program.signal('SIGKILL');
  await program.exited;
  return dataDirectory;
}

/** The acta of a lottery of its own. */
async function foreignActa(): Promise<Buffer> {
  const directory = await begun([1], { AGENCIES: '1', WINNING_NUMBER: '1' });
  return readFileSync(join(directory, 'acta.json'));
}

async function expectUntouched(directory: string, env: Env, ...said: string[]): Promise<void> {
  const before = contentsOf(directory);
  for (let start = 0; start < 2; start++) {
    const program = loteria(['server'], { ...SETTINGS, DATA_DIR: directory, ...env });
    expect((await program.exited).code, program.output).to.equal(1);
    const [error = ''] = program.matching('ERROR ');
    for (const text of said) expect(error).to.include(text);
    const after = contentsOf(directory);
    expect([...after.keys()].sort()).to.deep.equal([...before.keys()].sort());
    for (const [path, bytes] of before) {
      expect(after.get(path)?.equals(bytes), `${path}, start ${String(start)}`).to.equal(true);
    }
  }
}

describe('a refused start', () => {
  afterEach(cleanUp);

  it('changes nothing beside an acta without a draw', async () => {
    const env = { AGENCIES: '2' };
    const directory = await begun([1], env);
    writeFileSync(join(directory, 'acta.json'), await foreignActa());
    await expectUntouched(directory, env, 'STORE_DAMAGED', 'knows of no draw');
  });

  it('changes nothing beside the acta of another lottery', async () => {
    const env = { AGENCIES: '1' };
    const directory = await begun([1], env);
    writeFileSync(join(directory, 'acta.json'), await foreignActa());
    await expectUntouched(directory, env, 'STORE_DAMAGED', 'draw_id');
  });

  it('changes nothing beside the commitment to another number', async () => {
    const env = { AGENCIES: '2', WINNING_NUMBER: 'random' };
    const directory = await begun([1], env);
    writeFileSync(join(directory, 'commitment.json'), JSON.stringify(COMMITMENT));
    await expectUntouched(directory, env, 'STORE_DAMAGED', 'commitment.json', 'abab');
  });

  for (const other of [{ AGENCIES: '3' }, { AGENCIES: '2', WINNING_NUMBER: '1' }]) {
    it(`changes nothing with other terms: ${JSON.stringify(other)}`, async () => {
      const directory = await begun([1], { AGENCIES: '2' });
      await expectUntouched(directory, other, 'CONFIG_INVALID', 'was begun with');
    });
  }
});
