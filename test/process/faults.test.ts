/** Every fault that docs/PROTOCOL.md, section 13.4, names, to a real central. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanUp, startServer, temporaryDirectory } from '../support/program';
import { RawPeer } from '../support/raw-peer';
import * as wire from '../support/wire-builder';
import { tableBehind } from '../unit/helpers/protocol-document';

const AGENCY = 3;
const TOO_LARGE = 2n ** 53n;
const none = new Uint8Array();
const row = wire.row(wire.NORA);
const crc = wire.crcOf(row);
const hello = wire.introduce(AGENCY);
const foreign = wire.row({ ...wire.NORA, agency: 4 });
const notText = Buffer.from(row.toString('latin1').replace('Nora', 'N\xff'), 'latin1');

function rowsAs(form: 'bet' | 'batch', rows: Buffer, count = 1): Buffer {
  const checksum = wire.crcOf(rows);
  return form === 'bet' ? wire.bet(0, checksum, rows) : wire.batch(0, checksum, count, rows);
}

/** What is sent behind the preface, for each fault; each is answered as the table says. */
const FAULTS: Readonly<Record<string, readonly (readonly Uint8Array[])[]>> = {
  'a second preface (read as a frame of 42316 bytes)': [[wire.preface()], [hello, wire.preface()]],
  'a length below 4 or above 8192': [
    [wire.frame(6, none, { length: 3 })],
    [wire.frame(6, none, { length: 8193 })],
  ],
  'flags other than 0': [
    [wire.frame(6, none, { flags: 1 })],
    [hello, wire.frame(9, row, { flags: 128 })],
  ],
  'a type that no agency sends, before or after INTRODUCE': [
    [wire.frame(0x0a, none)],
    [hello, wire.frame(0, none)],
    [hello, wire.ack(0)],
  ],
  'a body that is too short or too long': [
    [wire.frame(1, wire.u32(AGENCY))],
    [hello, wire.frame(6, wire.u8(0))],
    [hello, wire.ping(wire.u32(0))],
  ],
  'a u64 above 2^53 - 1': [
    [hello, wire.finished(TOO_LARGE)],
    [hello, wire.bet(TOO_LARGE, crc, row)],
    [hello, wire.askWinners(TOO_LARGE, 0)],
  ],
  'a token of more than 256 bytes': [[wire.introduce(AGENCY, new Uint8Array(257))]],
  'a BATCH with n = 0': [[hello, wire.batch(0, crc, 0, row)]],
  'a BET or BATCH without rows': [
    [hello, wire.bet(0, 0, none)],
    [hello, wire.batch(0, 0, 1, none)],
  ],
  'a wait in ASK_WINNERS that is neither 0 nor 1': [[hello, wire.askWinners(0, 2)]],
  'any message but INTRODUCE or GOODBYE before INTRODUCE': [
    [wire.bet(0, crc, row)],
    [wire.ping(wire.u64(0))],
    [wire.askTotal()],
  ],
  'GOODBYE as first frame': [[wire.agencyGoodbye()]],
  'INTRODUCE twice': [[hello, hello]],
  'agency 0, above 65535, or not expected': [
    [wire.introduce(0)],
    [wire.introduce(65_536 + AGENCY)],
    [wire.introduce(6)],
  ],
  'an edition other than that of the central, or one that is not known': [
    [wire.introduceEdition(2020, AGENCY)],
    [wire.introduceEdition(2021, AGENCY)],
  ],
  'ASK_WINNERS while another one is held': [
    [wire.introduce(1), wire.finished(0), wire.askWinners(0, 1), wire.askWinners(0, 0)],
  ],
  'ASK_WINNERS before FINISHED': [[hello, wire.askWinners(0, 0)]],
  'FINISHED with another total': [[hello, wire.finished(1)]],
  'a BET whose rows are two': [[hello, rowsAs('bet', wire.join(row, row))]],
  'a BATCH whose first row is of another agency': [
    [hello, rowsAs('batch', foreign)],
    [hello, rowsAs('batch', wire.join(foreign, row), 2)],
  ],
  'a BATCH one of whose later rows is of another agency, or empty': [
    [hello, rowsAs('batch', wire.join(row, foreign), 2)],
    [hello, rowsAs('batch', wire.join(row, wire.utf8('\r\n')))],
  ],
  'rows without CR LF at their end': [[hello, rowsAs('batch', row.subarray(0, -2))]],
  'rows that are not UTF-8, under their right checksum': [[hello, rowsAs('batch', notText)]],
  'rows that are not UTF-8, under another checksum': [[hello, wire.batch(0, crc, 1, notText)]],
  'an offset behind, or within, what is stored': [
    [hello, wire.bet(1, crc, row)],
    [hello, wire.bet(Number.MAX_SAFE_INTEGER, crc, row)],
    [wire.introduce(2), wire.bet(0, wire.crcOf(rowOf(2)), rowOf(2)), wire.batch(0, crc, 2, row)],
  ],
  'a new bet of an agency that has finished': [
    [wire.introduce(1), wire.finished(0), wire.bet(0, 1, row)],
  ],
};

