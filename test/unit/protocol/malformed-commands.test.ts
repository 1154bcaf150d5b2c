import { expect } from 'chai';
import { FrameBuffer } from '../../../src/net/frame-buffer';
import { NativeServerCodec } from '../../../src/protocol/native/server-codec';
import * as wire from '../../support/wire-builder';
import { commandsBehindPreface, commandsOf, wireCodeOf } from '../helpers/codec';
import { thrownBy } from '../helpers/failures';

const NORA = wire.row(wire.NORA);
const TOO_LARGE = 2n ** 53n;
const none = new Uint8Array();

const codeOf = (bytes: Uint8Array): string => wireCodeOf(() => commandsBehindPreface(bytes));

/** One good frame of each type. */
const GOOD: readonly (readonly [string, Buffer])[] = [
  ['INTRODUCE', wire.introduce(3, wire.utf8('secret'))],
  ['BET', wire.bet(0, 1, NORA)],
  ['BATCH', wire.batch(0, 1, 1, NORA)],
  ['FINISHED', wire.finished(2)],
  ['ASK_WINNERS', wire.askWinners(0, 1)],
  ['GOODBYE', wire.agencyGoodbye()],
  ['INTRODUCE_EDITION', wire.introduceEdition(2020, 3, wire.utf8('secret'))],
  ['ASK_TOTAL', wire.askTotal()],
  ['PING', wire.ping(wire.u64(2n ** 64n - 1n))],
];
/** Where a frame may be cut because the rest of it is rows. */
const ROWS_AT: Readonly<Record<string, number>> = { BET: 16, BATCH: 18 };

describe('the central refuses as BAD_PREFACE', () => {
  for (let place = 0; place < 3; place++) {
    it(`another byte ${String(place)}, as soon as it comes`, () => {
      for (let byte = 0; byte < 256; byte++) {
        const good = wire.preface().subarray(0, place);
        const bytes = Buffer.concat([good, Buffer.from([byte])]);
        const expected = byte === wire.preface()[place] ? 'waits' : 'BAD_PREFACE';
        const input = new FrameBuffer();
        input.append(bytes);
        const got = wireCodeOf(() => new NativeServerCodec().decode(input));
        expect(got === 'no error' ? 'waits' : got, `byte ${String(byte)}`).to.equal(expected);
      }
    });
  }

  it('what speaks HTTP', () => {
    const request = Buffer.from('GET / HTTP/1.1\r\n\r\n');
    expect(wireCodeOf(() => commandsOf([request]))).to.equal('BAD_PREFACE');
  });
});

describe('the central refuses as UNSUPPORTED_VERSION', () => {
  it('every version but 1, and says which one it speaks', () => {
    for (let version = 0; version < 256; version++) {
      if (version === 1) continue;
      const error = thrownBy(() => commandsOf([wire.preface(version)]));
      expect(error).to.include({ code: 'UNSUPPORTED_VERSION' });
      expect(String(error)).to.match(/: 1$/);
    }
  });
});

describe('the central refuses as BAD_FRAME_LENGTH', () => {
  for (const length of [0, 1, 2, 3, 8193, 65_535]) {
    it(`a length of ${String(length)}`, () => {
      expect(codeOf(wire.frame(0x06, none, { length }))).to.equal('BAD_FRAME_LENGTH');
    });
  }

  it('a length that is wrong before the rest of its frame arrives', () => {
    expect(codeOf(wire.u16(8193))).to.equal('BAD_FRAME_LENGTH');
  });
});

describe('the central refuses as UNKNOWN_MESSAGE', () => {
  it('every type that no agency sends', () => {
    for (let type = 0; type < 256; type++) {
      if (type >= 0x01 && type <= 0x09) continue;
      expect(codeOf(wire.frame(type, none)), `type ${String(type)}`).to.equal('UNKNOWN_MESSAGE');
    }
  });
});

