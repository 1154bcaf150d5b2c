/**
 * Bugs to plant: each is one change of one place in the source. The campaigns must catch every one
 * of them (`npm run mutants`); what they would not catch, they do not prove.
 */

export interface Mutant {
  readonly name: string;
  /** Relative to the root of the project. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly put: string;
}

const STORE = 'src/store/store.ts';
const JOURNAL = 'src/store/journal.ts';
const RECOVERY = 'src/store/recovery.ts';
const BETS = 'src/server/session-bets.ts';
const LOTTERY = 'src/server/lottery.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'skip the fsync of a commit',
    file: JOURNAL,
    find: 'this.files.syncLater(this.current, done);',
    put: 'done(null);',
  },
  {
    name: 'acknowledge before the fsync',
    file: 'src/server/commit-pipeline.ts',
    find: 'this.committing = group;\n',
    put: 'this.committing = group;\n    this.listener.onOutcomes(group.outcomes.splice(0));\n',
  },
  {
    name: 'take a torn record for a whole one',
    file: 'src/store/replay.ts',
    find: "if (entries === 'torn' || !rowsMatch(entries, state)) break;",
    put: "if (entries === 'torn') break;",
  },
  {
    name: 'cut off damage as if it were a torn tail',
    file: 'src/store/replay.ts',
    find: '  refuseLaterRecord(name, segment, at, generation);\n',
    put: '',
  },
  {
    name: 'do not seal a commit without rows',
    file: STORE,
    find: 'if (rows.length === 0) this.journal.seal(this.current);',
    put: '',
  },
  {
    name: 'begin a segment without a sync of its header',
    file: STORE,
    find: `          this.afterJournalSync(() => {
            this.syncCsvLater();
            next();
          });`,
    put: `          this.syncCsvLater();
          next();`,
  },
  {
    name: 'use a journal file again before bets.csv is on disk',
    file: STORE,
    find: 'if (this.csvSyncing) this.afterCsvSync = next;\n    else next();',
    put: 'next();',
  },
  {
    name: 'overwrite a segment that recovery still needs',
    file: JOURNAL,
    find: 'return this.otherNeeded;',
    put: 'return false && this.otherNeeded;',
  },
  {
    name: 'do not complete bets.csv at recovery',
    file: RECOVERY,
    find: '    writeAll(files, csv, rows, base);\n',
    put: '',
  },
  {
    name: 'rely on records that may be in memory only',
    file: RECOVERY,
    find: '    writeAll(files, inUse.fd, [inUse.bytes.subarray(0, end)], 0);\n    files.sync(inUse.fd);\n',
    put: '',
  },
  {
    name: 'forget the rest of a short write',
    file: 'src/store/files.ts',
    find: 'left = behind(left, written);',
    put: 'left = [];',
  },
  {
    name: 'go on after a failed sync',
    file: STORE,
    find: `          const stored = this.guarded(() => {
            if (error !== null) throw error;
`,
    put: `          const stored = this.guarded(() => {
            if (error !== null && this.phase === 'failed') throw error;
`,
  },
  {
    name: 'accept a gap',
    file: BETS,
    find: "if (offset !== null && offset !== agency.accepted) return whole('WRONG_OFFSET');",
    put: '',
  },
  {
    name: 'store a duplicate',
    file: BETS,
    find: "    if (offset !== null && offset !== agency.accepted) return whole('WRONG_OFFSET');\n    const isDamaged = checksum !== null && checksum !== crc32(bets.rows, agency.checksum);\n",
    put: "    if (offset !== null && offset > agency.accepted) return whole('WRONG_OFFSET');\n    const isDamaged = false;\n",
  },
  {
    name: 'store what is known already',
    file: BETS,
    find: '  if (isKnown(agency, bets)) {',
    put: '  if (isKnown(agency, bets) && bets.offset === null) {',
  },
  {
    name: 'draw early',
    file: LOTTERY,
    find: 'this.unfinished > 0',
    put: 'this.unfinished > 1',
  },
  {
    name: 'draw twice',
    file: LOTTERY,
    find: "this.phase !== 'loading' || ",
    put: '',
  },
  {
    name: 'draw before the last FINISHED is on disk',
    file: LOTTERY,
    find: 'this.unfinished > 0',
    put: 'this.loading > 0',
  },
  {
    name: 'keep the draw in memory only',
    file: 'src/server/session-winners.ts',
    find: "  out.push({ kind: 'store', entry: { kind: 'draw', draw } });\n",
    put: '',
  },
  {
    name: "leak another agency's winners",
    file: LOTTERY,
    find: 'return this.outcome().page(agency.number, first, bytesMax);',
    put: 'return this.outcome().page(1, first, bytesMax);',
  },
  {
    name: "drop a paused socket's data",
    file: 'src/net/connection.ts',
    find: '    else this.transport.resume();',
    put: '    else {\n      this.input.clear();\n      this.transport.resume();\n    }',
  },
  {
    name: 'take one byte too few of a frame',
    file: 'src/net/framing.ts',
    find: 'return input.length < length ? undefined : input.take(length);',
    put: 'return input.length < length ? undefined : input.take(length - 1);',
  },
  {
    name: 'lose a batch on reconnect',
    file: 'src/client/send-queue.ts',
    find: '  disconnect(): void {\n    this.sentCount = 0;',
    put: '  disconnect(): void {\n    this.batches = this.batches.slice(this.sentCount);\n    this.sentCount = 0;',
  },
  {
    name: 'lose a reply on reconnect',
    file: 'src/client/agency-session.ts',
    find: "    this.phase = 'offline';\n    this.queue.disconnect();",
    put: "    if (this.phase !== 'asking') this.phase = 'offline';\n    this.queue.disconnect();",
  },
  {
    name: 'let two connections speak for one agency',
    file: 'src/server/session.ts',
    find: "    refuse(lottery, previous, 'REPLACED', 'the agency introduced itself again', out);\n",
    put: '',
  },
  {
    name: 'welcome with what is not accepted',
    file: 'src/server/session.ts',
    find: 'const { accepted, checksum } = agency;',
    put: 'const { accepted, checksum } = { accepted: agency.accepted + 1, checksum: agency.checksum };',
  },
  {
    name: 'believe any total',
    file: 'src/server/session.ts',
    find: 'if (total !== null && total !== accepted) {',
    put: 'if (total !== null && total < 0) {',
  },
  {
    name: 'accept a thirtieth of February',
    file: 'src/domain/bet.ts',
    find: '(month === 2 && leap ? 29 :',
    put: '(month === 2 ? 30 :',
  },
  {
    name: 'verify without the certificate',
    file: 'src/tools/verify.ts',
    find: 'if (wrong >= 0) {',
    put: 'if (wrong < -1) {',
  },
];
