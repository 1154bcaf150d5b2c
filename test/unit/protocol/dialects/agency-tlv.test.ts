import { expect } from 'chai';
import * as fc from 'fast-check';
import { TlvAgency } from '../../../../src/protocol/dialects/agency/agency-tlv';
import { goodBet } from '../../helpers/arbitraries';
import { NORA_TEXT } from '../../helpers/legacy-bets';
import { describeAgency, hex } from '../../helpers/legacy-replies';

const agency = new TlvAgency(3, 10);

const tlvBet = goodBet.map((bet) => ({
  ...bet,
  document: String(Number(bet.document) % 2 ** 32),
}));

describe('tlv, the agency: what it sends', () => {
  it('is what the specification has as examples', () => {
    expect(agency.encodeBatch([agency.encodeRecord(NORA_TEXT)])).to.deep.equal(
      hex(
        '0001 00000001 0000000000000028 00000003 00000004 4e6f7261 00000008 4962c3a1c3b1657a ' +
          '01c9c39f 00000000226fde80 000001f4',
      ),
    );
    expect(agency.encodeFinish()).to.equal(null);
    expect(agency.encodeQuestion()).to.deep.equal(hex('0005 0006'));
    expect(agency.acknowledgement).to.deep.equal(hex('0004'));
    expect(agency.farewell).to.deep.equal(hex('0004'));
  });

  for (const [birthdate, seconds] of [
    ['1970-01-01', '0000000000000000'],
    ['1955-12-31', 'ffffffffe5a89780'],
    ['2001-02-28', '000000003a9c3f80'],
  ] as const) {
    it(`a birth date is the first second of its day in UTC: ${birthdate}`, () => {
      const record = agency.encodeRecord({ ...NORA_TEXT, birthdate });
      expect(record.toString('hex', record.length - 12, record.length - 4)).to.equal(seconds);
    });
  }

  it('can be read by whoever knows the format', () => {
    fc.assert(
      fc.property(fc.array(tlvBet, { maxLength: 12 }), (bets) => {
        const message = agency.encodeBatch(bets.map((bet) => agency.encodeRecord(bet)));
        expect(message.readUInt16BE(0)).to.equal(1);
        expect(message.readUInt32BE(2)).to.equal(bets.length);
        let at = 6;
        for (const bet of bets) {
          const length = Number(message.readBigUInt64BE(at));
          const record = message.subarray(at + 8, at + 8 + length);
          at += 8 + length;
          const firstEnd = 8 + record.readUInt32BE(4);
          const lastEnd = firstEnd + 4 + record.readUInt32BE(firstEnd);
          const days = Number(record.readBigInt64BE(lastEnd + 4)) / 86_400;
          expect(lastEnd + 16).to.equal(record.length);
          expect([
            record.readUInt32BE(0),
            record.toString('utf8', 8, firstEnd),
            record.toString('utf8', firstEnd + 4, lastEnd),
            String(record.readUInt32BE(lastEnd)),
            new Date(days * 86_400_000).toISOString().slice(0, 10),
            record.readUInt32BE(lastEnd + 12),
          ]).to.deep.equal([
            3,
            bet.firstName,
            bet.lastName,
            bet.document,
            bet.birthdate,
            Number(bet.number),
          ]);
        }
        expect(at).to.equal(message.length);
      }),
    );
  });

  it('is never longer than 8192 bytes', () => {
    expect(agency.fit(8_186)).to.equal('fits');
    expect(agency.fit(8_187)).to.equal('too_long');
  });
});

describeAgency(agency, {
  problems: [
    [{ document: '4294967296' }, 'document', 'it is above 4294967295'],
    [{ document: '0123456' }, 'document', 'zeros in front of it would be lost'],
    [{ document: '00' }, 'document', 'zeros in front of it would be lost'],
  ],
  expressible: [{ document: '0' }, { document: '1' }, { document: '4294967295' }],
  replies: [
    ['answer', hex('0002'), { kind: 'stored' }],
    // A failure of 4 bytes and one of 8, each with both codes.
    ...(
      [
        ['0003 0002', 2],
        ['0003 0001', 1],
        ['0003 00000002 0002', 2],
        ['0003 00000002 0001', 1],
      ] as const
    ).flatMap(([bytes, code]) =>
      (['answer', 'winners'] as const).map((awaited) => {
        const text = `error code ${String(code)}`;
        return [awaited, hex(bytes), { kind: 'refused', text }] as const;
      }),
    ),
  ],
  winners: [
    [hex('0007 0000000000000000'), []],
    [hex('0007 0000000000000001 01312d16'), ['20000022']],
    [hex('0007 0000000000000003 00989681 01c9c383 03938706'), ['10000001', '30000003', '60000006']],
    [hex('0007 0000000000000001 ffffffff'), ['4294967295']],
  ],
  nonsense: [
    ['answer', hex('0007 0000000000000000'), 'type 7 is no reply that is due'],
    ['winners', hex('0002'), 'type 2 is no reply that is due'],
    ['answer', hex('0001'), 'type 1'],
    ['answer', hex('3330'), 'type 13104'],
    ['answer', hex('0003 00000003 0002'), 'a failure of a length that none has'],
    ['winners', hex('0007 0000000010000001'), '268435457 winners'],
    ['winners', hex('0007 ffffffffffffffff'), 'winners'],
  ],
});
