/** A worker must say of every message what the main thread would, whatever is wrong with it. */
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Edition } from '../../../src/domain/contest';
import { winningRowsAt, winningRowsOf } from '../../../src/domain/contest-rows';
import { FrameBuffer } from '../../../src/net/frame-buffer';
import { parseHere, type Parsable, type Parsed } from '../../../src/parsing/parsed';
import { Slab } from '../../../src/parsing/slab';
import { WireError } from '../../../src/protocol/codes';
import type { BetsCommand } from '../../../src/protocol/commands';
import { DIALECTS, type Dialect } from '../../../src/protocol/conversion';
import { CREATE_CODEC } from '../../../src/protocol/dialects/dialects';
import * as build from '../../support/dialect-builder';
import { SlabParser } from '../../support/slab-parser';
import { contestantRow, NORA, PEREZ, row, rows, type RowFields } from '../../support/wire-builder';
import { commandsOf } from '../helpers/dialect-scene';

/** Some 130 kB are taken by the table. */
const SMALL_SLAB_BYTES = 160_000;

function betsOf(bytes: Buffer): BetsCommand {
  return { kind: 'bets', form: 'batch', offset: 0, checksum: 0, count: 1, rows: bytes };
}

/** The messages that bring bets, as the codec of a connection takes them off. */
function messagesIn(dialect: Dialect, bytes: Buffer): Parsable[] {
  const codec = CREATE_CODEC[dialect]();
  const input = new FrameBuffer();
  input.append(bytes);
  const found: Parsable[] = [];
  try {
    for (let taken = codec.decode(input); taken !== undefined; taken = codec.decode(input)) {
      if (taken !== 'later' && taken.kind === 'foreign') {
        const { form } = taken;
        if (form !== null) found.push({ ...taken, form });
        commandsOf(taken);
      }
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  return found;
}

/** What is the same wherever it was found out. */
function essence({ verdict, conversion }: Parsed): unknown {
  return { verdict, conversion };
}

const slabs = new SlabParser();

function expectTheSame(messages: readonly Parsable[], edition: Edition = 'lottery'): void {
  const here = messages.map((message) => parseHere(message, edition));
  const there = slabs.parse(messages, edition);
  expect(there).to.have.length(messages.length);
  there.forEach((parsed, i) => {
    const [mine, message] = [here[i], messages[i]];
    // Nothing is in it that could be parsed; the main thread does it in no time.
    if (parsed === null && message?.kind === 'foreign' && message.bytes.length === 0) return;
    if (parsed === null || mine === undefined || message === undefined) {
      throw new Error('a message was left out');
    }
    expect(essence(parsed)).to.deep.equal(essence(mine));
    const checked = message.kind === 'bets' ? message.rows : parsed.conversion?.rows;
    if (checked !== null && checked !== undefined && checked.length > 0) {
      expect(parsed.checksum).to.equal(crc32(checked));
    }
    if (edition === '2020' && mine.verdict.ok && message.kind === 'bets') {
      const winners = winningRowsAt(message.rows, parsed.winnersAt ?? []);
      expect(winners).to.deep.equal(winningRowsOf(message.rows));
    }
  });
}

/** Good bytes, or such in which some are changed, cut off, doubled or added. */
function damaged(bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const byte = fc.oneof(
    fc.constantFrom(
      0,
      0x0a,
      0x0d,
      0x22,
      0x23,
      0x24,
      0x2c,
      0x30,
      0x39,
      0x3b,
      0x7c,
      0x7f,
      0x80,
      0xff,
    ),
    fc.nat(255),
  );
  const damage = fc.record({
    what: fc.constantFrom('change', 'cut', 'add', 'double'),
    at: fc.nat(100_000),
    byte,
  });
  return fc.tuple(bytes, fc.array(damage, { maxLength: 3 })).map(([good, damages]) =>
    damages.reduce((before, { what, at, byte: value }) => {
      const index = before.length === 0 ? 0 : at % before.length;
      const [head, tail] = [before.subarray(0, index), before.subarray(index)];
      if (what === 'cut') return Buffer.concat([head, tail.subarray(1 + (value % 8))]);
      if (what === 'double') return Buffer.concat([head, tail.subarray(0, 1 + (value % 8)), tail]);
      const rest = what === 'add' ? tail : tail.subarray(1);
      return Buffer.concat([head, Buffer.from([value]), rest]);
    }, good),
  );
}

const name = fc.oneof(
  fc.constantFrom('Nora', 'Ibáñez', 'Pérez, "hijo"', '', 'x'.repeat(70)),
  fc.string({ maxLength: 20 }),
);
const day = fc.oneof(
  fc.constantFrom('1988-04-23', '2000-02-29', '1999-02-29', '0001-01-01', 'never'),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
);
const document = fc.oneof(fc.nat(0xffff_ffff).map(String), fc.constantFrom('12345678901', 'x', ''));
const number = fc.oneof(fc.nat(12_000).map(String), fc.constantFrom('7574', '007', '-1', ''));
const agency = fc.oneof(
  fc.integer({ min: 1, max: 70_000 }).map(String),
  fc.constantFrom('0', '03'),
);
const fields: fc.Arbitrary<RowFields> = fc.oneof(
  fc.constantFrom(NORA, PEREZ),
  fc.record({ agency, firstName: name, lastName: name, document, birthdate: day, number }),
);
const bet: fc.Arbitrary<build.DialectBet> = fc.record({
  first: name,
  last: name,
  document,
  birthdate: day,
  number,
});
/** With bets that `tlv` can write. */
const tlvBet: fc.Arbitrary<build.DialectBet> = fc.record({
  first: name,
  last: name,
  document: fc.nat(0xffff_ffff).map(String),
  birthdate: fc.constantFrom('1988-04-23', '2000-02-29', '0001-01-01', '9999-12-31'),
  number: fc.nat(12_000).map(String),
});
const some = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 5 });

