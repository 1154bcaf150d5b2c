/** Bugs to plant in the engine on PostgreSQL. Its tests need PostgreSQL; without it they are skipped, and catch nothing. */
import type { Mutant } from './mutant';

const APPEND = 'src/store/postgres/append.ts';
const PRIMARY = 'src/store/postgres/connection/primary.ts';
const ENGINE_TEST = 'test/store/postgres/engine.test.ts';
const FAILOVER_TEST = 'test/store/postgres/failover.test.ts';

export const CLUSTER_MUTANTS: readonly Mutant[] = [
  {
    name: 'store bets of an agency that another central has claimed',
    file: APPEND,
    find: 'a.epoch = c.epoch and ',
    put: '',
    firstTry: ENGINE_TEST,
  },
  {
    name: 'store batches of agencies that are refused',
    file: APPEND,
    find: 'where b.agency in (select agency from kept)',
    put: '',
    firstTry: ENGINE_TEST,
  },
  {
    name: 'store bets after the draw',
    file: APPEND,
    find: '(a.finished or b.drawn)',
    put: 'a.finished',
    firstTry: ENGINE_TEST,
  },
  {
    name: 'serve by other terms than those that are stored',
    file: 'src/store/postgres/lottery-row.ts',
    find: "(${parameter}::jsonb is null or state->'terms' = ${parameter}::jsonb)",
    put: '(${parameter}::jsonb is null or true)',
    firstTry: ENGINE_TEST,
  },
  {
    name: 'take other terms while nobody has taken part in a database',
    file: 'src/server/draw/agree-terms.ts',
    find: "place.kind === 'directory' && isUntouched(state)",
    put: 'isUntouched(state)',
    firstTry: 'test/unit/server/draw/agree-terms.test.ts',
  },
  {
    name: 'refuse what the same central has claimed again',
    file: 'src/store/postgres/claims.ts',
    find: 'else resolve(onClaimed(claimed));',
    put: 'else setTimeout(() => resolve(onClaimed(claimed)), 50);',
    firstTry: ENGINE_TEST,
  },
  {
    name: 'lock agencies in another order than claims do',
    file: APPEND,
    find: 'order by agency for no key update',
    put: 'order by agency desc for no key update',
    firstTry: ENGINE_TEST,
  },
  {
    name: 'take a cancelled wait for a standby for a success',
    file: PRIMARY,
    find: "if (link.isUncertain) throw new Error('the wait for the standby was interrupted');",
    put: '',
    firstTry: FAILOVER_TEST,
  },
  {
    name: 'commit where nobody waits for a standby',
    file: PRIMARY,
    find: '        demandWaits(rows);\n',
    put: '',
    firstTry: FAILOVER_TEST,
  },
  {
    name: 'take a wait that became one for nobody for a success',
    file: PRIMARY,
    find: 'if (performance.now() - beganMs > LIMITS.storeDoubtMs) await this.demandStandbyOf(link);',
    put: '',
    firstTry: FAILOVER_TEST,
  },
  {
    name: 'take a transaction that waited for nobody for a success',
    file: PRIMARY,
    find: "await query('commit');\n        await this.demandStandby(query);",
    put: "await query('commit');",
    firstTry: FAILOVER_TEST,
  },
  {
    name: 'go back to an old primary',
    file: PRIMARY,
    find: "if (timeline < this.timelines.newest) return 'an old primary';",
    put: '',
    firstTry: FAILOVER_TEST,
  },
  {
    name: 'learn of FINISHED before anybody asked for reports',
    file: 'src/store/postgres/other-centrals.ts',
    find: "if (this.phase !== 'idle') return;\n    this.setPhase('asking');",
    put:
      "if (this.phase === 'asking' || this.phase === 'closed') return;\n" +
      "    if (this.phase === 'idle') this.setPhase('asking');",
    firstTry: ENGINE_TEST,
  },
  {
    name: 'answer a claim without the draw of another central',
    file: 'src/store/postgres/commits.ts',
    find: 'const draw = drawn ? this.draw : Promise.resolve();',
    put: 'const draw = drawn ? (this.draw ?? Promise.resolve()) : Promise.resolve();',
    firstTry: 'test/unit/store/postgres/commits.test.ts',
  },
  {
    name: 'answer a claim before the draw that this central records is known',
    file: 'src/store/postgres/commits.ts',
    find: 'return draw.then(',
    put: 'return Promise.resolve().then(',
    firstTry: 'test/unit/store/postgres/commits.test.ts',
  },
  {
    name: 'store rejected bets while the store is asked for their agency',
    file: 'src/server/session/rejects.ts',
    find: 'return isOwned && !isAsked;',
    put: 'return isOwned;',
    firstTry: 'test/unit/server/turn/claims-overlap.test.ts',
  },
  {
    name: 'forget what the store said of an agency whose peer is gone',
    file: 'src/server/turn/claims.ts',
    find: 'if (totals !== null) lottery.takeOver(agency, totals, out);',
    put: 'if (totals !== null && this.waiting.get(peer) === claim) lottery.takeOver(agency, totals, out);',
    firstTry: 'test/unit/server/turn/claims-overlap.test.ts',
  },
  {
    name: 'try again what the database refuses for good',
    file: 'src/store/postgres/retries.ts',
    find: 'if (refusal !== null) throw refusal;',
    put: '',
    firstTry: 'test/unit/store/postgres/retries.test.ts',
  },
  {
    name: 'take stored winners on trust',
    file: 'src/store/postgres/stored-winners.ts',
    find: 'if (stored !== digest) {',
    put: "if (stored === '') {",
    firstTry: 'test/store/postgres/operations.test.ts',
  },
];
