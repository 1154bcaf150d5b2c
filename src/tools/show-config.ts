/** What a program makes of its configuration file and its environment, setting by setting. */
import { LoteriaError } from '../base/errors';
import { readSetting, type Setting, type SettingsFile } from '../base/settings';
import { openClientFile, readClientConfig } from '../client/config';
import { CLIENT_SETTINGS } from '../client/settings';
import { openServerFile, readServerConfig } from '../server/config';
import { SERVER_SETTINGS } from '../server/settings';
import { durationText } from '../base/duration';

export interface ShownSetting {
  /** Its environment variable, and its place in the file. */
  readonly variable: string;
  readonly key: string;
  /** As configured; null: it is missing, or invalid. */
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
  const settings = (isServer ? SERVER_SETTINGS : CLIENT_SETTINGS).map(
    (setting) => attempt(() => shown(setting, file, env)) ?? missing(setting),
  );
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
  const { text, source } = readSetting(setting, file, env);
  const value = setting.isSecret === true && text !== '' ? HIDDEN : text;
  return { ...missing(setting), value, source };
}

function missing({ key, env: variable, help }: Setting<unknown>): ShownSetting {
  const place = key.join('.').replace(/^DEFAULT\./, '');
  return { variable, key: place, value: null, source: 'none', help };
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
