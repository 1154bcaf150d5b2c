/**
 * The floors of docs/ARCHITECTURE.md: a room imports only from rooms below it, and there is no
 * cycle. `npm run lint` checks it.
 */
const FLOORS = [
  ['base'],
  ['domain', 'net'],
  ['protocol', 'store'],
  ['parsing'],
  ['client', 'server'],
  ['tools'],
  ['cli'],
];

/** The same inside of a room: its sub-folders, lowest first. Files beside them wire them together. */
const SUB_FLOORS = {
  server: [['session'], ['admission', 'draw'], ['turn'], ['contest', 'echo', 'listen']],
  client: [['csv'], ['session'], ['contest', 'echo', 'legacy']],
  store: [['file']],
};

const path = (prefix, rooms) => `^${prefix}(${rooms.concat('none').join('|')})/`;

/** Rules that let a folder of `floors` import only from floors below its own. */
function downOnly(prefix, floors) {
  const name = prefix.replace(/^src\//, '');
  return floors.flatMap((rooms, floor) => [
    {
      name: `${name}floor-${floor}-imports-down-only`,
      comment: `${rooms.join(' and ')} must not import from folders above`,
      severity: 'error',
      from: { path: path(prefix, rooms) },
      to: { path: path(prefix, floors.slice(floor + 1).flat()) },
    },
    ...rooms.map((room) => ({
      name: `${name}${room}-imports-no-neighbour`,
      comment: `${room} must not import from the other folders of its floor`,
      severity: 'error',
      from: { path: path(prefix, [room]) },
      to: {
        path: path(
          prefix,
          rooms.filter((other) => other !== room),
        ),
      },
    })),
  ]);
}

module.exports = {
  forbidden: [
    ...downOnly('src/', FLOORS),
    ...Object.entries(SUB_FLOORS).flatMap(([room, floors]) => downOnly(`src/${room}/`, floors)),
    {
      name: 'no-cycle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      comment: 'a file that nothing imports is dead',
      severity: 'error',
      from: { orphan: true, pathNot: ['^src/parsing/worker\\.ts$'] },
      to: {},
    },
    {
      name: 'pure-session',
      comment: 'the session must not reach for sockets, files, clocks or pools',
      severity: 'error',
      from: {
        path: '^src/(server/session/|client/(session/|legacy/legacy-(session|transmission|request)\\.ts$))',
      },
      to: { path: '^(node:)?(fs|net|timers|tls|worker_threads|child_process)|^src/parsing/' },
    },
    {
      name: 'store-knows-no-engine',
      comment: 'what any engine stores must not depend on one of them',
      severity: 'error',
      from: { path: '^src/store/[^/]+$' },
      to: { path: '^src/store/[^/]+/' },
    },
    {
      name: 'server-knows-no-engine',
      comment:
        'the central stores through src/store/bet-store.ts; who opens a directory may know it',
      severity: 'error',
      from: { path: '^src/(server|client)/', pathNot: '^src/server/(lottery-server|health)\\.ts$' },
      to: { path: '^src/store/[^/]+/' },
    },
    {
      name: 'production-dependencies-only',
      comment: 'valibot is part of the bundle (CONTRIBUTING.md, "Dependencies")',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '^node_modules/valibot/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    includeOnly: '^(src|node_modules)/|^(node:)?[a-z_]+$',
  },
};
