/**
 * Bugs to plant: each is one change of one place in the source. The campaigns must catch every one
 * of them (`npm run mutants`); what they would not catch, they do not prove.
 */

import { CLUSTER_MUTANTS } from './cluster-mutants';
import { DRAW_MUTANTS } from './draw-mutants';
import type { Mutant } from './mutant';
import { TURN_MUTANTS } from './turn-mutants';

const STORE = 'src/store/file/store.ts';
const JOURNAL = 'src/store/file/journal/journal.ts';
const RECOVERY = 'src/store/file/journal/recovery.ts';
const BETS = 'src/server/session/bets.ts';
const LOTTERY = 'src/server/session/lottery.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'skip the fsync of a commit',
    file: JOURNAL,
    find: 'this.files.syncLater(this.current, done);',
    put: 'done(null);',
  },
  {
    name: 'acknowledge before the fsync',
    file: 'src/server/turn/commit-pipeline.ts',
    find: 'this.committing = group;\n',
    put: 'this.committing = group;\n    this.listener.onOutcomes(group.outcomes.splice(0));\n',
  },
  {
    name: 'take a torn record for a whole one',
    file: 'src/store/file/journal/replay.ts',
    find: "if (entries === 'torn' || !rowsMatch(entries, state)) break;",
    put: "if (entries === 'torn') break;",
  },
  {
    name: 'cut off damage as if it were a torn tail',
    file: 'src/store/file/journal/replay.ts',
    find: '  refuseLaterRecord(segment, at, generation);\n',
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
    find: 'if (this.csvSync === null) next();\n    else this.csvSync.next = next;',
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
    find: '  writeAll(files, csv, rows, base);\n',
    put: '',
  },
  {
    name: 'rely on records that may be in memory only',
    file: RECOVERY,
    find: '  writeAll(files, fd, [segment.upTo(end)], 0);\n  files.sync(fd);\n',
    put: '',
  },
  {
    name: 'forget the rest of a short write',
    file: 'src/store/file/directory/files.ts',
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
    find: "    if (offset !== null && offset !== agency.accepted) return whole('WRONG_OFFSET');\n    const isDamaged = checksum !== null && checksum !== checksumWith(agency, bets, parsed);\n",
    put: "    if (offset !== null && offset > agency.accepted) return whole('WRONG_OFFSET');\n    const isDamaged = false;\n",
    firstTry: 'test/unit/server/session/bets.test.ts',
  },
  {
    name: 'store what is known already',
    file: BETS,
    find: '  if (isKnown(agency, bets)) {\n    const details',
    put: '  if (isKnown(agency, bets) && bets.offset === null) {\n    const details',
  },
  {
    name: 'draw early',
    file: LOTTERY,
    find: 'this.unfinished.size > 0',
    put: 'this.unfinished.size > 1',
  },
  {
    name: 'commit what builds on refused bets',
    file: 'src/server/turn/commit-pipeline.ts',
    find: 'if (!isRefused(entry)) this.add',
    put: 'this.add',
    firstTry: 'test/unit/server/turn/claims.test.ts',
  },
  {
    name: 'acknowledge refused bets',
    file: 'src/server/turn/commit-pipeline.ts',
    find: '    group.outcomes = group.outcomes.filter(isKept);\n',
    put: '',
    firstTry: 'test/unit/server/turn/claims.test.ts',
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
    find: 'this.unfinished.size > 0',
    put: 'this.loading > 0',
  },
  {
    name: 'keep the draw in memory only',
    file: 'src/server/draw/make-draw.ts',
    find: "entries: [...entries, { kind: 'draw', draw }],",
    put: 'entries,',
  },
  {
    name: "leak another agency's winners",
    file: LOTTERY,
    find: 'winners.page(number, first, bytesMax)',
    put: 'winners.page(1, first, bytesMax)',
  },
  {
    name: "drop a paused socket's data",
    file: 'src/net/connection/input-flow.ts',
    find: '    else this.transport.resume();',
    put: '    else {\n      this.input.clear();\n      this.transport.resume();\n    }',
  },
  {
    name: 'take one byte too few of a frame',
    file: 'src/protocol/native/frame-reader.ts',
    find: 'return input.length < length ? undefined : input.take(length);',
    put: 'return input.length < length ? undefined : input.take(length - 1);',
  },
  {
    name: 'lose a batch on reconnect',
    file: 'src/client/session/send-queue.ts',
    find: '  disconnect(): void {\n    this.sentCount = 0;',
    put: '  disconnect(): void {\n    this.batches = this.batches.slice(this.sentCount);\n    this.sentCount = 0;',
  },
  {
    name: 'lose a reply on reconnect',
    file: 'src/client/session/agency-session.ts',
    find: "    this.setPhase('offline');\n    this.queue.disconnect();",
    put: "    if (this.phase !== 'asking') this.setPhase('offline');\n    this.queue.disconnect();",
  },
  {
    name: 'let two connections speak for one agency',
    file: 'src/server/session/session.ts',
    find: "    refuse(lottery, previous, 'REPLACED', 'the agency introduced itself again', out);\n",
    put: '',
  },
  {
    name: 'welcome with what is not accepted',
    file: 'src/server/session/claim.ts',
    find: 'const { number, accepted, checksum } = agency;',
    put: 'const { number, accepted, checksum } = { ...agency, accepted: agency.accepted + 1 };',
  },
  {
    name: 'believe any total',
    file: 'src/server/session/session.ts',
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
    file: 'src/tools/verify/verify.ts',
    find: 'if (wrong >= 0) {',
    put: 'if (wrong < -1) {',
  },
  {
    name: 'announce the draw to nobody who waits',
    file: 'src/server/session/winners.ts',
    find: `    if (held !== null) replyWinners(lottery, session, held.agency, held.first, out);
`,
    put: '',
    firstTry: 'test/unit/server/session/winners.test.ts',
  },
  {
    name: 'answer winners before the draw',
    file: 'src/server/session/winners.ts',
    find: "else if (stage === 'loading' && (!early || agency.endRefused)) {",
    put: "else if (stage === 'loading' && (early || agency.endRefused)) {",
    firstTry: 'test/unit/server/session/session.test.ts',
  },
  {
    name: 'begin each page of winners anew',
    file: 'src/server/session/winners.ts',
    find: "kind: 'winners_page', to: session, winners, first,",
    put: "kind: 'winners_page', to: session, winners, first: 0,",
    firstTry: 'test/unit/server/session/winners.test.ts',
  },
  {
    name: 'tell winners to whoever asks for them',
    file: 'src/server/session/winners.ts',
    find: 'if (!demandRight(lottery, session, number, NO_TOKEN, out)) return;',
    put: 'if (number < 0 && !demandRight(lottery, session, number, NO_TOKEN, out)) return;',
    firstTry: 'test/unit/server/session/unauthorised.test.ts',
  },
  {
    name: 'go on waiting behind the draw',
    file: 'src/server/session/winners.ts',
    find: `  lottery.waiting.clear();
`,
    put: '',
    firstTry: 'test/unit/server/session/winners.test.ts',
  },
  {
    name: 'never say that the central is alive',
    file: 'src/server/session/winners.ts',
    find: `    held.lastHeartbeatMs = nowMs;
    out.push({ kind: 'reply', to: session, reply: notYet(lottery, 0) });
`,
    put: `    held.lastHeartbeatMs = nowMs;
`,
    firstTry: 'test/unit/server/session/winners.test.ts',
  },
  {
    name: 'draw a lottery of nobody',
    file: 'src/server/session/lottery.ts',
    find: ' || this.agencies.size === 0',
    put: '',
    firstTry: 'test/unit/server/session/lottery.test.ts',
  },
  {
    name: 'take a store of more agencies',
    file: 'src/server/session/restore-agencies.ts',
    find: `    throw otherAgencies(\`holds bets of agency \${String(agency)}\`, expected);
`,
    put: '',
    firstTry: 'test/unit/server/session/lottery.test.ts',
  },
  {
    name: 'forget who has finished',
    file: 'src/server/session/restore-agencies.ts',
    find: '...{ number, accepted, checksum, finished, rejected },',
    put: '...{ number, accepted, checksum, finished: false, rejected },',
    firstTry: 'test/unit/server/session/lottery.test.ts',
  },
  {
    name: 'make no draw that was due at a restart',
    file: 'src/server/session/lottery.ts',
    find: `  start(out: EffectSink): void {
    this.drawIfDue(out);`,
    put: `  start(out: EffectSink): void {
    if (this.phase !== 'loading') this.drawIfDue(out);`,
    firstTry: 'test/unit/server/session/lottery.test.ts',
  },
  {
    name: 'an acta without the bets behind its first block',
    file: 'src/store/acta.ts',
    find: "createHash('sha256').update(previous).update(block).digest()",
    put: "createHash('sha256').update(block).digest()",
    firstTry: 'test/store/file/verify.test.ts',
  },
  {
    name: 'an acta without a draw',
    file: 'src/store/file/acta/acta-file.ts',
    find: `  if (draw === null) throw withoutDraw(path);
`,
    put: `  if (draw === null) return null;
`,
    firstTry: 'test/process/acta.test.ts',
  },
  {
    name: 'believe any acta',
    file: 'src/store/acta-check.ts',
    find: '    if (isDeepStrictEqual(found[key], expected[key])) continue;',
    put: '    if (found[key] !== undefined) continue;',
    firstTry: 'test/store/file/verify.test.ts',
  },
  {
    name: 'believe any page of winners',
    file: 'src/client/session/winner-pages.ts',
    find: 'if (first !== this.received) {',
    put: 'if (first < 0) {',
    firstTry: 'test/unit/client/session/agency-session-refusals.test.ts',
  },
  {
    name: 'ask for the same page again',
    file: 'src/client/session/agency-session.ts',
    find: 'first: this.pages.count, wait: true',
    put: 'first: 0, wait: true',
    firstTry: 'test/unit/client/session/agency-session-refusals.test.ts',
  },
  {
    name: 'finish before the last batch is acknowledged',
    file: 'src/client/session/agency-loading.ts',
    find: 'if (this.source.isExhausted && this.queue.length === 0) this.finishLoading();',
    put: 'if (this.source.isExhausted) this.finishLoading();',
    firstTry: 'test/unit/client/session/agency-session.test.ts',
  },
  {
    name: 'ignore the window of the central',
    file: 'src/client/session/agency-loading.ts',
    find: 'this.window = Math.min(this.options.window, window);',
    put: 'this.window = this.options.window;',
    firstTry: 'test/unit/client/session/agency-session.test.ts',
  },
  {
    name: 'go on where another file stopped',
    file: 'src/client/csv/csv-source.ts',
    find: 'if (this.offset === stored && this.checksum === checksum) return;',
    put: 'if (this.offset === stored) return;',
    firstTry: 'test/unit/client/csv/csv-source.test.ts',
  },
  {
    name: 'acknowledged by half a batch',
    file: 'src/client/session/send-queue.ts',
    find: 'endOf(this.batches[count]) <= upTo',
    put: 'endOf(this.batches[count]) <= upTo + 1',
    firstTry: 'test/unit/client/session/send-queue.test.ts',
  },
  {
    name: 'resume with another checksum',
    file: 'src/client/session/send-queue.ts',
    find: 'if (position.stored === stored) return position.checksum === checksum;',
    put: 'if (position.stored === stored) return true;',
    firstTry: 'test/unit/client/session/send-queue.test.ts',
  },
  {
    name: 'let a certificate speak for any agency',
    file: 'src/server/session/identity.ts',
    find: 'return certifiedAgency === agency;',
    put: 'return certifiedAgency !== null;',
    firstTry: 'test/unit/server/session/identity.test.ts',
  },
  {
    name: 'one proof is enough',
    file: 'src/server/session/identity.ts',
    find: 'this.identities.every((identity)',
    put: 'this.identities.some((identity)',
    firstTry: 'test/unit/server/session/identity.test.ts',
  },
  {
    name: 'take any token of nobody',
    file: 'src/server/session/identity.ts',
    find: 'return equal && digest !== undefined;',
    put: 'return equal || digest === undefined;',
    firstTry: 'test/unit/server/session/identity.test.ts',
  },
  {
    name: 'take bets behind FINISHED',
    file: 'src/server/session/bets.ts',
    find: `    if (lottery.stageOf(agency) !== 'loading') return whole('ALREADY_FINISHED');
`,
    put: '',
    firstTry: 'test/unit/server/session/bets.test.ts',
  },
  {
    name: 'take bets of another agency',
    file: 'src/server/session/bets.ts',
    find: `    if (verdict.agency !== number) return { reason: 'WRONG_AGENCY', index: 0 };
`,
    put: '',
    firstTry: 'test/unit/server/session/bets.test.ts',
  },
  {
    name: 'take another count of bets',
    file: 'src/server/session/bets.ts',
    find: "return verdict.count === count ? null : whole('WRONG_COUNT');",
    put: 'return null;',
    firstTry: 'test/unit/server/session/bets.test.ts',
  },
  {
    name: 'no bound for unanswered batches',
    file: 'src/server/session/bets.ts',
    find: 'if (session.unanswered >= lottery.window) {',
    put: 'if (session.unanswered >= 1_000 * lottery.window) {',
    firstTry: 'test/unit/server/session/bets.test.ts',
  },
  {
    name: "do not look at the store's files",
    file: 'src/store/file/directory/guard.ts',
    find: `      if (found === identity) return;
`,
    put: `      if (found !== null) return;
`,
    firstTry: 'test/store/file/guard.test.ts',
  },
  {
    name: 'do not look into the journal of a running central',
    file: JOURNAL,
    find: 'return this.marks.differenceIn(fd);',
    put: 'return fd < 0 ? this.marks.differenceIn(fd) : null;',
    firstTry: 'test/store/file/put-back-files.test.ts',
  },
  {
    name: 'lead to a commit whose header is gone',
    file: 'src/store/file/journal/journal-read.ts',
    find: 'else refuseLostRecord(older.segment, older.header.bytes, generation);\n',
    put: '',
    firstTry: 'test/store/file/put-back-files.test.ts',
  },
  {
    name: 'write before a start is accepted',
    file: RECOVERY,
    find: '    demand?.(state);\n',
    put: '',
    firstTry: 'test/process/refused-start.test.ts',
  },
  {
    name: 'store a commit of lost files',
    file: 'src/store/file/directory/store-watch.ts',
    find: 'return (fresh && !isDraw && !this.lost) || this.isIntact();',
    put: `this.isIntact();
    return true;`,
    firstTry: 'test/store/file/store-watch.test.ts',
  },
  {
    name: 'begin with other terms',
    file: 'src/server/draw/agree-terms.ts',
    find: '  if (!sameNumber(stored, wanted.winningNumber)) {',
    put: '  if (stored === null && wanted.winningNumber !== null) {',
    firstTry: 'test/unit/server/draw/agree-terms.test.ts',
  },
  {
    name: 'a log without a bound',
    file: 'src/base/log/log-buffer.ts',
    find: 'if (this.size + line.length > this.bytesMax * SHARE[level]) {',
    put: 'if (this.size < 0) {',
    firstTry: 'test/unit/base/log-buffer.test.ts',
  },
  {
    name: 'drop errors first',
    file: 'src/base/log/log-buffer.ts',
    find: `  ERROR: 1,
`,
    put: `  ERROR: 1 / 4,
`,
    firstTry: 'test/unit/base/log-buffer.test.ts',
  },
  {
    name: 'count refusals of nobody',
    file: 'src/server/log/line-limiter.ts',
    find: 'if (period.lines < this.limits.linesMax) {',
    put: 'if (period.lines <= this.limits.linesMax) {',
    firstTry: 'test/unit/server/log/line-limiter.test.ts',
  },
  {
    name: 'an acta of other winners',
    file: 'src/store/acta-check.ts',
    find: '{ winners_digest: expected.winners_digest, ...acta }',
    put: '{ ...acta, winners_digest: expected.winners_digest }',
    firstTry: 'test/store/file/verify.test.ts',
  },
  {
    name: 'the end of a source that was read before the seek',
    file: 'src/client/session/source-state.ts',
    find: `    this.setPhase('ready');
    return reached;`,
    put: '    return reached;',
    firstTry: 'test/unit/client/session/agency-session-resume.test.ts',
  },
  {
    name: 'a row left over twice',
    file: 'src/client/csv/csv-source.ts',
    find: `    this.leftOver = null;
    if (next === null)`,
    put: '    if (next === null)',
    firstTry: 'test/unit/client/csv/csv-source.test.ts',
  },
  {
    name: 'a row left over from the reading before',
    file: 'src/client/csv/csv-source.ts',
    find: `    this.leftOver = null;
    if (this.options.form`,
    put: '    if (this.options.form',
    firstTry: 'test/unit/client/csv/csv-source.test.ts',
  },
  {
    name: 'say what is stored of an agency that another central has claimed',
    file: 'src/server/turn/commit-pipeline.ts',
    find: 'return outcome.dependsOn !== undefined && refused.has(outcome.dependsOn);',
    put: 'return false;',
    firstTry: 'test/unit/server/turn/claims.test.ts',
  },
  {
    name: 'acknowledge a known batch without the store',
    file: 'src/server/turn/commit-pipeline.ts',
    find: 'if (entries.length === 0 && promises.size === 0) {',
    put: 'if (entries.length === 0) {',
    firstTry: 'test/unit/server/turn/claims.test.ts',
  },
  {
    name: 'claim an agency while bets of it are on their way',
    file: 'src/server/turn/claims.ts',
    find: `    if (agency.unsettled > 0) return;
`,
    put: '',
    firstTry: 'test/unit/server/turn/claims.test.ts',
  },
  {
    name: 'an agency that is gone keeps its place',
    file: 'src/server/session/end.ts',
    find: `  if (isNamed(state) && state.agency.holder === session) state.agency.holder = null;
`,
    put: '',
    firstTry: 'test/unit/server/session/session.test.ts',
  },
  {
    name: 'believe bets whose number is right',
    file: 'src/store/file/bets/bets-audit.ts',
    find: 'if (found.checksum !== checksum) {',
    put: 'if (found.checksum === 0 && checksum !== 0) {',
    firstTry: 'test/store/file/bets-audit.test.ts',
  },
  {
    name: 'account for the last range only',
    file: 'src/store/file/bets/bets-audit.ts',
    find: 'combineCrc32(total.checksum, part.checksum, part.bytes)',
    put: 'part.checksum',
    firstTry: 'test/store/file/bets-audit.test.ts',
  },
  {
    name: 'take winners whose agencies do not ascend',
    file: 'src/store/file/winners/winners-reader.ts',
    find: 'if (agency < this.agency) {',
    put: 'if (agency < 0) {',
    firstTry: 'test/store/file/winners-file.test.ts',
  },
  {
    name: 'answer from winners that were changed',
    file: 'src/store/file/winners/winners-file.ts',
    find: 'if (crc32(bytes) !== region.checksums[block]) {',
    put: 'if (bytes.length !== end - start) {',
    firstTry: 'test/store/file/winners-file.test.ts',
  },
  {
    name: 'leave out winners in each block of a page',
    file: 'src/store/file/winners/winners-file.ts',
    find: `      skipped = 0;
`,
    put: '',
    firstTry: 'test/store/file/winners-file.test.ts',
  },
  {
    name: 'overwrite the winners in the spool',
    file: 'src/store/file/winners/winners-spool.ts',
    find: 'this.fileBytes += this.chunkBytes;',
    put: 'this.fileBytes = this.chunkBytes;',
    firstTry: 'test/store/file/winners-file.test.ts',
  },
  {
    name: 'write the winners of a full buffer twice',
    file: 'src/store/file/winners/winners-writer.ts',
    find: `    region.position += bytes.length;
    region.buffered = 0;`,
    put: '    region.position += bytes.length;',
    firstTry: 'test/store/file/winners-file.test.ts',
  },
  ...DRAW_MUTANTS,
  ...CLUSTER_MUTANTS,
  ...TURN_MUTANTS,
  {
    name: 'go on at a tick although a file is gone',
    file: 'src/store/file/directory/store-watch.ts',
    find: 'if (this.isIntact()) this.start();',
    put: 'this.start();',
  },
  {
    name: 'forget which changes of the number of agencies were made',
    file: 'src/store/state.ts',
    find: 'changes.push({ ...change, from: (last ?? change).from });',
    put: '',
  },
  {
    name: 'serve first who was served last',
    file: 'src/server/turn/read.ts',
    find: '[...passedOver, ...served]',
    put: '[...served, ...passedOver]',
    firstTry: 'test/unit/server/turn/fair-turns.test.ts',
  },
  {
    name: 'ask the store twice at a time for an agency',
    file: 'src/server/turn/claims.ts',
    find: 'if (question !== undefined) {',
    put: 'if (question?.next.includes(claim) === true) {',
    firstTry: 'test/unit/server/turn/claims-overlap.test.ts',
  },
  {
    name: 'take bets of an agency while the store is asked for it',
    file: 'src/server/turn/claims.ts',
    find: 'this.waiting.get(peer) ?? this.questionBefore(peer)',
    put: 'this.waiting.get(peer)',
    firstTry: 'test/unit/server/turn/claims-overlap.test.ts',
  },
  {
    name: 'count what waited for an agency after it is claimed',
    file: 'src/server/turn/claims.ts',
    find: 'this.bytes -= question.keptBytes;',
    put: '',
    firstTry: 'test/unit/server/turn/claims-overlap.test.ts',
  },
  {
    name: 'shed peers whose messages the pool parses',
    file: 'src/server/turn/turn.ts',
    find: "if (this.phase === 'parsing' || !this.backpressure",
    put: 'if (!this.backpressure',
    firstTry: 'test/unit/server/turn/shedding.test.ts',
  },
  {
    name: 'forget rejected bets that are on their way when the agency is claimed again',
    file: 'src/server/turn/claims.ts',
    find: 'saveRejectsOf(this.options.lottery, agency, out);',
    put: '',
    firstTry: 'test/unit/server/turn/claims-overlap.test.ts',
  },
  {
    name: 'never count down what is kept behind introductions',
    file: 'src/server/turn/claims.ts',
    find: 'this.bytes -= this.waiting.get(peer)?.keptBytes ?? 0;',
    put: '',
    firstTry: 'test/unit/server/turn/claims-overlap.test.ts',
  },
];
