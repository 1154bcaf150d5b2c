import { expect } from 'chai';
import * as fc from 'fast-check';
import { PipeAgency } from '../../../../src/protocol/dialects/agency/agency-pipe';
import { betWithout, NORA_TEXT } from '../../helpers/legacy-bets';
import { describeAgency } from '../../helpers/legacy-replies';

const agency = new PipeAgency(3, 130);

describe('pipe, the agency: what it sends', () => {
  it('is what the specification has as examples', () => {
    const record = agency.encodeRecord(NORA_TEXT);
    expect(agency.encodeBatch([record], true).toString('hex')).to.equal(
      '333020343420317c34327c337c4e6f72617c4962c3a1c3b1657a7c33303030303033317c313938382d30342d32337c3530307c24',
    );
    expect(agency.encodeFinish().toString('hex')).to.equal('3330203020317c');
    expect(agency.encodeQuestion().toString('hex')).to.equal('77696e6e6572737c33');
    expect(agency.farewell.toString('hex')).to.equal('657869747c33');
  });

  it('names the number of bets, except in the last batch: there a full one', () => {
    const record = agency.encodeRecord(NORA_TEXT);
    expect(agency.encodeBatch([record, record], false).toString()).to.match(/^2 88 0\|42\|3\|/);
    expect(agency.encodeBatch([record, record], true).toString()).to.match(/^30 88 1\|42\|3\|/);
    expect(new PipeAgency(3, 7).encodeFinish().toString()).to.equal('7 0 1|');
  });

  it('can be read by whoever knows the format', () => {
    fc.assert(
      fc.property(fc.array(betWithout(/[|$]/g), { maxLength: 30 }), fc.boolean(), (bets, last) => {
        const message = agency.encodeBatch(
          bets.map((bet) => agency.encodeRecord(bet)),
          last,
        );
        const pipe = message.indexOf('|');
        const [count, length, flag] = message.toString('latin1', 0, pipe).split(' ');
        expect(Number(count)).to.equal(last ? 30 : bets.length);
        expect(flag).to.equal(last ? '1' : '0');
        let rest = message.subarray(pipe + 1);
        expect(rest.length).to.equal(Number(length));
        for (const bet of bets) {
          const at = rest.indexOf('|');
          const end = at + Number(rest.toString('latin1', 0, at));
          const { firstName, lastName, document, birthdate, number } = bet;
          expect(rest.toString('utf8', at, end).split('|')).to.deep.equal([
            '',
            '3',
            firstName,
            lastName,
            document,
            birthdate,
            String(Number(number)),
            '$',
          ]);
          rest = rest.subarray(end);
        }
        expect(rest.length).to.equal(0);
      }),
    );
  });
});

describe('pipe, the agency: what the original central can take', () => {
  // Headers here are `1 LEN 0|`: 9 bytes for a LEN of 4 digits, 8 for one of 3.
  for (const [length, fit] of [
    [1_014, 'fits'],
    [1_015, 'fits'],
    [1_016, 'misread'],
    [1_024, 'misread'],
    [1_025, 'fits'],
    [2_039, 'fits'],
    [2_040, 'too_long'],
  ] as const) {
    it(`records of ${String(length)} bytes: ${fit}`, () => {
      expect(agency.fit(length, 1)).to.equal(fit);
    });
  }
});

const text = (line: string): Buffer => Buffer.from(line);

describeAgency(agency, {
  problems: [
    [{ firstName: 'a|b' }, 'first_name', 'it holds | or $'],
    [{ lastName: '$' }, 'last_name', 'it holds | or $'],
  ],
  expressible: [{ firstName: '%s;#', lastName: '"ü, 🍀"', document: '0000000001' }],
  replies: [
    ['answer', text('3|ok\n'), { kind: 'stored' }],
    // As the original writes it.
    ['answer', text('4|err\n'), { kind: 'refused', text: 'err' }],
    ['winners', text('4|err\n'), { kind: 'refused', text: 'err' }],
    ['answer', text('6|err 0\n'), { kind: 'try_again' }],
    ['answer', text('5|err \n'), { kind: 'try_again' }],
    ['answer', text('14|err try later\n'), { kind: 'try_again' }],
  ],
  winners: [
    [text('10|winners: \n'), []],
    [text('22|winners:  1  20000022\n'), ['20000022']],
    [text('40|winners:  3  10000001 30000003 60000006\n'), ['10000001', '30000003', '60000006']],
  ],
  nonsense: [
    ['answer', text('12|winners: 0 \n'), 'no reply that is due'],
    ['winners', text('3|ok\n'), 'no reply that is due'],
    ['answer', text('3|ok\t'), 'without a line feed'],
    ['answer', text('|ok\n'), 'begins with'],
    ['answer', text('ok\n'), 'begins with'],
    ['answer', text('-3|ok\n'), 'begins with'],
    ['answer', text('12345678901'), 'begins with "12345678901"'],
    ['winners', text('9999999999|'), 'a reply of 9999999999 bytes'],
    ['winners', text('22|winners:  2  20000022\n'), '1 winners, said to be "2"'],
    ['winners', text('15|winners:  1  x\n'), 'document is "x"'],
    ['winners', text('17|winners:  x  1 2\n'), 'said to be "x"'],
  ],
});
