import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Authority, type CertificateFiles } from '../support/certificates';
import { rowsByAgency } from '../support/dataset';
import {
  cleanUp,
  loteria,
  Program,
  ROOT,
  startClient,
  startServer,
  temporaryDirectory,
  type Server,
} from '../support/program';

type Env = Readonly<Record<string, string>>;

/** A file of bets of an agency, on number 7574 now and then. */
function betsFile(agency: number, bets = 300): string {
  const path = join(temporaryDirectory(), `agency-${String(agency)}.csv`);
  let text = '';
  for (let i = 0; i < bets; i++) {
    const number = i % 100 === 0 ? 7574 : i;
    text += `Ana,Paz,${String(agency * 100_000 + i)},1990-01-01,${String(number)}\r\n`;
  }
  writeFileSync(path, text);
  return path;
}

/** The settings of one agency with `bets` bets. */
function agencyEnv(agency: number, more: Env = {}, bets = 300): Env {
  return { CLI_DATA: betsFile(agency, bets), CLI_LOG_LEVEL: 'DEBUG', CLI_RETRY_FOR: '1s', ...more };
}

async function expectSuccess(...programs: readonly Program[]): Promise<void> {
  for (const program of programs) {
    expect(await program.exited, program.output).to.deep.equal({ code: 0, signal: null });
  }
}

/** Waits for a program that has to fail, and looks for words in its last line. */
async function expectFailure(program: Program, ...words: readonly string[]): Promise<void> {
  expect((await program.exited).code, program.output).to.equal(1);
  expect(program.matching('result: fail'), program.output).to.have.length(1);
  for (const word of words) expect(program.lines.at(-1)).to.include(word);
}

describe('secrets', () => {
  afterEach(cleanUp);

  async function makeSecrets(agencies: number): Promise<string> {
    const directory = join(temporaryDirectory(), 'secrets');
    const made = loteria(['secret', '--agencies', String(agencies), '--out', directory]);
    expect((await made.exited).code, made.output).to.equal(0);
    expect(made.output).to.include(`SECRETS_FILE=${join(directory, 'secrets')}`);
    return directory;
  }

  function tokenFile(directory: string, agency: number): Env {
    return { CLI_TOKEN_FILE: join(directory, `agency-${String(agency)}.token`) };
  }

  function serve(directory: string, agencies: number): Promise<Server> {
    const SECRETS_FILE = join(directory, 'secrets');
    return startServer({ AGENCIES: String(agencies), SECRETS_FILE, LOGGING_LEVEL: 'DEBUG' });
  }

  it('agencies with the right tokens finish, and no token is in any log', async () => {
    const secrets = await makeSecrets(3);
    const { program, port, dataDirectory } = await serve(secrets, 3);
    const clients = [1, 2, 3].map((id) =>
      startClient(port, id, agencyEnv(id, tokenFile(secrets, id))),
    );
    await expectSuccess(...clients);
    for (const client of clients) expect(client.lines.at(-1)).to.include('cant_ganadores: 3');
    const stored = rowsByAgency(join(dataDirectory, 'bets.csv'));
    for (const id of [1, 2, 3]) expect(stored.get(id)).to.have.length(300);
    for (const id of [1, 2, 3]) {
      const token = readFileSync(String(tokenFile(secrets, id)['CLI_TOKEN_FILE']), 'utf8').trim();
      for (const { output } of [program, ...clients]) expect(output).not.to.include(token);
    }
  });

  it('a wrong token, none, and that of another agency are refused; the holder stays', async () => {
    const secrets = await makeSecrets(2);
    const { program, port, dataDirectory } = await serve(secrets, 2);
    const honest = startClient(port, 2, agencyEnv(2, tokenFile(secrets, 2)));
    await program.waitFor('action: agency_finished');
    const wrong = join(temporaryDirectory(), 'wrong.token');
    writeFileSync(wrong, 'hunter2-hunter2\n');
    const impostors: readonly Env[] = [{ CLI_TOKEN_FILE: wrong }, {}, tokenFile(secrets, 1)];
    for (const env of impostors) {
      const impostor = startClient(port, 2, agencyEnv(2, env, 5));
      await expectFailure(impostor, 'CENTRAL_REFUSED', 'NOT_AUTHORISED', 'agency 2');
      expect(impostor.output).not.to.include('hunter2');
    }
    const refused =
      'WARNING  action: introduce | result: fail | code: NOT_AUTHORISED | agency: 2 | ip: 127.0.0.1';
    expect(program.matching(refused)).to.have.length(3);
    await expectSuccess(startClient(port, 1, agencyEnv(1, tokenFile(secrets, 1))), honest);
    expect(honest.matching('action: connect | result: success')).to.have.length(1);
    expect(program.matching('REPLACED')).to.deep.equal([]);
    expect(program.output).not.to.include('hunter2');
    const again = startClient(port, 2, agencyEnv(2, tokenFile(secrets, 1)));
    await expectFailure(again, 'NOT_AUTHORISED');
    expect(again.matching('ganadores: ')).to.deep.equal([]);
    expect(rowsByAgency(join(dataDirectory, 'bets.csv')).get(2)).to.have.length(300);
  });

  it('an agency that is not expected learns no more than any other', async () => {
    const secrets = await makeSecrets(2);
    const { port } = await serve(secrets, 2);
    const client = startClient(port, 3, agencyEnv(3, tokenFile(secrets, 1)));
    await expectFailure(client, 'NOT_AUTHORISED');
  });

  it('a token for a central that asks for none does no harm', async () => {
    const secrets = await makeSecrets(1);
    const { port } = await startServer({ AGENCIES: '1' });
    await expectSuccess(startClient(port, 1, agencyEnv(1, tokenFile(secrets, 1))));
  });

  it('a central with a bad file of secrets says where, and does not start', async () => {
    const secrets = join(temporaryDirectory(), 'secrets');
    const digest = createHash('sha256').update('x').digest('hex');
    writeFileSync(secrets, `# of the two\n1:${digest}\n2:hunter2\n`);
    const error = await serve(join(secrets, '..'), 2).then(() => '', String);
    expect(error).to.include(`code: CONFIG_INVALID | error: ${secrets}: line 3: expected agency`);
    expect(error).not.to.include('hunter2');
  });

  it('an agency whose token cannot be read says so, and does not connect', async () => {
    const client = startClient(1, 1, agencyEnv(1, { CLI_TOKEN_FILE: '/nowhere/token' }));
    await expectFailure(client, 'action: config', 'CONFIG_UNREADABLE', '/nowhere/token');
    expect(client.matching('action: connect')).to.deep.equal([]);
  });

  it('loteria secret replaces nothing', async () => {
    const secrets = await makeSecrets(1);
    const before = readFileSync(join(secrets, 'secrets'), 'utf8');
    const again = loteria(['secret', '--agencies', '1', '--out', secrets]);
    expect((await again.exited).code).to.equal(1);
    expect(again.output).to.include('DATA_EXISTS').and.include(secrets);
    expect(readFileSync(join(secrets, 'secrets'), 'utf8')).to.equal(before);
  });
});

