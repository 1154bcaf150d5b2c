/**
 * The store engines, and the one place where one is chosen: by the setting `STORE` for a central, by its
 * argument for a command that works on a stored lottery.
 */
import { LoteriaError } from '../base/errors';
import type { OpenStore, StoreListener } from './bet-store';
import { DirectoryLock } from './file/directory/lock';
import { openDirectory, type DirectoryOptions } from './file/open-directory';

/** Values of `STORE`: `file` keeps bets in files of one directory, for one central. */
export const ENGINES = ['file'] as const;

type Engine = (typeof ENGINES)[number];

export const DEFAULT_ENGINE: Engine = 'file';

/** Which engine keeps the bets, and where. */
export interface StoreChoice {
  /** The setting `STORE`. */
  readonly store: Engine;
  /** `DATA_DIR`: the directory of the engine `file`. */
  readonly dataDirectory: string;
}

export type OpenOptions = Omit<DirectoryOptions, 'directory'>;

/** How the programs begin with an engine. */
interface EngineEntry {
  readonly open: (
    choice: StoreChoice,
    options: OpenOptions,
    listener: StoreListener,
  ) => Promise<OpenStore>;
  readonly isAnswering: (choice: StoreChoice) => Promise<boolean>;
}

const ENTRY: Readonly<Record<Engine, EngineEntry>> = {
  file: {
    open: ({ dataDirectory: directory }, options, listener) =>
      openDirectory({ ...options, directory }, listener),
    isAnswering: ({ dataDirectory }) => DirectoryLock.isAnswering(dataDirectory),
  },
};

/**
 * @throws LoteriaError STORE_LOCKED, STORE_DAMAGED, STORE_IO; CONFIG_INVALID for a store of another edition
 */
export function openStore(
  choice: StoreChoice,
  options: OpenOptions,
  listener: StoreListener,
): Promise<OpenStore> {
  return ENTRY[choice.store].open(choice, options, listener);
}

/** Whether a central on this machine has the store open, and its event loop runs. */
export function isStoreAnswering(choice: StoreChoice): Promise<boolean> {
  return ENTRY[choice.store].isAnswering(choice);
}

/**
 * Where a command finds a stored lottery; the engine `file` is the only one with such commands.
 *
 * @param place a directory
 * @throws LoteriaError CONFIG_INVALID for the URL of a store
 */
export function directoryAt(place: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(place)) return place;
  const what = 'no store engine has such a place; expected the DATA_DIR of a central';
  throw new LoteriaError('CONFIG_INVALID', `${place}: ${what}`);
}
