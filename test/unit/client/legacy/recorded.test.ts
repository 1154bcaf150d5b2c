/**
 * Our agency in the place of the recorded ones: what it sends is compared with what they sent, to
 * the recorded replies. Where it differs on purpose, the test says so and builds what is due.
 */
import { expect } from 'chai';
import type { AgencyDialect } from '../../../../src/protocol/dialects/agency/agency-dialect';
import { OpcodeAgency } from '../../../../src/protocol/dialects/agency/agency-opcode';
import { PipeAgency } from '../../../../src/protocol/dialects/agency/agency-pipe';
import { SemicolonAgency } from '../../../../src/protocol/dialects/agency/agency-semicolon';
import { TlvAgency } from '../../../../src/protocol/dialects/agency/agency-tlv';
import {
  readRecording,
  type RecordedBet,
  type RecordedConnection,
  type Recording,
} from '../../../support/recorded-traffic';
import { expectFailure } from '../../helpers/failures';
import {
  byteByByte,
  playScript,
  type SceneResult,
  type ScriptedTurn,
} from '../../helpers/legacy-scene';

/** The bets of `000-b`: the recording does not list them. */
function sixtyBets(): RecordedBet[] {
  return Array.from({ length: 60 }, (_, i) => ({
    firstName: 'Ana',
    lastName: `Paz${String(i)}`,
    document: String(40_000_000 + i),
    birthdate: `1990-01-${String((i % 28) + 1).padStart(2, '0')}`,
    number: i === 0 || i === 59 ? '7574' : String(i),
  }));
}

function turnsOf(connection: RecordedConnection): ScriptedTurn[] {
  const turns: ScriptedTurn[] = [];
  let expected = Buffer.alloc(0);
  for (const { from, bytes } of connection.turns) {
    if (bytes === null) continue;
    if (from === 'C') expected = Buffer.concat([expected, bytes]);
    else {
      turns.push({ expect: expected, reply: bytes });
      expected = Buffer.alloc(0);
    }
  }
  if (expected.length > 0) turns.push({ expect: expected, reply: 'silence' });
  return turns;
}

function connectionsOf(recording: Recording, agency: number): ScriptedTurn[][] {
  return recording.connections.filter((of) => of.agency === agency).map(turnsOf);
}

/** Plays the script in whole replies and byte by byte, and expects what it expects. */
async function expectSame(
  dialect: AgencyDialect,
  bets: readonly RecordedBet[],
  script: readonly (readonly ScriptedTurn[])[],
): Promise<SceneResult> {
  const due = script.map((turns) =>
    Buffer.concat(turns.map((turn) => turn.expect)).toString('hex'),
  );
  const bytewise = await playScript({ dialect, bets, script, cut: byteByByte });
  expect(bytewise.sent.map((bytes) => bytes.toString('hex'))).to.deep.equal(due);
  const whole = await playScript({ dialect, bets, script });
  expect(whole.sent.map((bytes) => bytes.toString('hex'))).to.deep.equal(due);
  expect(whole.outcome).to.deep.equal(bytewise.outcome);
  return whole;
}

const WINNERS: Readonly<Record<number, readonly string[]>> = {
  1: ['10000001', '30000003', '60000006'],
  2: ['20000022'],
  3: [],
};

