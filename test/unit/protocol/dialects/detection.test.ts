import { expect } from 'chai';
import { FrameBuffer } from '../../../../src/net/frame-buffer';
import { DetectingCodec } from '../../../../src/protocol/dialects/detecting';
import { detectDialect } from '../../../../src/protocol/dialects/dialects';
import { LIMITS } from '../../../../src/base/limits';
import * as build from '../../../support/dialect-builder';
import { introduce, preface } from '../../../support/wire-builder';
import { wireCodeOf } from '../../helpers/codec';
import { commandsOf, DialectScene } from '../../helpers/dialect-scene';

const NORA = build.betOfLine('Nora,Ruiz,7,1990-01-01,1');

const BEGINNINGS: readonly (readonly [what: string, bytes: Buffer, dialect: string | null])[] = [
  ['native', preface(), 'native'],
  ['pipe: a batch', build.pipeBatch('1', [NORA], false), 'pipe'],
  ['pipe: batches of 7', Buffer.from('7 0 1|'), 'pipe'],
  ['pipe: batches of 100', Buffer.from('100 0 1|'), 'pipe'],
  ['pipe: one bet of exercise 5', build.pipeBet('1', NORA), 'pipe'],
  ['pipe: winners', build.pipeAsk('1'), 'pipe'],
  ['tlv: bets', build.tlvBets(1, [NORA]), 'tlv'],
  ['tlv: no bets', Buffer.concat([build.TLV.allSent, build.TLV.ask]), 'tlv'],
  ['opcode: one bet', build.opcodePacket(1, ['1']), 'opcode'],
  ['opcode: a batch', build.opcodeBatch('1', [NORA]), 'opcode'],
  ['opcode: ready', build.opcodePacket(5, ['1']), 'opcode'],
  ['opcode: ask', build.opcodePacket(6, ['1']), 'opcode'],
  ['opcode: 64 kB', Buffer.from([3, 0, 1]), 'opcode'],
  ['semicolon: a packet', build.semicolonPacket('3', [NORA], 0), 'semicolon'],
  ['semicolon: 5 bytes, as tlv begins', build.semicolonPacket('12', [], 0), 'semicolon'],
  ['semicolon: 768 bytes, as opcode begins', Buffer.from([3, 0, 0x31]), 'semicolon'],
  ['HTTP', Buffer.from('GET /'), null],
  ['TLS', Buffer.from([0x16, 3, 1]), null],
  ['tlv of type 2', Buffer.from([0, 2, 0]), null],
  ['opcode 2', Buffer.from([2, 0, 0]), null],
  ['a digit and rubbish', Buffer.from('3x1'), null],
];

describe('the first three bytes of a connection', () => {
  for (const [what, bytes, dialect] of BEGINNINGS) {
    it(`identify ${what}: ${dialect ?? 'unknown'}`, () => {
      expect(detectDialect(bytes.subarray(0, 3))).to.equal(dialect);
    });
  }

  it('are awaited, and nothing is answered before them', () => {
    const codec = new DetectingCodec();
    const input = new FrameBuffer();
    input.append(Buffer.from([0, 5]));
    expect(codec.decode(input)).to.equal(undefined);
    expect(codec.decodeRest).to.equal(undefined);
    expect(codec.encode({ kind: 'busy', retryAfterMs: 1 }).length).to.equal(0);
    expect(codec.inputBytesMax).to.equal(LIMITS.inputBytesPerConnectionMax);
    expect(codec.winnersPageBytesMax).to.equal(0);
  });

  it('decide how much may wait, and whether winners come in pages', () => {
    const codec = new DetectingCodec();
    const input = new FrameBuffer();
    input.append(build.TLV.allSent);
    input.append(build.TLV.ask);
    const message = codec.decode(input);
    expect(message === undefined ? [] : commandsOf(message)).to.deep.equal([{ kind: 'no_bets' }]);
    expect(codec.inputBytesMax).to.equal(LIMITS.dialectInputBytesMax);
    expect(codec.winnersPageBytesMax).to.equal(Infinity);
    expect(codec.decodeRest, 'tlv waits for no silence').to.equal(undefined);
  });

  it('decide whether silence can end a message', () => {
    const scene = new DialectScene(1);
    const link = scene.connect(() => new DetectingCodec());
    scene.send(link, build.pipeAsk('1'));
    expect(typeof link.codec.decodeRest).to.equal('function');
    scene.fallSilent(link);
    expect(link.closed, 'asked before it had finished').to.equal(true);
  });

  it('that are unknown end the connection without a word', () => {
    const codec = new DetectingCodec();
    const input = new FrameBuffer();
    input.append(Buffer.from('GET'));
    expect(wireCodeOf(() => codec.decode(input))).to.equal('BAD_PREFACE');
    const scene = new DialectScene(1);
    const link = scene.connect(() => new DetectingCodec());
    scene.send(link, Buffer.from('GET'));
    expect([link.closed, link.replies.length]).to.deep.equal([true, 0]);
  });

  it('that are native go on as native', () => {
    const scene = new DialectScene(1);
    const link = scene.connect(() => new DetectingCodec());
    const answer = scene.send(link, preface(), introduce(1));
    expect(answer.readUInt8(2)).to.equal(0x81);
  });
});
