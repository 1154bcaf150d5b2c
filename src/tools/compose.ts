/** Writes the Compose file for one server and any number of clients. */
import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { LoteriaError, messageOf } from '../base/errors';
import { LIMITS } from '../base/limits';
import type { Mode } from '../base/mode';
import { EDITIONS, type Edition } from '../domain/contest';
import { COURSE_SUBNET, parseSubnet } from '../net/subnet';

export interface ComposeOptions {
  readonly clients: number;
  /** What the programs are; undefined: their default. */
  readonly mode?: Mode;
  /** Of the lottery; undefined: the lottery itself. */
  readonly edition?: Edition;
  /** Settings of the server's draw, as `NAME=value`. */
  readonly draw?: readonly string[];
  /** Of the containers' network; undefined: the course's. */
  readonly subnet?: string;
  /** Keep the bets in ./data on this machine instead of in the container. */
  readonly persist: boolean;
  /** The live board, published on the loopback address of this machine; undefined: none. */
  readonly board?: boolean;
  /** A container beside the server that checks once whether it echoes, and logs the result. */
  readonly echoCheck: boolean;
}

/** Variables of exercise 5; they reach the clients when they are set where Compose runs. */
const BET_VARIABLES = ['NOMBRE', 'APELLIDO', 'DOCUMENTO', 'NACIMIENTO', 'NUMERO'];
/** Settings of the draw; the server checks their values. */
const DRAW_VARIABLES = ['WINNING_NUMBER', 'DRAW_SALT', 'DRAW_SALT_SOURCE'];
/** Settings of the board that reach the server when they are set where Compose runs. */
const BOARD_VARIABLES = ['BOARD_TOKEN', 'BOARD_AGENCY_METRICS'];
/** Port of the live board, in the container and on this machine; deploy/prometheus/ scrapes it. */
const BOARD_PORT = 9464;
const NETWORK = 'testing_net';
const PERSISTENT_DIRECTORY = './data';
/** Docker's default driver keeps every line for ever; `docker logs` reads rotated files as well. */
const LOGGING = { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '5' } };

/** The command of the echo check, for the shell and netcat of busybox. */
const ECHO_CHECK = String.raw`port=$(sed -n \
  's/^[[:space:]]*SERVER_PORT[[:space:]]*=[[:space:]]*\([0-9][0-9]*\).*$/\1/p' /config.ini | tail -n 1)
message="echo check $(date +%s)"
# The server is started first, and may not listen yet.
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  reply=$(printf '%s\n' "$message" | timeout 5 nc server "$port" | head -c 1024)
  if [ "$reply" = "$message" ]; then
    echo "action: test_echo_server | result: success"
    exit 0
  fi
  sleep 1
done
echo "action: test_echo_server | result: fail"
exit 1
`;

const USAGE_EXPECTED =
  'expected the number of clients, 0 to ' + String(LIMITS.agencyNumberMax) + ', in digits';

/**
 * @param text the number of clients as typed
 * @throws LoteriaError USAGE
 */
export function parseClients(text: string): number {
  const clients = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (clients <= LIMITS.agencyNumberMax) return clients;
  throw new LoteriaError('USAGE', `"${text}": ${USAGE_EXPECTED}`);
}

/**
 * MODE, EDITION, WINNING_NUMBER, DRAW_SALT, DRAW_SALT_SOURCE, SUBNET, PERSIST, BOARD and ENV=TEST from the environment.
 *
 * @throws LoteriaError USAGE
 */
export function composeOptions(clients: number, env: NodeJS.ProcessEnv): ComposeOptions {
  // Any other ENV is none of ours: it is the start-up file of POSIX shells.
  const echoCheck = env['ENV'] === 'TEST';
  const mode = modeIn(env, echoCheck);
  const edition = editionIn(env);
  const persist = flagIn(env, 'PERSIST');
  const board = flagIn(env, 'BOARD');
  if (board && mode === 'echo') {
    throw new LoteriaError('USAGE', 'BOARD is "1" and MODE is "echo": the board shows a lottery');
  }
  const subnet = env['SUBNET'];
  if (subnet !== undefined && parseSubnet(subnet) === undefined) {
    throw new LoteriaError(
      'USAGE',
      `SUBNET is "${subnet}": expected a network such as ${COURSE_SUBNET}`,
    );
  }
  const draw = DRAW_VARIABLES.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [`${name}=${forCompose(value)}`];
  });
  return {
    clients,
    persist,
    echoCheck,
    ...(mode === undefined ? {} : { mode }),
    ...(edition === 'lottery' ? {} : { edition }),
    ...(draw.length === 0 ? {} : { draw }),
    ...(subnet === undefined ? {} : { subnet }),
    ...(board ? { board } : {}),
  };
}