describe('our agency in the place of a recorded one: pipe', () => {
  for (const agency of [1, 2, 3]) {
    it(`000-a, agency ${String(agency)}: the same bytes`, async () => {
      const recording = readRecording('000-a-three-agencies');
      const bets = recording.bets.get(agency) ?? [];
      const script = connectionsOf(recording, agency);
      const { outcome } = await expectSame(new PipeAgency(agency, 30), bets, script);
      expect(outcome).to.deep.equal({ stored: bets.length, winners: WINNERS[agency] });
    });
  }

  it('000-b: two full batches, and an empty one that is marked as the last', async () => {
    const script = connectionsOf(readRecording('000-b-sixty-bets'), 1);
    const { outcome } = await expectSame(new PipeAgency(1, 130), sixtyBets(), script);
    expect(outcome).to.deep.equal({ stored: 60, winners: ['40000000', '40000059'] });
  });

  it('000-c: a central that closes without an answer leaves the batch in doubt', async () => {
    const recording = readRecording('000-c-final-commit-server-closes');
    const [first] = connectionsOf(recording, 1);
    const script = [[{ expect: first?.[0]?.expect ?? Buffer.alloc(0), reply: 'close' as const }]];
    const bets = recording.bets.get(1) ?? [];
    const { error, sent } = await playScript({ dialect: new PipeAgency(1, 30), bets, script });
    expectFailure(error, 'CONNECTION_LOST', '0 bets are acknowledged', 'the next 7 are in doubt');
    expect(sent).to.deep.equal([first?.[0]?.expect]);
  });

  it('000-d: what the central asks for again is sent again, after a pause', async () => {
    const recording = readRecording('000-d-err-then-resend');
    const bets = recording.bets.get(3) ?? [];
    const script = connectionsOf(recording, 3);
    const { outcome, waited } = await expectSame(new PipeAgency(3, 30), bets, script);
    expect(outcome).to.deep.equal({ stored: 1, winners: [] });
    expect(waited).to.have.length(1);
    expect(waited[0]).to.be.greaterThan(0);
  });

  it('000-e: no bets, an agency of two digits', async () => {
    const script = connectionsOf(readRecording('000-e-no-bets'), 12);
    const { outcome } = await expectSame(new PipeAgency(12, 30), [], script);
    expect(outcome).to.deep.equal({ stored: 0, winners: [] });
  });

  it('000-f: on purpose otherwise: a batch that was refused is not taken for stored', async () => {
    const recording = readRecording('000-f-err-bare-taken-for-ok');
    const bets = recording.bets.get(3) ?? [];
    const script = connectionsOf(recording, 3);
    const { error, sent } = await playScript({ dialect: new PipeAgency(3, 30), bets, script });
    expectFailure(error, 'BATCH_REJECTED', 'bets 0 to 0: err', '0 bets are acknowledged');
    expect(sent).to.deep.equal([script[0]?.[0]?.expect]);
  });
});

describe('our agency in the place of a recorded one: tlv', () => {
  for (const agency of [1, 2, 3]) {
    it(`001-a, agency ${String(agency)}: the same bytes`, async () => {
      const recording = readRecording('001-a-three-agencies');
      const bets = recording.bets.get(agency) ?? [];
      const script = connectionsOf(recording, agency);
      const { outcome } = await expectSame(new TlvAgency(agency, 10), bets, script);
      expect(outcome).to.deep.equal({ stored: bets.length, winners: WINNERS[agency] });
    });
  }

  for (const agency of [2, 3]) {
    it(`001-b, agency ${String(agency)}: the same bytes in batches of three`, async () => {
      const recording = readRecording('001-b-batches-of-three');
      const bets = recording.bets.get(agency) ?? [];
      await expectSame(new TlvAgency(agency, 3), bets, connectionsOf(recording, agency));
    });
  }

  it('001-b, agency 1: on purpose otherwise: the seventh of seven bets is not lost', async () => {
    const recording = readRecording('001-b-batches-of-three');
    const bets = recording.bets.get(1) ?? [];
    const [turns] = connectionsOf(recording, 1);
    expect(turns).to.have.length(4);
    const seventh = Buffer.from(
      '000100000001' +
        '0000000000000024' +
        '00000001' +
        '00000003457661' +
        '0000000552c3ad6f73' +
        '042c1d870000000039481c800000002a',
      'hex',
    );
    const [first, second, end, bye] = turns ?? [];
    if (first === undefined || second === undefined || end === undefined) throw new Error('short');
    const acknowledged = Buffer.from('0004', 'hex');
    const script = [
      first,
      second,
      { expect: Buffer.concat([acknowledged, seventh]), reply: Buffer.from('0002', 'hex') },
      end,
      ...(bye === undefined ? [] : [bye]),
    ];
    const { outcome } = await expectSame(new TlvAgency(1, 3), bets, [script]);
    expect(outcome).to.deep.equal({ stored: 7, winners: WINNERS[1] });
  });

  for (const [name, agency, betsMax] of [
    ['001-c-store-fails-real', 3, 10],
    ['001-d-failed-4-bytes', 1, 3],
  ] as const) {
    it(`${name}: on purpose otherwise: the agency stops, and asks for no winners`, async () => {
      const recording = readRecording(name);
      const bets = recording.bets.get(agency) ?? [];
      const script = connectionsOf(recording, agency);
      const dialect = new TlvAgency(agency, betsMax);
      for (const cut of [undefined, byteByByte]) {
        const { error, sent } = await playScript({
          dialect,
          bets,
          script,
          ...(cut === undefined ? {} : { cut }),
        });
        expectFailure(error, 'BATCH_REJECTED', 'error code 2', '0 bets are acknowledged');
        expect(sent).to.deep.equal([script[0]?.[0]?.expect]);
      }
    });
  }

  it('001-e: no bets; and a warning that an original would never answer', async () => {
    const script = connectionsOf(readRecording('001-e-no-bets'), 3);
    const { outcome, lines } = await expectSame(new TlvAgency(3, 10), [], script);
    expect(outcome).to.deep.equal({ stored: 0, winners: [] });
    expect(lines.filter((line) => line.includes('never answers an agency'))).to.have.length(1);
  });
});

