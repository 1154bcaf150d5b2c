import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import * as v from 'valibot';
import {
  flag,
  goDuration,
  hostAndPort,
  logLevel,
  nonEmptyText,
  oneOf,
  optionalText,
  wholeNumber,
  type SettingType,
} from '../../../src/base/setting-types';
import {
  iniSetting,
  openSettings,
  readSetting,
  readSettings,
  readTogether,
  textsOf,
  valuesOf,
  yamlSetting,
  type Setting,
  type SettingsFile,
} from '../../../src/base/settings';
import { cleanUp, temporaryDirectory } from '../../support/program';
import { expectFailure, thrownBy } from '../helpers/failures';

const PORT: Setting<number> = {
  key: ['net', 'port'],
  env: 'THE_PORT',
  help: 'a port',
  ...wholeNumber(1, 9, 'a port, 1 to 9'),
};
const OPTIONAL: Setting<number> = { ...PORT, fallback: '7' };

/** A file that says one thing at net.port. */
function fileWith(text: string | undefined): SettingsFile {
  return {
    name: 'the.ini',
    text: (key) => (key.join('.') === 'net.port' ? text : undefined),
  };
}

describe('readSetting', () => {
  it('takes the environment before the file and the fallback', () => {
    expect(readSetting(OPTIONAL, fileWith('2'), { THE_PORT: '1' }).value).to.equal(1);
  });

  it('takes the file before the fallback', () => {
    expect(readSetting(OPTIONAL, fileWith('2'), {}).value).to.equal(2);
  });

  it('takes the fallback when nothing else is said', () => {
    expect(readSetting(OPTIONAL, fileWith(undefined), {}).value).to.equal(7);
  });

  it('keeps the text that the value was made from, and says where that was', () => {
    const inFile = readSetting(OPTIONAL, fileWith('08'), {});
    expect(inFile).to.deep.equal({ value: 8, text: '08', source: 'file' });
    expect(readSetting(OPTIONAL, fileWith('8'), { THE_PORT: '1' }).source).to.equal('environment');
    expect(readSetting(OPTIONAL, fileWith(undefined), {}).source).to.equal('default');
  });

  it('ignores blanks around a value', () => {
    expect(readSetting(PORT, fileWith(' 5 '), {})).to.include({ value: 5, text: '5' });
  });

  it('takes the other variable where the first is not set', () => {
    const setting = { ...OPTIONAL, envElse: 'OTHER_PORT' };
    const read = (env: NodeJS.ProcessEnv): number => readSetting(setting, fileWith('2'), env).value;
    expect(read({ OTHER_PORT: '3' })).to.equal(3);
    expect(read({ OTHER_PORT: '3', THE_PORT: '4' })).to.equal(4);
    expect(read({})).to.equal(2);
    const error = thrownBy(() => read({ OTHER_PORT: 'x' }));
    expectFailure(error, 'CONFIG_INVALID', 'environment: OTHER_PORT is "x"');
  });

  it('names file, key, variable and what was expected when a value is missing', () => {
    const error = thrownBy(() => readSetting(PORT, fileWith(undefined), {}));
    expectFailure(error, 'CONFIG_MISSING', 'the.ini', 'net.port', 'THE_PORT', PORT.expected);
  });

  it('names file, key, value and what was expected when the file is wrong', () => {
    const error = thrownBy(() => readSetting(PORT, fileWith('12'), {}));
    expectFailure(error, 'CONFIG_INVALID', 'the.ini: net.port is "12": expected a port, 1 to 9');
  });

  it('names variable, value and what was expected when the environment is wrong', () => {
    const error = thrownBy(() => readSetting(PORT, fileWith('2'), { THE_PORT: 'x' }));
    expectFailure(error, 'CONFIG_INVALID', 'environment: THE_PORT is "x": expected a port, 1 to 9');
  });

  it('does not fall back when the environment is set and empty', () => {
    const error = thrownBy(() => readSetting(OPTIONAL, fileWith('2'), { THE_PORT: '' }));
    expectFailure(error, 'CONFIG_INVALID', 'THE_PORT is ""');
  });
});