/** @returns undefined: the default of the programs */
function modeIn({ MODE: text }: NodeJS.ProcessEnv, echoCheck: boolean): Mode | undefined {
  const mode = text ?? (echoCheck ? 'echo' : undefined);
  if (mode !== undefined && mode !== 'lottery' && mode !== 'echo') {
    throw new LoteriaError('USAGE', `MODE is "${mode}": expected lottery or echo`);
  }
  if (echoCheck && mode === 'lottery') {
    throw new LoteriaError('USAGE', 'MODE is "lottery": ENV=TEST expects echo, or no MODE');
  }
  return mode;
}

function editionIn({ EDITION: text = 'lottery' }: NodeJS.ProcessEnv): Edition {
  const edition = EDITIONS.find((name) => name === text);
  if (edition !== undefined) return edition;
  throw new LoteriaError('USAGE', `EDITION is "${text}": expected ${EDITIONS.join(' or ')}`);
}

/** A variable that switches something on with 1; not set, it is off. */
function flagIn(env: NodeJS.ProcessEnv, name: string): boolean {
  const text = env[name] ?? '0';
  if (text === '0' || text === '1') return text === '1';
  throw new LoteriaError('USAGE', `${name} is "${text}": expected 0 or 1`);
}

/** The text of the Compose file; the same for the same options. */
export function composeText(options: ComposeOptions): string {
  const services: Record<string, object> = { server: serverService(options) };
  for (let id = 1; id <= options.clients; id++) {
    services[`client${String(id)}`] = clientService(id, options);
  }
  if (options.echoCheck) services['echo-check'] = echoCheckService();
  const networks = {
    [NETWORK]: {
      ipam: { driver: 'default', config: [{ subnet: options.subnet ?? COURSE_SUBNET }] },
    },
  };
  const document = { name: 'tp0', services, networks };
  return stringify(document, { aliasDuplicateObjects: false });
}

/**
 * Replaces a file, whole or not at all.
 *
 * @throws LoteriaError DATA_UNREADABLE
 */
export function writeCompose(path: string, options: ComposeOptions): void {
  const unfinished = `${path}.new.${String(process.pid)}`;
  try {
    // A device or a link must not become a file: root can replace even /dev/null.
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there !== undefined && !there.isFile()) throw new Error('it is there and not a plain file');
    // Docker would make a missing directory as root, and the server could not write to it.
    if (options.persist) mkdirSync(PERSISTENT_DIRECTORY, { recursive: true });
    writeFileSync(unfinished, composeText(options));
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw new LoteriaError('DATA_UNREADABLE', `${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Compose would put its own variables where a single `$` stands. */
function forCompose(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function serverService(options: ComposeOptions): object {
  const { clients, mode, persist, edition = 'lottery', draw = [], subnet, board = false } = options;
  const owner =
    persist && process.getuid !== undefined && process.getgid !== undefined
      ? { user: `${String(process.getuid())}:${String(process.getgid())}` }
      : {};
  return {
    container_name: 'server',
    image: 'server:latest',
    ...owner,
    environment: [
      ...(mode === undefined ? [] : [`SERVER_MODE=${mode}`]),
      `AGENCIES=${String(clients)}`,
      ...(edition === 'lottery' ? [] : [`EDITION=${edition}`]),
      ...draw,
      ...(subnet === undefined ? [] : [`TRUSTED_NETWORKS=${subnet}`]),
      // Whoever scrapes it in the network of the containers calls it by the name of its container.
      ...(board
        ? [`BOARD_PORT=${String(BOARD_PORT)}`, 'BOARD_ADDRESS=0.0.0.0', 'BOARD_HOSTS=server']
        : []),
      ...(board ? BOARD_VARIABLES : []),
    ],
    ...(board ? { ports: [`127.0.0.1:${String(BOARD_PORT)}:${String(BOARD_PORT)}`] } : {}),
    volumes: [
      './server/config.ini:/app/config.ini:ro',
      ...(persist ? [`${PERSISTENT_DIRECTORY}:/app/data`] : []),
    ],
    networks: [NETWORK],
    logging: LOGGING,
  };
}

function clientService(id: number, { mode, edition = 'lottery' }: ComposeOptions): object {
  const lottery = mode !== 'echo';
  return {
    container_name: `client${String(id)}`,
    image: 'client:latest',
    environment: [
      `CLI_ID=${String(id)}`,
      ...(mode === undefined ? [] : [`CLI_MODE=${mode}`]),
      ...(edition === 'lottery' ? [] : [`CLI_EDITION=${edition}`]),
      ...(lottery ? BET_VARIABLES : []),
    ],
    volumes: [
      './client/config.yaml:/app/config.yaml:ro',
      ...(lottery ? ['./.data:/app/.data:ro'] : []),
    ],
    networks: [NETWORK],
    depends_on: ['server'],
    logging: LOGGING,
  };
}

function echoCheckService(): object {
  return {
    container_name: 'echo-check',
    image: 'busybox:latest',
    command: ['sh', '-c', forCompose(ECHO_CHECK)],
    volumes: ['./server/config.ini:/config.ini:ro'],
    networks: [NETWORK],
    depends_on: ['server'],
  };
}
