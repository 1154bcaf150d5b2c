/** Every text of the page, in English. */
import { createFormats } from '../formats';

const f = createFormats('en');

export const ENGLISH = {
  title: 'Lotería Nacional',
  subtitle: 'The central, live',
  skip: 'Skip to the table of agencies',

  live: 'live',
  connecting: 'connecting',
  lost: 'connection lost',
  paused: 'paused',
  pause: 'Pause',
  resume: 'Resume',
  theme: 'Colours',
  themeAuto: 'as the system',
  themeLight: 'light',
  themeDark: 'dark',
  upFor: (time: string) => `running for ${time}`,
  noAnswerNow:
    'The central does not answer. What you see is its last state; the page goes on trying.',
  noAnswerPaused:
    'The central does not answer. What you see is its state when you paused the page; the page goes on trying.',
  pausedRestarted:
    'The central was started again. What you see is from before: the page is paused.',
  pausedOtherLottery:
    'The central has another lottery now. What you see is the one before: the page is paused.',
  lastAnswer: (time: string) => `Last answer ${time} ago.`,
  neverThere: 'The central does not answer. The page goes on trying.',
  tooMany: 'The central serves as many viewers as it may. The page goes on trying.',
  stopping: 'The central is shutting down. Agencies resume when it is back.',
  newVersion: (version: string) => `The central is now version ${version}.`,
  reload: 'Load the page again',
  waitingForFirst: 'Waiting for the central’s first numbers …',

  bets: 'Bets stored',
  rate: 'Bets per second',
  finished: 'Agencies finished',
  held: 'Wait for the draw',
  sync: 'fdatasync p99',
  commitTime: 'Commit p99',
  connections: 'Connections',

  barrier: 'The draw waits for every agency',
  barrierOpen: 'Every agency has finished',
  barrierDrawn: 'The draw has been made',
  contestTitle: 'Where the agencies are',
  contestDone: 'Finished',
  contestDoneHint: 'all contestants stored',
  contestHint: 'The 2020 edition has no draw: each batch is answered with its winners.',
  absentPlace: 'Not here yet',
  absentHint: 'never connected to this central',
  loadingPlace: 'Loading',
  loadingHint: 'each batch is stored before it is acknowledged',
  barrierPlace: 'At the barrier',
  barrierHint: 'all bets stored; waiting for the others',
  barrierHintOpen: 'all bets stored; waiting for the draw',
  drawPlace: 'Draw',
  servedPlace: 'Winners ready',
  servedHint: 'each agency gets its own only, when it asks',
  drawPending: 'after the last agency has finished',
  drawSalt: (source: string) => `waits for the value of: ${source}`,
  saltRecord:
    'Stop the central, record the value with this command on its machine, and start the central again',
  drawRunning: 'checks every bet and looks for the winners',
  drawDone: 'winning number',
  committed: 'Commitment published before the draw',
  dotIs: (n: number) => `One dot stands for up to ${f.count(n)} agencies.`,
  missing: (n: number) => (n === 1 ? 'Missing: one agency' : `Missing: ${f.count(n)} agencies`),
  andMore: (n: number) => `and ${f.count(n)} more`,
  missingBets: (n: number) => (n === 1 ? 'one bet' : `${f.count(n)} bets`),
  perSecond: (rate: string) => `${rate}/s`,

  agencies: 'Agencies',
  tableName: 'Table of agencies',
  agencyName: (n: number) => `Agency ${String(n)}`,
  filter: 'Filter',
  filterPlaceholder: 'number, state, address, error',
  show: 'Show',
  showAll: 'All',
  showMissing: 'Missing',
  showErrors: 'With errors',
  shown: (n: number, of: number) =>
    n === of ? `${f.count(n)} agencies` : `${f.count(n)} of ${f.count(of)} agencies`,
  none: 'No agency matches the filter.',
  sortBy: (name: string) => `Sort by ${name}`,
  tableHint:
    'Known bets are the stored ones and those that are being stored. The bar compares each agency with the one that has most.',
  colAgency: 'Agency',
  colState: 'State',
  colStored: 'Bets stored',
  colKnown: 'Known',
  colRate: 'Bets/s',
  colUnanswered: 'Batches in flight',
  colRejected: 'Rejected',
  colReconnects: 'Reconnects',
  manyConnections: (n: number) => (n === 1 ? '1 connection' : `${f.count(n)} connections`),
  colWinners: 'Winners',
  colAddress: 'Address',
  colError: 'Last error',
  ago: (time: string) => `${time} ago`,
  looks: {
    absent: 'not connected yet',
    loading: 'loading',
    gone: 'disconnected',
    waiting: 'waits for the draw',
    finished: 'finished',
    left: 'finished, gone',
  },

  charts: 'Over time',
  chartsHint: (time: string) =>
    `The last ${time}. Point at a chart, or move the slider, to read all of them at that moment.`,
  momentChoose: 'Choose a moment',
  chartsGaps: (n: number) =>
    n === 1
      ? 'Shaded: no numbers were received; the central was restarted.'
      : `Shaded, ${f.count(n)} times: no numbers were received; the central was restarted.`,
  noSamples: 'No numbers yet.',
  chartBets: 'Bets per second',
  chartBytes: 'Bytes received per second',
  chartGroup: 'Entries per commit',
  chartSync: 'Time of fdatasync',
  chartCommit: 'Time of a commit',
  chartLoop: 'Event-loop delay',
  chartParse: 'Batches parsed per second',
  chartMemory: 'Memory',
  chartRejects: 'Refused per second',
  inline: 'inline',
  pooled: 'pool',
  heap: 'heap',
  rejects: 'rejects',
  refused: 'handshakes',
  chartSays: (title: string, now: string, highest: string) =>
    `${title}: now ${now}, highest ${highest}`,

  turns: 'Inside the event loop',
  turnsHint:
    'Each column is one turn of the central: everything it does before it looks at its sockets again. Height is the time in which nobody else is served; a slow turn has a red cap, and a very long one is cut off.',
  write: 'write',
  noTurns: 'No turn yet: nothing has arrived.',
  turnChoose: 'Choose a turn',
  turnSays: (turn: string, at: string, busy: string) => `Turn ${turn}, ${at}, ${busy}`,
  turnBusy: 'busy',
  turnLatest: 'Follow the latest',
  turnPooled: 'in worker threads',
  slow: 'slow',
  slowTurns: (n: number, of: number, time: string) =>
    n === 0
      ? `No slow turn among ${f.count(of)} in the last ${time}.`
      : `${f.count(n)} slow of ${f.count(of)} turns in the last ${time}. The slowest, one of each second at most:`,
  stages: {
    read: 'Read',
    parse: 'Parse',
    step: 'Step',
    commit: 'Commit',
    reply: 'Reply',
    reap: 'Reap',
  },
  stageHints: {
    read: 'Take whole frames from the buffers of connections that have input.',
    parse: 'Check the rows of bets: here when they are few, in worker threads when many.',
    step: 'Ask each session what the message leads to. No I/O, so it can be tested alone.',
    commit:
      'One write and one fdatasync for the bets of everybody: group commit. While the disk syncs, the next turns go on; only the write is in the picture.',
    reply: 'Only now acknowledge: what the agency reads as stored is durable.',
    reap: 'Close connections that are over, silent or too slow.',
  },
  commitHintDatabase:
    'One transaction for the bets of everybody: group commit. Until the database answers, the next turns go on; only what this central does for it is in the picture.',
  ready: (n: number) => (n === 1 ? 'one connection ready' : `${f.count(n)} connections ready`),
  frames: (n: number) => (n === 1 ? 'one frame' : `${f.count(n)} frames`),
  rows: (n: number, size: string) => (n === 1 ? `one row, ${size}` : `${f.count(n)} rows, ${size}`),
  entries: (n: number) =>
    n === 0 ? 'no group became durable' : n === 1 ? 'one entry' : `${f.count(n)} entries`,
  replies: (n: number) => (n === 1 ? 'one reply' : `${f.count(n)} replies`),

  result: 'The draw',
  winningNumber: 'Winning number',
  winnersTotal: 'Winners',
  drawTime: 'Drawn at',
  drawId: 'Draw',
  digest: 'Digest of all bets (chained SHA-256)',
  digestPending: 'The acta is being written: the central reads every bet once more.',
  actaFailed: (code: string) =>
    `The acta could not be written (${code}): the log of the central says why. The next start tries again.`,
  actaDamaged: 'The bets or the acta are not what was stored.',
  winnersPerAgency: 'Winners per agency',
  proof: 'Was a bet changed?',
  proofBefore: 'No, up to the acta.',
  proofRead: (n: number) =>
    `To write it, the central read every bet again, ${f.count(n)} in all, and count and checksum of each agency are those recorded.`,
  proofSince: 'Since then, check it yourself.',
  proofHint:
    'The acta binds every bet in one digest. Keep the acta: the command reads all bets again and compares, and finds any bet that was changed, added or removed.',
  download: 'Download the acta',
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'The browser refused',
  verifyCommand: 'On the central’s machine, once the central has ended',
  verifyDatabase:
    'From any machine that reaches the database and has the files that the command names, while centrals go on',
  documents: 'Documents of winners',
  documentsHint: 'Personal data: only with the board’s token.',
  noBoardToken:
    'This board has no token, so it shows nobody’s documents. To see them, start the central with BOARD_TOKEN or BOARD_TOKEN_FILE.',
  token: 'Board token',
  showDocuments: 'Show documents',
  documentsOf: (n: number, agency: number) =>
    n === 1
      ? `One winner of agency ${String(agency)}`
      : `${f.count(n)} winners of agency ${String(agency)}`,
  moreDocuments: (n: number) => `Show more of the other ${f.count(n)}`,
  wrongToken: 'The token is missing or not right.',
  otherDraw: 'The central has another draw now.',
  noAgency: 'There is no such agency.',
  noAnswer: 'The central does not answer.',
};

export type Texts = typeof ENGLISH;
