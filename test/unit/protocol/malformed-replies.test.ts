import { expect } from 'chai';
import * as wire from '../../support/wire-builder';
import { repliesOf, wireCodeOf } from '../helpers/codec';

const WELCOME = { stored: 1, checksum: 2, window: 3, state: 0 };
const REJECT = { offset: 0, expected: 0, index: 0, reason: 105 };
const ECHO = wire.u64(2n ** 64n - 1n);
const WINNER = wire.contestantRow(wire.NORA);
const TOO_LARGE = 2n ** 53n;

const codeOf = (bytes: Uint8Array): string => wireCodeOf(() => repliesOf([bytes]));

const GOOD: readonly (readonly [string, Buffer])[] = [
  ['WELCOME', wire.welcome(WELCOME)],
  ['ACK', wire.ack(2)],
  ['REJECT', wire.reject(REJECT)],
  ['WINNERS', wire.winners(9, 2, ['30000031', '5'])],
  ['NOT_YET', wire.notYet(1, 2)],
  ['BUSY', wire.busy(5)],
  ['GOODBYE', wire.centralGoodbye(5)],
  ['RESULTS', wire.results({ upTo: 2, winners: 1, last: 1 }, [WINNER])],
  ['TOTAL', wire.total(5, 1)],
  ['PONG', wire.pong(ECHO)],
];

describe('the agency refuses a central', () => {
  for (const [name, good] of GOOD) {
    const [type, body] = [good[2] ?? 0, good.subarray(4)];

    it(`${name}: not when it is good`, () => {
      expect(codeOf(good)).to.equal('no error');
    });

    it(`${name}: for any body that is too short`, () => {
      for (let size = 0; size < body.length; size++) {
        const code = codeOf(wire.frame(type, body.subarray(0, size)));
        expect(code, `${String(size)} bytes`).to.equal('MALFORMED_MESSAGE');
      }
    });

    it(`${name}: for a body that is too long`, () => {
      const long = wire.join(body, wire.u8(0));
      expect(codeOf(wire.frame(type, long))).to.equal('MALFORMED_MESSAGE');
    });

    it(`${name}: for any flag`, () => {
      for (let flags = 1; flags < 256; flags++) {
        expect(codeOf(wire.frame(type, body, { flags }))).to.equal('MALFORMED_MESSAGE');
      }
    });
  }

  it('ERROR: for a body without a whole code', () => {
    expect(codeOf(wire.frame(0x87, wire.u8(0)))).to.equal('MALFORMED_MESSAGE');
    expect(codeOf(wire.frame(0x87, new Uint8Array()))).to.equal('MALFORMED_MESSAGE');
    expect(codeOf(wire.error(7, ''))).to.equal('no error');
  });

  it('ERROR: for any flag', () => {
    const code = codeOf(wire.frame(0x87, wire.u16(7), { flags: 1 }));
    expect(code).to.equal('MALFORMED_MESSAGE');
  });

  it('RESULTS: for another number of rows, and for what is neither 0 nor 1', () => {
    const fields = { upTo: 2, winners: 1, last: 1 };
    for (const count of [0, 2, 3]) {
      expect(codeOf(wire.results(fields, [WINNER, WINNER].slice(0, 1), count))).to.equal(
        'MALFORMED_MESSAGE',
      );
    }
    expect(codeOf(wire.results({ ...fields, last: 2 }, [WINNER]))).to.equal('MALFORMED_MESSAGE');
  });

  it('for every type that no central sends', () => {
    for (let type = 0; type < 256; type++) {
      if (type >= 0x81 && type <= 0x8b) continue;
      const code = codeOf(wire.frame(type, new Uint8Array()));
      expect(code, `type ${String(type)}`).to.equal('UNKNOWN_MESSAGE');
    }
  });

  it('for a frame length below 4 or above 8192', () => {
    for (const length of [0, 3, 8193, 65_535]) {
      expect(codeOf(wire.u16(length))).to.equal('BAD_FRAME_LENGTH');
    }
  });

  it('for any number above 2^53 - 1', () => {
    const large = [
      wire.welcome({ ...WELCOME, stored: TOO_LARGE }),
      wire.ack(TOO_LARGE),
      wire.reject({ ...REJECT, offset: TOO_LARGE }),
      wire.reject({ ...REJECT, expected: TOO_LARGE }),
      wire.winners(TOO_LARGE, 0, []),
      wire.winners(0, TOO_LARGE, []),
    ];
    expect(large.map(codeOf)).to.deep.equal(large.map(() => 'MALFORMED_MESSAGE'));
  });

  it('for a WELCOME with a window of 0', () => {
    expect(codeOf(wire.welcome({ ...WELCOME, window: 0 }))).to.equal('MALFORMED_MESSAGE');
  });

  it('for a WELCOME with a state that does not exist', () => {
    for (let state = 3; state < 256; state++) {
      expect(codeOf(wire.welcome({ ...WELCOME, state }))).to.equal('MALFORMED_MESSAGE');
    }
  });

  it('for WINNERS that hold fewer or more documents than they say', () => {
    expect(codeOf(wire.winners(9, 0, ['1', '2'], 3))).to.equal('MALFORMED_MESSAGE');
    expect(codeOf(wire.winners(9, 0, ['1', '2'], 1))).to.equal('MALFORMED_MESSAGE');
  });

  it('for WINNERS behind their total', () => {
    expect(codeOf(wire.winners(1, 0, ['1', '2']))).to.equal('MALFORMED_MESSAGE');
    expect(codeOf(wire.winners(2, 1, ['1', '2']))).to.equal('MALFORMED_MESSAGE');
    expect(codeOf(wire.winners(2, 0, ['1', '2']))).to.equal('no error');
  });
});
