/**
 * The layers of docs/ARCHITECTURE.md, lowest first: a folder imports only from lower layers, and there
 * is no cycle. `npm run lint` checks it.
 */
const LAYERS = [
  ['base'],
  ['domain', 'net', 'telemetry'],
  ['protocol', 'store'],
  ['parsing', 'board'],
  ['client', 'server'],
  ['tools'],
  ['cli'],
];

/** The layers inside a folder: its sub-folders, lowest first. Files beside them wire them together. */
const SUB_LAYERS = {
  server: [
    ['log'],
    ['session'],
    ['admission', 'draw'],
    ['turn'],
    ['board', 'contest', 'echo', 'listen'],
  ],
  client: [['csv'], ['session'], ['contest', 'echo', 'legacy']],
  store: [['file', 'postgres']],
  'store/postgres': [['connection']],
  'store/file': [['directory'], ['bets', 'journal'], ['acta', 'winners']],
  'protocol/dialects': [['bets', 'agency']],
  base: [['log'], ['program']],
  net: [['connection']],
  tools: [
    ['board', 'data', 'store', 'verify'],
    ['database', 'demo'],
  ],
};

/** As `build:bundles` in package.json names them. */
const ENTRY_POINTS =
  '^src/(cli/(boot|main|client|server)|server/health|parsing/worker|store/postgres/connection/pg-client)\\.ts$';

const STORE_ENGINES = '^src/store/[^/]+/';

const path = (prefix, folders) => `^${prefix}(${folders.concat('none').join('|')})/`;

/** Rules that let a folder import only from layers below its own. */
function downOnly(prefix, layers) {
  const name = prefix.replace(/^src\//, '');
  return layers.flatMap((folders, index) => [
    {
      name: `${name}layer-${index}-imports-down-only`,
      comment: `${folders.join(' and ')} must not import from folders above`,
      severity: 'error',
      from: { path: path(prefix, folders) },
      to: { path: path(prefix, layers.slice(index + 1).flat()) },
    },
    ...folders.map((folder) => ({
      name: `${name}${folder}-imports-no-neighbour`,
      comment: `${folder} must not import from the other folders of its layer`,
      severity: 'error',
      from: { path: path(prefix, [folder]) },
      to: {
        path: path(
          prefix,
          folders.filter((other) => other !== folder),
        ),
      },
    })),
  ]);
}

module.exports = {
  forbidden: [
    ...downOnly('src/', LAYERS),
    ...Object.entries(SUB_LAYERS).flatMap(([folder, layers]) => downOnly(`src/${folder}/`, layers)),
    {
      name: 'no-cycle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-dead-file',
      comment: 'a file that no program reaches is dead',
      severity: 'error',
      from: { path: ENTRY_POINTS },
      to: { path: '^src/', pathNot: ENTRY_POINTS, reachable: false },
    },
    {
      name: 'pure-session',
      comment: 'the session must not reach for sockets, files, clocks or pools',
      severity: 'error',
      from: {
        path: [
          '^src/(server|client)/(session/|contest/session\\.ts$)',
          '^src/client/legacy/legacy-(session|transmission|request)\\.ts$',
        ],
      },
      to: {
        path: '^(node:)?(fs|net|timers|tls|worker_threads|child_process)$|^src/(parsing|net)/',
        pathNot: '^src/net/address-group\\.ts$',
      },
    },
    {
      name: 'store-knows-no-engine',
      comment: 'what any engine stores must not depend on one of them',
      severity: 'error',
      from: { path: '^src/store/[^/]+$', pathNot: '^src/store/engines\\.ts$' },
      to: { path: STORE_ENGINES },
    },
    {
      name: 'server-knows-no-engine',
      comment: 'the central stores through src/store/bet-store.ts, and opens through engines.ts',
      severity: 'error',
      from: { path: '^src/(server|client)/' },
      to: { path: STORE_ENGINES },
    },
    {
      name: 'page-knows-the-feed-only',
      comment: 'of the central, the page of the board knows the types of its events',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^(src|test|bench)/', pathNot: '^src/board/feed\\.ts$' },
    },
    {
      name: 'page-is-loaded-by-browsers-only',
      severity: 'error',
      from: { path: '^(src|bench)/' },
      to: { path: '^web/' },
    },
    {
      name: 'production-dependencies-only',
      comment: 'valibot and pg are part of the bundle (CONTRIBUTING.md, "Dependencies")',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '^node_modules/(valibot|pg|@types/pg)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    includeOnly: '^(src|test|bench|web|deploy|build|node_modules)/|^(node:)?[a-z_]+$',
  },
};
