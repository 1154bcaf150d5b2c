/**
 * docs/CONFIGURATION.md against the code: every setting that a program reads stands in its table and
 * the other way round, under its key and its variable, with its default and its bounds.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readClientConfig } from '../../../src/client/config';
import { readServerConfig } from '../../../src/server/config';
import { composeOptions, composeText } from '../../../src/tools/compose';
import { cleanUp, temporaryDirectory } from '../../support/program';
import { expectFailure, thrownBy } from '../helpers/failures';
import { codes, tableRows } from './markdown';

const DOCUMENT = 'docs/CONFIGURATION.md';

interface Row {
  readonly key: string;
  readonly variable: string;
  readonly fallback: string;
  readonly values: string;
}

type Env = Readonly<Record<string, string>>;

interface Program {
  readonly name: string;
  readonly rows: readonly Row[];
  /** What makes a whole configuration. */
  readonly required: Env;
  /** Other settings without which one is refused. */
  readonly companions: Readonly<Record<string, Env>>;
  /** Variables that are read and stand elsewhere than in the table. */
  readonly others: readonly string[];
  readonly read: (env: NodeJS.ProcessEnv, file?: string) => unknown;
  /** A file in which a key has a list where one value is expected. */
  readonly fileWithList: (key: string) => string;
}

function quoted(cell: string): string {
  return codes(cell)[0] ?? '';
}

const BET = {
  NOMBRE: 'Nora',
  APELLIDO: 'Paz',
  DOCUMENTO: '30000001',
  NACIMIENTO: '1999-03-17',
  NUMERO: '7574',
};
const SERVER_TLS = { TLS_CERT: 'c', TLS_KEY: 'k', TLS_CLIENT_CA: 'a' };
const CLIENT_TLS = { CLI_TLS_CERT: 'c', CLI_TLS_KEY: 'k', CLI_TLS_CA: 'a' };

function without(env: Env, name: string): Env {
  return Object.fromEntries(Object.entries(env).filter(([key]) => key !== name));
}

const CENTRAL: Program = {
  name: 'central',
  rows: tableRows(DOCUMENT, ['key', 'default', 'values', 'what']).map(
    ([key = '', fallback = '', values = '']) => ({
      key: quoted(key),
      variable: quoted(key),
      fallback,
      values,
    }),
  ),
  required: { SERVER_PORT: '1', SERVER_LISTEN_BACKLOG: '5', LOGGING_LEVEL: 'INFO' },
  companions: {
    DRAW_SALT: { WINNING_NUMBER: 'random' },
    DRAW_SALT_SOURCE: { WINNING_NUMBER: 'random' },
    TLS_CERT: without(SERVER_TLS, 'TLS_CERT'),
    TLS_KEY: without(SERVER_TLS, 'TLS_KEY'),
    TLS_CLIENT_CA: without(SERVER_TLS, 'TLS_CLIENT_CA'),
    TLS_CRL: SERVER_TLS,
  },
  others: [],
  read: (env, file) => readServerConfig(file ?? emptyFile(), env),
  fileWithList: (key) => `[DEFAULT]\n${key}[] = 1\n`,
};

const AGENCY: Program = {
  name: 'agency',
  rows: tableRows(DOCUMENT, ['key', 'variable', 'default', 'values', 'what']).map(
    ([key = '', variable = '', fallback = '', values = '']) => ({
      key: quoted(key),
      variable: quoted(variable),
      fallback,
      values,
    }),
  ),
  required: {
    CLI_ID: '3',
    CLI_SERVER_ADDRESS: 'central:1',
    CLI_LOOP_AMOUNT: '1',
    CLI_LOOP_PERIOD: '1s',
    CLI_LOG_LEVEL: 'INFO',
    ...BET,
  },
  companions: {
    CLI_TLS_CERT: without(CLIENT_TLS, 'CLI_TLS_CERT'),
    CLI_TLS_KEY: without(CLIENT_TLS, 'CLI_TLS_KEY'),
    CLI_TLS_CA: without(CLIENT_TLS, 'CLI_TLS_CA'),
    CLI_TLS_SERVER_NAME: CLIENT_TLS,
    CLI_BET_CHECKSUM: { CLI_BET_OFFSET: '1' },
  },
  others: [
    'EDITION',
    ...tableRows(DOCUMENT, ['variable', 'what']).map(([cell = '']) => quoted(cell)),
  ],
  read: (env, file) => readClientConfig(file ?? emptyFile(), env),
  fileWithList: (key) => {
    const [first = '', ...rest] = key.split('.').reverse();
    return `${JSON.stringify(rest.reduce<object>((node, part) => ({ [part]: node }), { [first]: [1] }))}\n`;
  },
};

let directory = '';

function file(text: string): string {
  const path = join(directory, 'settings');
  writeFileSync(path, text);
  return path;
}

/** No settings at all: those of this machine must not count. */
function emptyFile(): string {
  return file('');
}

