/** Bugs in the draw, its winners, its acta, and in the agency that witnesses what was acknowledged. */
import type { Mutant } from './mutant';

const DRAWING = 'src/store/file/drawing.ts';
const DRAWING_TEST = 'test/store/file/drawing.test.ts';

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
    file: DRAWING,
    find: `        audit.finish();
        return { blockBytes`,
    put: '        return { blockBytes',
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
    find: 'return terms.number;',
    put: 'return LOTTERY_WINNER_NUMBER;',
    firstTry: 'test/unit/server/draw/make-draw.test.ts',
  },
  {
    name: 'an acta written behind the end',
    file: 'src/server/draw/acta-writer.ts',
    find: `      if (this.abandoned) return acta.digest;
`,
    put: '',
    firstTry: 'test/unit/server/draw/acta-writer.test.ts',
  },
  {
    name: 'an acta of bets that are not compared with the journal',
    file: DRAWING,
    find: `        audit.finish();
        return { blockBytes`,
    put: '        return { blockBytes',
    firstTry: 'test/unit/server/draw/acta-writer.test.ts',
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
    file: 'src/store/file/file-bet-store.ts',
    find: `      if (acta !== null) endActaExpectation(this.files, this.name);
`,
    put: '',
    firstTry: 'test/unit/server/draw/acta-writer.test.ts',
  },
  {
    name: 'another promise of a number before the first bet',
    file: 'src/server/draw/agree-terms.ts',
    find: 'if (isUntouched(state) && randomTerms(stored) === null) {',
    put: 'if (isUntouched(state)) {',
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
