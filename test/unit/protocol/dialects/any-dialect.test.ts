/** What holds for each legacy dialect, whatever its agencies send. */
import { expect } from 'chai';
import * as fc from 'fast-check';
import { FrameBuffer } from '../../../../src/net/frame-buffer';
import { WireError } from '../../../../src/protocol/codes';
import type { Command } from '../../../../src/protocol/commands';
import { DIALECTS, type Dialect } from '../../../../src/protocol/conversion';
import { CREATE_CODEC } from '../../../../src/protocol/dialects/dialects';
import { SecretIdentity } from '../../../../src/server/session/identity';
import * as build from '../../../support/dialect-builder';
import type { DialectBet } from '../../../support/dialect-builder';
import { crcOf, join, rowText, u16, utf8 } from '../../../support/wire-builder';
import { cutAt, goodDate, goodName } from '../../helpers/arbitraries';
import { singleBytes } from '../../helpers/codec';
import { commandsOf, DialectScene, type Link } from '../../helpers/dialect-scene';

/** How an agency of a dialect sends its bets, declares the end, and asks: one message each. */
interface Writer {
  bets(agency: number, bets: readonly DialectBet[]): Buffer;
  /** The last bets, perhaps none, and what says that they were the last. */
  last(agency: number, bets: readonly DialectBet[]): Buffer[];
  ask(agency: number): Buffer;
  winners(documents: readonly string[]): Buffer;
  readonly accepted: Buffer;
  readonly rejected: Buffer;
  /** What is between fields, and can be part of none. */
  readonly separators: RegExp;
}

const BATCH_FAILED = build.opcodeError('Error al procesar el batch enviado');

const WRITERS: Readonly<Record<Dialect, Writer>> = {
  pipe: {
    bets: (agency, bets) => build.pipeBatch(String(agency), bets, false),
    last: (agency, bets) => [build.pipeBatch(String(agency), bets, true)],
    ask: (agency) => build.pipeAsk(String(agency)),
    winners: build.pipeWinners,
    accepted: build.pipeMessage('ok'),
    rejected: build.pipeMessage('err'),
    separators: /[|]/,
  },
  tlv: {
    bets: build.tlvBets,
    last: (agency, bets) => [
      ...(bets.length > 0 ? [build.tlvBets(agency, bets), build.TLV.ack] : []),
      build.TLV.allSent,
    ],
    ask: () => build.TLV.ask,
    winners: (documents) => build.tlvWinners(documents.map(Number)),
    accepted: build.TLV.stored,
    rejected: build.TLV.rejected,
    separators: /\0{9}/,
  },
  opcode: {
    bets: (agency, bets) => build.opcodeBatch(String(agency), bets),
    last: (agency, bets) => [
      ...(bets.length > 0 ? [build.opcodeBatch(String(agency), bets)] : []),
      build.opcodePacket(5, [String(agency)]),
    ],
    ask: (agency) => build.opcodePacket(6, [String(agency)]),
    winners: build.opcodeWinners,
    accepted: build.opcodePacket(2),
    rejected: BATCH_FAILED,
    separators: /#/,
  },
  semicolon: {
    bets: (agency, bets) => build.semicolonPacket(String(agency), bets, 1),
    last: (agency, bets) => [build.semicolonPacket(String(agency), bets, 0)],
    ask: (agency) => join(u16(agency)),
    winners: build.semicolonWinners,
    accepted: join(u16(1)),
    rejected: join(u16(0)),
    separators: /;/,
  },
};

const NORA: DialectBet = {
  first: 'Nora',
  last: 'Ibáñez',
  document: '30000031',
  birthdate: '1988-04-23',
  number: '7574',
};

/** The bet of an agency that calls itself 001. */
const WITH_ZEROS = {
  pipe: build.pipeBatch('001', [NORA], false),
  opcode: build.opcodeBatch('001', [NORA]),
  semicolon: build.semicolonPacket('001', [NORA], 1),
};

function rowsOf(agency: number, bets: readonly DialectBet[]): string {
  return bets
    .map(({ first, last, document, birthdate, number }) =>
      rowText({ agency, firstName: first, lastName: last, document, birthdate, number }),
    )
    .join('');
}

/** Good bets that a dialect can carry: the native rules, less its separators. */
function betsFor({ separators }: Writer): fc.Arbitrary<DialectBet[]> {
  const name = goodName.filter((text) => !separators.test(text));
  const bet = fc.record({
    first: name,
    last: name,
    document: fc.nat({ max: 0xffff_ffff }).map(String),
    birthdate: goodDate,
    number: fc.integer({ min: 0, max: 9999 }).map(String),
  });
  return fc.array(bet, { minLength: 1, maxLength: 8 });
}