function rowOf(agency: number): Buffer {
  return wire.row({ ...wire.NORA, agency });
}

const NUMBERS: Readonly<Record<string, string>> = Object.fromEntries(
  [...tableBehind('### 8.1 Reasons in REJECT'), ...tableBehind('### 8.2 Codes in ERROR')].map(
    ([number = '', name = '']) => [name, number],
  ),
);

describe('every fault that the document names, to a real central', () => {
  const table = tableBehind('### 13.4 Faults and their codes');
  /** Faults that need another beginning, below. */
  const apart = [0, 1, 16, 18].map((line) => table[line]?.[0] ?? '');
  let port = 0;

  before(async () => {
    ({ port } = await startServer({ AGENCIES: '5' }));
  });
  after(cleanUp);

  function inShort(answer: string): string {
    return answer.replace(/[A-Z_0-9]+$/, (name) => NUMBERS[name] ?? name);
  }

  function expectedFor(fault: string): string {
    return inShort(table.find(([name]) => name === fault)?.[1] ?? '');
  }

  async function lastAnswer(peer: RawPeer, expected: string): Promise<string> {
    if (!expected.startsWith('REJECT')) await peer.waitForEnd();
    for (let i = 1; expected.startsWith('REJECT') && i < 9; i++) {
      await peer.waitForFrames(i);
      if (peer.replies.at(-1)?.startsWith('REJECT')) break;
    }
    const answer = peer.replies.at(-1) ?? (peer.end === 'closed' ? 'close' : peer.end);
    peer.socket.destroy();
    return answer;
  }

  it('has a case here', () => {
    expect([...Object.keys(FAULTS), ...apart].sort()).to.deep.equal(
      table.map(([name]) => name).sort(),
    );
  });

  for (const [fault, cases] of Object.entries(FAULTS)) {
    const expected = expectedFor(fault);
    it(`${fault}: ${expected}`, async () => {
      for (const messages of cases) {
        const peer = await RawPeer.connect(port);
        peer.send(wire.preface(), ...messages);
        expect(await lastAnswer(peer, expected)).to.equal(expected);
      }
    });
  }

  it('preface', async () => {
    for (const [fault, bytes] of [
      [apart[0], wire.utf8('GET / HTTP/1.1\r\n')],
      [apart[1], wire.preface(2)],
    ] as const) {
      const peer = await RawPeer.connect(port);
      peer.send(bytes);
      const expected = expectedFor(fault ?? '');
      expect(await lastAnswer(peer, expected)).to.equal(expected);
    }
  });

  it('secrets', async () => {
    const path = join(temporaryDirectory(), 'secrets');
    const lines = [1, 2, 3, 4, 5].map(
      (agency) => `${String(agency)}:${String(agency).repeat(64)}\n`,
    );
    writeFileSync(path, lines.join(''), { mode: 0o600 });
    const asking = await startServer({ AGENCIES: '5', SECRETS_FILE: path });
    for (const introduction of [hello, wire.introduce(3, wire.utf8('x')), wire.introduce(77)]) {
      const peer = await RawPeer.connect(asking.port);
      peer.send(wire.preface(), introduction);
      const expected = expectedFor(apart[2] ?? '');
      expect(await lastAnswer(peer, expected)).to.equal(expected);
    }
  });

  it('window', async () => {
    // Answers leave behind a turn, and a turn takes more messages of one agency than its window.
    const peer = await RawPeer.connect(port);
    const batches = Array.from({ length: 64 }, (_, i) => wire.bet(i, 1, row));
    peer.send(wire.preface(), hello, ...batches);
    expect(await lastAnswer(peer, expectedFor(apart[3] ?? ''))).to.equal('ERROR 13');
  });
});
