/** Bugs in the draw, its winners, its acta, and in the agency that witnesses what was acknowledged. */
import type { Mutant } from './mutant';

const DRAWING = 'src/store/file/drawing.ts';
const DRAWING_TEST = 'test/store/file/drawing.test.ts';

/** The bets that are hashed need not be those of the journal. */
const NOT_COMPARED = {
  file: DRAWING,
  find: `        audit.finish();
        return { blockBytes`,
  put: '        return { blockBytes',
};

export const DRAW_MUTANTS: readonly Mutant[] = [
  {
    name: 'take winners of another digest for those that were drawn',
    file: DRAWING,
    find: 'return found.winners === drawn.winners && found.digest === drawn.digest;',
    put: 'return found.winners === drawn.winners;',
    firstTry: DRAWING_TEST,
  },
  {
    name: 'answer from any winners.csv',
    file: DRAWING,
    find: 'if (isAsDrawn(winners, drawn)) return this.serve(winners);',
    put: 'return this.serve(winners);',
    firstTry: DRAWING_TEST,
  },
  {
    name: 'make winners anew with another number',
    file: DRAWING,
    find: 'return this.findAndSave(drawn.winningNumber, drawn);',
    put: 'return this.findAndSave(7574, drawn);',
    firstTry: DRAWING_TEST,
  },
  {
    name: 'give up when winners.csv is gone',
    file: DRAWING,
    find: `      if (!files.exists(path)) return make('it is missing');
`,
    put: '',
    firstTry: DRAWING_TEST,
  },
  {
    name: 'announce other winners than were drawn',
    file: DRAWING,
    find: 'if (drawn !== null && !isAsDrawn(winners, drawn)) {',
    put: 'if (drawn !== null && drawn.winners < 0) {',
    firstTry: DRAWING_TEST,
  },
  {
    name: 'a draw before the name of winners.csv is durable',
    file: DRAWING,
    find: `        files.syncDirectory(dirname(path));
`,
    put: '',
    firstTry: DRAWING_TEST,
  },
  {
    name: 'make winners anew when the disk does not read',
    file: DRAWING,
    find: `          if (!isDamage) throw error;
`,
    put: '',
    firstTry: DRAWING_TEST,
  },
  {
    name: 'keep a file of other winners open',
    file: DRAWING,
    find: `          this.close(winners);
          return make('it holds other winners');`,
    put: "          return make('it holds other winners');",
    firstTry: DRAWING_TEST,
  },
  {
    name: 'do not watch winners.csv',
    file: DRAWING,
    find: `    onServed?.(join(directory, WINNERS_NAME), winners.descriptor);
`,
    put: '',
    firstTry: DRAWING_TEST,
  },
  {
    name: 'go on with a draw behind the end',
    file: DRAWING,
    find: `    if (this.isClosed) throw new Error('the central was stopped during its draw');
`,
    put: '',
    firstTry: DRAWING_TEST,
  },
  {
    name: 'draw another number than is recorded',
    file: 'src/server/draw/make-draw.ts',
    find: 'store.findWinners(winningNumber)',
    put: 'store.findWinners(LOTTERY_WINNER_NUMBER)',
    firstTry: 'test/unit/server/draw/make-draw.test.ts',
  },
  {
    name: 'a number from bets that are not compared with the journal',
    ...NOT_COMPARED,
    firstTry: 'test/unit/server/draw/make-draw.test.ts',
  },
  {
    name: 'a number without its salt',
    file: 'src/server/draw/make-draw.ts',
    find: 'drawnNumber(terms.seed, digest, salt.value)',
    put: 'drawnNumber(terms.seed, digest, null)',
    firstTry: 'test/unit/server/draw/make-draw.test.ts',
  },
  {
    name: '7574 whatever was agreed on',
    file: 'src/server/draw/make-draw.ts',
    find: 'return fixed(terms.number);',
    put: 'return fixed(LOTTERY_WINNER_NUMBER);',
    firstTry: 'test/unit/server/draw/make-draw.test.ts',
  },
  {
    name: 'an acta written behind the end',
    file: 'src/server/draw/acta-writer.ts',
    find: "if (this.phase !== 'abandoned') this.record(certified);",
    put: 'this.record(certified);',
    firstTry: 'test/unit/server/draw/acta-writer.test.ts',
  },
  {
    name: 'an acta of bets that are not compared with the journal',
    ...NOT_COMPARED,
    firstTry: 'test/unit/server/draw/acta-writer.test.ts',
  },
  {
    name: 'a digest that is published and not recorded',
    file: 'src/server/draw/make-draw.ts',
    find: "betsDigest === null ? [{ kind: 'bets_digest', digest }] : [];",
    put: 'betsDigest === null ? [] : [];',
    firstTry: 'test/unit/server/draw/make-draw.test.ts',
  },
  {
    name: 'a digest that is published without a commit',
    file: 'src/server/session/winners.ts',
    find: `  for (const entry of entries) out.push({ kind: 'store', entry });
  const details = { source, digest };`,
    put: '  const details = { source, digest };',
    firstTry: 'test/unit/server/turn/central-limits.test.ts',
  },
  {
    name: 'a draw over other bets than were published',
    file: 'src/store/acta-check.ts',
    find: 'if (betsDigest !== null && bets.digest !== betsDigest) {',
    put: 'if (betsDigest !== null && bets.digest.length !== betsDigest.length) {',
    firstTry: 'test/store/file-engine.test.ts',
  },
  {
    name: 'digests that are not compared with the bets',
    file: 'src/store/file/file-bet-store.ts',
    find: `        if (difference !== null) throw damaged(csvPath, 0, difference);
`,
    put: `        void difference;
        void damaged;
`,
    firstTry: 'test/store/file-engine.test.ts',
  },
  {
    name: 'a digest that the next turn of the journal forgets',
    file: 'src/store/file/journal/segment-header.ts',
    find: `    ...(state.betsDigest === null ? {} : { betsDigest: state.betsDigest }),
`,
    put: '',
    firstTry: 'test/store/file/format.test.ts',
  },
  {
    name: 'a digest in a header that earlier versions would read',
    file: 'src/store/file/journal/segment-header.ts',
    find: 'if (betsDigest !== null || actaDigest !== null) return DIGEST_MAGIC;',
    put: 'if (betsDigest !== null && actaDigest === null) return DIGEST_MAGIC;',
    firstTry: 'test/store/file/format.test.ts',
  },
  {
    name: 'a salt before the digest of all bets',
    file: 'src/tools/store/store-salt.ts',
    find: 'if (betsDigest === null) {',
    put: 'if (betsDigest?.length === 0) {',
    firstTry: 'test/process/draw-salt.test.ts',
  },
  {
    name: 'an agency that joins behind the digest',
    file: 'src/tools/store/store-agencies.ts',
    find: 'if (betsDigest !== null) {',
    put: 'if (betsDigest?.length === 0) {',
    firstTry: 'test/process/draw-salt.test.ts',
  },
  {
    name: 'an acta before its digest is durable',
    file: 'src/server/draw/acta-writer.ts',
    find: `    this.recording = certified;
    record(actaDigestOf(certified.acta));`,
    put: `    record(actaDigestOf(certified.acta));
    this.save(certified);`,
    firstTry: 'test/unit/server/draw/acta-writer.test.ts',
  },
  {
    name: 'an acta of an earlier version that is not compared with the bets',
    file: 'src/server/draw/acta-writer.ts',
    find: 'if (found === expected) return',
    put: 'if (found.length === expected.length) return',
    firstTry: 'test/unit/server/draw/acta-writer.test.ts',
  },
  {
    name: 'an acta whose links are not covered by its digest',
    file: 'src/store/acta.ts',
    find: 'String(block_bytes), ...chain,',
    put: 'String(block_bytes), ...chain.slice(-1),',
    firstTry: 'test/store/acta.test.ts',
  },
  {
    name: 'a forged acta that is consistent in itself',
    file: 'src/store/acta-check.ts',
    find: `  if (difference !== null) throw foreignActa(inActa, difference);
`,
    put: '  void difference;\n',
    firstTry: 'test/unit/server/draw/acta-writer.test.ts',
  },
  {
    name: 'rejected bets counted behind the end of an agency',
    file: 'src/server/session/rejects.ts',
    find: 'if (agency.finished) return;\n  countRejected',
    put: 'countRejected',
    firstTry: 'test/unit/server/session/rejects.test.ts',
  },
  {
    name: 'wait for an acta for ever',
    file: 'src/server/draw/acta-writer.ts',
    find: 'LIMITS.actaStopTimeoutMs',
    put: '1e6 * LIMITS.actaStopTimeoutMs',
    firstTry: 'test/unit/server/draw/acta-writer.test.ts',
  },
  {
    name: 'expect an acta that is there',
    file: 'src/store/file/acta/published-files.ts',
    find: '    endActaExpectation(this.files, this.directory);',
    put: '',
    firstTry: 'test/unit/server/draw/acta-writer.test.ts',
  },
  {
    name: 'another promise of a number before the first bet',
    file: 'src/server/draw/agree-terms.ts',
    find: 'if (isOpen && randomTerms(stored) === null) {',
    put: 'if (isOpen) {',
    firstTry: 'test/unit/server/draw/agree-terms.test.ts',
  },
  {
    name: 'another salt',
    file: 'src/server/draw/agree-terms.ts',
    find: "return wanted.kind === 'random' && stored.salt === wanted.salt;",
    put: "return wanted.kind === 'random';",
    firstTry: 'test/unit/server/draw/agree-terms.test.ts',
  },
  {
    name: 'winners that are not on disk',
    file: 'src/store/file/winners/winners-writer.ts',
    find: `    this.files.sync(this.fd);
`,
    put: '',
    firstTry: DRAWING_TEST,
  },
  {
    name: 'winners of an agency that ends in the middle',
    file: 'src/store/file/winners/winners-writer.ts',
    find: `    for (const region of this.regions.values()) {
      this.flush(region);`,
    put: '    for (const region of this.regions.values()) {',
    firstTry: 'test/store/file/winners-file.test.ts',
  },
  {
    name: 'a row of winners behind the end of one read',
    file: 'src/store/file/winners/winners-reader.ts',
    find: `    this.position += rows.length;
    return false;`,
    put: `    this.position += bytes.length;
    return false;`,
    firstTry: 'test/store/file/winners-file.test.ts',
  },
  {
    name: 'winners that are left in the spool',
    file: 'src/store/file/winners/winners-spool.ts',
    find: '      this.readBytes += rows.length;',
    put: '      this.readBytes += read.length;',
    firstTry: 'test/store/file/winners-file.test.ts',
  },
  {
    name: 'a witness that forgets what was acknowledged',
    file: 'src/client/session/witness.ts',
    find: `  noteStored(now: Holding): void {
    this.known = now;
`,
    put: `  noteStored(_now: Holding): void {
`,
    firstTry: 'test/unit/client/session/agency-witness.test.ts',
  },
  {
    name: 'a witness that counts and does not compare',
    file: 'src/client/session/witness.ts',
    find: 'now.stored === known?.stored && now.checksum !== known.checksum',
    put: 'now.stored === known?.stored && now.checksum === 0.5',
    firstTry: 'test/unit/client/session/agency-witness.test.ts',
  },
  {
    name: 'a witness of the last stage only',
    file: 'src/client/session/witness.ts',
    find: 'if (RANK[stage] < RANK[this.stage]) {',
    put: 'if (RANK[stage] < 0) {',
    firstTry: 'test/unit/client/session/agency-witness.test.ts',
  },
];
