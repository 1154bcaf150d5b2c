/** The agency as a program, at the centrals of the earlier systems as they were. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { expect } from 'chai';
import { DIALECTS, type Dialect } from '../../src/protocol/conversion';
import { cleanUp, startClient, temporaryDirectory, type Program } from '../support/program';
import { legacyCentral, type Central, type CentralOptions } from '../support/legacy-centrals';

const BET = {
  NOMBRE: 'José Ñandú',
  APELLIDO: 'Gutiérrez Peña',
  DOCUMENTO: '20000002',
  NACIMIENTO: '1955-12-31',
  NUMERO: '1234',
};

const centrals: Central[] = [];

async function startCentral(
  name: Dialect,
  options: Partial<CentralOptions> = {},
): Promise<{ central: Central; port: number }> {
  const central = legacyCentral(name, { agencies: 1, ...options });
  centrals.push(central);
  return { central, port: await central.listen() };
}

/** Rows of a file; the bets at `wins` are on the winning number. */
function rowsOf(agency: number, count: number, wins: readonly number[] = []): string[] {
  return Array.from({ length: count }, (_, i) =>
    [
      i % 3 === 0 ? 'José Ñandú 100%' : 'María de los Ángeles',
      i % 5 === 0 ? '"Peña" & Ürün' : 'Gutiérrez',
      String(agency * 1_000_000 + i),
      i % 2 === 0 ? '1955-12-31' : '2001-02-28',
      wins.includes(i) ? '7574' : String(i % 7000),
    ].join(','),
  );
}

function csvFile(rows: readonly string[]): string {
  const path = join(temporaryDirectory(), 'agency.csv');
  const quoted = rows.map((row) =>
    row
      .split(',')
      .map((field) => `"${field.replaceAll('"', '""')}"`)
      .join(','),
  );
  writeFileSync(path, quoted.map((row) => `${row}\r\n`).join(''));
  return path;
}

function startAgency(
  name: Dialect,
  port: number,
  id: number,
  rows: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const more = { CLI_DATA: csvFile(rows), CLI_WINNERS_RETRY: '50ms', CLI_LOG_LEVEL: 'DEBUG' };
  return startClient(port, id, { ...more, ...env }, ['--dialect', name]);
}

async function expectWinners(program: Program, documents: readonly string[]): Promise<void> {
  expect(await program.exited, program.output).to.deep.equal({ code: 0, signal: null });
  expect(program.lines.at(-1)).to.match(
    new RegExp(
      `INFO {5}action: consulta_ganadores \\| result: success \\| cant_ganadores: ${String(documents.length)}$`,
    ),
  );
  const [line = ''] = program.matching('action: winners | result: success');
  expect(line.split('documents: ')[1]).to.equal(documents.join(' '));
}

async function expectFailed(program: Program, ...words: readonly string[]): Promise<void> {
  expect((await program.exited).code, program.output).to.equal(1);
  const [line = ''] = program.matching('action: consulta_ganadores | result: fail');
  for (const word of words) expect(line).to.include(word);
}

async function closeAll(): Promise<void> {
  for (const central of centrals.splice(0)) await central.close();
  await cleanUp();
}

