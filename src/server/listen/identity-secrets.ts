/**
 * The file of the agencies' secrets: a line `agency:sha256` for each agency, the digest of its
 * token in 64 hexadecimal digits. Blank lines and lines that begin with `#` are ignored.
 *
 * Errors never show the content of a line: it may be a misplaced secret.
 */
import { LoteriaError } from '../../base/errors';
import { LIMITS } from '../../base/limits';
import { readSmallFile } from '../../base/small-file';
import { digestOf } from '../session/identity';

const LINE = /^([1-9]\d{0,4})\s*:\s*([0-9a-f]{64})$/i;

/**
 * @param agencies how many are expected; their numbers are 1 to this
 * @returns the digests by agency, one for each
 * @throws LoteriaError CONFIG_UNREADABLE, CONFIG_INVALID, CONFIG_MISSING
 */
export function readSecrets(path: string, agencies: number): ReadonlyMap<number, Buffer> {
  const bytes = readSmallFile(path, 'SECRETS_FILE', LIMITS.secretsFileBytesMax);
  return parseSecrets(path, bytes.toString('utf8'), agencies);
}

/**
 * @param name of the file, for errors
 * @throws LoteriaError CONFIG_INVALID, CONFIG_MISSING
 */
export function parseSecrets(
  name: string,
  text: string,
  agencies: number,
): ReadonlyMap<number, Buffer> {
  const digests = new Map<number, Buffer>();
  const lineOfAgency = new Map<number, number>();
  const lineOfDigest = new Map<string, number>();
  const noSecret = digestOf(Buffer.alloc(0)).toString('hex');
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return;
    const number = index + 1;
    const fail = (problem: string): never => {
      throw new LoteriaError('CONFIG_INVALID', `${name}: line ${String(number)}: ${problem}`);
    };
    const [, digits = '', hex = ''] =
      LINE.exec(line) ?? fail('expected agency:sha256, the digest in 64 hexadecimal digits');
    const agency = Number(digits);
    const digest = hex.toLowerCase();
    if (agency > agencies) {
      fail(`agency ${digits} is not expected: AGENCIES is ${String(agencies)}`);
    }
    const before = lineOfAgency.get(agency);
    if (before !== undefined) fail(`agency ${digits} is in line ${String(before)} already`);
    const twin = lineOfDigest.get(digest);
    if (twin !== undefined) fail(`the same secret is in line ${String(twin)} already`);
    if (digest === noSecret) fail('this is the digest of an empty secret');
    lineOfAgency.set(agency, number);
    lineOfDigest.set(digest, number);
    digests.set(agency, Buffer.from(digest, 'hex'));
  });
  requireAll(name, digests, agencies);
  return digests;
}

function requireAll(name: string, digests: ReadonlyMap<number, Buffer>, agencies: number): void {
  for (let agency = 1; agency <= agencies; agency++) {
    if (digests.has(agency)) continue;
    const text = `agency ${String(agency)} is missing: expected a line for each of 1 to `;
    throw new LoteriaError('CONFIG_MISSING', `${name}: ${text}${String(agencies)} (AGENCIES)`);
  }
}

/** A line of the file. */
export function secretLine(agency: number, token: Uint8Array): string {
  return `${String(agency)}:${digestOf(token).toString('hex')}\n`;
}
