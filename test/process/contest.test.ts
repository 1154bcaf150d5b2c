import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  cleanUp,
  loteria,
  startClient,
  startServer,
  temporaryDirectory,
  type Program,
} from '../support/program';

const EDITION = { EDITION: '2020' };
const AGENCIES = [1, 2, 3, 4, 5];
const SURNAMES = ['Paz', 'Ñandú', 'de la Rúa', 'Pérez, hijo', 'O"Higgins'];

interface Person {
  readonly first: string;
  readonly last: string;
  readonly document: string;
  readonly born: string;
}

/** The rule, once more from its specification. */
function wins({ first, last, document, born }: Person): boolean {
  const digest = createHash('sha256').update(`${first}|${last}|${document}|${born}`).digest();
  return digest.readBigUInt64BE(0) % 17n === 0n;
}

function lineOf({ first, last, document, born }: Person): string {
  const date = born.split('-').reverse().join('/');
  return `Full name: ${first} ${last} | Document: ${document} | Date of Birth: ${date}`;
}

function peopleOf(agency: number, count: number): Person[] {
  return Array.from({ length: count }, (_, i) => ({
    first: `Ana ${'abcdefgh'.charAt(i % 8)}`,
    last: SURNAMES[i % SURNAMES.length] ?? '',
    document: String(agency * 1_000_000 + i),
    born: `19${String(10 + (i % 90))}-0${String(1 + (i % 9))}-2${String(i % 9)}`,
  }));
}

