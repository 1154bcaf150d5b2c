import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readServerConfig } from '../../../../src/server/config';
import { cleanUp, temporaryDirectory } from '../../../support/program';
import { expectFailure, thrownBy } from '../../helpers/failures';

const REQUIRED = { SERVER_PORT: '1', SERVER_LISTEN_BACKLOG: '5', LOGGING_LEVEL: 'INFO' };
const TOKEN = 'correct-horse-battery';

describe('settings of the board', () => {
  let directory: string;

  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(cleanUp);

  function fileOf(name: string, text: string): string {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  }

  function read(env: NodeJS.ProcessEnv): unknown {
    return readServerConfig(fileOf('none.ini', ''), { ...REQUIRED, ...env }).board;
  }

  it('are of no effect without a port', () => {
    expect(read({})).to.equal(null);
    expect(read({ BOARD_PORT: '', BOARD_TOKEN_FILE: '/there/is/none' })).to.equal(null);
  });

  it('have defaults that only this machine can reach', () => {
    expect(read({ BOARD_PORT: '0' })).to.deep.equal({
      ...{ port: 0, address: '127.0.0.1', hosts: [], token: null, agencyMetrics: false },
    });
  });

  it('are all read', () => {
    const env = {
      ...{ BOARD_PORT: '9464', BOARD_ADDRESS: '::', BOARD_HOSTS: 'Board.example,[::2]' },
      ...{ BOARD_TOKEN: TOKEN, BOARD_AGENCY_METRICS: '1' },
    };
    expect(read(env)).to.deep.equal({
      ...{ port: 9464, address: '::', hosts: ['board.example', '[::2]'], token: TOKEN },
      agencyMetrics: true,
    });
  });

  for (const end of ['', '\n', '\r\n']) {
    it(`take the token from a file that ends in ${JSON.stringify(end)}`, () => {
      const BOARD_TOKEN_FILE = fileOf('token', `${TOKEN}${end}`);
      expect(read({ BOARD_PORT: '0', BOARD_TOKEN_FILE })).to.include({ token: TOKEN });
    });
  }

  for (const [name, value, expected] of [
    ['BOARD_PORT', '65536', 'a port, 0 to 65535'],
    ['BOARD_PORT', '-1', 'a port'],
    ['BOARD_PORT', '123456', 'a port'],
    ['BOARD_HOSTS', 'board.example:80', 'names without a port'],
    ['BOARD_HOSTS', 'a b', 'names without a port'],
    ['BOARD_HOSTS', 'a,,b', 'names without a port'],
    ['BOARD_HOSTS', '*', 'names without a port'],
    ['BOARD_TOKEN', 'fifteen-letters', '16 to 256 printable characters'],
    ['BOARD_TOKEN', 'x'.repeat(257), '16 to 256 printable characters'],
    ['BOARD_TOKEN', 'with a space inside', '16 to 256 printable characters'],
    ['BOARD_AGENCY_METRICS', 'yes', '0 or 1'],
  ] as const) {
    it(`refuse ${name}=${value.slice(0, 20)}`, () => {
      const error = thrownBy(() => read({ BOARD_PORT: '0', [name]: value }));
      expectFailure(error, 'CONFIG_INVALID', expected);
      expectFailure(error, 'CONFIG_INVALID', name);
      if (name === 'BOARD_TOKEN') expect(String(error)).not.to.include(value);
    });
  }

  it('refuse a token file that is too long, empty or not there, and a token twice', () => {
    const tokenFile = (BOARD_TOKEN_FILE: string): unknown =>
      thrownBy(() => read({ BOARD_PORT: '0', BOARD_TOKEN_FILE }));
    expectFailure(
      tokenFile(fileOf('long', 'x'.repeat(300))),
      'CONFIG_INVALID',
      'at most 258 bytes',
    );
    expectFailure(tokenFile(fileOf('empty', '\n')), 'CONFIG_INVALID', '16 to 256');
    expectFailure(tokenFile(join(directory, 'no')), 'CONFIG_UNREADABLE', 'BOARD_TOKEN_FILE');
    const both = { BOARD_TOKEN: TOKEN, BOARD_TOKEN_FILE: fileOf('token', TOKEN) };
    const error = thrownBy(() => read({ BOARD_PORT: '0', ...both }));
    expectFailure(error, 'CONFIG_INVALID', 'expected one of the two');
  });

  it('refuse a board of the echo server', () => {
    const error = thrownBy(() => read({ BOARD_PORT: '0', SERVER_MODE: 'echo' }));
    expectFailure(error, 'CONFIG_INVALID', 'the board shows a lottery');
  });

  for (const [name, ports] of [
    ['SERVER_PORT', { SERVER_PORT: '7000' }],
    ['DIALECT_PORTS', { SERVER_PORT: '7001', DIALECT_PORTS: 'pipe:7002,tlv:7000' }],
  ] as const) {
    it(`refuse a board on the port of ${name}`, () => {
      const error = thrownBy(() => read({ BOARD_PORT: '7000', ...ports }));
      expectFailure(error, 'CONFIG_INVALID', 'BOARD_PORT is 7000', name);
      expect(read({ BOARD_PORT: '0', ...ports, SERVER_PORT: '0' })).to.include({ port: 0 });
    });
  }
});
