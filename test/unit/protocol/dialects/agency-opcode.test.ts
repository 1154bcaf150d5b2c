import { expect } from 'chai';
import * as fc from 'fast-check';
import { OpcodeAgency } from '../../../../src/protocol/dialects/agency/agency-opcode';
import { readRecording } from '../../../support/recorded-traffic';
import { betWithout, NORA_TEXT } from '../../helpers/legacy-bets';
import { describeAgency, hex } from '../../helpers/legacy-replies';

const agency = new OpcodeAgency(3, 1_000);

describe('opcode, the agency: what it sends', () => {
  it('is what the specification has as examples', () => {
    const record = agency.encodeRecord(NORA_TEXT, 0);
    expect(agency.encodeBatch([record])).to.deep.equal(
      hex(
        '030000002d312340302333234e6f7261234962c3a1c3b1657a2333303030303033312331393838' +
          '2d30342d32332335303023',
      ),
    );
    expect(new OpcodeAgency(1, 1).encodeFinish()).to.deep.equal(hex('05 00000002 3123'));
    expect(new OpcodeAgency(1, 1).encodeQuestion()).to.deep.equal(hex('06 00000002 3123'));
  });

  it('is the recorded packet of more than 8 kB, if it is asked to make one', () => {
    const recorded = readRecording('002-c-large-packets').connections[0]?.turns[0]?.bytes;
    const records = Array.from({ length: 220 }, (_, i) =>
      new OpcodeAgency(1, 1_000).encodeRecord(
        {
          firstName: 'Ana',
          lastName: `Paz${String(i)}`,
          document: String(50_000_000 + i),
          birthdate: `1990-01-${String((i % 28) + 1).padStart(2, '0')}`,
          number: String(i),
        },
        i,
      ),
    );
    expect(agency.encodeBatch(records)).to.deep.equal(recorded);
  });

  it('can be read by whoever knows the format', () => {
    fc.assert(
      fc.property(fc.array(betWithout(/#/g), { maxLength: 12 }), (bets) => {
        const message = agency.encodeBatch(bets.map((bet, i) => agency.encodeRecord(bet, i)));
        expect(message[0]).to.equal(3);
        expect(message.readUInt32BE(1)).to.equal(message.length - 5);
        const items = message.toString('utf8', 5).split('#');
        expect(items.pop()).to.equal('');
        expect(items).to.deep.equal([
          String(bets.length),
          ...bets.flatMap(({ firstName, lastName, document, birthdate, number }, i) => [
            `@${String(i)}`,
            '3',
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
    expect(agency.fit(8_192 - 5 - 3, 10)).to.equal('fits');
    expect(agency.fit(8_192 - 5 - 2, 10)).to.equal('too_long');
  });
});

describeAgency(agency, {
  problems: [
    [{ firstName: 'a#b' }, 'first_name', 'it holds #'],
    [{ lastName: '#' }, 'last_name', 'it holds #'],
    [{ lastName: '@12' }, 'last_name', 'it looks like the mark between two bets'],
  ],
  expressible: [{ firstName: '@1a', lastName: '|$;%"ü, 🍀' }],
  replies: [
    ['answer', hex('02 00000000'), { kind: 'stored' }],
    ['answer', hex('04 00000003 626164'), { kind: 'refused', text: 'bad' }],
    ['winners', hex('04 00000000'), { kind: 'refused', text: '' }],
    ['answer', hex('00 00000000'), { kind: 'not_taken', why: 'the central stops' }],
    ['winners', hex('00 00000000'), { kind: 'not_taken', why: 'the central stops' }],
    ['winners', hex('08 00000000'), { kind: 'busy' }],
    ['answer', hex('08 00000000'), { kind: 'not_taken', why: 'the central has no place' }],
  ],
  winners: [
    [hex('07 00000001 23'), []],
    [hex('07 00000000'), []],
    [hex('07 00000009 323030303030323223'), ['20000022']],
    [hex('07 00000008 3230303030303232'), ['20000022']],
    [
      hex('07 0000001b 313030303030303123333030303030303323363030303030303623'),
      ['10000001', '30000003', '60000006'],
    ],
  ],
  nonsense: [
    ['answer', hex('07 00000001 23'), 'opcode 7'],
    ['winners', hex('02 00000000'), 'opcode 2'],
    ['answer', hex('48545450 2f'), 'opcode 72'],
    ['winners', hex('07 40000001 00'), 'a reply of 1073741825 bytes'],
    ['winners', hex('07 00000002 2323'), 'document is ""'],
    ['winners', hex('07 00000003 310023'), 'document is'],
  ],
});