describe('TLS with certificates', () => {
  let directory: string;
  let authority: Authority;
  let central: CertificateFiles;

  beforeEach(async () => {
    directory = temporaryDirectory();
    authority = await Authority.create(directory);
    central = await authority.issue('CN=central', { names: ['127.0.0.1', 'central'] });
  });
  afterEach(cleanUp);

  function serve(agencies: number, more: Env = {}): Promise<Server> {
    return startServer({
      AGENCIES: String(agencies),
      TLS_CERT: central.cert,
      TLS_KEY: central.key,
      TLS_CLIENT_CA: authority.caFile,
      ...more,
    });
  }

  /** The settings of whoever holds the certificate. */
  function holding({ cert, key }: CertificateFiles): Env {
    return { CLI_TLS_CA: authority.caFile, CLI_TLS_CERT: cert, CLI_TLS_KEY: key };
  }

  it('agencies with the right certificates finish', async () => {
    const { program, port, dataDirectory } = await serve(2);
    const clients: Program[] = [];
    for (const id of [1, 2]) {
      const files = await authority.issue(`CN=agency-${String(id)},O=Agencia`);
      clients.push(startClient(port, id, agencyEnv(id, holding(files), 5_000)));
    }
    await expectSuccess(...clients);
    const stored = rowsByAgency(join(dataDirectory, 'bets.csv'));
    for (const id of [1, 2]) expect(stored.get(id)).to.have.length(5_000);
    expect(program.matching('result: fail')).to.deep.equal([]);
    program.signal('SIGTERM');
    expect((await program.exited).code).to.equal(0);
  });

  it('the certificate of agency 1 is good for agency 1 only', async () => {
    const { program, port, dataDirectory } = await serve(2);
    const second = await authority.issue('CN=agency-2');
    const honest = startClient(port, 2, agencyEnv(2, holding(second)));
    await program.waitFor('action: agency_finished');
    const first = await authority.issue('CN=agency-1');
    const impostor = startClient(port, 2, agencyEnv(2, holding(first), 5));
    await expectFailure(impostor, 'CENTRAL_REFUSED', 'NOT_AUTHORISED', 'agency 2');
    await expectSuccess(startClient(port, 1, agencyEnv(1, holding(first))), honest);
    expect(honest.matching('action: connect | result: success')).to.have.length(1);
    expect(rowsByAgency(join(dataDirectory, 'bets.csv')).get(2)).to.have.length(300);
  });

  it('a certificate that names no agency is good for none', async () => {
    const { port } = await serve(1);
    const files = await authority.issue('CN=auditor');
    const client = startClient(port, 1, agencyEnv(1, holding(files)));
    await expectFailure(client, 'NOT_AUTHORISED');
  });

  it('secrets and certificates together must both be right', async () => {
    const secrets = join(directory, 'secrets');
    const token = join(directory, 'token');
    writeFileSync(token, 'uno\n');
    writeFileSync(secrets, `1:${createHash('sha256').update('uno').digest('hex')}\n`);
    const { port } = await serve(1, { SECRETS_FILE: secrets });
    const files = holding(await authority.issue('CN=agency-1'));
    await expectFailure(startClient(port, 1, agencyEnv(1, files)), 'NOT_AUTHORISED');
    const both = { ...files, CLI_TOKEN_FILE: token };
    const other = { ...both, ...holding(await authority.issue('CN=agency-2')) };
    await expectFailure(startClient(port, 1, agencyEnv(1, other)), 'NOT_AUTHORISED');
    await expectSuccess(startClient(port, 1, agencyEnv(1, both)));
  });

  it('a certificate that has expired, or is signed by others, does not get in', async () => {
    const { program, port } = await serve(1);
    const old = await authority.issue('CN=agency-1', { days: -1 });
    await expectFailure(startClient(port, 1, agencyEnv(1, holding(old))), 'GAVE_UP');
    await program.waitFor('action: tls | result: fail | ip: 127.0.0.1 | reason: CERT_HAS_EXPIRED');
    const forged = await (await Authority.create(temporaryDirectory())).issue('CN=agency-1');
    const client = startClient(port, 1, agencyEnv(1, holding(forged)));
    await expectFailure(client, 'GAVE_UP', 'before the central said anything', 'certificate');
    expect(program.matching('action: introduce')).to.deep.equal([]);
    await expectSuccess(
      startClient(port, 1, agencyEnv(1, holding(await authority.issue('CN=agency-1')))),
    );
  });

  it('a certificate on the list of revocations does not get in', async () => {
    const lost = await authority.issue('CN=agency-1');
    const { program, port } = await serve(1, { TLS_CRL: await authority.revoke([lost]) });
    await expectFailure(startClient(port, 1, agencyEnv(1, holding(lost))), 'GAVE_UP');
    await program.waitFor('action: tls | result: fail | ip: 127.0.0.1 | reason: CERT_REVOKED');
    expect(program.matching('action: introduce')).to.deep.equal([]);
    const files = await authority.issue('CN=agency-1');
    await expectSuccess(startClient(port, 1, agencyEnv(1, holding(files))));
  });

  it('a list of revocations that cannot be used, or without TLS, is refused', async () => {
    const unreadable = await serve(1, { TLS_CRL: '/nowhere/list.pem' }).then(() => '', String);
    expect(unreadable).to.include('CONFIG_UNREADABLE').and.include('/nowhere/list.pem');
    const malformed = await serve(1, { TLS_CRL: authority.caFile }).then(() => '', String);
    expect(malformed).to.include('CONFIG_INVALID').and.include(authority.caFile);
    const alone = await startServer({ TLS_CRL: 'list.pem' }).then(() => '', String);
    expect(alone).to.include('CONFIG_MISSING').and.include('TLS_CERT');
  });

  it('a plain agency reports what may be wrong, and the central goes on', async () => {
    const { program, port } = await serve(1);
    const plain = startClient(port, 1, agencyEnv(1));
    await expectFailure(plain, 'GAVE_UP', 'it may ask for TLS');
    expect(program.matching('action: tls | result: fail | ip: 127.0.0.1')).not.to.deep.equal([]);
    const files = await authority.issue('CN=agency-1');
    await expectSuccess(startClient(port, 1, agencyEnv(1, holding(files))));
  });

  it('an agency that speaks TLS to a plain central reports that the central does not', async () => {
    const { port } = await startServer({ AGENCIES: '1' });
    const files = await authority.issue('CN=agency-1');
    const client = startClient(port, 1, agencyEnv(1, holding(files)));
    await expectFailure(client, 'GAVE_UP', 'the other side does not speak TLS');
  });

  it('an agency does not trust a central of another authority, or of another name', async () => {
    const { program, port } = await serve(1);
    const files = holding(await authority.issue('CN=agency-1'));
    const { caFile } = await Authority.create(temporaryDirectory(), 'another');
    const wary = startClient(port, 1, agencyEnv(1, { ...files, CLI_TLS_CA: caFile }));
    await expectFailure(wary, 'GAVE_UP', 'TLS: ', 'certificate');
    const misled = agencyEnv(1, { ...files, CLI_TLS_SERVER_NAME: 'elsewhere' });
    await expectFailure(startClient(port, 1, misled), 'GAVE_UP', 'TLS: ', 'elsewhere');
    expect(program.matching('action: introduce')).to.deep.equal([]);
    const right = agencyEnv(1, { ...files, CLI_TLS_SERVER_NAME: 'central' });
    await expectSuccess(startClient(port, 1, right));
  });

  it('half of the settings of TLS are refused on both sides', async () => {
    const error = await startServer({ TLS_CERT: central.cert }).then(() => '', String);
    expect(error).to.include('CONFIG_MISSING').and.include('TLS_CLIENT_CA');
    const client = startClient(1, 1, agencyEnv(1, { CLI_TLS_CA: authority.caFile }));
    await expectFailure(client, 'CONFIG_MISSING', 'tls.cert', 'tls.key');
  });

  it('a key of another certificate is refused', async () => {
    const { key } = await authority.issue('CN=other');
    const error = await serve(1, { TLS_KEY: key }).then(() => '', String);
    expect(error).to.include('CONFIG_INVALID').and.include(key);
  });
});

