/**
 * The store engines, and the one place where one is chosen: by the setting `STORE` for a central, by its
 * argument for a command that works on a stored lottery.
 */
import { resolve } from 'node:path';
import { LoteriaError } from '../base/errors';
import { shellWord } from '../base/program/program-command';
import type { OpenStore, StoreListener } from './bet-store';
import { DirectoryLock } from './file/directory/lock';
import { openDirectory, type DirectoryOptions } from './file/open-directory';
import { isPostgresUrl, parsePlace } from './postgres/connection/place';

/** Value of `STORE` that keeps bets in files of one directory, for one central. */
export const DEFAULT_STORE = 'file';

/** Which engine keeps the bets, and where. */
export interface StoreChoice {
  /** The setting `STORE`: `file`, or the URL of a PostgreSQL for any number of centrals. */
  readonly store: string;
  /** `STORE_PASSWORD_FILE`: the password for that; null: none. */
  readonly storePasswordFile: string | null;
  /** `DATA_DIR`: the directory of the engine `file`. */
  readonly dataDirectory: string;
}

/** The words of a shell by which a command gets at the store. No password is among them: no URL has one. */
export function storeWords({ store, storePasswordFile, dataDirectory }: StoreChoice): string {
  if (store === DEFAULT_STORE) return shellWord(dataDirectory);
  const password =
    storePasswordFile === null ? '' : ` --password-file ${shellWord(resolve(storePasswordFile))}`;
  return `${shellWord(store)}${password}`;
}

export type OpenOptions = Omit<DirectoryOptions, 'directory'>;

/**
 * What is wrong with a value of `STORE`.
 *
 * @returns null: nothing
 */
export function problemOfStore(store: string): string | null {
  if (store === DEFAULT_STORE) return null;
  if (!isPostgresUrl(store)) return 'expected file or postgres://USER@HOST[:PORT]/DATABASE';
  try {
    parsePlace(store);
    return null;
  } catch (error) {
    if (error instanceof LoteriaError) return error.message;
    throw error;
  }
}

/**
 * @throws LoteriaError STORE_LOCKED, STORE_NOT_INITIALISED, STORE_REFUSED, STORE_DAMAGED, STORE_IO;
 *   CONFIG_INVALID for a store of another edition; CONFIG_UNREADABLE
 */
export async function openStore(
  { store: url, storePasswordFile, dataDirectory: directory }: StoreChoice,
  options: OpenOptions,
  listener: StoreListener,
): Promise<OpenStore> {
  if (url === DEFAULT_STORE) return openDirectory({ ...options, directory }, listener);
  // Nobody else loads the client of the database.
  const { accessTo, openPostgres } = await import('./postgres/open-postgres.js');
  const store = await openPostgres(accessTo(url, storePasswordFile), options.logger, listener);
  return { store, release: () => Promise.resolve() };
}

/**
 * Whether a central on this machine has the store open, and its event loop runs.
 *
 * @returns null: a store does not know, that any number of centrals has open
 */
export async function isStoreAnswering(choice: StoreChoice): Promise<boolean | null> {
  if (choice.store !== DEFAULT_STORE) return null;
  return DirectoryLock.isAnswering(choice.dataDirectory);
}

/**
 * Where a command finds a stored lottery that works on files only.
 *
 * @param place a directory
 * @throws LoteriaError CONFIG_INVALID for the URL of a store
 */
export function directoryAt(place: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(place)) return place;
  const what = 'this command works on the DATA_DIR of a central only';
  throw new LoteriaError('CONFIG_INVALID', `${place}: ${what}`);
}
