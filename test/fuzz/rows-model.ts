/** What a row may be, written down once more from docs/PROTOCOL.md, section 6. */
const NAME = '(?:[^",\\x00-\\x1f\\x7f]+|"(?:[^"\\x00-\\x1f\\x7f]|"")*")';
const ROW = new RegExp(
  `^(\\d+),(${NAME}),(${NAME}),(\\d{1,10}),(\\d{4})-(\\d{2})-(\\d{2}),(0|[1-9]\\d{0,3})\r\n$`,
);
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * How many valid rows of an agency these bytes are.
 *
 * @returns null when they are anything else
 */
export function countRows(rows: Buffer, agency: number): number | null {
  let text: string;
  try {
    text = decoder.decode(rows);
  } catch {
    return null;
  }
  if (!text.endsWith('\r\n')) return null;
  const lines = text.split('\r\n');
  lines.pop();
  return lines.every((line) => isRow(`${line}\r\n`, agency)) ? lines.length : null;
}

function isRow(line: string, agency: number): boolean {
  const match = ROW.exec(line);
  if (match === null) return false;
  const [, number, first = '', last = '', , year, month, day] = match;
  return (
    number === String(agency) &&
    isName(first) &&
    isName(last) &&
    isDate(Number(year), Number(month), Number(day))
  );
}

function isName(written: string): boolean {
  const isQuoted = written.startsWith('"');
  const name = isQuoted ? written.slice(1, -1).replaceAll('""', '"') : written;
  if (name === '' || Buffer.byteLength(name) > 512) return false;
  return isQuoted === /[",]/.test(name);
}

function isDate(year: number, month: number, day: number): boolean {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
  return year >= 1 && day >= 1 && day <= days;
}
