/**
 * The health check of the image.
 *
 * It must not appear in the server's log, so it opens no connection to the port. In lottery mode it
 * connects to the lock of the data directory, whose holder answers only while its event loop runs; in echo
 * mode, and where the bets are in a database, it checks that the port has a listener.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isStoreAnswering } from '../store/engines';
import { readServerConfig } from './config';

/** State of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';

async function isWell(): Promise<boolean> {
  const config = readServerConfig(undefined, process.env);
  const isAnswering = config.mode === 'lottery' ? await isStoreAnswering(config) : null;
  return isAnswering ?? isListening(config.port);
}

function isListening(port: number): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['/proc/net/tcp', '/proc/net/tcp6'].filter(existsSync).some((table) =>
    readFileSync(table, 'latin1')
      .split('\n')
      .some((line) => {
        const [, local = '', , state] = line.trim().split(/\s+/);
        return local.endsWith(wanted) && state === LISTEN;
      }),
  );
}

isWell().then(
  (well) => process.exit(well ? 0 : 1),
  () => process.exit(1),
);
