import { expect } from 'chai';
import * as build from '../../../support/dialect-builder';
import { introduce, join, preface, rowText, u16, u32, u64 } from '../../../support/wire-builder';
import { DialectScene, type Link } from '../../helpers/dialect-scene';

const NORA = build.betOfLine('Nora,Ruiz,7,1990-01-01,7574');
const { TLV } = build;

describe('dialect tlv, in particular', () => {
  let scene: DialectScene;
  let link: Link;

  beforeEach(() => {
    scene = new DialectScene(3);
    link = scene.connect('tlv');
  });

  const sendHex = (...parts: readonly Uint8Array[]): string =>
    scene.send(link, join(...parts)).toString('hex');
  const finished = (): number[] =>
    [1, 2, 3].filter((number) => scene.scene.lottery.agency(number)?.finished);

  it('lengths within a bet that do not add up reject the batch; the connection goes on', () => {
    const bytes = build.tlvBets(1, [NORA, NORA]);
    bytes[bytes.indexOf(4, 18)] = 9;
    expect(sendHex(bytes)).to.equal('00030002');
    const short = build.tlvBets(1, [NORA]);
    short[short.indexOf(4, 18)] = 3;
    expect(sendHex(short)).to.equal('0003000200030002');
    expect(sendHex(build.tlvBets(1, [NORA]))).to.equal('00030002000300020002');
  });

  for (const [what, bytes] of [
    ['no bets', join(u16(1), u32(0))],
    ['more bets than a message holds', join(u16(1), u32(100_000))],
    ['a bet that is too short', join(u16(1), u32(1), u64(27))],
    ['a bet that is too long', join(u16(1), u32(1), u64(65_537))],
    ['a bet of 2^32 bytes', join(u16(1), u32(1), u64(2 ** 32 + 28))],
    ['an unknown type', u16(9)],
    ['a type of the central', u16(7)],
  ] as const) {
    it(`${what} ends the connection without an answer`, () => {
      expect(sendHex(bytes)).to.equal('');
      expect(link.closed).to.equal(true);
    });
  }

  it('a message above 1 MiB ends the connection before it has come', () => {
    const bet = join(u64(65_536), Buffer.alloc(65_536));
    scene.send(link, join(u16(1), u32(17)), ...Array.from({ length: 16 }, () => bet));
    expect(link.closed).to.equal(true);
  });

  it('acks mean nothing, wherever they come', () => {
    const bets = build.tlvBets(1, [NORA]);
    expect(sendHex(TLV.ack, TLV.ack, bets, TLV.ack, TLV.ack, bets)).to.equal('00020002');
  });

  it('birth dates are days in UTC, from the first to the last year', () => {
    const days = ['0001-01-01', '1955-12-31', '1970-01-01', '2001-02-28', '9999-12-31'];
    sendHex(
      build.tlvBets(
        1,
        days.map((birthdate) => ({ ...NORA, birthdate })),
      ),
    );
    expect(scene.rowsOf(1).map((row) => row.split(',')[3])).to.deep.equal(days);
    const noon = build.tlvBets(1, [NORA]);
    noon.writeInt32BE(noon.readInt32BE(noon.length - 8) + 43_200, noon.length - 8);
    sendHex(noon);
    expect(scene.rowsOf(1).at(-1)).to.include('1990-01-01');
  });

  it('a birth date that no calendar holds rejects the batch', () => {
    for (const seconds of [2n ** 63n - 1n, -(2n ** 63n), -62_135_596_801n, 253_402_300_800n]) {
      const bytes = build.tlvBets(1, [NORA]);
      bytes.writeBigInt64BE(seconds, bytes.length - 12);
      expect(sendHex(bytes).slice(-8)).to.equal('00030002');
    }
    expect(scene.rows).to.equal('');
  });

  it('a document that is too large for the wire keeps the number of winners right', () => {
    scene = new DialectScene(1);
    link = scene.connect('tlv');
    sendHex(build.tlvBets(1, [NORA]));
    const large = {
      firstName: 'A',
      lastName: 'B',
      document: '9999999999',
      birthdate: '1990-01-01',
    };
    const rows = Buffer.from(rowText({ agency: 1, ...large, number: 7574 }));
    const session = scene.scene.join(1);
    const command = { form: 'batch', offset: 1, checksum: null, count: 1, rows } as const;
    scene.scene.receive(session, { kind: 'bets', ...command });
    scene.scene.hangUp(session);
    link = scene.connect('tlv');
    sendHex(build.tlvBets(1, [NORA]), TLV.allSent, TLV.ask);
    const expected = build.tlvWinners([7, 0xffff_ffff, 7]).toString('hex');
    expect(sendHex()).to.equal(`0002${expected}`);
  });

  it('the agency whose bets were rejected is not finished, and receives the rejection again', () => {
    const answer = sendHex(build.tlvBets(1, [{ ...NORA, number: '10000' }]), TLV.allSent, TLV.ask);
    expect(answer).to.equal(join(TLV.rejected, TLV.rejected).toString('hex'));
    expect([finished(), link.closed]).to.deep.equal([[], true]);
  });

  describe('an agency without bets', () => {
    const declare = (): Link => {
      const unnamed = scene.connect('tlv');
      scene.send(unnamed, join(TLV.allSent, TLV.ask));
      return unnamed;
    };
    const answerTo = (unnamed: Link): string => Buffer.concat(unnamed.replies).toString('hex');
    const NONE = '00070000000000000000';

    it('is the one that is left, as soon as the others have finished', () => {
      const unnamed = declare();
      expect(finished()).to.deep.equal([]);
      sendHex(build.tlvBets(1, [NORA]), TLV.allSent);
      expect(finished()).to.deep.equal([1]);
      scene.perform(scene.scene.finish(scene.scene.join(2), 2, 0));
      expect(finished()).to.deep.equal([1, 2, 3]);
      expect(scene.scene.disk.agencies.get(3)?.finished, 'durably').to.equal(true);
      expect(answerTo(unnamed)).to.equal(NONE);
    });

    it('may be several, and all of them', () => {
      const unnamed = [declare(), declare(), declare()];
      expect(unnamed.map(answerTo)).to.deep.equal([NONE, NONE, NONE]);
    });

    it('is not one that has bets, or whose connection is there', () => {
      sendHex(build.tlvBets(1, [NORA]));
      const present = scene.connect('native');
      scene.send(present, preface(), introduce(2));
      const unnamed = [declare(), declare(), declare()];
      expect(finished()).to.deep.equal([]);
      scene.end(present);
      sendHex(TLV.allSent);
      expect(finished()).to.deep.equal([1, 2, 3]);
      expect(unnamed.map(answerTo)).to.deep.equal([NONE, NONE, NONE]);
    });

    it('does not count once its connection is gone', () => {
      scene.end(declare());
      sendHex(build.tlvBets(1, [NORA]), TLV.allSent);
      scene.perform(scene.scene.finish(scene.scene.join(2), 2, 0));
      expect(finished()).to.deep.equal([1, 2]);
    });

    it('is answered at once after the draw', () => {
      [declare(), declare(), declare()].forEach(answerTo);
      expect(answerTo(declare())).to.equal(NONE);
    });

    it('cannot send bets afterwards', () => {
      const unnamed = declare();
      scene.send(unnamed, build.tlvBets(1, [NORA]));
      expect([unnamed.closed, scene.rows]).to.deep.equal([true, '']);
    });

    it('may say so twice, and asks once', () => {
      const unnamed = declare();
      scene.send(unnamed, TLV.allSent);
      expect(unnamed.closed).to.equal(false);
      scene.send(unnamed, TLV.ask);
      expect(unnamed.closed).to.equal(true);
    });

    it('that asks without having said so is refused', () => {
      sendHex(TLV.ask);
      expect(link.closed).to.equal(true);
    });
  });
});
