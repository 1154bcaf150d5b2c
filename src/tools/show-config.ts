/** What a program makes of its configuration file and its environment, setting by setting. */
import { LoteriaError } from '../base/errors';
import {
  findSetting,
  readSetting,
  readSettings,
  valuesOf,
  withoutPassword,
  type Setting,
  type SettingsFile,
} from '../base/settings';
import { openClientFile, readClientConfig } from '../client/config';
import { CLIENT_SETTINGS } from '../client/settings';
import { openServerFile, readServerConfig } from '../server/config';
import { durationText } from '../base/duration';
import { NUMBER_SETTINGS, wantedNumber } from '../server/draw/number-settings';
import { MAIN_SETTINGS, SERVER_SETTINGS } from '../server/settings';

export interface ShownSetting {
  /** Its environment variable, and its place in the file. */
  readonly variable: string;
  readonly key: string;
  /** As configured, also where that is invalid, or the default; empty: none. Null: it has no text. */
  readonly value: string | null;
  readonly source: 'environment' | 'file' | 'default' | 'none';
  readonly help: string;
}

export interface ConfigReport {
  readonly program: 'server' | 'client';
  /** The configuration file that is read. */
  readonly file: string;
  readonly settings: readonly ShownSetting[];
  /** Why the program would not start, each with its code. */
  readonly problems: readonly string[];
}

/** Shown in place of a secret. */
const HIDDEN = '(hidden)';

/**
 * @param configFile the file that `--config` names, if any
 * @throws LoteriaError CONFIG_UNREADABLE
 */
export function readConfig(
  program: ConfigReport['program'],
  configFile: string | undefined,
  env: NodeJS.ProcessEnv,
): ConfigReport {
  const isServer = program === 'server';
  const file = isServer ? openServerFile(configFile) : openClientFile(configFile);
  const problems: string[] = [];
  const attempt = <T>(work: () => T): T | null => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof LoteriaError)) throw error;
      problems.push(`${error.code}: ${error.message}`);
      return null;
    }
  };
  const configured = (isServer ? SERVER_SETTINGS : CLIENT_SETTINGS).map((setting) => {
    attempt(() => readSetting(setting, file, env));
    return shown(setting, file, env);
  });
  const settings = isServer ? withUsedNumber(configured, file, env) : configured;
  // What only shows when settings are looked at together.
  if (problems.length === 0) {
    attempt(() => (isServer ? readServerConfig : readClientConfig)(configFile, env));
  }
  return { program, file: file.name, settings, problems };
}

function shown(
  setting: Setting<unknown>,
  file: SettingsFile,
  env: NodeJS.ProcessEnv,
): ShownSetting {
  const { isSecret = false, key, env: variable, help } = setting;
  const { text, source } = foundText(setting, file, env);
  const value = isSecret && text !== '' ? HIDDEN : text;
  return { variable, key: key.join('.').replace(/^DEFAULT\./, ''), value, source, help };
}

/** The text as it may be shown, and where it is. */
function foundText(
  setting: Setting<unknown>,
  file: SettingsFile,
  env: NodeJS.ProcessEnv,
): Pick<ShownSetting, 'source'> & { readonly text: string | null } {
  try {
    const { text, source } = findSetting(setting, file, env);
    if (text === undefined) return { text: null, source: 'none' };
    return { text: withoutPassword(text.trim()), source };
  } catch (error) {
    // The file has a list or a section there.
    if (!(error instanceof LoteriaError)) throw error;
    return { text: null, source: 'file' };
  }
}

/** The same with the winning number that is used where none is configured. */
function withUsedNumber(
  settings: readonly ShownSetting[],
  file: SettingsFile,
  env: NodeJS.ProcessEnv,
): readonly ShownSetting[] {
  const value = usedNumber(file, env);
  return settings.map((setting) => {
    const isUsed = setting.variable === NUMBER_SETTINGS.number.env && setting.value === '';
    return isUsed ? { ...setting, value, source: 'default' } : setting;
  });
}

/** @returns empty: none is fixed, or the settings contradict each other, which is a problem of its own */
function usedNumber(file: SettingsFile, env: NodeJS.ProcessEnv): string {
  try {
    const number = valuesOf(readSettings(NUMBER_SETTINGS, file, env));
    const { value: edition } = readSetting(MAIN_SETTINGS.edition, file, env);
    const wanted = wantedNumber(number, edition);
    return wanted?.kind === 'fixed' ? String(wanted.number) : '';
  } catch (error) {
    if (!(error instanceof LoteriaError)) throw error;
    return '';
  }
}

/** The report for people. */
export function configText({ program, file, settings, problems }: ConfigReport): string {
  const rows = settings.map(({ variable, key, value, source }) => [
    variable === key ? variable : `${variable} (${key})`,
    value === '' ? 'none' : durationText(value ?? '?'),
    source,
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const found = problems.map((problem) => `${program}: ${problem}`);
  return [`${program}: ${file}`, ...lines, ...found, ''].join('\n');
}