describe('readSettings', () => {
  const TABLE = {
    port: yamlSetting('net.port', 'THE_PORT', wholeNumber(1, 9), 'a port'),
    mode: iniSetting('MODE', oneOf(['a', 'b']), 'a mode', 'a'),
  };

  it('reads a table into values, texts and sources by name', () => {
    const settings = readSettings(TABLE, fileWith('05'), { MODE: 'b' });
    const port: number = settings.port.value;
    const mode: 'a' | 'b' = settings.mode.value;
    expect([port, mode]).to.deep.equal([5, 'b']);
    expect(settings.port.source).to.equal('file');
    expect(valuesOf(settings)).to.deep.equal({ port: 5, mode: 'b' });
    expect(textsOf(settings)).to.deep.equal({ port: '05', mode: 'b' });
  });

  it('fails at what is missing or wrong', () => {
    const missing = thrownBy(() => readSettings(TABLE, fileWith(undefined), {}));
    expectFailure(
      missing,
      'CONFIG_MISSING',
      'net.port is missing (or THE_PORT in the environment)',
    );
    const wrong = thrownBy(() => readSettings(TABLE, fileWith('1'), { MODE: 'c' }));
    expectFailure(wrong, 'CONFIG_INVALID', 'environment: MODE is "c": expected a or b');
  });
});

describe('readTogether', () => {
  const PAIR = {
    one: iniSetting('ONE', optionalText('a file'), 'one', ''),
    two: iniSetting('TWO', optionalText('a file'), 'two', ''),
  };

  it('takes all or none', () => {
    const read = (env: NodeJS.ProcessEnv): unknown => readTogether(PAIR, fileWith(undefined), env);
    expect(read({ ONE: '1', TWO: '2' })).to.deep.equal({ one: '1', two: '2' });
    expect(read({ ONE: '' })).to.equal(null);
    const error = thrownBy(() => read({ ONE: '1' }));
    const line = 'the.ini: DEFAULT.TWO (or TWO) missing: expected all of DEFAULT.ONE, DEFAULT.TWO';
    expectFailure(error, 'CONFIG_MISSING', line);
  });
});

describe('openSettings', () => {
  let directory: string;
  const parse = (text: string): unknown => JSON.parse(text);

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  afterEach(cleanUp);

  function write(name: string, text: string): string {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  }

  it('reads the first candidate that exists', () => {
    const first = join(directory, 'absent');
    const second = write('b', '{"k":"second"}');
    const third = write('c', '{"k":"third"}');
    const file = openSettings(undefined, [first, second, third], parse);
    expect(file.name).to.equal(second);
    expect(file.text(['k'])).to.equal('second');
  });

  it('takes no notice of a byte order mark', () => {
    writeFileSync(join(directory, 'a.json'), '\ufeff{"port": 1}');
    const file = openSettings(join(directory, 'a.json'), [], (text) => JSON.parse(text) as unknown);
    expect(file.text(['port'])).to.equal('1');
  });

  it('goes on without a file when no candidate exists', () => {
    const file = openSettings(undefined, [join(directory, 'absent')], parse);
    expect(file.name).to.equal('(no file)');
    expect(file.text(['k'])).to.equal(undefined);
  });

  it('reads the named file and no candidate', () => {
    const named = write('named', '{"k":"named"}');
    const candidate = write('candidate', '{"k":"candidate"}');
    expect(openSettings(named, [candidate], parse).text(['k'])).to.equal('named');
  });

  it('fails when the named file does not exist', () => {
    const path = join(directory, 'absent');
    const error = thrownBy(() => openSettings(path, [write('c', '{}')], parse));
    expectFailure(error, 'CONFIG_UNREADABLE', path, 'ENOENT', 'check the path behind --config');
  });

  it('fails when a candidate exists and cannot be read', () => {
    const error = thrownBy(() => openSettings(undefined, [directory], parse));
    expectFailure(error, 'CONFIG_UNREADABLE', directory, 'EISDIR');
  });

  it('names the file and the first line of what its parser says', () => {
    const path = write('bad', '{');
    const error = thrownBy(() =>
      openSettings(path, [], () => {
        throw new Error('line 3 is odd\nand here it is drawn');
      }),
    );
    expectFailure(error, 'CONFIG_UNREADABLE', `${path}: line 3 is odd`);
    expect(String(error)).not.to.include('drawn');
  });

  it('looks up nested keys, and makes text of numbers and booleans', () => {
    const file = openSettings(write('a', '{"a":{"b":5,"c":true}}'), [], parse);
    expect(file.text(['a', 'b'])).to.equal('5');
    expect(file.text(['a', 'c'])).to.equal('true');
  });

  it('finds nothing below a value, at null, or in an empty file', () => {
    const file = openSettings(write('a', '{"a":"text","n":null}'), [], parse);
    expect(file.text(['a', 'b'])).to.equal(undefined);
    expect(file.text(['n'])).to.equal(undefined);
    const empty = openSettings(write('e', 'null'), [], parse);
    expect(empty.text(['a'])).to.equal(undefined);
  });

  it('refuses a list or a section where one value belongs', () => {
    const path = write('a', '{"a":{"b":[1]}}');
    const file = openSettings(path, [], parse);
    for (const key of [['a'], ['a', 'b']]) {
      const error = thrownBy(() => file.text(key));
      expectFailure(error, 'CONFIG_INVALID', path, key.join('.'), 'expected one value');
    }
  });
});