for (const name of DIALECTS) {
  describe(`an agency at an original central: ${name}`, () => {
    afterEach(closeAll);

    it('three agencies: everything is stored, each receives its own winners', async () => {
      const { central, port } = await startCentral(name, { agencies: 3 });
      const files = [rowsOf(1, 391, [0, 140, 390]), rowsOf(2, 61, [60]), rowsOf(3, 1)];
      const winners = [['1000000', '1000140', '1000390'], ['2000060'], []];
      const clients = files.map((rows, i) => startAgency(name, port, i + 1, rows));
      for (const [i, client] of clients.entries()) await expectWinners(client, winners[i] ?? []);
      for (const [i, rows] of files.entries()) {
        const id = String(i + 1);
        const stored = central.bets.filter((bet) => bet.startsWith(`${id},`));
        expect(stored).to.deep.equal(rows.map((row) => `${id},${row}`));
      }
    });

    it('replies that come one byte at a time are understood', async () => {
      const { central, port } = await startCentral(name, { slowly: true });
      const rows = rowsOf(1, 31, [0, 30]);
      const client = startAgency(name, port, 1, rows, { CLI_BATCH_MAXAMOUNT: '10' });
      await expectWinners(client, ['1000000', '1000030']);
      expect(central.bets).to.have.length(31);
    });

    if (name !== 'tlv') {
      it('an agency without bets takes part', async () => {
        const { central, port } = await startCentral(name, { agencies: 2 });
        const empty = startAgency(name, port, 12, []);
        const other = startAgency(name, port, 1, rowsOf(1, 3, [1]));
        await expectWinners(empty, []);
        await expectWinners(other, ['1000001']);
        expect(central.bets).to.have.length(3);
      });
    }

    it('exercise 5: one bet from the environment', async () => {
      const { central, port } = await startCentral(name);
      const client = startClient(port, 3, { ...BET, CLI_DIALECT: name });
      expect(await client.exited, client.output).to.deep.equal({ code: 0, signal: null });
      expect(client.lines.at(-1)).to.match(
        /action: apuesta_enviada \| result: success \| dni: 20000002 \| numero: 1234$/,
      );
      expect(central.bets).to.deep.equal(['3,José Ñandú,Gutiérrez Peña,20000002,1955-12-31,1234']);
    });

    it('a central that is not there yet is waited for', async () => {
      const { central, port } = await startCentral(name);
      await central.close();
      centrals.length = 0;
      const client = startAgency(name, port, 1, rowsOf(1, 5, [4]));
      await client.waitFor('ECONNREFUSED');
      const late = legacyCentral(name, { agencies: 1 });
      centrals.push(late);
      await late.listen(port);
      await expectWinners(client, ['1000004']);
      expect(late.bets).to.have.length(5);
    });

    it('a connection that is lost during a batch ends it: nothing is sent twice', async () => {
      const troubles = new Map([[1, 'close' as const]]);
      const { central, port } = await startCentral(name, { troubles });
      const env = { CLI_BATCH_MAXAMOUNT: '10' };
      const client = startAgency(name, port, 1, rowsOf(1, 35), env);
      const doubt = '10 bets are acknowledged, the next 10 are in doubt';
      await expectFailed(client, 'CONNECTION_LOST', 'closed the connection', doubt);
      expect(central.bets).to.have.length(10);
      expect(central.batches).to.equal(2);
    });

    it('so does a batch that is never answered', async () => {
      const { central, port } = await startCentral(name, { troubles: new Map([[0, 'silence']]) });
      const env = { CLI_BATCH_MAXAMOUNT: '10', CLI_ANSWER_TIMEOUT: '300ms' };
      const client = startAgency(name, port, 1, rowsOf(1, 35), env);
      const words = ['did not answer within 0.3 s', '0 bets are acknowledged'];
      await expectFailed(client, 'CONNECTION_LOST', ...words);
      expect(central.batches).to.equal(1);
    });

    it('so does a batch that is refused', async () => {
      const { central, port } = await startCentral(name, { troubles: new Map([[2, 'refuse']]) });
      const env = { CLI_BATCH_MAXAMOUNT: '10' };
      const client = startAgency(name, port, 1, rowsOf(1, 35), env);
      const words = ['rejected bets 20 to 29', '20 bets are acknowledged'];
      await expectFailed(client, 'BATCH_REJECTED', ...words);
      expect(central.batches).to.equal(3);
    });

    it('winners may come long after the time for answers', async () => {
      const { port } = await startCentral(name, { agencies: 2 });
      const env = { CLI_ANSWER_TIMEOUT: '200ms' };
      const first = startAgency(name, port, 1, rowsOf(1, 5, [0]), env);
      await first.waitFor('stored: 5');
      await new Promise((resolve) => setTimeout(resolve, 600));
      // Who asks again and again says so; who waits for one answer says nothing before it.
      const said = first
        .matching('consulta_ganadores')
        .map((line) => / result: \w+/.exec(line)?.[0]);
      expect([...new Set(said)]).to.deep.equal(name === 'opcode' ? [' result: in_progress'] : []);
      const second = startAgency(name, port, 2, rowsOf(2, 5));
      await expectWinners(second, []);
      await expectWinners(first, ['1000000']);
    });

    it('a signal ends the wait for winners', async () => {
      const { port } = await startCentral(name, { agencies: 2 });
      const client = startAgency(name, port, 1, rowsOf(1, 5));
      await client.waitFor('stored: 5');
      client.signal('SIGTERM');
      expect(await client.exited, client.output).to.deep.equal({ code: 0, signal: null });
      expect(client.matching('action: stop | result: success')).to.have.length(1);
      expect(client.matching('action: close_file | result: success')).to.have.length(1);
    });

    it('what answers but is no such central is refused', async () => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.end('\xff\xffHTTP/1.1 400 Bad Request\r\n\r\n', 'latin1');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const { port } = server.address() as AddressInfo;
        const client = startAgency(name, port, 1, rowsOf(1, 5));
        const code = name === 'semicolon' ? 'BATCH_REJECTED' : 'CENTRAL_REFUSED';
        await expectFailed(client, code, '0 bets are acknowledged');
      } finally {
        server.close();
      }
    });
  });
}

