import { expect } from 'chai';
import { DIALECTS } from '../../src/protocol/conversion';
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

  describe('finds a row in packets of semicolon', () => {
    const row = '3,Nora,Paz,7,1988-04-23,30\r\n';
    const other = row.replace(',30\r', ',3091\r');
    const text = '3;Nora;Paz;7;1988-04-23;3091';
    const packet = (content: string, flag = '', size = content.length + flag.length): Buffer =>
      Buffer.concat([Buffer.from([0, size]), Buffer.from(content + flag, 'latin1')]);

    it('and not the front of a longer number', () => {
      const sent = packet(text, '\0\x01');
      expect([
        timesSent('semicolon', row, sent),
        timesSent('semicolon', other, sent),
      ]).to.deep.equal([0, 1]);
    });

    it('where the size of a packet without a flag ends its number', () => {
      const sent = packet(text, '', text.length - 2);
      expect([
        timesSent('semicolon', row, sent),
        timesSent('semicolon', other, sent),
      ]).to.deep.equal([1, 0]);
    });

    it('but in a packet without a flag only when it comes first', () => {
      const sent = Buffer.concat([packet('3;', '\0\x01'), packet(text)]);
      expect(timesSent('semicolon', other, sent)).to.equal(0);
    });

    it('as often as it stands there, of its own agency only, and not behind the last packet', () => {
      const twice = packet(`003;${text.slice(2)};${text.slice(2)}`, '\0\0');
      expect(timesSent('semicolon', other, twice)).to.equal(2);
      expect(timesSent('semicolon', other, Buffer.concat([twice, twice]))).to.equal(2);
      expect(timesSent('semicolon', other.replace('3,', '4,'), twice)).to.equal(0);
    });

    it('and not in a packet that has not come whole, or whose fields do not fit', () => {
      expect(timesSent('semicolon', other, packet(text, '\0\x01').subarray(0, -1))).to.equal(0);
      expect(timesSent('semicolon', other, packet(`${text};`, '\0\x01'))).to.equal(0);
      expect(timesSent('semicolon', other, packet(text.replace('3;', 'x;'), '\0\x01'))).to.equal(0);
    });
  });
});
