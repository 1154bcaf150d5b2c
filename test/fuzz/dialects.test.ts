import { expect } from 'chai';
import { DIALECTS } from './dialect-corpus';
import { timesSent } from './dialect-rows';
import { fuzzDialects } from './dialects';

const MESSAGES = Number(process.env['FUZZ_MESSAGES'] ?? 10_000);

describe('fuzzed messages of the earlier dialects, in process', () => {
  it(`${MESSAGES.toLocaleString('en')} messages lead to nothing that is not allowed`, function () {
    this.timeout(0);
    const { answers, rows } = fuzzDialects(MESSAGES, 1);
    // All that can be said in each dialect is said, and bets are stored: the fuzzer is not blind.
    const kinds = DIALECTS.flatMap((dialect) =>
      ['accepted', 'refused', 'winners'].map((kind) => `${dialect} ${kind}`),
    );
    expect([...answers.keys()]).to.include.members([...kinds, 'opcode busy']);
    expect(rows).to.be.above(MESSAGES / 10);
  });

  it('the same seed leads to the same conversations', () => {
    expect(fuzzDialects(500, 7)).to.deep.equal(fuzzDialects(500, 7));
  });

  it('finds a row in what was sent, and no other', () => {
    const row = '3,Nora,"Pérez, hijo",30000031,1988-04-23,42\r\n';
    const sent = Buffer.from('44|3|Nora|Pérez, hijo|30000031|1988-04-23|0042|$');
    expect(timesSent('pipe', row, sent)).to.equal(1);
    expect(timesSent('pipe', row.replace(',42', ',4'), sent)).to.equal(0);
    expect(timesSent('pipe', row.replace('3,', '4,'), sent)).to.equal(0);
    expect(timesSent('pipe', row.replace('Nora', 'Norma'), sent)).to.equal(0);
  });
});
