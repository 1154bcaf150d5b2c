/** Messages of the legacy dialects that the central will not take: whose they are, as far as they have come. */
import { expect } from 'chai';
import { FrameBuffer } from '../../../../src/net/frame-buffer';
import type { Command, ServerCodec } from '../../../../src/protocol/commands';
import type { Dialect } from '../../../../src/protocol/conversion';
import { DetectingCodec } from '../../../../src/protocol/dialects/detecting';
import { CREATE_CODEC } from '../../../../src/protocol/dialects/dialects';
import { NativeServerCodec } from '../../../../src/protocol/native/server-codec';
import * as build from '../../../support/dialect-builder';
import { preface } from '../../../support/wire-builder';

const NORA = build.betOfLine('Nora,Ruiz,30000031,1988-04-23,500');

/** A message of agency 42, how many bytes show that it brings bets, and how many show whose they are. */
const BETS: readonly (readonly [Dialect, string, Buffer, number, number])[] = [
  ['pipe', 'batch', build.pipeBatch('42', [NORA], false), 1, '30 46 0|46|42|'.length],
  ['pipe', 'bet', build.pipeBet('42', NORA), 1, '44 |42|'.length],
  ['tlv', 'batch', build.tlvBets(42, [NORA]), 2, 18],
  ['opcode', 'batch', build.opcodeBatch('42', [NORA]), 1, 5 + '1#@0#42#'.length],
  ['opcode', 'bet', build.opcodePacket(1, ['42', 'Nora']), 1, 5 + '42#'.length],
  ['semicolon', 'packet', build.semicolonPacket('42', [NORA], 1), 1, 2 + '42;'.length],
];

const NOBODYS = { kind: 'untaken_bets', agency: null };
const OF_42 = { kind: 'untaken_bets', agency: 42 };

function untakenOf(codec: ServerCodec, bytes: Buffer): readonly Command[] | undefined {
  const input = new FrameBuffer();
  input.append(bytes);
  return codec.untaken?.(input)?.read(null);
}

describe('messages that are not taken', () => {
  for (const [dialect, what, bytes, isBetsAt, agencyAt] of BETS) {
    it(`${dialect}: a ${what} is of its agency as soon as its first bytes name it`, () => {
      for (let length = 0; length < bytes.length; length++) {
        const found = untakenOf(CREATE_CODEC[dialect](), bytes.subarray(0, length));
        const bets = [length < agencyAt ? NOBODYS : OF_42];
        expect(found, `${String(length)} bytes`).to.deep.equal(
          length < isBetsAt ? undefined : bets,
        );
      }
    });
  }

  for (const [dialect, what, bytes] of [
    ['pipe', 'question', build.pipeAsk('42')],
    ['pipe', 'exit', build.pipeExit('42')],
    ['tlv', 'end', build.TLV.allSent],
    ['tlv', 'question', build.TLV.ask],
    ['opcode', 'end', build.opcodePacket(5, ['42'])],
    ['opcode', 'question', build.opcodePacket(6, ['42'])],
    ['opcode', 'request of the web', Buffer.from('GET / HTTP/1.1')],
    ['pipe', 'request of the web', Buffer.from('GET / HTTP/1.1')],
  ] as const) {
    it(`${dialect}: a ${what} brings no bets`, () => {
      for (let length = 0; length <= bytes.length; length++) {
        const found = untakenOf(CREATE_CODEC[dialect](), bytes.subarray(0, length));
        expect(found).to.equal(undefined);
      }
    });
  }

  it('of a document in place of the agency are of nobody', () => {
    const bytes = Buffer.from('30 40 0|Ana|Paz|7|1999-03-17|1|$');
    expect(untakenOf(CREATE_CODEC.pipe(), bytes)).to.deep.equal([NOBODYS]);
    const packet = build.opcodePacket(3, ['1', '@0', 'Ana', 'Paz', '7']);
    expect(untakenOf(CREATE_CODEC.opcode(), packet)).to.deep.equal([NOBODYS]);
  });

  it('opcode: name their agency also with a wrong number of bets or of the first bet', () => {
    for (const items of [['x', '@0'], ['@0'], ['7', '@1'], ['', '@']]) {
      const packet = build.opcodePacket(3, [...items, '42', 'Ana']);
      const found = untakenOf(CREATE_CODEC.opcode(), packet);
      expect(found, items.join()).to.deep.equal([OF_42]);
    }
  });

  it('semicolon: behind the last packet there are no bets', () => {
    const codec = CREATE_CODEC.semicolon();
    const input = new FrameBuffer();
    input.append(build.semicolonPacket('42', [], 0));
    codec.decode(input);
    expect(untakenOf(codec, Buffer.from([0]))).to.equal(undefined);
  });

  it('are found where the dialect is detected, and natively there are none', () => {
    const codec = new DetectingCodec();
    const bytes = build.opcodeBatch('42', [NORA]).subarray(0, 30);
    expect(untakenOf(codec, bytes)).to.equal(undefined);
    const input = new FrameBuffer();
    input.append(bytes);
    expect(codec.decode(input)).to.equal(undefined);
    expect(untakenOf(codec, bytes)).to.deep.equal([OF_42]);
    expect(untakenOf(new NativeServerCodec(), preface())).to.equal(undefined);
  });
});
