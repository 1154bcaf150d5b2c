/**
 * Texts of the command line to values; and `--json`. Each parser throws InvalidArgumentError with what was
 * expected, for which commander ends with wrong usage.
 */
import { InvalidArgumentError, type Command } from 'commander';
import { parseDurationMs } from '../base/duration';
import { LIMITS } from '../base/limits';

/**
 * What a source of the salt has published: 1 to `LIMITS.drawSaltBytesMax` printable ASCII characters, without
 * spaces around them, and without `|`, which separates the fields of a log line.
 */
export function saltValue(text: string): string {
  const { drawSaltBytesMax } = LIMITS;
  const isPrintable = /^[\x21-\x7b}~](?:[\x20-\x7b}~]*[\x21-\x7b}~])?$/.test(text);
  if (isPrintable && text.length <= drawSaltBytesMax) return text;
  const expected = `1 to ${String(drawSaltBytesMax)} printable ASCII characters other than |`;
  throw new InvalidArgumentError(`"${text}": expected ${expected}, without spaces around them`);
}

/** A SHA-256 that was published, also with the spaces of a copy around it. @returns lower case */
export function sha256(text: string): string {
  const digits = text.trim().toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return digits;
  throw new InvalidArgumentError(`"${text}": expected 64 hexadecimal digits`);
}

/** How many agencies take part: 0 to `LIMITS.agencyNumberMax`. */
export function agencyCount(text: string): number {
  return wholeNumber(text, 0, LIMITS.agencyNumberMax);
}

/** How often the demo kills its central: 0 to `LIMITS.demoKillsMax`. */
export function killCount(text: string): number {
  return wholeNumber(text, 0, LIMITS.demoKillsMax);
}

/** A TCP port; 0: any that is free. */
export function portNumber(text: string): number {
  return wholeNumber(text, 0, LIMITS.portMax);
}

/** How often something is shown. */
export function updateCount(text: string): number {
  return wholeNumber(text, 1, 1_000_000_000);
}

/** A number that the command itself checks further: up to 9 digits. */
export function count(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`"${text}": expected a whole number`);
}

function wholeNumber(text: string, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const expected = `expected a whole number from ${String(min)} to ${String(max)}`;
  throw new InvalidArgumentError(`"${text}": ${expected}`);
}

/** A duration stays as it is written: settings take it in this form. */
export function duration(text: string): string {
  durationMs(text);
  return text;
}

/** @returns milliseconds */
export function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms <= LIMITS.durationMsMax) return ms;
  throw new InvalidArgumentError(`"${text}": expected a duration such as 100ms, 5s or 1m30s`);
}

/** The pause between two updates of `loteria top`. @returns milliseconds */
export function updatePeriodMs(text: string): number {
  const ms = durationMs(text);
  if (ms >= LIMITS.topPeriodMsMin) return ms;
  throw new InvalidArgumentError(`"${text}": expected ${String(LIMITS.topPeriodMsMin)}ms or more`);
}

/** Adds `--json`, with which the command writes through {@link writeJson} alone. @returns `command` */
export function withJson(command: Command): Command {
  return command.option('--json', 'write the result as JSON, for programs');
}

/** What a command with `--json` writes. */
export function writeJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
