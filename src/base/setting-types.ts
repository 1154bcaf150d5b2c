/** The kinds of values that settings have: how a text is read, and how an error names what was expected. */
import * as v from 'valibot';
import { parseDurationMs } from './duration';
import { LIMITS } from './limits';
import { LOG_LEVELS, type LogLevel } from './log/log';

export interface SettingType<T> {
  /** For errors and help: "a whole number from 0 to 65535". */
  readonly expected: string;
  readonly schema: v.GenericSchema<string, T>;
  /** Says more of a text that is refused: "address 2 is empty"; undefined: there is no more to say. */
  readonly findProblem?: (text: string) => string | undefined;
}

/** A whole number in decimal digits, within bounds. */
export function wholeNumber(
  min: number,
  max: number,
  expected = `a whole number from ${String(min)} to ${String(max)}`,
): SettingType<number> {
  const schema = v.pipe(
    v.string(),
    v.regex(/^\d{1,15}$/),
    v.transform(Number),
    v.minValue(min),
    v.maxValue(max),
  );
  return { expected, schema };
}

/** One of a few words. */
export function oneOf<const T extends string>(
  words: readonly T[],
  expected = words.join(' or '),
): SettingType<T> {
  return { expected, schema: v.picklist(words) };
}

/** Any text but the empty one. */
export function nonEmptyText(expected: string): SettingType<string> {
  return { expected, schema: v.pipe(v.string(), v.minLength(1)) };
}

/** A text of a form; the empty one, null, means that the setting is not given. */
export function optionalText(
  expected: string,
  isValid: (text: string) => boolean = () => true,
): SettingType<string | null> {
  const schema = v.pipe(
    v.string(),
    v.check((text) => text === '' || isValid(text)),
    v.transform((text) => (text === '' ? null : text)),
  );
  return { expected, schema };
}

export const optionalFile = optionalText('a file');

/** 0 or 1. */
export const flag: SettingType<boolean> = {
  expected: '0 or 1',
  schema: v.pipe(
    v.picklist(['0', '1']),
    v.transform((text) => text === '1'),
  ),
};

const milliseconds = v.pipe(
  v.string(),
  v.transform((text) => parseDurationMs(text) ?? Number.NaN),
  v.number(),
  v.finite(),
  v.maxValue(LIMITS.durationMsMax),
);

/** A Go duration, in milliseconds. */
export const goDuration: SettingType<number> = {
  expected: 'a duration such as 100ms, 5s or 1m30s',
  schema: milliseconds,
};

export const durationAboveZero: SettingType<number> = {
  expected: 'a duration above zero, as 500ms, 10s, 1m30s',
  schema: v.pipe(milliseconds, v.minValue(1)),
};

/** A level's name in any case; `WARN` and `WARNING` are the same. */
export const logLevel: SettingType<LogLevel> = {
  expected: `one of ${LOG_LEVELS.join(', ')}`,
  schema: v.pipe(
    v.string(),
    v.transform((text) => text.toUpperCase().replace(/^WARN$/, 'WARNING')),
    v.picklist(LOG_LEVELS),
  ),
};

/** `host:port`, with the host in brackets when it is an IPv6 address. */
export const hostAndPort: SettingType<{ readonly host: string; readonly port: number }> = {
  expected: 'host:port, as in server:12345',
  schema: v.pipe(
    v.string(),
    v.regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/),
    v.transform((text) => {
      const colon = text.lastIndexOf(':');
      return {
        host: text.slice(0, colon).replace(/^\[|\]$/g, ''),
        port: Number(text.slice(colon + 1)),
      };
    }),
    v.check(({ port }) => port >= 1 && port <= LIMITS.portMax),
  ),
};
