/**
 * Configuration: each setting comes from an environment variable, else from a file, else from a
 * default. A missing or invalid value is one error that names file, key, value and what was expected.
 *
 * A program declares its settings in tables, each setting once. What the tables say is the type of the
 * configuration ({@link ValuesOf}), and the list that `loteria config` shows.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { LoteriaError, messageOf, systemErrorCode } from './errors';
import type { SettingType } from './setting-types';

/** How to read one setting. */
export interface Setting<T> extends SettingType<T> {
  /** Where it is in the file: `['batch', 'maxAmount']`. */
  readonly key: readonly string[];
  /** Its environment variable. */
  readonly env: string;
  /** Another variable, which counts where `env` is not set. */
  readonly envElse?: string;
  /** What it is for, in a line. */
  readonly help: string;
  /** The default, as text; undefined: the setting is required. */
  readonly fallback?: string | undefined;
  /** Its value is never shown. */
  readonly isSecret?: boolean;
}

/** Settings by the name that their values have in the configuration. */
export type SettingsTable = Readonly<Record<string, Setting<unknown>>>;

/** A value, the text that it was made from (the log shows values as configured), and where that was. */
export interface Configured<T> {
  readonly value: T;
  readonly text: string;
  readonly source: 'environment' | 'file' | 'default';
}

/** The text of a setting; undefined: it is required, and nowhere. */
interface FoundSetting extends Pick<Configured<unknown>, 'source'> {
  readonly text: string | undefined;
  /** The environment variable that counts. */
  readonly variable: string;
}

/** What {@link readSettings} makes of a table. */
export type Settings<Table extends SettingsTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer T> ? Configured<T> : never;
};

/** The values of a table's settings. */
export type ValuesOf<Table extends SettingsTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer T> ? T : never;
};

/** The texts of a table's settings, as configured. */
export type TextsOf<Table extends SettingsTable> = Readonly<Record<keyof Table, string>>;

/** A setting of an INI file without sections, which has the same name in the environment. */
export function iniSetting<T>(
  name: string,
  type: SettingType<T>,
  help: string,
  fallback?: string,
): Setting<T> {
  return { ...type, key: ['DEFAULT', name], env: name, help, fallback };
}

/** A setting of a YAML file. @param key its place there: `batch.maxAmount` */
export function yamlSetting<T>(
  key: string,
  env: string,
  type: SettingType<T>,
  help: string,
  fallback?: string,
): Setting<T> {
  return { ...type, key: key.split('.'), env, help, fallback };
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
      const advice = explicit === undefined ? '' : '; check the path behind --config';
      throw new LoteriaError('CONFIG_UNREADABLE', `${name}: ${messageOf(error)}${advice}`);
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

/** The text of a setting, whether it is valid or not. @throws LoteriaError CONFIG_INVALID */
export function findSetting(
  { key, env: own, envElse, fallback }: Setting<unknown>,
  file: SettingsFile,
  env: NodeJS.ProcessEnv,
): FoundSetting {
  const isElse = envElse !== undefined && env[own] === undefined && env[envElse] !== undefined;
  const variable = isElse ? envElse : own;
  const fromEnv = env[variable];
  if (fromEnv !== undefined) return { text: fromEnv, source: 'environment', variable };
  const fromFile = file.text(key);
  if (fromFile !== undefined) return { text: fromFile, source: 'file', variable };
  return { text: fallback, source: 'default', variable };
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
  const { text, source, variable } = findSetting(setting, file, env);
  if (text === undefined) {
    throw new LoteriaError(
      'CONFIG_MISSING',
      `${file.name}: ${key} is missing (or ${variable} in the environment): ` +
        `expected ${setting.expected}`,
    );
  }
  const result = v.safeParse(setting.schema, text.trim());
  if (!result.success) {
    const where = source === 'environment' ? `environment: ${variable}` : `${file.name}: ${key}`;
    const problem = setting.findProblem?.(text.trim());
    const why = problem === undefined ? '' : `: ${problem}`;
    const message = `${where} is "${withoutPassword(text)}"${why}: expected ${setting.expected}`;
    throw new LoteriaError('CONFIG_INVALID', message);
  }
  return { value: result.output, text: text.trim(), source };
}

/** A URL that was refused may hold a password, and errors are logged. */
export function withoutPassword(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^:/?#]*):.*@/i, '$1:***@')
    .replace(/([?&]password=)[^&#]*/gi, '$1***');
}

/**
 * Reads all settings of a table.
 *
 * @throws LoteriaError CONFIG_MISSING, CONFIG_INVALID
 */
export function readSettings<Table extends SettingsTable>(
  table: Table,
  file: SettingsFile,
  env: NodeJS.ProcessEnv,
): Settings<Table> {
  const read = Object.entries(table).map(([name, setting]) => [
    name,
    readSetting(setting, file, env),
  ]);
  return Object.fromEntries(read) as Settings<Table>;
}

/** The values of settings that were read. */
export function valuesOf<Table extends SettingsTable>(settings: Settings<Table>): ValuesOf<Table> {
  return pick(settings, 'value') as ValuesOf<Table>;
}

/** The texts of settings that were read. */
export function textsOf<Table extends SettingsTable>(settings: Settings<Table>): TextsOf<Table> {
  return pick(settings, 'text') as TextsOf<Table>;
}

function pick(settings: Settings<SettingsTable>, what: 'value' | 'text'): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).map(([name, read]) => [name, read[what]]));
}

/**
 * Reads settings that are of use only together: all of them are given, or none.
 *
 * @returns their values; null when none is given
 * @throws LoteriaError CONFIG_MISSING, CONFIG_INVALID
 */
export function readTogether<Name extends string>(
  table: Readonly<Record<Name, Setting<string | null>>>,
  file: SettingsFile,
  env: NodeJS.ProcessEnv,
): Readonly<Record<Name, string>> | null {
  const values = valuesOf(readSettings(table, file, env));
  const settings = Object.entries<Setting<string | null>>(table);
  const missing = settings.filter(([name]) => values[name as Name] === null);
  if (missing.length === settings.length) return null;
  if (missing.length === 0) return values as Readonly<Record<Name, string>>;
  const which = missing.map(([, { key, env: variable }]) => `${key.join('.')} (or ${variable})`);
  const all = settings.map(([, { key }]) => key.join('.'));
  throw new LoteriaError(
    'CONFIG_MISSING',
    `${file.name}: ${which.join(', ')} missing: expected all of ${all.join(', ')}, or none`,
  );
}