describe('the central refuses as MALFORMED_MESSAGE', () => {
  for (const [name, good] of GOOD) {
    const [type, body] = [good[2] ?? 0, good.subarray(4)];

    it(`${name}: takes the good frame, to begin with`, () => {
      expect(commandsBehindPreface(good)).to.have.length(1);
    });

    if (body.length > 0) {
      it(`${name}: any body that is too short`, () => {
        const longest = (ROWS_AT[name] ?? good.length - 1) - 4;
        for (let size = 0; size <= longest; size++) {
          const code = codeOf(wire.frame(type, body.subarray(0, size)));
          expect(code, `${String(size)} bytes`).to.equal('MALFORMED_MESSAGE');
        }
      });
    }

    if (!(name in ROWS_AT)) {
      it(`${name}: a body that is too long`, () => {
        const long = wire.join(body, wire.u8(0));
        expect(codeOf(wire.frame(type, long))).to.equal('MALFORMED_MESSAGE');
      });
    }

    it(`${name}: any flag`, () => {
      for (let flags = 1; flags < 256; flags++) {
        expect(codeOf(wire.frame(type, body, { flags }))).to.equal('MALFORMED_MESSAGE');
      }
    });
  }

  it('an offset above 2^53 - 1', () => {
    for (const offset of [TOO_LARGE, TOO_LARGE + 1n, 2n ** 64n - 1n]) {
      expect(codeOf(wire.bet(offset, 0, NORA))).to.equal('MALFORMED_MESSAGE');
      expect(codeOf(wire.batch(offset, 0, 1, NORA))).to.equal('MALFORMED_MESSAGE');
    }
  });

  it('a total above 2^53 - 1', () => {
    expect(codeOf(wire.finished(TOO_LARGE))).to.equal('MALFORMED_MESSAGE');
  });

  it('an index of a winner above 2^53 - 1', () => {
    expect(codeOf(wire.askWinners(TOO_LARGE, 1))).to.equal('MALFORMED_MESSAGE');
  });

  it('but not 2^53 - 1 itself', () => {
    const total = 2 ** 53 - 1;
    expect(commandsBehindPreface(wire.finished(total))).to.deep.equal([
      { kind: 'finished', total },
    ]);
  });

  it('a wait that is neither 0 nor 1', () => {
    for (const wait of [2, 3, 128, 255]) {
      expect(codeOf(wire.askWinners(0, wait))).to.equal('MALFORMED_MESSAGE');
    }
  });

  it('a BATCH that says it has no bets', () => {
    expect(codeOf(wire.batch(0, 0, 0, NORA))).to.equal('MALFORMED_MESSAGE');
  });

  it('a BATCH that has no bets', () => {
    expect(codeOf(wire.batch(0, 0, 1, none))).to.equal('MALFORMED_MESSAGE');
    expect(codeOf(wire.batch(0, 0, 0, none))).to.equal('MALFORMED_MESSAGE');
  });

  it('a BET without a bet', () => {
    expect(codeOf(wire.bet(0, 0, none))).to.equal('MALFORMED_MESSAGE');
  });

  it('a token of more than 256 bytes', () => {
    expect(codeOf(wire.introduce(3, new Uint8Array(257)))).to.equal('MALFORMED_MESSAGE');
    expect(commandsBehindPreface(wire.introduce(3, new Uint8Array(256)))).to.have.length(1);
  });

  it('a token that is shorter or longer than it says', () => {
    const says = (size: number): Buffer =>
      wire.frame(0x01, wire.join(wire.u32(3), wire.u16(size), wire.utf8('abc')));
    expect(codeOf(says(4))).to.equal('MALFORMED_MESSAGE');
    expect(codeOf(says(2))).to.equal('MALFORMED_MESSAGE');
    expect(codeOf(says(3))).to.equal('no error');
  });
});

describe('the central refuses as WRONG_EDITION', () => {
  it('every edition that is not known', () => {
    for (const edition of [0, 2019, 2021, 65_535]) {
      expect(codeOf(wire.introduceEdition(edition, 3))).to.equal('WRONG_EDITION');
    }
  });
});
