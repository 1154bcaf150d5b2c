import { expect } from 'chai';
import * as fc from 'fast-check';
import { SemicolonAgency } from '../../../../src/protocol/dialects/agency/agency-semicolon';
import { betWithout, NORA_TEXT } from '../../helpers/legacy-bets';
import { describeAgency, hex } from '../../helpers/legacy-replies';

const agency = new SemicolonAgency(3, 1_000);

describe('semicolon, the agency: what it sends', () => {
  it('is what the specification has as examples, but that more packets follow', () => {
    expect(agency.encodeBatch([agency.encodeRecord(NORA_TEXT, 0)])).to.deep.equal(
      hex(
        '0029 333b4e6f72613b4962c3a1c3b1657a3b33303030303033313b313938382d30342d32333b353030 0001',
      ),
    );
    const twelve = new SemicolonAgency(12, 1);
    expect(twelve.encodeFinish()).to.deep.equal(hex('0005 31323b 0000'));
    expect(twelve.encodeQuestion()).to.deep.equal(hex('000c'));
    expect(new SemicolonAgency(65_535, 1).encodeQuestion()).to.deep.equal(hex('ffff'));
  });

  it('can be read by whoever knows the format', () => {
    const bets = fc.array(betWithout(/;/g), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(bets, (some) => {
        const packet = agency.encodeBatch(some.map((bet, i) => agency.encodeRecord(bet, i)));
        expect(packet.readUInt16BE(0)).to.equal(packet.length - 2);
        expect(packet.readUInt16BE(packet.length - 2)).to.equal(1);
        expect(packet.toString('utf8', 2, packet.length - 2).split(';')).to.deep.equal([
          '3',
          ...some.flatMap(({ firstName, lastName, document, birthdate, number }) => [
            firstName,
            lastName,
            document,
            birthdate,
            String(Number(number)),
          ]),
        ]);
      }),
    );
  });

  it('is never longer than 8192 bytes', () => {
    expect(agency.fit(8_192 - 6)).to.equal('fits');
    expect(agency.fit(8_192 - 5)).to.equal('too_long');
  });
});

const text = (line: string): Buffer => Buffer.from(line);

describeAgency(agency, {
  problems: [[{ lastName: 'a;b' }, 'last_name', 'it holds ;']],
  expressible: [{ firstName: '|$#@1', lastName: '%"ü, 🍀', document: '0000000001' }],
  replies: [
    ['answer', hex('0001'), { kind: 'stored' }],
    ['answer', hex('0000'), { kind: 'refused', text: 'answer 0' }],
    ['answer', hex('0100'), { kind: 'refused', text: 'answer 256' }],
  ],
  winners: [
    [text(';'), []],
    [text('0;'), []],
    [text('8;20000022'), ['20000022']],
    [text('26;10000001;30000003;60000006'), ['10000001', '30000003', '60000006']],
  ],
  nonsense: [
    ['winners', text('x;'), 'begin with "x"'],
    ['winners', text('12345678901'), 'begin with "12345678901"'],
    ['winners', text('9999999999;'), 'a reply of 9999999999 bytes'],
    ['winners', text('2;1;'), 'document is ""'],
    ['winners', text('3;1\u00002'), 'document is'],
  ],
});
