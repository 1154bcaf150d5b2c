import { expect } from 'chai';
import * as build from '../../../support/dialect-builder';
import { join, u32, u8 } from '../../../support/wire-builder';
import { DialectScene, type Link } from '../../helpers/dialect-scene';

const NORA = build.betOfLine('Nora,Ruiz,7,1990-01-01,7574');
const ACK = '0200000000';
const BUSY = '0800000000';
const FIELDS = ['1', 'Nora', 'Ruiz', '7', '1990-01-01', '7574'];

describe('dialect opcode, in particular', () => {
  let scene: DialectScene;
  let link: Link;

  beforeEach(() => {
    scene = new DialectScene(2);
    link = scene.connect('opcode');
  });

  /** A request on a connection of its own. */
  const request = (packet: Uint8Array): string => {
    const own = scene.connect('opcode');
    const answer = scene.send(own, packet).toString('hex');
    scene.end(own);
    return answer;
  };
  const ready = (agency: string): Buffer => build.opcodePacket(5, [agency]);
  const ask = (agency: string): Buffer => build.opcodePacket(6, [agency]);

  it('has one connection for each request, and what it says belongs to the agency', () => {
    expect(request(ask('1')), 'before anything').to.equal(BUSY);
    expect(request(build.opcodeBatch('1', [NORA]))).to.equal(ACK);
    expect(request(ask('1')), 'before it is ready').to.equal(BUSY);
    expect(request(ready('1'))).to.equal(ACK);
    expect(request(ready('1')), 'twice').to.equal(ACK);
    expect(request(ask('1')), 'before the draw').to.equal(BUSY);
    expect(request(ready('2'))).to.equal(ACK);
    expect(request(ask('1'))).to.equal(build.opcodeWinners(['7']).toString('hex'));
    expect(request(ask('2'))).to.equal('070000000123');
  });

  it('may have all requests on one connection', () => {
    const packets = [build.opcodeBatch('1', [NORA]), ready('1'), ask('1')];
    expect(scene.send(link, join(...packets)).toString('hex')).to.equal(ACK + ACK + BUSY);
  });

  it('connections of an agency do not replace each other, nor a native one', () => {
    const native = scene.scene.join(1);
    const other = scene.connect('opcode');
    scene.send(link, build.opcodeBatch('1', [NORA]));
    scene.send(other, build.opcodeBatch('1', [NORA]));
    scene.send(link, build.opcodeBatch('1', [NORA]));
    expect([link.closed, other.closed]).to.deep.equal([false, false]);
    expect(scene.rowsOf(1)).to.have.length(3);
    expect(native.state.phase).to.equal('established');
    expect(scene.scene.lottery.agency(1)?.holder).to.equal(native);
  });

  it('one bet of exercise 5 is stored and logged as one', () => {
    expect(request(build.opcodePacket(1, FIELDS))).to.equal(ACK);
    expect(scene.rowsOf(1)).to.deep.equal(['Nora,Ruiz,7,1990-01-01,7574']);
  });

  for (const [what, packet] of [
    ['an empty batch', build.opcodePacket(3, ['0'])],
    ['fewer bets than it says', build.opcodePacket(3, ['2', '@0', ...FIELDS])],
    ['more bets than it says', build.opcodePacket(3, ['1', '@0', ...FIELDS, '@1', ...FIELDS])],
    ['marks in the wrong order', build.opcodePacket(3, ['1', '@1', ...FIELDS])],
    ['no number of bets', build.opcodePacket(3, ['x', '@0', ...FIELDS])],
    ['nothing', build.opcodePacket(3)],
    ['an agency that is no number', build.opcodeBatch('x', [NORA])],
    ['no end mark', join(u8(3), u32(2), Buffer.from('0x'))],
    ['a bet without its number', build.opcodePacket(1, FIELDS.slice(0, 5))],
    ['a bet of nobody', build.opcodePacket(1, ['', ...FIELDS.slice(1)])],
  ] as const) {
    it(`${what}: opcode 4 with the text of old, and the connection goes on`, () => {
      const failed = build.opcodeError('Error al procesar el batch enviado').toString('hex');
      expect(scene.send(link, packet).toString('hex')).to.equal(failed);
      expect(scene.rows).to.equal('');
      expect(link.closed).to.equal(false);
    });
  }

  for (const op of [2, 4, 7, 8, 9, 255]) {
    it(`opcode ${String(op)}, which is not for a central, is answered with opcode 4`, () => {
      expect(scene.send(link, build.opcodePacket(op, ['1'])).readUInt8(0)).to.equal(4);
      expect(scene.send(link, ready('1')).subarray(-5).toString('hex')).to.equal(ACK);
    });
  }

  it('ready and ask must name one agency', () => {
    for (const packet of [build.opcodePacket(5, ['1', '2']), build.opcodePacket(6)]) {
      expect(request(packet).slice(0, 2)).to.equal('04');
    }
  });

  it('opcode 0 closes', () => {
    scene.send(link, build.opcodePacket(0));
    expect(link.closed).to.equal(true);
  });

  it('a packet above 1 MiB is refused by its header', () => {
    const answer = scene.send(link, join(u8(3), u32(2 ** 20 + 1)));
    expect([answer.readUInt8(0), link.closed]).to.deep.equal([4, true]);
  });

  it('rows that would be above 1 MiB are rejected', () => {
    const quotes = { ...NORA, first: '"'.repeat(512), last: '"'.repeat(512) };
    const packet = build.opcodeBatch(
      '1',
      Array.from({ length: 900 }, () => quotes),
    );
    expect(packet.length).to.be.lessThan(2 ** 20);
    const failed = build.opcodeError('Error al procesar el batch enviado');
    expect(scene.send(link, packet).toString('hex')).to.equal(failed.toString('hex'));
    expect([link.closed, scene.rows]).to.deep.equal([false, '']);
    expect(scene.scene.disk.agencies.get(1)?.rejected).to.equal(900);
  });

  it('an agency that is not expected receives an error', () => {
    const answer = scene.send(link, ready('3'));
    expect(answer.toString('utf8', 5)).to.equal('agency 3 is not expected');
    expect(link.closed).to.equal(true);
  });

  it('too many connections, and the end of the central, have words of their own', () => {
    const { codec } = link;
    expect(codec.encode({ kind: 'busy', retryAfterMs: 1 }).toString('hex')).to.equal(BUSY);
    expect(codec.encode({ kind: 'goodbye', retryAfterMs: 1 }).toString('hex')).to.equal(
      '0000000000',
    );
  });
});
