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

const path = (rooms) => `^src/(${rooms.join('|')})/`;

const floorRules = FLOORS.map((rooms, floor) => ({
  name: `floor-${floor}-imports-down-only`,
  comment: `${rooms.join(' and ')} must not import from rooms above`,
  severity: 'error',
  from: { path: path(rooms) },
  to: {
    path: path(
      FLOORS.slice(floor + 1)
        .flat()
        .concat('none'),
    ),
  },
}));

const neighbourRules = FLOORS.flatMap((rooms) =>
  rooms.map((room) => ({
    name: `${room}-imports-no-neighbour`,
    comment: `${room} must not import from the other rooms of its floor`,
    severity: 'error',
    from: { path: `^src/${room}/` },
    to: { path: path(rooms.filter((other) => other !== room).concat('none')) },
  })),
);

module.exports = {
  forbidden: [
    ...floorRules,
    ...neighbourRules,
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
        path: '^src/(server/(session[^/]*|lottery|effects)|client/(agency-session|send-queue|legacy/legacy-session))\\.ts$',
      },
      to: { path: '^(node:)?(fs|net|timers|tls|worker_threads|child_process)|^src/parsing/' },
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