const quoted = (name: string): string =>
  /[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;

/** @param columns 5: with a number, which is to be ignored */
function fileOf(people: readonly Person[], columns = 4): string {
  const path = join(temporaryDirectory(), 'agency.csv');
  const number = columns === 5 ? ',7574' : '';
  const rows = people.map(
    ({ first, last, document, born }) => `${first},${quoted(last)},${document},${born}${number}\n`,
  );
  writeFileSync(path, rows.join(''));
  return path;
}

function winnerLines(directory: string): string[] {
  const text = readFileSync(join(directory, 'winners'), 'utf8');
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

const shareOf = (people: readonly Person[]): string => {
  const won = people.filter(wins).length;
  const percent = people.length === 0 ? 0 : (100 * won) / people.length;
  return (
    'action: porcentaje_ganadores | result: success | ' +
    `participantes: ${String(people.length)} | ganadores: ${String(won)} | ` +
    `porcentaje: ${percent.toFixed(2)}`
  );
};

async function expectSuccess(programs: readonly Program[]): Promise<void> {
  for (const program of programs) {
    expect(await program.exited, program.output).to.deep.equal({ code: 0, signal: null });
  }
}

const byText = (lines: readonly string[]): string[] => [...lines].sort();

describe('the 2020 edition', () => {
  afterEach(cleanUp);

  it('five agencies: shares, total and file of winners are those of the rule', async () => {
    const { program, port, dataDirectory } = await startServer({ ...EDITION, AGENCIES: '5' });
    const people = AGENCIES.map((agency) => peopleOf(agency, 700 * agency - 700));
    const clients = AGENCIES.map((agency, i) =>
      startClient(port, agency, {
        ...EDITION,
        CLI_DATA: fileOf(people[i] ?? [], agency % 2 === 0 ? 4 : 5),
        CLI_WINNERS_RETRY: '50ms',
        CLI_LOG_LEVEL: 'DEBUG',
      }),
    );
    await expectSuccess(clients);
    const all = people.flat().filter(wins);
    clients.forEach((client, i) => {
      const own = people[i] ?? [];
      expect(client.matching(shareOf(own))).to.have.length(1);
      expect(
        client.matching(`consulta_total | result: success | total: ${String(all.length)}`),
      ).to.have.length(1);
      const documents = client
        .matching('action: ganador | result: success')
        .map((line) => /dni: (\d+)/.exec(line)?.[1]);
      expect(documents).to.deep.equal(own.filter(wins).map(({ document }) => document));
    });
    expect(byText(winnerLines(dataDirectory))).to.deep.equal(byText(all.map(lineOf)));
    expect(program.matching('action: sorteo')).to.deep.equal([]);
    const batches = program.matching('contestantes_recibidos | result: success | cantidad: ');
    const sum = (key: string): number =>
      batches.reduce((so, line) => so + Number(new RegExp(`${key}: (\\d+)`).exec(line)?.[1]), 0);
    expect([sum('cantidad'), sum('ganadores')]).to.deep.equal([people.flat().length, all.length]);
    program.signal('SIGTERM');
    await program.exited;
    const verified = loteria(['verify', dataDirectory]);
    expect((await verified.exited).code, verified.output).to.equal(0);
    expect(verified.output).to.include('contestants and winners agree');
    writeFileSync(join(dataDirectory, 'winners'), 'Full name: nobody\n');
    const forged = loteria(['verify', dataDirectory]);
    expect((await forged.exited).code).to.equal(1);
    expect(forged.output).to.include('STORE_DAMAGED');
  });

  it('the total is partial while agencies are missing, and asked for again', async () => {
    const { port } = await startServer({ ...EDITION, AGENCIES: '2' });
    const [one, two] = [peopleOf(1, 200), peopleOf(2, 300)];
    const env = { ...EDITION, CLI_WINNERS_RETRY: '50ms' };
    const first = startClient(port, 1, { ...env, CLI_DATA: fileOf(one) });
    const partial = `total: ${String(one.filter(wins).length)} | agencias_pendientes: 1`;
    await first.waitFor(`action: consulta_total | result: in_progress | ${partial}`, 2);
    expect(first.matching(shareOf(one))).to.have.length(1);
    const second = startClient(port, 2, { ...env, CLI_DATA: fileOf(two) });
    await expectSuccess([first, second]);
    const total = [...one, ...two].filter(wins).length;
    for (const client of [first, second]) {
      expect(client.matching('action: consulta_total').at(-1)).to.match(
        new RegExp(`result: success \\| total: ${String(total)}$`),
      );
    }
  });

  it('a central that is killed again and again has each winner once', async function () {
    this.timeout(60_000);
    const directory = temporaryDirectory();
    const people = [1, 2].map((agency) => peopleOf(agency, 6_000));
    let server = await startServer({ ...EDITION, AGENCIES: '2' }, directory);
    const port = String(server.port);
    const clients = people.map((own, i) =>
      startClient(server.port, i + 1, {
        ...EDITION,
        CLI_DATA: fileOf(own),
        CLI_BATCH_MAXAMOUNT: '5',
        CLI_BATCH_WINDOW: '2',
        CLI_WINNERS_RETRY: '50ms',
      }),
    );
    for (const batches of [20, 60, 5]) {
      await server.program.waitFor('contestantes_recibidos | result: success', batches);
      server.program.signal('SIGKILL');
      await server.program.exited;
      server = await startServer({ ...EDITION, AGENCIES: '2', SERVER_PORT: port }, directory);
    }
    await expectSuccess(clients);
    // It was in the middle each time, the last one included.
    expect(server.program.matching('contestantes_recibidos')).to.have.length.above(0);
    const all = people.flat().filter(wins);
    expect(byText(winnerLines(directory))).to.deep.equal(byText(all.map(lineOf)));
    clients.forEach((client, i) => {
      expect(client.matching(shareOf(people[i] ?? []))).to.have.length(1);
      expect(client.output).to.include(
        `consulta_total | result: success | total: ${String(all.length)}`,
      );
    });
    expect(readFileSync(join(directory, 'bets.csv'), 'utf8').split('\r\n')).to.have.length(12_001);
  });

  it('what somebody did to the file of winners is undone when the central starts', async () => {
    const directory = temporaryDirectory();
    const own = peopleOf(1, 400);
    const before = await startServer({ ...EDITION, AGENCIES: '1' }, directory);
    await expectSuccess([startClient(before.port, 1, { ...EDITION, CLI_DATA: fileOf(own) })]);
    before.program.signal('SIGKILL');
    await before.program.exited;
    const expected = own.filter(wins).map(lineOf);
    expect(winnerLines(directory)).to.deep.equal(expected);
    const torn = readFileSync(join(directory, 'winners'), 'utf8').slice(0, -9);
    writeFileSync(join(directory, 'winners'), torn);
    const after = await startServer({ ...EDITION, AGENCIES: '1' }, directory);
    expect(winnerLines(directory)).to.deep.equal(expected);
    expect(
      after.program.matching(
        `recover_winners | result: success | ganadores: ${String(expected.length)}`,
      ),
    ).to.have.length(1);
    const again = startClient(after.port, 1, { ...EDITION, CLI_DATA: fileOf(own) });
    await expectSuccess([again]);
    expect(again.matching(shareOf(own))).to.have.length(1);
    expect(winnerLines(directory)).to.deep.equal(expected);
  });

  for (const [document, answer] of [
    ['30000005', 'si'],
    ['30000031', 'no'],
  ] as const) {
    it(`one contestant from the environment: winner, ${answer}`, async () => {
      const { program, port, dataDirectory } = await startServer(EDITION);
      const person = { NOMBRE: 'Nora', APELLIDO: 'Ibáñez', NACIMIENTO: '1988-04-23' };
      const client = startClient(port, 2, { CLI_EDITION: '2020', ...person, DOCUMENTO: document });
      await expectSuccess([client]);
      const details = `result: success | dni: ${document} | ganador: ${answer}`;
      expect(client.matching(`action: consulta_ganador | ${details}`)).to.have.length(1);
      expect(program.matching(`action: contestante_recibido | ${details}`)).to.have.length(1);
      const line = `Full name: Nora Ibáñez | Document: ${document} | Date of Birth: 23/04/1988`;
      expect(winnerLines(dataDirectory)).to.deep.equal(answer === 'si' ? [line] : []);
      expect(readFileSync(join(dataDirectory, 'bets.csv'), 'utf8')).to.equal(
        `2,Nora,Ibáñez,${document},1988-04-23\r\n`,
      );
    });
  }

  it('central and agency of different editions refuse each other', async () => {
    const file = fileOf(peopleOf(1, 3), 5);
    for (const [server, client] of [
      ['2020', 'lottery'],
      ['lottery', '2020'],
    ] as const) {
      const { port, dataDirectory } = await startServer({ EDITION: server });
      const agency = startClient(port, 1, { EDITION: client, CLI_DATA: file });
      expect((await agency.exited).code).to.equal(1);
      expect(agency.output).to.include('CENTRAL_REFUSED').and.include('WRONG_EDITION');
      expect(readFileSync(join(dataDirectory, 'bets.csv'), 'utf8')).to.equal('');
    }
  });

  it('a directory of one edition is refused by a central of the other', async () => {
    const directory = temporaryDirectory();
    for (const [first, other] of [
      ['2020', 'lottery'],
      ['lottery', '2020'],
    ] as const) {
      const own = join(directory, first);
      const { program } = await startServer({ EDITION: first }, own);
      program.signal('SIGTERM');
      await program.exited;
      const error = await startServer({ EDITION: other }, own).then(() => '', String);
      expect(error)
        .to.include('CONFIG_INVALID')
        .and.include(`begun with EDITION=${first}, but EDITION is ${other}`);
      await startServer({ EDITION: first }, own);
    }
  });

  it('a row of three columns is refused with its line', async () => {
    const { port } = await startServer(EDITION);
    const path = join(temporaryDirectory(), 'bad.csv');
    writeFileSync(path, 'Ana,Paz,1,1990-01-01\nAna,Paz,2\n');
    const client = startClient(port, 1, { ...EDITION, CLI_DATA: path });
    expect((await client.exited).code).to.equal(1);
    expect(client.output).to.include(`${path}: line 2: the row has 3 columns, not 4 or 5`);
  });
});
