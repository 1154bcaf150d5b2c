/**
 * Where a replicated PostgreSQL is: `postgres://USER@HOST[:PORT][,HOST[:PORT]...]/DATABASE[?OPTION=VALUE&...]`,
 * as libpq has it. Options: `sslmode` (`disable`, or `verify-full` with `sslrootcert`), and `synchronous`:
 * `required`, the default for several hosts, or `off`, the default for one.
 */
import { statSync } from 'node:fs';
import type { ServerAddress } from '../../../base/address-list';
import { LoteriaError } from '../../../base/errors';
import { LIMITS } from '../../../base/limits';
import { readSmallFile } from '../../../base/small-file';

export interface PostgresPlace {
  /** Without options, for errors and log lines. */
  readonly name: string;
  readonly user: string;
  readonly hosts: readonly ServerAddress[];
  readonly database: string;
  /** File of the authorities that certify the servers; null: no TLS. */
  readonly authorities: string | null;
  /** Whether a commit counts only if a standby has it too. */
  readonly demandsStandby: boolean;
  /** Whether it does not only because one host is named: that may be the address of several. */
  readonly assumesNoStandby: boolean;
}

/** How one of the servers is reached; a subset of what `pg` calls ClientConfig. */
export interface ServerConfig extends ServerAddress {
  readonly user: string;
  readonly database: string;
  /** Called at each connection; throws as {@link serversOf} does. Absent: no password. */
  readonly password?: () => string;
  /** False: no TLS. Absent: the variable `PGSSLMODE` decides, which no place leaves to it. */
  readonly ssl?:
    { readonly ca: string; readonly host: string; readonly rejectUnauthorized: true } | false;
}

const DEFAULT_PORT = 5432;
const URL_FORM = /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^@/?#]+)\/([^/?#]+)(?:\?([^#]*))?$/;

/** Whether a text is meant as such a place. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//i.test(text);
}

/** @throws LoteriaError CONFIG_INVALID */
export function parsePlace(url: string): PostgresPlace {
  const [, user = '', authority = '', database = '', options = ''] = URL_FORM.exec(url) ?? [];
  if (authority === '') {
    throw invalid('not postgres://USER@HOST[:PORT][,HOST[:PORT]...]/DATABASE');
  }
  if (user.includes(':')) {
    throw invalid('it has a password: expected that in STORE_PASSWORD_FILE');
  }
  if (user === '') throw invalid('the user is missing: expected postgres://USER@HOST/DATABASE');
  const hosts = authority.split(',').map(hostOf);
  const { tls, synchronous } = optionsOf(options);
  return {
    name: `postgres://${authority}/${database}`,
    user: decoded(user),
    hosts,
    database: decoded(database),
    authorities: tls,
    demandsStandby: synchronous ?? hosts.length > 1,
    assumesNoStandby: synchronous === null && hosts.length === 1,
  };
}

/**
 * @param passwordFile its first line is the password, read at each connection: it may be changed while the program
 *   runs (but a pipe is read once); null: no password
 * @returns one for each host
 * @throws LoteriaError CONFIG_UNREADABLE; CONFIG_INVALID for a file that is too long, or has no password
 */
export function serversOf(place: PostgresPlace, passwordFile: string | null): ServerConfig[] {
  const { user, database, hosts, authorities } = place;
  const password = passwordFile === null ? null : passwordOf(passwordFile);
  const ca = authorities === null ? null : readAuthorities(authorities);
  return hosts.map(({ host, port }) => ({
    ...{ host, port, user, database },
    ...(password === null ? {} : { password }),
    ssl: ca === null ? false : { ca, host, rejectUnauthorized: true },
  }));
}

function passwordOf(file: string): () => string {
  const first = readPassword(file);
  // A pipe can be read only once.
  return statSync(file).isFile() ? () => readPassword(file) : () => first;
}

function readPassword(file: string): string {
  const text = readSmallFile(file, 'password of STORE', LIMITS.passwordFileBytesMax).toString(
    'utf8',
  );
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line !== '') return line;
  throw new LoteriaError(
    'CONFIG_INVALID',
    `${file} (password of STORE): its first line is empty; expected the password`,
  );
}

function readAuthorities(file: string): string {
  return readSmallFile(file, 'sslrootcert of STORE', LIMITS.pemFileBytesMax).toString('utf8');
}

function hostOf(text: string): ServerAddress {
  const [, bracketed, plain, port = String(DEFAULT_PORT)] =
    /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = Number(port);
  if (host === undefined || number < 1 || number > LIMITS.portMax) {
    throw invalid(`"${text}" is not HOST or HOST:PORT`);
  }
  return { host, port: number };
}

function optionsOf(text: string): { tls: string | null; synchronous: boolean | null } {
  const options = new URLSearchParams(text);
  for (const name of options.keys()) {
    if (!['sslmode', 'sslrootcert', 'synchronous'].includes(name)) {
      throw invalid(`unknown option "${name}": expected sslmode, sslrootcert or synchronous`);
    }
  }
  const synchronous = options.get('synchronous');
  if (synchronous !== null && !['required', 'off'].includes(synchronous)) {
    throw invalid(`synchronous=${synchronous}: expected required or off`);
  }
  const mode = options.get('sslmode') ?? 'disable';
  const tls = options.get('sslrootcert');
  if (mode !== 'disable' && mode !== 'verify-full') {
    throw invalid(`sslmode=${mode}: expected disable or verify-full, which checks who answers`);
  }
  if ((mode === 'verify-full') !== (tls !== null)) {
    throw invalid('sslmode=verify-full and sslrootcert=FILE: expected both or none');
  }
  return { tls, synchronous: synchronous === null ? null : synchronous === 'required' };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(`"${text}" is not percent-encoded as a URL is`);
  }
}

function invalid(what: string): LoteriaError {
  return new LoteriaError('CONFIG_INVALID', `STORE: ${what}`);
}
