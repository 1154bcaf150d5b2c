/**
 * Bets that a central has refused in a dialect with a connection for each batch, however: their agency does not
 * count as finished before somebody has seen that, and a corrected run is taken.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import * as build from '../support/dialect-builder';
import { LegacyPeer } from '../support/legacy-agencies';
import { cleanUp, startServer, type Server } from '../support/program';
import { u32, u8 } from '../support/wire-builder';

const GOOD = build.betOfLine('Nora,Ruiz,7,1990-01-01,7574');
const LATER = build.betOfLine('Ana,Paz,30000001,1999-03-17,7574');
const BET = '1#Ana#Paz#30000001#1999-03-17#7574';
const STORED = build.opcodePacket(2);

/** A packet of bets as it should not be. */
function opcodeBets(data: string, op = 3): Buffer {
  return Buffer.concat([u8(op), u32(Buffer.byteLength(data)), Buffer.from(data)]);
}

/** A batch of a bet as it should not be. */
function pipeOf(payload: string): string {
  return `30 ${String(payload.length)} 0|${payload}`;
}

/** Texts that take more bytes as fields of rows than on the wire. */
function batchOfQuotes(): Buffer {
  const names = { ...LATER, first: '"'.repeat(400), last: '"'.repeat(400) };
  return build.opcodeBatch('1', Array<build.DialectBet>(950).fill(names));
}

