import { expect } from 'chai';
import * as build from '../../../support/dialect-builder';
import { join, u16, utf8 } from '../../../support/wire-builder';
import { DialectScene, type Link } from '../../helpers/dialect-scene';
import { logsOf } from '../../helpers/scene';

const NORA = build.betOfLine('Nora,Ruiz,7,1990-01-01,7574');

function packetOf(text: string, more: number): Buffer {
  return join(u16(utf8(text).length + 2), utf8(text), u16(more));
}

describe('dialect semicolon, in particular', () => {
  let scene: DialectScene;
  let link: Link;

  beforeEach(() => {
    scene = new DialectScene(2);
    link = scene.connect('semicolon');
  });

  const sendHex = (...parts: readonly Uint8Array[]): string =>
    scene.send(link, join(...parts)).toString('hex');
  const finished = (agency: number): boolean | undefined =>
    scene.scene.lottery.agency(agency)?.finished;

  it('stores the bets of the last packet, and has the agency finished', () => {
    expect(sendHex(build.semicolonPacket('1', [NORA], 0))).to.equal('0001');
    expect(scene.rowsOf(1)).to.deep.equal(['Nora,Ruiz,7,1990-01-01,7574']);
    expect(finished(1)).to.equal(true);
  });

  it('a packet without bets is stored like any other, first or last', () => {
    expect(sendHex(build.semicolonPacket('1', [], 1), build.semicolonPacket('1', [], 0))).to.equal(
      '00010001',
    );
    expect(finished(1)).to.equal(true);
  });

  for (const flag of [7, 0x3041, 0x4130, 0xffff]) {
    it(`any other flag means that more follow: ${flag.toString(16)}`, () => {
      expect(sendHex(packetOf('1;Nora;Ruiz;7;1990-01-01;7574', flag))).to.equal('0001');
      expect(scene.rowsOf(1)).to.deep.equal(['Nora,Ruiz,7,1990-01-01,7574']);
      expect(finished(1)).to.equal(false);
    });
  }

  for (const [what, packet] of [
    ['an agency that is no number', packetOf('x;', 1)],
    ['no agency', packetOf(';Nora;Ruiz;7;1990-01-01;1', 1)],
    ['no separator', packetOf('1234', 1)],
    ['part of a bet', packetOf('1;Nora;Ruiz;7;1990-01-01', 1)],
    ['a field too many', packetOf('1;Nora;Ruiz;7;1990-01-01;1;', 1)],
  ] as const) {
    it(`${what} is refused`, () => {
      expect(sendHex(packet)).to.equal('0000');
      expect(scene.rows).to.equal('');
    });
  }

  it('refused bets in the last packet keep the agency from being finished', () => {
    const bad = { ...NORA, document: 'x' };
    expect(sendHex(build.semicolonPacket('1', [bad], 0))).to.equal('0000');
    expect([finished(1), link.closed]).to.deep.equal([false, true]);
  });

  it('so do bets that were refused before', () => {
    sendHex(build.semicolonPacket('1', [{ ...NORA, document: 'x' }], 1));
    expect(sendHex(build.semicolonPacket('1', [NORA], 0))).to.equal('00000000');
    expect(finished(1)).to.equal(false);
  });

  for (const number of ['7574', '42', '4']) {
    it(`a packet of exercise 5, which has no flag, loses nothing of its number ${number}`, () => {
      const text = utf8(`1;Nora;Ruiz;7;1990-01-01;${number}`);
      expect(sendHex(u16(text.length), text)).to.equal('0001');
      expect(scene.rowsOf(1)).to.deep.equal([`Nora,Ruiz,7,1990-01-01,${number}`]);
    });
  }

  it('a packet without a flag that ends inside of a number is refused when more came with it', () => {
    const whole = utf8('1;Nora;Ruiz;7;1990-01-01;3091');
    expect(sendHex(u16(whole.length - 2), whole, u16(1))).to.equal('0000');
    expect(scene.rows).to.equal('');
    expect(scene.scene.lottery.agency(1)?.rejected).to.equal(1);
    expect(link.closed).to.equal(true);
  });

  it('and what comes behind it later ends the connection', () => {
    const whole = utf8('1;Nora;Ruiz;7;1990-01-01;3091');
    expect(sendHex(u16(whole.length - 2), whole.subarray(0, -2))).to.equal('0001');
    expect(sendHex(whole.subarray(-2), u16(1))).to.equal('0001');
    expect(link.closed).to.equal(true);
  });

  for (const [what, text] of [
    ['of two bets', '1;Nora;Ruiz;7;1990-01-01;42;Nora;Ruiz;8;1990-01-01;42'],
    ['that ends in another field', '1;Nora;Ruiz;77'],
    ['without a number', '1;Nora;Ruiz;7;1990-01-01'],
  ] as const) {
    it(`a packet without a flag ${what} is refused`, () => {
      expect(sendHex(u16(text.length), utf8(text))).to.equal('0000');
      expect(scene.rows).to.equal('');
    });
  }

  it('a packet without a flag is refused behind packets that have one', () => {
    sendHex(build.semicolonPacket('1', [{ ...NORA, document: '8' }], 1));
    const text = utf8('1;Nora;Ruiz;7;1990-01-01;30');
    expect(sendHex(u16(text.length), text)).to.equal('00010000');
    expect(scene.rowsOf(1)).to.have.length(1);
  });

  it('a size below 4 ends the connection', () => {
    expect(sendHex(u16(3))).to.equal('');
    expect(link.closed).to.equal(true);
  });

  it('the number of the second stage says whose winners are wanted; another one is logged', () => {
    sendHex(build.semicolonPacket('1', [NORA], 0));
    const command = { kind: 'ask_winners', first: 0, wait: true, agency: 2 } as const;
    const logs = logsOf(scene.scene.receive(link.session, command));
    expect(logs).to.deep.equal([
      ['WARNING consulta_ganadores in_progress', { agency: 1, asked: 2 }],
    ]);
    const other = scene.connect('semicolon');
    sendHex();
    scene.send(other, build.semicolonPacket('2', [{ ...NORA, document: '8' }], 0));
    expect(sendHex()).to.equal(join(u16(1), build.semicolonWinners(['8'])).toString('hex'));
    scene.send(other, u16(1));
    expect(Buffer.concat(other.replies).toString('latin1', 2)).to.equal('1;7');
  });

  it('a number that is no agency ends the connection', () => {
    sendHex(build.semicolonPacket('1', [NORA], 0), u16(3));
    expect(link.closed).to.equal(true);
    expect(link.replies).to.have.length(1);
  });
});