describe('types of settings', () => {
  const accepts = <T>({ schema }: SettingType<T>, text: string): unknown => {
    const result = v.safeParse(schema, text);
    return result.success ? result.output : 'refused';
  };

  it('wholeNumber takes its bounds and what lies between', () => {
    const taken = ['0', '1', '9', '10', '+5', '-1', '5.0', '0x5', '', '1e0'].map((text) =>
      accepts(wholeNumber(1, 9), text),
    );
    const no = 'refused';
    expect(taken).to.deep.equal([no, 1, 9, no, no, no, no, no, no, no]);
  });

  it('nonEmptyText takes anything but nothing', () => {
    expect(accepts(nonEmptyText('a file'), 'x')).to.equal('x');
    expect(accepts(nonEmptyText('a file'), '')).to.equal('refused');
  });

  it('optionalText takes a text of its form, and nothing for null', () => {
    const digits = optionalText('digits', (text) => /^[0-9]+$/.test(text));
    expect(['1', '', 'x'].map((text) => accepts(digits, text))).to.deep.equal([
      ...['1', null, 'refused'],
    ]);
  });

  it('flag takes 0 and 1', () => {
    expect(['0', '1', '', 'true'].map((text) => accepts(flag, text))).to.deep.equal([
      ...[false, true, 'refused', 'refused'],
    ]);
  });

  it('goDuration takes what a timer can wait for', () => {
    expect(accepts(goDuration, '5s')).to.equal(5_000);
    expect(accepts(goDuration, '596h')).to.equal(2_145_600_000);
    expect(accepts(goDuration, '597h')).to.equal('refused');
    expect(accepts(goDuration, 'soon')).to.equal('refused');
  });

  it('logLevel takes any case, and WARN for WARNING', () => {
    const taken = ['debug', 'Info', 'WARN', 'warning', 'error', 'critical', 'trace', ''];
    expect(taken.map((text) => accepts(logLevel, text))).to.deep.equal([
      ...['DEBUG', 'INFO', 'WARNING', 'WARNING', 'ERROR', 'CRITICAL', 'refused', 'refused'],
    ]);
  });

  it('hostAndPort takes names, IPv4 and IPv6 in brackets', () => {
    expect(accepts(hostAndPort, 'server:12345')).to.deep.equal({ host: 'server', port: 12345 });
    expect(accepts(hostAndPort, '10.0.0.1:1')).to.deep.equal({ host: '10.0.0.1', port: 1 });
    expect(accepts(hostAndPort, '[::1]:65535')).to.deep.equal({ host: '::1', port: 65535 });
  });

  for (const text of ['server', 'server:', ':1', 'a:0', 'a:65536', '::1:5', 'a b:1', 'a:1:2', '']) {
    it(`hostAndPort refuses "${text}"`, () => {
      expect(accepts(hostAndPort, text)).to.equal('refused');
    });
  }
});
