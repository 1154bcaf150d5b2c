import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import type { Command, Reply } from '../../../src/protocol/commands';
import { encodeCommand } from '../../../src/protocol/native/agency-codec';
import { PREFACE, TYPE } from '../../../src/protocol/native/layout';
import { encodeReply } from '../../../src/protocol/native/server-codec';
import * as wire from '../../support/wire-builder';
import { commandsBehindPreface, repliesOf } from '../helpers/codec';
import { hexExamples, PROTOCOL } from '../helpers/protocol-document';

interface Example<T> {
  readonly title: string;
  readonly built: Buffer;
  readonly meaning: T;
}

const NORA = wire.row(wire.NORA);
const BOTH = wire.rows(wire.NORA, wire.PEREZ);
const WINNER = wire.contestantRow({ ...wire.NORA, document: '30000005' });

const COMMANDS: readonly Example<Command>[] = [
  {
    title: 'INTRODUCE agency 3, no token',
    built: wire.introduce(3),
    meaning: { kind: 'introduce', agency: 3, token: Buffer.alloc(0) },
  },
  {
    title: 'BET offset 0',
    built: wire.bet(0, wire.crcOf(NORA), NORA),
    meaning: { kind: 'bets', form: 'bet', offset: 0, checksum: 0x7f2053bf, count: 1, rows: NORA },
  },
  {
    title: 'BATCH offset 0, 2 bets',
    built: wire.batch(0, wire.crcOf(BOTH), 2, BOTH),
    meaning: { kind: 'bets', form: 'batch', offset: 0, checksum: 0x8cd0ec3c, count: 2, rows: BOTH },
  },
  {
    title: 'FINISHED total 2',
    built: wire.finished(2),
    meaning: { kind: 'finished', total: 2 },
  },
  {
    title: 'ASK_WINNERS from 0, wait',
    built: wire.askWinners(0, 1),
    meaning: { kind: 'ask_winners', first: 0, wait: true },
  },
  { title: 'GOODBYE of the agency', built: wire.agencyGoodbye(), meaning: { kind: 'goodbye' } },
  {
    title: 'INTRODUCE_EDITION 2020, agency 3, no token',
    built: wire.introduceEdition(2020, 3),
    meaning: { kind: 'introduce', agency: 3, token: Buffer.alloc(0), edition: '2020' },
  },
  { title: 'ASK_TOTAL', built: wire.askTotal(), meaning: { kind: 'ask_total' } },
  {
    title: 'PING with the bytes of 7',
    built: wire.ping(wire.u64(7)),
    meaning: { kind: 'ping', echo: Buffer.from([0, 0, 0, 0, 0, 0, 0, 7]) },
  },
];

const REPLIES: readonly Example<Reply>[] = [
  {
    title: 'WELCOME nothing stored',
    built: wire.welcome({ stored: 0, checksum: 0, window: 8, state: 0 }),
    meaning: { kind: 'welcome', stored: 0, checksum: 0, window: 8, stage: 'loading' },
  },
  { title: 'ACK up to 2', built: wire.ack(2), meaning: { kind: 'ack', upTo: 2 } },
  {
    title: 'REJECT batch at 0, its bet 1 has an invalid document',
    built: wire.reject({ offset: 0, expected: 0, index: 1, reason: 105 }),
    meaning: { kind: 'reject', offset: 0, expected: 0, index: 1, reason: 'INVALID_DOCUMENT' },
  },
  {
    title: 'WINNERS both of 2',
    built: wire.winners(2, 0, ['30000031', '50000005']),
    meaning: { kind: 'winners', total: 2, first: 0, documents: ['30000031', '50000005'] },
  },
  {
    title: 'NOT_YET 4 agencies still load, the query is held',
    built: wire.notYet(4, 0),
    meaning: { kind: 'not_yet', pending: 4, retryAfterMs: 0 },
  },
  {
    title: 'BUSY come back in one second',
    built: wire.busy(1_000),
    meaning: { kind: 'busy', retryAfterMs: 1_000 },
  },
  {
    title: 'ERROR agency 9 is not expected',
    built: wire.error(7, 'agency 9 is not expected'),
    meaning: { kind: 'error', code: 'UNKNOWN_AGENCY', text: 'agency 9 is not expected' },
  },
  {
    title: 'GOODBYE of the central',
    built: wire.centralGoodbye(1_000),
    meaning: { kind: 'goodbye', retryAfterMs: 1_000 },
  },
  {
    title: 'RESULTS up to 130, of which 9 have won, one of them in this batch',
    built: wire.results({ upTo: 130, winners: 9, last: 1 }, [WINNER]),
    meaning: { kind: 'results', upTo: 130, winners: 9, isLast: true, rows: [WINNER] },
  },
  {
    title: 'TOTAL 4629 so far, 2 agencies still load',
    built: wire.total(4_629, 2),
    meaning: { kind: 'total', winners: 4_629, pending: 2 },
  },
  {
    title: 'PONG to that PING',
    built: wire.pong(wire.u64(7)),
    meaning: { kind: 'pong', echo: Buffer.from([0, 0, 0, 0, 0, 0, 0, 7]) },
  },
];

