import { expect } from 'chai';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { opcodePacket } from '../support/dialect-builder';
import { neighboursExchanged } from '../support/exchanged-rows';
import { finishAgencies } from '../support/finished-agencies';
import { LegacyPeer } from '../support/legacy-agencies';
import { cleanUp, loteria, startServer } from '../support/program';
import { contentsOf } from '../support/store-directory';
import { currentSegment, rewritten } from '../support/store-journal';
import { digestOf } from '../simulation/acta-check';

const ENV = { AGENCIES: '2' };
const RANDOM_ENV = { ...ENV, WINNING_NUMBER: 'random' };

/** A directory in which two agencies were drawn, as a killed central leaves it. */
async function drawn(env: Readonly<Record<string, string>> = ENV): Promise<string> {
  const { program, port, dataDirectory } = await startServer(env);
  await finishAgencies(port, [1, 2]);
  await program.waitFor('action: acta | result: success');
  program.signal('SIGKILL');
  await program.exited;
  return dataDirectory;
}

/** Checks that a central refuses a directory, and what it says; nothing there is changed. */
async function expectDamaged(directory: string, ...said: readonly string[]): Promise<void> {
  const before = contentsOf(directory);
  const env = existsSync(join(directory, 'commitment.json')) ? RANDOM_ENV : ENV;
  const error = await startServer(env, directory).then(
    () => 'it started',
    (refusal: unknown) => String(refusal),
  );
  for (const text of ['code: STORE_DAMAGED', 'acta.json', ...said]) expect(error).to.include(text);
  expect(error).not.to.include('action: sorteo');
  expect(contentsOf(directory).get('/data/acta.json')).to.deep.equal(before.get('/data/acta.json'));
}

