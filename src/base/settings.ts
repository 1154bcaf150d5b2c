/**
 * Configuration: each setting comes from an environment variable, else from a file, else from a
 * default. A missing or invalid value is one error that names file, key, value and what was expected.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { parseDurationMs } from './duration';
import { LoteriaError, messageOf, systemErrorCode } from './errors';
import { LOG_LEVELS, type LogLevel } from './log/log';

/** How to read one setting. */
export interface Setting<T> {
  /** Where it stands in the file: `['batch', 'maxAmount']`. */
  readonly key: readonly string[];
  readonly env: string;
  /** The expected value, for the error: "a whole number from 0 to 65535". */
  readonly expected: string;
  readonly schema: v.GenericSchema<string, T>;
  /** The default; undefined: the setting is required. */
  readonly fallback?: string;
}

/** A value and the text that it was made from, since the logs show values as configured. */
export interface Configured<T> {
  readonly value: T;
  readonly text: string;
}

/** A parsed file: its name (for errors) and the text at a key, if any. */
export interface SettingsFile {
  readonly name: string;
  text(key: readonly string[]): string | undefined;
}

const NO_FILE: SettingsFile = { name: '(no file)', text: () => undefined };

/**
 * Reads the first of `candidates` that exists.
 *
 * @param explicit a file that must exist (`--config`)
 * @param parse turns the file's text into nested records; its errors name the position
 * @throws LoteriaError CONFIG_UNREADABLE
 */
export function openSettings(
  explicit: string | undefined,
  candidates: readonly string[],
  parse: (text: string) => unknown,
): SettingsFile {
  for (const name of explicit === undefined ? candidates : [explicit]) {
    let text: string;
    try {
      text = readFileSync(name, 'utf8');
    } catch (error) {
      if (explicit === undefined && systemErrorCode(error) === 'ENOENT') continue;
      throw new LoteriaError('CONFIG_UNREADABLE', `${name}: ${messageOf(error)}`);
    }
    // Editors of some systems put a byte order mark in front.
    const content = text.replace(/^\ufeff/, '');
    return { name, text: lookUp(name, parseOrFail(name, content, parse)) };
  }
  return NO_FILE;
}

function parseOrFail(name: string, text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch (error) {
    const line = messageOf(error).split('\n')[0] ?? '';
    throw new LoteriaError('CONFIG_UNREADABLE', `${name}: ${line}`, { cause: error });
  }
}

function lookUp(name: string, tree: unknown): SettingsFile['text'] {
  return (key) => {
    let node = tree;
    for (const part of key) {
      if (typeof node !== 'object' || node === null) return undefined;
      node = (node as Record<string, unknown>)[part];
    }
    if (node === undefined || node === null) return undefined;
    if (typeof node === 'object') {
      throw new LoteriaError(
        'CONFIG_INVALID',
        `${name}: ${key.join('.')}: expected one value, found a list or a section`,
      );
    }
    return typeof node === 'string' ? node : JSON.stringify(node);
  };
}

/** A setting of an INI file without sections, which has the same name in the environment. */
export function iniSetting<T>(
  name: string,
  expected: string,
  schema: v.GenericSchema<string, T>,
  fallback?: string,
): Setting<T> {
  const base = { key: ['DEFAULT', name], env: name, expected, schema };
  return fallback === undefined ? base : { ...base, fallback };
}

/**
 * Reads one setting.
 *
 * @throws LoteriaError CONFIG_MISSING, CONFIG_INVALID
 */
export function readSetting<T>(
  setting: Setting<T>,
  file: SettingsFile,
  env: NodeJS.ProcessEnv,
): Configured<T> {
  const key = setting.key.join('.');
  const fromEnv = env[setting.env];
  const text = fromEnv ?? file.text(setting.key) ?? setting.fallback;
  if (text === undefined) {
    throw new LoteriaError(
      'CONFIG_MISSING',
      `${file.name}: ${key} is missing (or ${setting.env} in the environment): ` +
        `expected ${setting.expected}`,
    );
  }
  const result = v.safeParse(setting.schema, text.trim());
  if (!result.success) {
    const where = fromEnv === undefined ? `${file.name}: ${key}` : `environment: ${setting.env}`;
    throw new LoteriaError('CONFIG_INVALID', `${where} is "${text}": expected ${setting.expected}`);
  }
  return { value: result.output, text: text.trim() };
}

/**
 * Reads settings that are of use only together: all of them are given, or none.
 *
 * @param settings whose value is null when they are not given
 * @returns their values in order; null when none is given
 * @throws LoteriaError CONFIG_MISSING, CONFIG_INVALID
 */
export function readTogether(
  settings: readonly Setting<string | null>[],
  file: SettingsFile,
  env: NodeJS.ProcessEnv,
): string[] | null {
  const values: string[] = [];
  const missing: string[] = [];
  for (const setting of settings) {
    const { value } = readSetting(setting, file, env);
    if (value === null) missing.push(`${setting.key.join('.')} (or ${setting.env})`);
    else values.push(value);
  }
  if (values.length === 0) return null;
  if (missing.length === 0) return values;
  const all = settings.map(({ key }) => key.join('.')).join(', ');
  throw new LoteriaError(
    'CONFIG_MISSING',
    `${file.name}: ${missing.join(', ')} missing: expected all of ${all}, or none`,
  );
}

/** A whole number in decimal digits, within bounds. */
export function wholeNumber(min: number, max: number): v.GenericSchema<string, number> {
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,15}$/),
    v.transform(Number),
    v.minValue(min),
    v.maxValue(max),
  );
}

/** Any text but the empty one. */
export const nonEmptyText: v.GenericSchema<string, string> = v.pipe(v.string(), v.minLength(1));

/** Any text; the empty one means that the setting is not given. */
export const optionalText: v.GenericSchema<string, string | null> = v.pipe(
  v.string(),
  v.transform((text) => (text === '' ? null : text)),
);

/** A Go duration, in milliseconds. */
export const goDuration: v.GenericSchema<string, number> = v.pipe(
  v.string(),
  v.transform((text) => parseDurationMs(text) ?? Number.NaN),
  v.number(),
  v.finite(),
  // A timer cannot wait longer than this.
  v.maxValue(2 ** 31 - 1),
);

/** A level's name in any case; `WARN` and `WARNING` are the same. */
export const logLevel: v.GenericSchema<string, LogLevel> = v.pipe(
  v.string(),
  v.transform((text) => text.toUpperCase().replace(/^WARN$/, 'WARNING')),
  v.picklist(LOG_LEVELS),
);

export const LOG_LEVEL_EXPECTED = `one of ${LOG_LEVELS.join(', ')}`;

/** `host:port`, with the host in brackets when it is an IPv6 address. */
export const hostAndPort: v.GenericSchema<string, { host: string; port: number }> = v.pipe(
  v.string(),
  v.regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/),
  v.transform((text) => {
    const colon = text.lastIndexOf(':');
    return {
      host: text.slice(0, colon).replace(/^\[|\]$/g, ''),
      port: Number(text.slice(colon + 1)),
    };
  }),
  v.check(({ port }) => port >= 1 && port <= 65_535),
);
