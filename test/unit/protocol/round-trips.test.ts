import { isUtf8 } from 'node:buffer';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { InvariantError } from '../../../src/base/invariant';
import type { Command, Reply } from '../../../src/protocol/commands';
import { encodeCommand } from '../../../src/protocol/native/agency-codec';
import { RESULTS_ROWS_BYTES_MAX } from '../../../src/protocol/native/layout';
import { encodeReply, NativeServerCodec } from '../../../src/protocol/native/server-codec';
import * as wire from '../../support/wire-builder';
import { cutAt } from '../helpers/arbitraries';
import { commandsBehindPreface, commandsOf, repliesOf, singleBytes } from '../helpers/codec';
import { anyCommand, anyReply, type Pair } from '../helpers/messages';

const NORA = wire.row(wire.NORA);

describe('commands, agency to central', () => {
  const conversation: readonly Pair<Command>[] = [
    [{ kind: 'introduce', agency: 3, token: Buffer.from('ñ') }, wire.introduce(3, wire.utf8('ñ'))],
    [
      { kind: 'bets', form: 'bet', offset: 0, checksum: 1, count: 1, rows: NORA },
      wire.bet(0, 1, NORA),
    ],
    [
      { kind: 'bets', form: 'batch', offset: 2 ** 40, checksum: 2 ** 32 - 1, count: 1, rows: NORA },
      wire.batch(2 ** 40, 2 ** 32 - 1, 1, NORA),
    ],
    [{ kind: 'finished', total: 2 ** 53 - 1 }, wire.finished(2 ** 53 - 1)],
    [{ kind: 'ask_winners', first: 7, wait: false }, wire.askWinners(7, 0)],
    [{ kind: 'goodbye' }, wire.agencyGoodbye()],
    [
      { kind: 'introduce', agency: 65_535, token: Buffer.from('ñ'), edition: '2020' },
      wire.introduceEdition(2020, 65_535, wire.utf8('ñ')),
    ],
    [{ kind: 'ask_total' }, wire.askTotal()],
  ];
  const stream = wire.join(wire.preface(), ...conversation.map(([, built]) => built));
  const expected = conversation.map(([command]) => command);

  it('are decoded wherever the stream is split', () => {
    for (let split = 0; split <= stream.length; split++) {
      const chunks = [stream.subarray(0, split), stream.subarray(split)];
      expect(commandsOf(chunks), `split at ${String(split)}`).to.deep.equal(expected);
    }
  });

  it('are decoded from single bytes', () => {
    expect(commandsOf(singleBytes(stream))).to.deep.equal(expected);
  });

  it('are the same for the encoder, the decoder and the builder, whatever they hold', () => {
    fc.assert(
      fc.property(anyCommand, ([command, built]) => {
        expect(encodeCommand(command).toString('hex')).to.equal(built.toString('hex'));
        expect(commandsBehindPreface(built)).to.deep.equal([command]);
      }),
    );
  });

  it('are decoded from any stream cut in any way', () => {
    const several = fc.array(anyCommand, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(several, fc.array(fc.nat(), { maxLength: 12 }), (pairs, places) => {
        const all = wire.join(wire.preface(), ...pairs.map(([, built]) => built));
        expect(commandsOf(cutAt(all, places))).to.deep.equal(pairs.map(([command]) => command));
      }),
    );
  });

  it('fill a frame to its last byte and no further', () => {
    const batch = (size: number): Command => {
      const rows = Buffer.alloc(size, 'x');
      return { kind: 'bets', form: 'batch', offset: 0, checksum: 0, count: 1, rows };
    };
    expect(encodeCommand(batch(8174))).to.have.length(8192);
    expect(commandsBehindPreface(encodeCommand(batch(8174)))).to.deep.equal([batch(8174)]);
    expect(() => encodeCommand(batch(8175))).to.throw(InvariantError);
  });

  it('cannot hold a number that is negative, broken or too large', () => {
    for (const total of [-1, 0.5, 2 ** 53]) {
      expect(() => encodeCommand({ kind: 'finished', total })).to.throw(InvariantError);
    }
  });
});

describe('replies, central to agency', () => {
  it('are the same for the encoder, the decoder and the builder, whatever they hold', () => {
    fc.assert(
      fc.property(anyReply, ([reply, built]) => {
        expect(encodeReply(reply).toString('hex')).to.equal(built.toString('hex'));
        expect(repliesOf([built])).to.deep.equal([reply]);
      }),
    );
  });

  it('are decoded from single bytes and at every split', () => {
    const stream = wire.join(
      wire.welcome({ stored: 1, checksum: 2, window: 8, state: 2 }),
      wire.winners(3, 0, ['30000031', '5', '0123456789']),
      wire.error(14, 'demasiado ruido: ñ'),
    );
    const expected = repliesOf([stream]);
    expect(expected.map(({ kind }) => kind)).to.deep.equal(['welcome', 'winners', 'error']);
    expect(repliesOf(singleBytes(stream))).to.deep.equal(expected);
    for (let split = 0; split <= stream.length; split++) {
      const chunks = [stream.subarray(0, split), stream.subarray(split)];
      expect(repliesOf(chunks), `split at ${String(split)}`).to.deep.equal(expected);
    }
  });

  it('are decoded from any stream cut in any way', () => {
    const several = fc.array(anyReply, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(several, fc.array(fc.nat(), { maxLength: 12 }), (pairs, places) => {
        const all = wire.join(...pairs.map(([, built]) => built));
        expect(repliesOf(cutAt(all, places))).to.deep.equal(pairs.map(([reply]) => reply));
      }),
    );
  });

  it('a full page of winners fills a frame, and one byte more does not fit', () => {
    const { winnersPageBytesMax } = new NativeServerCodec();
    const page = (extra: string): Reply => {
      const documents = Array.from({ length: 742 }, () => '0123456789');
      return { kind: 'winners', total: 9_999, first: 0, documents: [...documents, extra] };
    };
    expect(742 * 11 + 8).to.equal(winnersPageBytesMax);
    expect(encodeReply(page('1234567'))).to.have.length(8192);
    expect(() => encodeReply(page('12345678'))).to.throw(InvariantError);
  });

  it('a full page of results fills a frame, and one byte more does not fit', () => {
    const page = (size: number): Reply => {
      const rows = [Buffer.from(`${'x'.repeat(size - 1)}\n`)];
      return { kind: 'results', upTo: 1, winners: 1, isLast: false, rows };
    };
    expect(RESULTS_ROWS_BYTES_MAX).to.equal(8_169);
    expect(encodeReply(page(8_169))).to.have.length(8192);
    expect(repliesOf([encodeReply(page(8_169))])).to.deep.equal([page(8_169)]);
    expect(() => encodeReply(page(8_170))).to.throw(InvariantError);
  });

  it('an explanation is cut to 256 bytes', () => {
    const built = encodeReply({ kind: 'error', code: 'REPLACED', text: 'x'.repeat(300) });
    expect(built.toString('hex')).to.equal(wire.error(9, 'x'.repeat(256)).toString('hex'));
  });

  it('an explanation that is cut stays UTF-8', () => {
    const text = `x${'é'.repeat(200)}`;
    const built = encodeReply({ kind: 'error', code: 'REPLACED', text });
    expect(isUtf8(built.subarray(6))).to.equal(true);
    expect(built.length - 6).to.be.within(255, 256);
  });
});