describe('examples of docs/PROTOCOL.md', () => {
  const examples = hexExamples();
  const bytesOf = (title: string): Buffer => examples.get(title) ?? Buffer.alloc(0);

  it('are all tested here', () => {
    const tested = ['preface', ...[...COMMANDS, ...REPLIES].map(({ title }) => title)];
    expect([...examples.keys()]).to.deep.equal(tested);
  });

  it('preface: is what the builder and the code send', () => {
    expect(bytesOf('preface')).to.deep.equal(wire.preface());
    expect(bytesOf('preface')).to.deep.equal(PREFACE);
  });

  for (const { title, built, meaning } of COMMANDS) {
    it(`${title}: is what the builder makes`, () => {
      expect(bytesOf(title).toString('hex')).to.equal(built.toString('hex'));
    });

    it(`${title}: is decoded`, () => {
      expect(commandsBehindPreface(bytesOf(title))).to.deep.equal([meaning]);
    });

    it(`${title}: is what the agency encodes`, () => {
      expect(encodeCommand(meaning).toString('hex')).to.equal(bytesOf(title).toString('hex'));
    });
  }

  for (const { title, built, meaning } of REPLIES) {
    it(`${title}: is what the builder makes`, () => {
      expect(bytesOf(title).toString('hex')).to.equal(built.toString('hex'));
    });

    it(`${title}: is decoded`, () => {
      expect(repliesOf([bytesOf(title)])).to.deep.equal([meaning]);
    });

    it(`${title}: is what the central encodes`, () => {
      expect(encodeReply(meaning).toString('hex')).to.equal(bytesOf(title).toString('hex'));
    });
  }
});

describe('other promises of docs/PROTOCOL.md', () => {
  it('types of messages are those in the headings', () => {
    const names: Readonly<Record<string, string>> = {
      introduce: 'INTRODUCE',
      bet: 'BET',
      batch: 'BATCH',
      finished: 'FINISHED',
      askWinners: 'ASK_WINNERS',
      goodbye: 'GOODBYE',
      welcome: 'WELCOME',
      ack: 'ACK',
      reject: 'REJECT',
      winners: 'WINNERS',
      notYet: 'NOT_YET',
      busy: 'BUSY',
      error: 'ERROR',
      centralGoodbye: 'GOODBYE',
      introduceEdition: 'INTRODUCE_EDITION',
      askTotal: 'ASK_TOTAL',
      ping: 'PING',
      results: 'RESULTS',
      total: 'TOTAL',
      pong: 'PONG',
    };
    const headings = [...PROTOCOL.matchAll(/^### [45]\.\d+ ([A-Z_]+), type 0x([0-9a-f]{2})$/gm)];
    const documented = headings.map(([, name, type]) => [name, Number.parseInt(type ?? '', 16)]);
    const coded = Object.entries(TYPE).map(([key, type]) => [names[key], type]);
    expect(documented).to.deep.equal(coded);
  });

  it('check values of the checksum hold, for the builder and for zlib', () => {
    const values = /gives `([0-9a-f]{8})`; both rows of section 4.3 give `([0-9a-f]{8})`/.exec(
      PROTOCOL,
    );
    const hex = (sum: number): string => sum.toString(16).padStart(8, '0');
    expect([hex(wire.crcOf(NORA)), hex(wire.crcOf(BOTH))]).to.deep.equal(values?.slice(1));
    expect([hex(crc32(NORA)), hex(crc32(BOTH))]).to.deep.equal(values?.slice(1));
  });

  it('the builder computes the catalogued check value of CRC-32/ISO-HDLC', () => {
    expect(wire.crcOf(wire.utf8('123456789'))).to.equal(0xcbf43926);
  });

  it('a checksum goes on where it was', () => {
    const first = wire.crcOf(NORA);
    expect(wire.crcOf(wire.row(wire.PEREZ), first)).to.equal(wire.crcOf(BOTH));
  });
});