describe('our agency in the place of a recorded one: opcode', () => {
  for (const agency of [1, 2, 3]) {
    it(`002-a, agency ${String(agency)}: the same bytes, and the pause while busy`, async () => {
      const recording = readRecording('002-a-three-agencies');
      const bets = recording.bets.get(agency) ?? [];
      const script = connectionsOf(recording, agency);
      const { outcome, waited } = await expectSame(new OpcodeAgency(agency, 1000), bets, script);
      expect(outcome).to.deep.equal({ stored: bets.length, winners: WINNERS[agency] });
      expect(waited).to.deep.equal(agency === 3 ? [] : [4_000]);
    });
  }

  for (const agency of [1, 3]) {
    it(`002-b, agency ${String(agency)}: the same bytes in batches of five`, async () => {
      const recording = readRecording('002-b-batches-of-five');
      const bets = recording.bets.get(agency) ?? [];
      await expectSame(new OpcodeAgency(agency, 5), bets, connectionsOf(recording, agency));
    });
  }

  it('002-b, agency 2: on purpose otherwise: no empty batch, which is an error', async () => {
    const recording = readRecording('002-b-batches-of-five');
    const script = connectionsOf(recording, 2).filter(
      ([turn]) => turn?.expect.toString('latin1') !== '\x03\x00\x00\x00\x020#',
    );
    expect(script).to.have.length(connectionsOf(recording, 2).length - 1);
    const { outcome } = await expectSame(
      new OpcodeAgency(2, 5),
      recording.bets.get(2) ?? [],
      script,
    );
    expect(outcome).to.deep.equal({ stored: 5, winners: WINNERS[2] });
  });

  it('002-c: winners above 8 kB are read whole', async () => {
    const connections = connectionsOf(readRecording('002-c-large-packets'), 1);
    const script = connections.slice(1);
    const { outcome } = await expectSame(new OpcodeAgency(1, 1000), [], script);
    expect(outcome?.winners).to.have.length(920);
  });
});

describe('our agency in the place of a recorded one: semicolon', () => {
  /** The last packet says that more follow, and then comes an empty one. */
  function withEmptyLast(turns: readonly ScriptedTurn[], agency: number): ScriptedTurn[] {
    const out = [...turns];
    const last = out.findIndex(
      ({ expect: sent }) => sent.length > 2 && sent.readUInt16BE(sent.length - 2) === 0,
    );
    const packet = out[last];
    if (packet === undefined) throw new Error('no last packet');
    const more = Buffer.from(packet.expect);
    more.writeUInt16BE(1, more.length - 2);
    const text = Buffer.from(`${String(agency)};`);
    const size = Buffer.from([0, text.length + 2]);
    const empty = Buffer.concat([size, text, Buffer.from([0, 0])]);
    out.splice(
      last,
      1,
      { expect: more, reply: Buffer.from([0, 1]) },
      { expect: empty, reply: packet.reply },
    );
    return out;
  }

  for (const [name, messageBytesMax] of [
    ['003-c-three-agencies-reference', 8192],
    ['003-d-small-chunks-reference', 150],
  ] as const) {
    for (const agency of [1, 2, 3]) {
      const what = 'on purpose otherwise: the packet that ends the bets holds none';
      it(`${name}, agency ${String(agency)}: ${what}`, async () => {
        const recording = readRecording(name);
        const bets = recording.bets.get(agency) ?? [];
        const [turns = []] = connectionsOf(recording, agency);
        const dialect = new SemicolonAgency(agency, 1000, messageBytesMax);
        const { outcome } = await expectSame(dialect, bets, [withEmptyLast(turns, agency)]);
        const winners = WINNERS[agency];
        expect(outcome).to.deep.equal({ stored: bets.length, winners });
      });
    }
  }

  it('003-e: an answer that is not 1 ends it', async () => {
    const recording = readRecording('003-e-nack');
    const [[turn] = []] = connectionsOf(recording, 3);
    if (turn === undefined) throw new Error('short');
    const { error } = await playScript({
      dialect: new SemicolonAgency(3, 1000),
      bets: recording.bets.get(3) ?? [],
      script: [[turn]],
    });
    expectFailure(error, 'BATCH_REJECTED', 'bets 0 to 0: answer 0', '0 bets are acknowledged');
  });

  it('003-f: no bets: the same bytes', async () => {
    const script = connectionsOf(readRecording('003-f-no-bets'), 12);
    const { outcome } = await expectSame(new SemicolonAgency(12, 1000), [], script);
    expect(outcome).to.deep.equal({ stored: 0, winners: [] });
  });
});