describe('the warning of a central that anybody can reach', () => {
  const WARNING = 'WARNING  action: security | result: in_progress';

  afterEach(cleanUp);

  for (const address of ['127.0.0.1', '::1']) {
    it(`is not there on ${address}`, async () => {
      const { program } = await startServer({ BIND_ADDRESS: address });
      expect(program.matching('action: security')).to.deep.equal([]);
    });
  }

  /** Addresses are given to loopback in a network of its own: nobody else can reach them. */
  function inNetwork(address: string, command: string): readonly string[] {
    const script = `ip link set lo up && ip addr add ${address} dev lo && exec ${command}`;
    return ['-rn', 'sh', '-c', script];
  }

  const cases: readonly (readonly [string, string, Env, boolean])[] = [
    ['all addresses, one of them public', '10.9.9.9/32', { BIND_ADDRESS: '0.0.0.0' }, true],
    ['that address', '10.9.9.9/32', { BIND_ADDRESS: '10.9.9.9' }, true],
    ["the Compose network's address", '172.25.125.2/24', { BIND_ADDRESS: '0.0.0.0' }, false],
    [
      'all addresses, with secrets',
      '10.9.9.9/32',
      { BIND_ADDRESS: '0.0.0.0', SECRETS_FILE: '/dev/null', AGENCIES: '0' },
      false,
    ],
    [
      'all addresses, in echo mode',
      '10.9.9.9/32',
      { BIND_ADDRESS: '0.0.0.0', SERVER_MODE: 'echo' },
      false,
    ],
  ];
  for (const [name, address, env, warned] of cases) {
    it(`is ${warned ? '' : 'not '}there on ${name}`, async function () {
      if (spawnSync('unshare', inNetwork(address, 'true')).status !== 0) this.skip();
      const command = `${process.execPath} ${join(ROOT, 'bin', 'loteria')} server`;
      const program = new Program(
        'unshare',
        inNetwork(address, command),
        { SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '5', LOGGING_LEVEL: 'INFO', ...env },
        temporaryDirectory(),
      );
      await program.waitFor('action: listen | result: success');
      program.signal('SIGTERM');
      expect((await program.exited).code, program.output).to.equal(0);
      const lines = program.matching('action: security');
      expect(lines, program.output).to.have.length(warned ? 1 : 0);
      if (!warned) return;
      expect(lines[0]).to.include(WARNING).and.include('reachable: 10.9.9.9').and.include('TLS_');
      expect(lines[0]).to.include('SECRETS_FILE').and.include('docs/SECURITY.md');
    });
  }
});