describe('an acta that the journal does not account for', () => {
  afterEach(cleanUp);

  it('is refused when the journal was cut in front of the draw: there is no second draw', async () => {
    const directory = await drawn();
    const { path, bytes, records } = currentSegment(contentsOf(directory));
    const isDraw = ({ at }: { at: number }): boolean => bytes.readUInt32BE(at + 44) === 3;
    const draw = records.find(isDraw);
    if (draw === undefined) throw new Error('no draw in the journal');
    writeFileSync(path.replace('/data', directory), rewritten(bytes, draw.at));
    await expectDamaged(directory, 'the journal knows of no draw', 'restore');
  });

  it('is refused when it is that of another draw', async () => {
    const [one, other] = [await drawn(), await drawn()];
    renameSync(join(other, 'acta.json'), join(one, 'acta.json'));
    await expectDamaged(one, 'draw_id is', 'but the store says', 'move it away and start again');
    // Which is all there is to do.
    renameSync(join(one, 'acta.json'), join(other, 'acta.json'));
    const { program } = await startServer(ENV, one);
    await program.waitFor('action: acta | result: success');
    expect(readFileSync(join(one, 'acta.json'))).not.to.deep.equal(
      readFileSync(join(other, 'acta.json')),
    );
  });

  it('that was put there while the central ran is refused at the next start, which says what to do', async () => {
    const [{ program, dataDirectory }, other] = [await startServer(ENV), await drawn()];
    copyFileSync(join(other, 'acta.json'), join(dataDirectory, 'acta.json'));
    program.signal('SIGTERM');
    await program.exited;
    await expectDamaged(dataDirectory, 'knows of no draw', 'move it away and start again');
    rmSync(join(dataDirectory, 'acta.json'));
    await startServer(ENV, dataDirectory);
  });

  it('is refused with any fact changed', async () => {
    const directory = await drawn();
    const path = join(directory, 'acta.json');
    const text = readFileSync(path, 'utf8');
    const acta = JSON.parse(text) as Record<string, unknown>;
    for (const [key, value] of Object.entries({
      time: '2020-01-01T00:00:00.000Z',
      winning_number: 1,
      winning_number_origin: 'random',
      bets: 5,
      winners: 0,
      winners_digest: '0'.repeat(64),
      rejected: 1,
      agencies: [],
      agencies_changes: [{ time: '2020-01-01T00:00:00.000Z', from: 1, to: 2 }],
    })) {
      writeFileSync(path, JSON.stringify({ ...acta, [key]: value }));
      await expectDamaged(directory, `${key} is`, 'but the store says');
    }
    const digest = 'ab'.repeat(32);
    for (const [key, changes] of Object.entries({
      csv_bytes: { csv_bytes: 1 },
      block_bytes: { block_bytes: 1 },
      chain: { chain: [] },
      digest: { digest },
    })) {
      writeFileSync(path, JSON.stringify({ ...acta, ...changes }));
      await expectDamaged(directory, `${key} is`, 'but must be');
    }
    writeFileSync(path, '{"draw_id"');
    await expectDamaged(directory, 'not an acta');
    writeFileSync(path, text);
    await startServer(ENV, directory);
  }).timeout(60_000);

  it('is refused when it was forged with its bets, so that both agree', async () => {
    const directory = await drawn();
    // The journal holds the rows for one start, which compares them.
    const between = await startServer(ENV, directory);
    between.program.signal('SIGKILL');
    await between.program.exited;
    const path = join(directory, 'acta.json');
    const csvPath = join(directory, 'bets.csv');
    const [text, csv] = [readFileSync(path, 'utf8'), readFileSync(csvPath)];
    const acta = JSON.parse(text) as Record<string, unknown>;
    const forged = neighboursExchanged(csv);
    expect(digestOf(csv, 4_096)).to.deep.equal(acta['chain']);
    const chain = digestOf(forged, 4_096);
    writeFileSync(csvPath, forged);
    writeFileSync(path, JSON.stringify({ ...acta, digest: chain.at(-1), chain }));
    await expectDamaged(directory, 'was recorded');
    const verified = loteria(['verify', directory]);
    expect((await verified.exited).code).to.equal(1);
    expect(verified.output).to.include('STORE_DAMAGED').and.include('was recorded');
    // Without it, an acta of such bets is not written either.
    rmSync(path);
    const { program } = await startServer(ENV, directory);
    const said = await program.waitFor('action: acta | result: fail');
    expect(said).to.include('STORE_DAMAGED').and.include('bets.csv');
    program.signal('SIGKILL');
    await program.exited;
    writeFileSync(csvPath, csv);
    const restored = await startServer(ENV, directory);
    await restored.program.waitFor('action: acta | result: success');
    expect(readFileSync(path, 'utf8')).to.equal(text);
  }).timeout(60_000);

  it('is refused when the random number does not follow from its digest', async () => {
    const directory = await drawn(RANDOM_ENV);
    const path = join(directory, 'acta.json');
    const acta = JSON.parse(readFileSync(path, 'utf8')) as object;
    const digest = 'ab'.repeat(32);
    writeFileSync(path, JSON.stringify({ ...acta, digest, chain: [digest] }));
    await expectDamaged(directory, 'the number that follows from digest, seed and salt');
  });

  it('is still that of the store when somebody has sent nonsense behind the draw', async () => {
    const { program, port, dataDirectory } = await startServer({ ...ENV, DETECT: '1' });
    await finishAgencies(port, [1, 2]);
    await program.waitFor('action: acta | result: success');
    const late = await LegacyPeer.open(port);
    await late.send(opcodePacket(3, ['1', '@0', '1', 'Nora', 'Ruiz']));
    await program.waitFor('action: apuesta_recibida | result: fail | code: MALFORMED_ROW');
    late.destroy();
    await program.waitFor('action: close_connection');
    program.signal('SIGTERM');
    await program.exited;
    const again = await startServer(ENV, dataDirectory);
    await again.program.waitFor('action: acta | result: success');
  });

  for (const name of ['acta.json', 'commitment.json']) {
    it(`that cannot be read, as a directory ${name} cannot, has a stable code`, async () => {
      const directory = await drawn();
      rmSync(join(directory, name), { force: true });
      mkdirSync(join(directory, name));
      const error = await startServer(ENV, directory).then(
        () => 'it started',
        (refusal: unknown) => String(refusal),
      );
      expect(error).to.include('code: STORE_IO').and.to.include(name);
    });
  }
});