describe('an agency at an original central: what a dialect cannot say', () => {
  afterEach(closeAll);

  const rows: readonly (readonly [Dialect, string, string])[] = [
    ['pipe', 'No|ra,Paz,1,1988-04-23,1', 'column 1 (first_name): "No|ra"'.replace('|', ' ')],
    ['tlv', 'Nora,Paz,4294967296,1988-04-23,1', 'column 3 (document): "4294967296"'],
    ['opcode', 'Nora,P#z,1,1988-04-23,1', 'column 2 (last_name): "P#z"'],
    ['semicolon', 'Nora,Paz;,1,1988-04-23,1', 'column 2 (last_name): "Paz;"'],
  ];
  for (const [name, bad, where] of rows) {
    it(`${name}: such a row is an error`, async () => {
      const { central, port } = await startCentral(name);
      const client = startAgency(name, port, 1, [...rowsOf(1, 2), bad, ...rowsOf(1, 1)]);
      const why = `cannot be expressed in dialect ${name}`;
      expect((await client.exited).code, client.output).to.equal(1);
      const [line = ''] = client.matching('DATA_INVALID');
      expect(line.replaceAll('|', ' ')).to.include(where).and.include('line 3').and.include(why);
      expect(central.bets).to.deep.equal([]);
    });

    it(`${name}: such a row is left out with --skip-invalid`, async () => {
      const { central, port } = await startCentral(name);
      const env = { CLI_DATA: csvFile([...rowsOf(1, 2, [1]), bad]), CLI_LOG_LEVEL: 'DEBUG' };
      const args = ['--dialect', name, '--skip-invalid'];
      const client = startClient(port, 1, { ...env, CLI_WINNERS_RETRY: '50ms' }, args);
      await expectWinners(client, ['1000001']);
      expect(client.matching('action: skip_rows | result: success | cantidad: 1')).to.have.length(
        1,
      );
      expect(central.bets).to.have.length(2);
    });
  }

  it('a bet of the environment neither', async () => {
    const client = startClient(1, 1, { ...BET, NOMBRE: 'a;b' }, ['--dialect', 'semicolon']);
    expect((await client.exited).code).to.equal(1);
    expect(client.output).to.include('CONFIG_INVALID').and.include('NOMBRE cannot be expressed');
  });

  it('another dialect is wrong usage', async () => {
    const client = startClient(1, 1, BET, ['--dialect', 'morse']);
    expect((await client.exited).code).to.equal(2);
    expect(client.output).to.include('native, pipe, tlv, opcode, semicolon');
  });
});

describe('an agency at an original central: what only one dialect has', () => {
  afterEach(closeAll);

  it('pipe: what the central wants again is sent again, and stored once', async () => {
    const troubles = new Map([
      [0, 'try again' as const],
      [1, 'try again' as const],
    ]);
    const { central, port } = await startCentral('pipe', { troubles });
    await expectWinners(startAgency('pipe', port, 1, rowsOf(1, 7, [6])), ['1000006']);
    expect(central.bets).to.have.length(7);
    expect(central.batches).to.equal(3);
  });

  it('tlv: a failure of four bytes is understood like one of eight', async () => {
    const { port } = await startCentral('tlv', { troubles: new Map([[0, 'try again']]) });
    const client = startAgency('tlv', port, 1, rowsOf(1, 7));
    await expectFailed(client, 'BATCH_REJECTED', 'error code 2');
  });

  it('tlv: an agency without bets is never answered, and says so', async () => {
    const { port } = await startCentral('tlv');
    const client = startAgency('tlv', port, 1, []);
    await client.waitFor('never answers an agency without bets');
    client.signal('SIGTERM');
    expect((await client.exited).code).to.equal(0);
  });

  it('opcode: a connection for each request, and another when one is lost on the way', async () => {
    // One batch, ready, the question: connection 1 is the one that says ready.
    const { central, port } = await startCentral('opcode', { dropConnection: 1 });
    await expectWinners(startAgency('opcode', port, 1, rowsOf(1, 7, [6])), ['1000006']);
    expect(central.bets).to.have.length(7);
    expect(central.connections).to.equal(4);
  });

  it('opcode: a busy central is asked again', async () => {
    const { port } = await startCentral('opcode', { agencies: 2 });
    const first = startAgency('opcode', port, 1, rowsOf(1, 2, [0]));
    await first.waitFor('action: busy', 3);
    await expectWinners(startAgency('opcode', port, 2, rowsOf(2, 2)), []);
    await expectWinners(first, ['1000000']);
  });

  it('a hundred megabytes of winners are read piece by piece, also when the first list breaks off', async () => {
    const piece = Buffer.from('12345678#'.repeat(10_000));
    const pieces = 1_200;
    const header = Buffer.alloc(5);
    header.writeUInt8(7, 0);
    header.writeUInt32BE(pieces * piece.length, 1);
    let questions = 0;
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (data) => {
        if (data[0] !== 6) {
          socket.write(Buffer.from('0200000000', 'hex'));
          return;
        }
        const count = questions++ === 0 ? 300 : pieces;
        const all = Array.from({ length: count }, () => piece);
        pipeline(Readable.from([header, ...all]), socket, () => undefined);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const client = startAgency('opcode', port, 1, rowsOf(1, 2), { CLI_LOG_LEVEL: 'INFO' });
      let mostMb = 0;
      const timer = setInterval(() => {
        try {
          const status = readFileSync(`/proc/${String(client.pid)}/status`, 'utf8');
          mostMb = Math.max(mostMb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
        } catch {
          // It has ended.
        }
      }, 20);
      expect((await client.exited).code, client.output).to.equal(0);
      clearInterval(timer);
      expect(questions).to.equal(2);
      const winners = `cant_ganadores: ${String(pieces * 10_000)}`;
      expect(client.matching(winners), client.output).to.have.length(1);
      expect(mostMb).to.be.below(200).and.above(0);
    } finally {
      server.close();
    }
  }).timeout(60_000);
});
