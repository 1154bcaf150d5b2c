/** Rejected bets of which nobody knows the agency: every agency at their address may have sent them. */
import { expect } from 'chai';
import { LIMITS } from '../../../../src/base/limits';
import * as build from '../../../support/dialect-builder';
import { CertificateIdentity } from '../../../../src/server/session/identity';
import { DialectScene } from '../../helpers/dialect-scene';
import { logsOf } from '../../helpers/scene';

const UNREADABLE = build.opcodePacket(3, ['2', '@0', 'x', 'Ana']);
const HERE = '10.0.0.7';
const ELSEWHERE = '10.0.0.8';
const ACK = build.opcodePacket(2).toString('hex');

describe('rejected bets that name no agency', () => {
  let scene: DialectScene;

  beforeEach(() => {
    scene = new DialectScene(3);
  });

  function send(address: string, ...messages: readonly Buffer[]): void {
    for (const message of messages) {
      const link = scene.connect('opcode', address);
      scene.send(link, message);
      scene.end(link);
    }
  }

  /** @returns whether the agency is finished */
  function end(agency: number, address: string): boolean {
    const answer = scene.send(
      scene.connect('opcode', address),
      build.opcodePacket(5, [String(agency)]),
    );
    const isFinished = scene.scene.lottery.agency(agency)?.finished ?? false;
    expect(answer.toString('hex') === ACK).to.equal(isFinished);
    return isFinished;
  }

  const rejectedOf = (agency: number): number | undefined =>
    scene.scene.disk.agencies.get(agency)?.rejected;

  it('keep each agency at their address from being finished, once, and count for the first', () => {
    send(HERE, UNREADABLE);
    expect([end(1, HERE), end(2, HERE)]).to.deep.equal([false, false]);
    expect([end(1, HERE), end(2, HERE)]).to.deep.equal([true, true]);
    expect([rejectedOf(1), rejectedOf(2)]).to.deep.equal([1, 0]);
  });

  it('count for none that has finished before', () => {
    expect(end(1, HERE)).to.equal(true);
    send(HERE, UNREADABLE);
    expect([end(1, HERE), end(2, HERE)]).to.deep.equal([true, false]);
    expect([rejectedOf(1), rejectedOf(2)]).to.deep.equal([0, 1]);
  });

  it('do not concern agencies at other addresses', () => {
    for (let i = 0; i < 5; i++) send(ELSEWHERE, UNREADABLE);
    expect([end(1, HERE), end(2, HERE)]).to.deep.equal([true, true]);
  });

  it('count while their connection is open, and for who names itself on it', () => {
    const link = scene.connect('opcode', HERE);
    scene.send(link, UNREADABLE);
    expect(end(1, HERE)).to.equal(false);
    const pipe = scene.connect('pipe', HERE);
    scene.send(pipe, Buffer.from('30 5 0|xx|$!'));
    scene.send(pipe, build.pipeBatch('2', [], true));
    expect(scene.scene.lottery.unattributed.take(HERE, 0)).to.deep.include({ bets: 1 });
    const named = scene.connect('pipe', ELSEWHERE);
    scene.send(named, Buffer.from('30 5 0|xx|$!'), build.pipeAsk('3'));
    scene.fallSilent(named);
    expect(scene.scene.lottery.unattributed.take(ELSEWHERE, 0)).to.equal(null);
    expect(rejectedOf(3)).to.equal(1);
  });

  it('cannot keep an agency from being finished for ever', () => {
    const tries: boolean[] = [];
    while (tries.length < LIMITS.unattributedRefusalsMax + 1) {
      send(HERE, UNREADABLE, UNREADABLE);
      tries.push(end(1, HERE));
    }
    expect(tries).to.deep.equal([false, false, false, true]);
    expect(rejectedOf(1)).to.equal(2 * tries.length);
  });

  it('of more addresses than are remembered push out the oldest', () => {
    const { unattributed } = scene.scene.lottery;
    send('10.1.0.0', UNREADABLE);
    for (let i = 1; i < LIMITS.unattributedAddressesMax; i++) {
      send(`10.1.${String(i >> 8)}.${String(i & 255)}`, UNREADABLE);
    }
    expect(unattributed.take('10.1.0.0', 0)).to.not.equal(null);
    send(HERE, UNREADABLE);
    expect(unattributed.take('10.1.0.0', 0)).to.equal(null);
    expect(unattributed.take('10.1.0.1', 0)).to.not.equal(null);
    expect(unattributed.take(HERE, 0)).to.not.equal(null);
  });

  it('are not those of a torn batch whose agency does not take part, or that its peer may not speak for', () => {
    const certified = new CertificateIdentity();
    for (const [number, identity, code] of [
      ['99', undefined, 'UNKNOWN_AGENCY'],
      ['1', certified, 'NOT_AUTHORISED'],
    ] as const) {
      scene = new DialectScene(3, undefined, identity);
      const torn = build.opcodeBatch(number, [build.betOfLine('Nora,Ruiz,7,1990-01-01,7574')]);
      send(HERE, torn.subarray(0, torn.length - 1));
      expect(scene.scene.lottery.unattributed.take(HERE, 0), code).to.equal(null);
      expect(scene.scene.lottery.agency(1)).to.include({ rejected: 0 });
      const [first] = logsOf(scene.effects);
      expect(first?.[1]).to.include({ code });
    }
  });

  it('are none for the dialects in which a run is a connection', () => {
    const link = scene.connect('semicolon', HERE);
    scene.send(link, Buffer.from([0, 5, 0x78, 0x3b, 0x78, 0, 1]));
    scene.end(link);
    expect(end(1, HERE)).to.equal(true);
  });
});
