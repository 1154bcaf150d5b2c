/** Makes the agencies' secrets: a token file for each agency, and the central's file of digests. */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LoteriaError, messageOf } from '../base/errors';
import { LIMITS } from '../base/limits';
import { secretLine } from '../server/listen/identity-secrets';

export interface SecretOptions {
  readonly directory: string;
  /** How many agencies; their numbers are 1 to this. */
  readonly agencies: number;
}

/** As hard to guess as the digest that it is compared by. */
const TOKEN_BYTES = 32;
const SECRETS_NAME = 'secrets';

/**
 * Writes `agency-N.token` for each agency, and `secrets` for the central. Files that are there are
 * never replaced: an agency would be locked out.
 *
 * @returns the path of the central's file
 * @throws LoteriaError USAGE, DATA_EXISTS, DATA_UNREADABLE
 */
export function makeSecrets({ directory, agencies }: SecretOptions): string {
  const { agencyNumberMax } = LIMITS;
  if (agencies < 1 || agencies > agencyNumberMax) {
    const text = `${String(agencies)} agencies: expected 1 to ${String(agencyNumberMax)}`;
    throw new LoteriaError('USAGE', text);
  }
  const secrets = join(directory, SECRETS_NAME);
  const files = new Map<string, string>();
  let lines = '# agency:sha256(token), for SECRETS_FILE of the central\n';
  for (let agency = 1; agency <= agencies; agency++) {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    files.set(join(directory, `agency-${String(agency)}.token`), `${token}\n`);
    lines += secretLine(agency, Buffer.from(token));
  }
  files.set(secrets, lines);
  for (const path of files.keys()) {
    if (!existsSync(path)) continue;
    const advice = 'remove it first, or name another directory with --out';
    throw new LoteriaError('DATA_EXISTS', `${path} is there already: ${advice}`);
  }
  writeAll(directory, files);
  return secrets;
}

/** Writes all files, or leaves none. */
function writeAll(directory: string, files: ReadonlyMap<string, string>): void {
  const begun: string[] = [];
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const [path, text] of files) {
      const file = openSync(path, 'wx', 0o600);
      begun.push(path);
      try {
        writeFileSync(file, text);
      } finally {
        closeSync(file);
      }
    }
  } catch (error) {
    for (const path of begun) rmSync(path, { force: true });
    throw new LoteriaError('DATA_UNREADABLE', messageOf(error), { cause: error });
  }
}
