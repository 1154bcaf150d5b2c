/** Long lists of winners reach an agency of an earlier system in pieces, none of which it keeps. */
import { expect } from 'chai';
import fc from 'fast-check';
import { LIMITS } from '../../../../src/base/limits';
import { FrameBuffer } from '../../../../src/net/frame-buffer';
import { WireError } from '../../../../src/protocol/codes';
import type { AgencyDialect } from '../../../../src/protocol/dialects/agency/agency-dialect';
import { OpcodeAgency } from '../../../../src/protocol/dialects/agency/agency-opcode';
import { PipeAgency } from '../../../../src/protocol/dialects/agency/agency-pipe';
import { SemicolonAgency } from '../../../../src/protocol/dialects/agency/agency-semicolon';
import { TlvAgency } from '../../../../src/protocol/dialects/agency/agency-tlv';
import * as build from '../../../support/dialect-builder';
import { thrownBy } from '../../helpers/failures';

const CASES: readonly (readonly [AgencyDialect, (documents: readonly string[]) => Buffer])[] = [
  [new PipeAgency(3, 30), build.pipeWinners],
  [new TlvAgency(3, 130), (list) => build.tlvWinners(list.map(Number))],
  [new OpcodeAgency(3, 130), build.opcodeWinners],
  [new SemicolonAgency(3, 130), build.semicolonWinners],
];

function documents(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(1 + ((i * 7_919) % 40_000_000)));
}

/** What comes of `bytes` in chunks: the pieces, and whether the last one was the end. */
function play(dialect: AgencyDialect, bytes: Buffer, chunkBytes: number): string[][] {
  const input = new FrameBuffer();
  const pieces: string[][] = [];
  let isOver = false;
  dialect.begin();
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    input.append(bytes.subarray(at, at + chunkBytes));
    const reply = dialect.decodeReply(input, 'winners');
    if (reply === undefined) continue;
    if (reply.kind !== 'winners' && reply.kind !== 'some_winners') throw new Error(reply.kind);
    expect(isOver, 'a piece behind the end').to.equal(false);
    isOver = reply.kind === 'winners';
    pieces.push([...reply.documents]);
    expect(input.length).to.equal(0);
  }
  expect(isOver).to.equal(true);
  return pieces;
}

for (const [dialect, write] of CASES) {
  describe(`${dialect.name}, the agency: many winners`, () => {
    it('come whole, however their bytes are cut', () => {
      const chunk = fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 70_000 }));
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 9_000 }), chunk, (count, chunkBytes) => {
          const sent = documents(count);
          expect(play(dialect, write(sent), chunkBytes).flat()).to.deep.equal(sent);
        }),
        { numRuns: 40 },
      );
    });

    it('are handed on before the last of them is here', () => {
      const sent = documents(100_000);
      const bytes = write(sent);
      const pieces = play(dialect, bytes, 1_000);
      expect(pieces.length).to.be.above(bytes.length / LIMITS.winnersPieceBytesMax / 2);
      expect(pieces.flat()).to.deep.equal(sent);
    });

    it('begin anew with another connection', () => {
      const bytes = write(documents(9_000));
      const input = new FrameBuffer();
      dialect.begin();
      input.append(bytes.subarray(0, 20_000));
      expect(dialect.decodeReply(input, 'winners')).to.have.property('kind', 'some_winners');
      expect(play(dialect, bytes, 5_000).flat()).to.have.length(9_000);
    });

    if (dialect.name !== 'tlv') {
      it('are nonsense when one of them is none', () => {
        const bytes = write(documents(9_000));
        bytes[bytes.length - 5_000] = 0x78;
        const error = thrownBy(() => play(dialect, bytes, 3_000));
        expect(error).to.be.instanceOf(WireError);
      });

      it('are nonsense when one of them never ends', () => {
        const bytes = write(documents(9_000));
        bytes.fill(0x31, 2_000);
        expect(thrownBy(() => play(dialect, bytes, 3_000))).to.be.instanceOf(WireError);
      });
    }
  });
}
