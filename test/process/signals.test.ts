import { expect } from 'chai';
import { bundled } from '../support/bundle';
import { cleanUp, Program, ROOT, temporaryDirectory } from '../support/program';

/** A program whose stop never comes to its end. */
const STUCK = bundled(`
  const { createLogger } = require('./src/base/log/log');
  const { StdoutSink } = require('./src/base/log/log-sink');
  const { onStopSignal } = require('./src/base/process');
  const logger = createLogger(new StdoutSink());
  logger.setLevel('INFO');
  onStopSignal(logger, () => setInterval(() => undefined, 1000));
  setInterval(() => undefined, 1000);
  logger.info('ready', 'success');
  logger.flush();
`);

describe('signals', () => {
  afterEach(cleanUp);

  for (const [first, second, code] of [
    ['SIGTERM', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
    ['SIGINT', 'SIGTERM', 143],
  ] as const) {
    it(`${second} behind ${first} ends a program that cannot stop at once`, async () => {
      const program = new Program(process.execPath, ['-e', STUCK], {}, ROOT);
      await program.waitFor('action: ready');
      program.signal(first);
      await program.waitFor('action: stop | result: in_progress');
      program.signal(second);
      expect(await program.exited).to.deep.equal({ code, signal: null });
      expect(program.matching('action: stop | result: fail')).to.have.lengthOf(1);
    });
  }
});

describe('signals during start-up', () => {
  afterEach(cleanUp);

  for (const command of ['server', 'client']) {
    it(`end the ${command} with 0, whatever is there yet that could be stopped`, async () => {
      const early = `
        process.argv = [process.argv[0], 'loteria', '${command}'];
        require('./bin/loteria');
        process.kill(process.pid, 'SIGTERM');
      `;
      const env = {
        ...{ SERVER_PORT: '0', SERVER_LISTEN_BACKLOG: '5', LOGGING_LEVEL: 'ERROR' },
        ...{ DATA_DIR: temporaryDirectory(), CLI_ID: '1', CLI_SERVER_ADDRESS: '127.0.0.1:1' },
        ...{ CLI_LOOP_AMOUNT: '1', CLI_LOOP_PERIOD: '1s', CLI_LOG_LEVEL: 'ERROR' },
        CLI_DATA: __filename,
      };
      const program = new Program(process.execPath, ['-e', early], env, ROOT);
      expect(await program.exited, program.output).to.deep.equal({ code: 0, signal: null });
    });
  }
});
