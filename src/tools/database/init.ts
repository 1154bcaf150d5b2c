/** `loteria store init`: makes the tables of a lottery in a PostgreSQL. */
import { accessTo, initialise } from '../../store/postgres/open-postgres';

/** What became of the tables. */
export interface Initialised {
  /** Of the place, without user and options. */
  readonly name: string;
  /** Whether there were none before. */
  readonly isNew: boolean;
}

/**
 * @param url of the place, with a user that may make a schema
 * @param passwordFile null: no password
 * @param role that centrals connect as, and that gets the rights they need; null: the user of the URL
 * @throws LoteriaError CONFIG_INVALID, CONFIG_UNREADABLE, STORE_IO; STORE_REFUSED also for tables of another version;
 *   STORE_DAMAGED for tables without a version
 */
export async function initStore(
  url: string,
  passwordFile: string | null,
  role: string | null,
): Promise<Initialised> {
  const access = accessTo(url, passwordFile);
  return { name: access.name, isNew: await initialise(access, role) };
}