describe('bets that a central refuses on a connection of their own', () => {
  const peers: LegacyPeer[] = [];

  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.destroy();
    await cleanUp();
  });

  /** Sends one message. @returns all that the central answers */
  async function answerTo(port: number, message: Buffer, ends = true): Promise<Buffer> {
    const peer = await LegacyPeer.open(port);
    peers.push(peer);
    // The central may refuse what is too long before all of it is sent.
    await peer.send(message).catch(() => undefined);
    if (ends) peer.end();
    return peer.rest();
  }

  async function expectAnswer(port: number, message: Buffer, answer: Buffer): Promise<void> {
    expect((await answerTo(port, message)).toString('hex')).to.equal(answer.toString('hex'));
  }

  async function rejectedInActa({ program, dataDirectory }: Server): Promise<unknown> {
    await program.waitFor('action: acta | result: success');
    const acta: unknown = JSON.parse(readFileSync(join(dataDirectory, 'acta.json'), 'utf8'));
    return acta !== null && typeof acta === 'object' && 'rejected' in acta ? acta.rejected : null;
  }

  for (const [what, message, ends, env] of [
    ['without the end of its list', opcodeBets(`1#@0#${BET}`), true, {}],
    ['without its number of bets', opcodeBets(`@0#${BET}#`), true, {}],
    ['whose agency cannot be read', opcodeBets(`1#@0#x#Ana#`), true, {}],
    ['of an opcode and nothing else', Buffer.from([3, 0, 0]), true, {}],
    ['that is too long', opcodeBets(`1#@0#${BET}#${'x'.repeat(1_260_002)}`), true, {}],
    ['that would be too many bytes of rows', batchOfQuotes(), true, {}],
    ['whose connection ends within it', opcodeBets(`1#@0#${BET}#`).subarray(0, 30), true, {}],
    [
      'whose end never comes',
      opcodeBets(`1#@0#${BET}#`).subarray(0, 30),
      false,
      { FRAME_TIMEOUT: '500ms' },
    ],
  ] as const) {
    it(`opcode: a batch ${what} keeps its agency from being finished once`, async () => {
      const server = await startServer({ AGENCIES: '1', DETECT: '1', ...env });
      const { port, program } = server;
      await expectAnswer(port, build.opcodeBatch('1', [GOOD]), STORED);
      const answer = await answerTo(port, message, ends);
      if (answer.length > 0) expect(answer.readUInt8(0)).to.equal(4);
      const line = await program.waitFor('action: apuesta_recibida | result: fail');
      expect(line).to.match(/code: MALFORMED_ROW .*\| ip: 127\.0\.0\.1 \| cantidad: [1-9]/);
      const refused = await answerTo(port, build.opcodePacket(5, ['1']));
      expect(refused.readUInt8(0)).to.equal(4);
      await program.waitFor('action: agency_finished | result: fail | agency: 1 | rechazadas: ');
      await expectAnswer(port, build.opcodeBatch('1', [LATER]), STORED);
      await expectAnswer(port, build.opcodePacket(5, ['1']), STORED);
      await program.waitFor(
        'agency_finished | result: success | agency: 1 | cantidad: 2 | rechazadas: ',
      );
      expect(await rejectedInActa(server))
        .to.be.a('number')
        .and.be.greaterThan(0);
    });
  }

  for (const [what, message] of [
    ['without the length of a record', pipeOf('|1|Ana|Paz|30000001|1999-03-17|7574|$')],
    ['whose agency cannot be read', pipeOf('Ana|Paz|7|$')],
    ['that is too long', '30 2000000 0|42|1|Ana|'],
    ['of digits and nothing else', '30 44'],
  ] as const) {
    it(`pipe: a batch ${what} keeps its agency from being finished once`, async () => {
      const server = await startServer({ AGENCIES: '1', DETECT: '1' });
      const { port, program } = server;
      const answer = await answerTo(port, Buffer.from(message));
      expect(answer.toString()).to.be.oneOf(['', '4|err\n']);
      await program.waitFor('action: apuesta_recibida | result: fail | code: MALFORMED_ROW');
      const end = Buffer.from('0 0 1|');
      const refused = Buffer.from('3|ok\n4|err\n');
      await expectAnswer(port, Buffer.concat([end, build.pipeAsk('1')]), refused);
      await program.waitFor('action: agency_finished | result: fail | agency: 1 | rechazadas: 1');
      await expectAnswer(port, build.pipeBatch('1', [LATER], true), build.pipeMessage('ok'));
      expect(await rejectedInActa(server)).to.equal(1);
    });
  }

  it('are of anybody at the address: whoever speaks from it, each agency is refused once', async () => {
    const server = await startServer({ AGENCIES: '2', DIALECT_PORTS: 'opcode:0' });
    const line = await server.program.waitFor('action: listen | result: success | dialect: opcode');
    const port = Number(/port: (\d+)$/.exec(line)?.[1]);
    await answerTo(port, opcodeBets('1#@0#x#'));
    for (const expected of [4, 2]) {
      for (const agency of ['1', '2']) {
        const answer = await answerTo(port, build.opcodePacket(5, [agency]));
        expect(answer.readUInt8(0)).to.equal(expected);
      }
    }
    expect(await rejectedInActa(server)).to.equal(1);
  });

  it('name their address when the session ends', async () => {
    const { port, program } = await startServer({ AGENCIES: '1', DETECT: '1' });
    await answerTo(port, opcodeBets(`1#@0#${BET}#${'x'.repeat(1_260_002)}`));
    const tooLong = await program.waitFor(
      'action: session | result: fail | code: BAD_FRAME_LENGTH',
    );
    expect(tooLong).to.match(/ \| reason: [^|]* \| ip: 127\.0\.0\.1$/);
    await answerTo(port, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    const unknown = await program.waitFor('action: session | result: fail | code: BAD_PREFACE');
    expect(unknown).to.match(/ \| reason: [^|]* \| ip: 127\.0\.0\.1$/);
  });

  it('have the time of a message, also on the first of a connection', async () => {
    const env = { AGENCIES: '1', DETECT: '1', HANDSHAKE_TIMEOUT: '500ms', FRAME_TIMEOUT: '60s' };
    const { port, program } = await startServer(env);
    const slow = await LegacyPeer.open(port);
    const silent = await LegacyPeer.open(port);
    peers.push(slow, silent);
    const batch = build.opcodeBatch('1', [GOOD]);
    await slow.send(batch.subarray(0, 30));
    await program.waitFor('reason: no handshake in time');
    expect((await silent.rest()).length).to.equal(0);
    await new Promise((resolve) => setTimeout(resolve, 600));
    await slow.send(batch.subarray(30));
    expect((await slow.read(STORED.length)).toString('hex')).to.equal(STORED.toString('hex'));
  });
});
