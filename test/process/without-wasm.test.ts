import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { bundled } from '../support/bundle';
import { ROOT } from '../support/program';
import { NORA, PEREZ, rows } from '../support/wire-builder';

const SCRIPT = bundled(`
  const { checkRows } = require('./src/domain/row-check');
  const { rowsOfLines } = require('./src/domain/row-prefix');
  const { RowAudit } = require('./src/domain/row-audit');
  const bytes = Buffer.from(process.argv[1], 'base64');
  const audit = new RowAudit(7574);
  let bets = 0;
  const bad = audit.block(bytes, (run) => { bets += run.bets; });
  const winners = Buffer.from(audit.winners.take()).toString();
  console.log(JSON.stringify({
    wasm: typeof WebAssembly, verdict: checkRows(bytes), bad, bets, winners,
    made: rowsOfLines(Buffer.from('x\\ny'), '3,', '\\r\\n').toString(),
  }));
`);

describe('a Node without WebAssembly', () => {
  for (const [flags, wasm] of [
    [[], 'object'],
    [['--jitless', '--no-warnings'], 'undefined'],
  ] as const) {
    it(`makes and checks rows and finds winners all the same: ${flags[0] ?? 'compared with one that has it'}`, () => {
      const bytes = rows(NORA, PEREZ, NORA).toString('base64');
      const output = execFileSync(process.execPath, [...flags, '-e', SCRIPT, bytes], {
        cwd: join(ROOT),
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      expect(JSON.parse(output.trim().split('\n').at(-1) ?? '')).to.deep.equal({
        wasm,
        verdict: { ok: true, agency: 3, count: 3 },
        bad: null,
        bets: 3,
        winners: '3,30000031\r\n3,30000031\r\n',
        made: '3,x\r\n3,y\r\n',
      });
    });
  }
});
