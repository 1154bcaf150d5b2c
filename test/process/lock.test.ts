import { expect } from 'chai';
import { chmodSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { ROOT, cleanUp, loteria, Program, startServer, type Server } from '../support/program';

/** More than Node lets wait to be accepted. */
const CONNECTIONS = 600;
/** A user with no rights; only root can become it. */
const NOBODY = 65_534;

describe('the lock of a directory', () => {
  let server: Server;
  let sockets: Socket[];

  beforeEach(async () => {
    sockets = [];
    server = await startServer();
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await cleanUp();
  });

  const SETTINGS = { SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '5', LOGGING_LEVEL: 'INFO' };

  async function expectLocked(): Promise<void> {
    const second = loteria(['server'], { ...SETTINGS, DATA_DIR: server.dataDirectory });
    const verify = loteria(['verify', server.dataDirectory]);
    for (const program of [second, verify]) {
      expect((await program.exited).code, program.output).to.equal(1);
      expect(program.output).to.include('STORE_LOCKED');
    }
  }

  it('is held by a central that is stopped', async () => {
    server.program.signal('SIGSTOP');
    await expectLocked();
  });

  it('is held by a stopped central that can take no more connections', async () => {
    server.program.signal('SIGSTOP');
    const refused = new Promise<string>((resolve) => {
      for (let i = 0; i < CONNECTIONS; i++) {
        const socket = connect(join(server.dataDirectory, 'lock'));
        socket.on('error', ({ message }) => {
          resolve(message);
        });
        sockets.push(socket);
      }
    });
    expect(await refused).to.include('EAGAIN');
    await expectLocked();
  });

  it('is free when its central was killed', async () => {
    server.program.signal('SIGKILL');
    await server.program.exited;
    const verify = loteria(['verify', server.dataDirectory]);
    expect((await verify.exited).code, verify.output).to.equal(0);
    await startServer({}, server.dataDirectory);
  });

  it('that may not be opened is named as that, and not as held', async function () {
    if (process.getuid?.() !== 0) this.skip();
    chmodSync(server.dataDirectory, 0o777);
    for (const args of [['server'], ['verify', server.dataDirectory]]) {
      const output = await refusalForNobody(args);
      expect(output).to.match(/STORE_IO.*lock.*EACCES/);
      expect(output).not.to.include('another central');
      expect(output).not.to.include('chown');
    }
  });

  for (const mode of [0o755, 0o777]) {
    it(`of another user, 0${mode.toString(8)}, is the owner's to give to a central, not to verify`, async function () {
      if (process.getuid?.() !== 0) this.skip();
      server.program.signal('SIGTERM');
      await server.program.exited;
      chmodSync(server.dataDirectory, mode);
      expect(await refusalForNobody(['server']))
        .to.match(/STORE_IO.*EACCES.*this user may not use it/)
        .and.include('give the directory to the user of the central (chown -R)');
      const verify = await refusalForNobody(['verify', server.dataDirectory]);
      expect(verify).to.match(/STORE_IO.*EACCES.*this user may not use it$/m);
    });
  }

  /** What a command says that fails as a user with no rights. */
  async function refusalForNobody(args: readonly string[]): Promise<string> {
    const program = new Program(
      process.execPath,
      [
        '-e',
        `process.setgid(${String(NOBODY)}); process.setuid(${String(NOBODY)});
         process.argv = [process.argv[0], 'loteria', ...${JSON.stringify(args)}];
         require('./bin/loteria');`,
      ],
      { ...SETTINGS, DATA_DIR: server.dataDirectory },
      ROOT,
    );
    expect((await program.exited).code, program.output).to.equal(1);
    return program.output;
  }
});