for (const dialect of DIALECTS) {
  const writer = WRITERS[dialect];
  const start = (): { scene: DialectScene; link: Link } => {
    const scene = new DialectScene(2);
    return { scene, link: scene.connect(dialect) };
  };

  describe(`dialect ${dialect}`, () => {
    it('stores any good bets as they were sent, however their bytes arrive', () => {
      fc.assert(
        fc.property(betsFor(writer), fc.array(fc.nat(), { maxLength: 9 }), (bets, places) => {
          const { scene, link } = start();
          const answer = scene.send(link, ...cutAt(writer.bets(2, bets), places));
          expect(answer.toString('hex')).to.equal(writer.accepted.toString('hex'));
          expect(scene.rows).to.equal(rowsOf(2, bets));
        }),
        { numRuns: 60 },
      );
    });

    it('says nothing about bets that are not stored because the agency is elsewhere', () => {
      const error = { kind: 'error', text: 'elsewhere' } as const;
      for (const code of ['REPLACED', 'TOO_SLOW'] as const) {
        const { link } = start();
        link.input.append(writer.bets(1, [NORA]));
        const taken = link.codec.decode(link.input);
        if (taken === undefined) expect.fail('no message');
        commandsOf(taken);
        const answered = link.codec.encode({ ...error, code }).length > 0;
        expect(answered, code).to.equal(code !== 'REPLACED');
      }
    });

    it('gives an agency its winners after the draw, and not before', () => {
      const { scene, link } = start();
      const loser = { ...NORA, number: '1' };
      scene.send(link, writer.bets(1, [NORA, loser]));
      const before = scene.send(link, ...writer.last(1, [{ ...NORA, document: '7' }]));
      expect(scene.send(link, writer.ask(1)).subarray(before.length, -5).length).to.equal(0);
      const other = scene.scene.join(2);
      scene.perform(scene.scene.finish(other, 2, 0));
      const asked = dialect === 'opcode' ? writer.ask(1) : Buffer.alloc(0);
      const all = scene.send(link, asked);
      const expected = writer.winners(['30000031', '7']);
      expect(all.subarray(-expected.length).toString('hex')).to.equal(expected.toString('hex'));
      expect(link.replies.at(-1)?.length, 'in one write').to.equal(expected.length);
    });

    it('sends any number of winners in one write', () => {
      const { scene, link } = start();
      const bets = Array.from({ length: 400 }, (_, i) => ({ ...NORA, document: String(1e9 + i) }));
      for (let i = 0; i < 20; i++) scene.send(link, writer.bets(1, bets.slice(0, 100)));
      scene.send(link, ...writer.last(1, bets));
      scene.perform(scene.scene.finish(scene.scene.join(2), 2, 0));
      scene.send(link, writer.ask(1));
      const sent = [...Array<null>(20)].flatMap(() => bets.slice(0, 100)).concat(bets);
      const expected = writer.winners(sent.map(({ document }) => document));
      expect(link.replies.at(-1)?.equals(expected)).to.equal(true);
    });

    for (const [what, wrong] of [
      ['an empty name', { first: '' }],
      ['a name that is too long', { last: 'x'.repeat(513) }],
      ['a control character in a name', { first: 'No\tra' }],
      ['a line end in a name', { first: 'Nora\r\n1,Eva' }],
      ['a line end and a quote in a name', { last: 'P"\r\n1,Eva,Paz,1,1990-01-01,1' }],
      ['a date that is none', { birthdate: '1988-04-23x' }],
      ['a number that is too large', { number: '10000' }],
    ] as const) {
      if (dialect === 'tlv' && 'birthdate' in wrong) continue;
      it(`rejects a batch as a whole for ${what}`, () => {
        const { scene, link } = start();
        const answer = scene.send(link, writer.bets(1, [NORA, { ...NORA, ...wrong }, NORA]));
        expect(answer.toString('hex')).to.equal(writer.rejected.toString('hex'));
        expect(scene.rows).to.equal('');
      });
    }

    if (dialect !== 'tlv') {
      for (const field of ['document', 'birthdate', 'number'] as const) {
        it(`lets nobody smuggle a second bet in the ${field}`, () => {
          const evil = `${NORA[field]}\r\n1,Eva,Paz,1,1990-01-01,7574`;
          const { scene, link } = start();
          const bets = [NORA, { ...NORA, [field]: evil }];
          expect(scene.send(link, writer.bets(1, bets)).equals(writer.rejected)).to.equal(true);
          expect(scene.rows).to.equal('');
        });
      }

      it('knows an agency that writes its number with zeros in front', () => {
        const { scene, link } = start();
        const answer = scene.send(link, WITH_ZEROS[dialect]);
        expect(answer.equals(writer.accepted)).to.equal(true);
        expect(scene.rows).to.equal(rowsOf(1, [NORA]));
      });

      it('stores numbers without the zeros in front of them', () => {
        const { scene, link } = start();
        scene.send(link, writer.bets(1, [{ ...NORA, number: '0042' }]));
        expect(scene.rows).to.equal(rowsOf(1, [{ ...NORA, number: '42' }]));
      });
    }

    it('rejects names that are not UTF-8, and stores them in no other form', () => {
      const { scene, link } = start();
      const bytes = writer.bets(1, [NORA]);
      bytes[bytes.indexOf(0xc3) + 1] = 0x28;
      expect(scene.send(link, bytes).equals(writer.rejected)).to.equal(true);
      expect(scene.rows).to.equal('');
    });

    it('rejects bets of another agency behind the first one', () => {
      const { scene, link } = start();
      scene.send(link, writer.bets(1, [NORA]));
      const all = scene.send(link, writer.bets(2, [NORA]));
      expect(all.equals(Buffer.concat([writer.accepted, writer.rejected]))).to.equal(true);
      expect(scene.rows).to.equal(rowsOf(1, [NORA]));
    });

    it('rejects new bets of an agency that has finished', () => {
      const { scene, link } = start();
      scene.send(link, ...writer.last(1, [NORA]));
      const again = scene.connect(dialect);
      expect(scene.send(again, writer.bets(1, [NORA])).equals(writer.rejected)).to.equal(true);
      expect(scene.rows).to.equal(rowsOf(1, [NORA]));
    });

    it('refuses everybody where the central asks for secrets', () => {
      const scene = new DialectScene(1, undefined, new SecretIdentity(new Map()));
      for (const messages of [[writer.bets(1, [NORA])], writer.last(1, []), [writer.ask(1)]]) {
        const link = scene.connect(dialect);
        scene.send(link, ...messages);
        scene.fallSilent(link);
        scene.send(link, writer.ask(1));
        scene.fallSilent(link);
        expect(link.session.state.phase).to.equal('ended');
      }
      expect([scene.rows, scene.scene.lottery.pending]).to.deep.equal(['', 1]);
    });

    it('closes for an agency that is not expected, and stores nothing', () => {
      const { scene, link } = start();
      scene.send(link, writer.bets(3, [NORA]));
      expect(link.closed).to.equal(true);
      expect(scene.rows).to.equal('');
    });

    it('appends to what the agency has, also when another protocol brought it', () => {
      const { scene, link } = start();
      scene.send(link, writer.bets(1, [NORA]));
      const native = scene.scene.join(1);
      const bets = rowsOf(1, [{ ...NORA, document: '5' }]);
      const command: Command = {
        ...{ kind: 'bets', form: 'batch', offset: 1, checksum: null },
        ...{ count: 1, rows: Buffer.from(bets) },
      };
      scene.perform(scene.scene.receive(native, command));
      scene.send(scene.connect(dialect), writer.bets(1, [NORA]));
      const expected = rowsOf(1, [NORA, { ...NORA, document: '5' }, NORA]);
      expect(scene.rows).to.equal(expected);
      const { stored, checksum } = scene.scene.disk.agencies.get(1) ?? {};
      expect([stored, checksum]).to.deep.equal([3, crcOf(utf8(expected))]);
    });

    it('answers single bytes like whole messages', () => {
      const { scene, link } = start();
      const messages = [writer.bets(1, [NORA, NORA]), ...writer.last(1, [NORA]), writer.ask(1)];
      const whole = scene.send(link, ...messages);
      const slow = start();
      const answer = slow.scene.send(slow.link, ...singleBytes(Buffer.concat(messages)));
      expect(answer.toString('hex')).to.equal(whole.toString('hex'));
      expect(slow.scene.rows).to.equal(scene.rows);
    });

    it('whatever arrives: commands or a WireError, and nothing else', () => {
      const conversation = Buffer.concat([
        ...[writer.bets(1, [NORA]), writer.bets(1, [NORA, NORA])],
        ...[...writer.last(1, [NORA]), writer.ask(1)],
      ]);
      const change = fc.tuple(fc.nat(conversation.length - 1), fc.nat(255));
      const changes = fc.array(change, { minLength: 1, maxLength: 6 });
      fc.assert(
        fc.property(changes, fc.nat(), (edits, cut) => {
          const bytes = Buffer.from(conversation);
          for (const [at, value] of edits) bytes[at] = value;
          expectCommandsOrWireError(dialect, cutAt(bytes, [cut]));
        }),
        { numRuns: 400 },
      );
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
          expectCommandsOrWireError(dialect, [Buffer.from(bytes)]);
        }),
        { numRuns: 400 },
      );
    });

    it('a changed conversation never brings rows that nobody sent', () => {
      const conversation = writer.bets(1, [NORA, NORA]);
      fc.assert(
        fc.property(fc.nat(conversation.length - 1), fc.nat(255), (at, value) => {
          const bytes = Buffer.from(conversation);
          bytes[at] = value;
          const { scene, link } = start();
          scene.send(link, bytes);
          const rows = scene.rows.split('\r\n').length - 1;
          expect(rows).to.be.lessThanOrEqual(2);
        }),
        { numRuns: 300 },
      );
    });
  });
}

function expectCommandsOrWireError(dialect: Dialect, chunks: readonly Buffer[]): void {
  const codec = CREATE_CODEC[dialect]();
  const input = new FrameBuffer();
  try {
    for (const chunk of chunks) {
      input.append(chunk);
      let taken = codec.decode(input);
      for (; taken !== undefined; taken = codec.decode(input)) commandsOf(taken);
    }
    const rest = codec.decodeRest?.(input);
    if (rest !== undefined) commandsOf(rest);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
}