const MESSAGES: Readonly<Record<Dialect, fc.Arbitrary<Buffer>>> = {
  pipe: fc.oneof(
    fc.tuple(agency, bet).map(([from, one]) => build.pipeBet(from, one)),
    fc
      .tuple(agency, some(bet), fc.boolean())
      .map(([from, bets, last]) => build.pipeBatch(from, bets, last)),
  ),
  tlv: fc
    .tuple(fc.nat(70_000), fc.array(tlvBet, { minLength: 1, maxLength: 5 }))
    .map(([from, bets]) => build.tlvBets(from, bets)),
  opcode: fc.tuple(agency, some(bet)).map(([from, bets]) => build.opcodeBatch(from, bets)),
  semicolon: fc
    .tuple(agency, some(bet), fc.constantFrom(0, 1))
    .map(([from, bets, more]) => build.semicolonPacket(from, bets, more)),
};

describe('messages parsed in a slab', () => {
  const batch = fc.array(fields, { minLength: 1, maxLength: 6 }).map((list) => rows(...list));

  it('rows of bets: as in the main thread, for whatever damage', () => {
    fc.assert(
      fc.property(fc.array(damaged(batch), { maxLength: 4 }), (batches) => {
        expectTheSame(batches.filter(({ length }) => length > 0).map(betsOf));
      }),
      { numRuns: 500 },
    );
  });

  it('rows of contestants, and who of them has won', () => {
    const contestants = fc.array(fields, { minLength: 1, maxLength: 40 }).map((list) =>
      Buffer.from(
        rows(...list)
          .toString('latin1')
          .replaceAll(/,[^,]*\r\n/g, '\r\n'),
        'latin1',
      ),
    );
    fc.assert(
      fc.property(fc.array(damaged(contestants), { maxLength: 4 }), (batches) => {
        expectTheSame(batches.filter(({ length }) => length > 0).map(betsOf), '2020');
      }),
      { numRuns: 300 },
    );
  });

  it('rows of contestants among whom many have won, also where their places do not fit', () => {
    const contestant = (i: number): Buffer =>
      contestantRow({ ...NORA, document: String(10_000 + i) });
    const some = Array.from({ length: 150 }, (_, i) => contestant(i));
    const block = Buffer.concat(some);
    const [winner] = winningRowsOf(block);
    expect(winner, 'somebody has won').to.not.equal(undefined);
    expectTheSame([betsOf(block), betsOf(contestant(0)), betsOf(block)], '2020');
    const row = winner?.row ?? block;
    const full = betsOf(Buffer.concat(Array<Buffer>(Math.floor(60_000 / row.length)).fill(row)));
    const small = new SlabParser(SMALL_SLAB_BYTES);
    const few = betsOf(row);
    const results = small.parse([few, full, few], '2020');
    expect(results.map((parsed) => parsed?.winnersAt ?? null)).to.deep.equal([[0], null, [0]]);
  });

  it('rows up to the end of the memory, and no further', () => {
    const small = new SlabParser(SMALL_SLAB_BYTES);
    const one = row(NORA);
    const counts = Array.from({ length: 400 }, (_, i) => {
      const bytes = 64_256 - 300 + i;
      const padded = Math.floor(bytes / one.length) - 1;
      const first = row({ ...NORA, firstName: 'x'.repeat(4 + (bytes % one.length)) });
      const message = betsOf(Buffer.concat([first, ...Array<Buffer>(padded).fill(one)]));
      expect(message.rows).to.have.length(bytes);
      const [parsed] = small.parse([message]);
      if (parsed !== null) expect(parsed?.verdict).to.include({ ok: true, count: padded + 1 });
      return parsed === null ? 0 : 1;
    });
    const fits = counts.filter((count) => count === 1).length;
    expect(fits).to.be.within(100, 300);
    expect(counts.lastIndexOf(1)).to.equal(fits - 1);
  });

  for (const dialect of DIALECTS) {
    it(`messages of ${dialect}`, () => {
      let seen = 0;
      fc.assert(
        fc.property(fc.array(damaged(MESSAGES[dialect]), { maxLength: 3 }), (messages) => {
          const found = messages.flatMap((bytes) => messagesIn(dialect, bytes));
          seen += found.length;
          expectTheSame(found);
        }),
        { numRuns: 500 },
      );
      expect(seen).to.be.greaterThan(200);
    });
  }

  it('of all kinds side by side', () => {
    const messages: Parsable[] = [
      betsOf(row(NORA)),
      ...messagesIn('tlv', build.tlvBets(3, [build.betOfLine('Nora,Ruiz,7,1990-01-01,7574')])),
      betsOf(Buffer.from('3,x')),
      ...messagesIn('opcode', build.opcodePacket(3, ['0'])),
      ...messagesIn('pipe', build.pipeBatch('03', [build.betOfLine('A,B,7,1990-01-01,1')], true)),
      betsOf(rows(PEREZ, NORA)),
    ];
    expect(messages).to.have.length(6);
    expectTheSame(messages);
  });

  it('leaves what does not fit, and parses what is behind it', () => {
    const small = new SlabParser(SMALL_SLAB_BYTES);
    const long = betsOf(Buffer.alloc(SMALL_SLAB_BYTES, 'x'));
    const results = small.parse([betsOf(row(NORA)), long, betsOf(row(PEREZ))]);
    expect(results.map((parsed) => parsed?.verdict.ok ?? null)).to.deep.equal([true, null, true]);
    expect(small.parseAll([long])[0]?.verdict.ok).to.equal(false);
  });

  it('leaves a message whose rows would not fit', () => {
    const small = new SlabParser(SMALL_SLAB_BYTES);
    const bets = Array.from({ length: 2_000 }, () =>
      build.betOfLine('Nora,Ruiz,7,1990-01-01,7574'),
    );
    const messages = messagesIn('semicolon', build.semicolonPacket('3', bets, 1));
    expect(small.parse(messages)).to.deep.equal([null]);
    expect(small.parseAll(messages)[0]?.verdict).to.deep.include({ ok: true, count: 2_000 });
  });

  it('keeps room for what is made of the messages that it takes', () => {
    const small = new SlabParser(SMALL_SLAB_BYTES);
    const bets = Array.from({ length: 60 }, () => build.betOfLine('Nora,Ruiz,7,1990-01-01,7574'));
    const packet = build.semicolonPacket('3', bets, 1);
    const many = Array.from({ length: 2 * Math.ceil(SMALL_SLAB_BYTES / packet.length) }, () =>
      messagesIn('semicolon', packet),
    ).flat();
    const taken = small.parse(many).filter((parsed) => parsed !== null);
    expect(taken.length * packet.length).to.be.within(4_000, SMALL_SLAB_BYTES);
  });

  it('gives rows that stay when the slab is used again', () => {
    const bets = (first: string): Parsable[] =>
      messagesIn(
        'semicolon',
        build.semicolonPacket('3', [build.betOfLine(`${first},B,7,1990-01-01,1`)], 1),
      );
    const [parsed] = slabs.parse(bets('Nora'));
    slabs.parse(bets('Hugo'));
    expect(parsed?.conversion?.rows?.toString()).to.equal('3,Nora,B,7,1990-01-01,1\r\n');
  });

  it('leaves a message to the main thread whose agency does not fit in its entry', () => {
    const slab = Slab.create();
    const message = build.opcodeBatch('1', [build.betOfLine('Ana,Paz,7,1990-01-01,1')]);
    for (let i = 0; i < 2; i++) slab.add('opcode_batch', message);
    slab.open(slab.close());
    const rows = Buffer.from('1,Ana,Paz,7,1990-01-01,1\r\n');
    slab.setConversion(1, { agency: '7', count: 1, rows });
    expect(slab.setConversion(0, { agency: '1'.repeat(17), count: 1, rows })).to.equal(null);
    expect(slab.setConversion(0, { agency: '1'.repeat(16), count: 1, rows })).to.deep.equal(rows);
    expect(slab.messageAt(1)?.bytes).to.deep.equal(message);
  });
});