/** The names of all variables that `read` asks an environment for. */
function namesRead(read: (env: NodeJS.ProcessEnv) => unknown, base: Env): Set<string> {
  const names = new Set<string>();
  const env = new Proxy<NodeJS.ProcessEnv>(
    { ...base },
    {
      get(target, name) {
        if (typeof name === 'string') names.add(name);
        return Reflect.get(target, name) as unknown;
      },
    },
  );
  read(env);
  return names;
}

/** The default as text; the empty text is that of a setting that is not given. */
function defaultOf(cell: string): string {
  if (cell === 'none' || cell === 'the host of `server.address`') return '';
  if (cell === 'cores - 1, at most 4') return String(Math.min(availableParallelism() - 1, 4));
  const text = /^\d+$/.test(cell) ? cell : quoted(cell);
  return text.replace('{id}', AGENCY.required['CLI_ID'] ?? '');
}

/** Values that the cell allows, and values next to them that it does not. */
function samples(values: string): { good: string[]; bad: string[] } {
  const good: string[] = [];
  const bad: string[] = [];
  const range = /^(\d+) to (\d+)(?=$|,)/.exec(values);
  if (range !== null) {
    const [, least = '', most = ''] = range;
    good.push(least, most);
    bad.push(String(Number(least) - 1), String(Number(most) + 1), 'some');
  }
  const text = /^1 to (\d+) printable ASCII characters/.exec(values);
  if (text !== null) {
    const most = Number(text[1]);
    good.push('x', '~'.repeat(most));
    bad.push('x'.repeat(most + 1), 'ñ');
  }
  if (values.startsWith('duration')) {
    good.push('1ms', '1m30s', '24h', '576h');
    bad.push('soon', '10', '600h');
    (values === 'duration above 0' ? bad : good).push('0');
  }
  if (/^(?:[^`]*, )?`[^`]+`(?:, `[^`]+`)*$/.test(values) && !values.includes(':')) {
    good.push(...codes(values));
    bad.push('something else');
  }
  return { good, bad };
}

for (const program of [CENTRAL, AGENCY]) {
  const { rows, required, companions, read } = program;
  const companionsOf = (name: string): Env => companions[name] ?? {};

  describe(`CONFIGURATION.md, settings of the ${program.name}`, () => {
    before(() => {
      directory = temporaryDirectory();
    });
    after(cleanUp);

    it('are those that the program reads', () => {
      const documented = [...rows.map(({ variable }) => variable), ...program.others];
      expect([...namesRead(read, required)].sort()).to.deep.equal(documented.sort());
      expect(rows.length).to.be.at.least(20);
    });

    for (const { key, variable, fallback, values } of rows) {
      it(`${key}: file and environment`, () => {
        const [name = ''] = key.split('.').slice(-1);
        const env = { ...without(required, variable), ...companionsOf(variable) };
        const error = thrownBy(() => read(env, file(program.fileWithList(key))));
        expectFailure(error, 'CONFIG_INVALID', `${name}: expected one value`);
      });

      it(`${key}: default ${fallback}`, () => {
        const env = without(required, variable);
        if (fallback === '-') {
          expectFailure(
            thrownBy(() => read(env)),
            'CONFIG_MISSING',
            variable,
          );
          return;
        }
        expect(read({ ...env, [variable]: defaultOf(fallback) })).to.deep.equal(read(env));
      });

      it(`${key}: values ${values}`, () => {
        const env = { ...required, ...companionsOf(variable) };
        const { good, bad } = samples(values);
        for (const text of good) {
          expect(() => read({ ...env, [variable]: text }), text).not.to.throw();
        }
        for (const text of bad) {
          expectFailure(
            thrownBy(() => read({ ...env, [variable]: text })),
            'CONFIG_INVALID',
            text,
          );
        }
      });
    }
  });
}

describe('CONFIGURATION.md, variables of the Compose generator', () => {
  const rows = tableRows(DOCUMENT, ['variable', 'default', 'values', 'what']);

  it('are those that it reads', () => {
    const read = namesRead((env) => composeOptions(1, env), {});
    const documented = rows.map(([cell = '']) => quoted(cell));
    expect([...read].sort()).to.deep.equal(documented.sort());
  });

  for (const [cell = '', fallback = '', values = ''] of rows) {
    const name = quoted(cell);
    it(`${name}: default ${fallback}, values ${values}`, () => {
      if (fallback !== 'none') {
        const plain = composeText(composeOptions(1, {}));
        const given = composeText(composeOptions(1, { [name]: quoted(fallback) }));
        // A network that is given reaches the server as a setting, whose default is the same.
        expect(given.replace(/^ *- TRUSTED_NETWORKS=.*\n/m, '')).to.equal(plain);
      }
      const texts = codes(values);
      for (const text of texts) expect(() => composeOptions(1, { [name]: text })).not.to.throw();
      if (texts.length < 2) return;
      expectFailure(
        thrownBy(() => composeOptions(1, { [name]: 'x' })),
        'USAGE',
        name,
      );
    });
  }
});
