import { expect } from 'chai';
import { InvariantError } from '../../../../src/base/invariant';
import { LIMITS } from '../../../../src/base/limits';
import { InlineParser } from '../../../../src/parsing/parser';
import { OpcodeServerCodec } from '../../../../src/protocol/dialects/opcode';
import { DEFAULT_PEER_LIMITS } from '../../../../src/server/admission/peer-limits';
import type { DrawOutcome } from '../../../../src/server/draw/make-draw';
import type { Central } from '../../../../src/server/turn/central';
import type { CentralOptions } from '../../../../src/server/turn/central-options';
import { NONE_REFUSED } from '../../../../src/store/bet-store';
import type { StoreEntry } from '../../../../src/store/state';
import { betOfLine, opcodeBatch } from '../../../support/dialect-builder';
import { winnersOf } from '../../../support/winners-list';
import * as wire from '../../../support/wire-builder';
import { centralWith, emptyLottery, storeWith } from '../../helpers/central';
import { FakeTransport } from '../../helpers/fake-transport';
import { ManualClock } from '../../helpers/manual-clock';
import { recordingLogger } from '../../helpers/recording-sink';
import { DRAW } from '../../helpers/scene';

const DIGEST = 'd1'.repeat(32);

describe('the central, while its draw waits for a salt', () => {
  it('sends heartbeats to whoever waits, and draws nothing', async () => {
    const clock = new ManualClock();
    let draws = 0;
    const committed: StoreEntry[] = [];
    const { logger, lines } = recordingLogger();
    const central = centralWith({
      clock,
      logger,
      store: storeWith(({ entries }, done) => {
        // What is published must be on disk before.
        expect(lines.filter((line) => line.includes(DIGEST))).to.deep.equal([]);
        committed.push(...entries);
        done(NONE_REFUSED);
      }),
      lottery: emptyLottery(1),
      draw: () => {
        draws++;
        return Promise.resolve({
          kind: 'awaited' as const,
          source: 'a beacon',
          digest: DIGEST,
          entries: [{ kind: 'bets_digest', digest: DIGEST }] as const,
        });
      },
      onDrawn: () => expect.fail('there was no draw'),
      onActaRecorded: () => expect.fail('there was no draw'),
    });
    central.start();
    const transport = new FakeTransport('10.0.0.1');
    central.accept(transport);
    const asked = wire.join(wire.introduce(1), wire.finished(0), wire.askWinners(0, 1));
    transport.peer.onData(wire.join(wire.preface(), asked));
    for (let i = 0; i < 4; i++) {
      while (clock.waiting > 0) clock.turn();
      await Promise.resolve();
      clock.advance(LIMITS.heldQueryHeartbeatMs);
    }
    expect(draws).to.equal(1);
    expect(committed.at(-1)).to.deep.equal({ kind: 'bets_digest', digest: DIGEST });
    const waiting = 'action: draw_salt | result: in_progress | source: a beacon | digest: ';
    const published = lines.filter((line) => line.includes(waiting + DIGEST));
    expect(published, lines.join('')).to.have.lengthOf(1);
    const [welcome, ...signs] = transport.written.map((bytes) => bytes[2]);
    expect(welcome).to.equal(0x81);
    expect(signs).to.deep.equal(signs.map(() => 0x85));
    // The answer itself, and one for each period of waiting.
    expect(signs).to.have.length(4);
  });
});

describe('the central, when it stops during its draw', () => {
  it('announces nothing', async () => {
    const clock = new ManualClock();
    const stored: string[] = [];
    let endDraw: (outcome: DrawOutcome) => void = () => expect.fail('no draw was begun');
    const central = centralWith({
      clock,
      store: storeWith(({ entries }, done) => {
        stored.push(...entries.map(({ kind }) => kind));
        done(NONE_REFUSED);
      }),
      lottery: emptyLottery(1),
      draw: () => new Promise((resolve) => (endDraw = resolve)),
      onDrawn: () => expect.fail('there was no draw'),
      onActaRecorded: () => expect.fail('there was no draw'),
    });
    const transport = new FakeTransport('10.0.0.1');
    central.accept(transport);
    const asked = wire.join(wire.introduce(1), wire.finished(0), wire.askWinners(0, 1));
    transport.peer.onData(wire.join(wire.preface(), asked));
    while (clock.waiting > 0) clock.turn();
    central.stop(() => undefined);
    const entries = [{ kind: 'draw', draw: DRAW }] as const;
    endDraw({ kind: 'made', draw: DRAW, winners: winnersOf([[1, '30000031']]), entries });
    await Promise.resolve();
    expect(stored).to.deep.equal(['finished']);
    expect(Buffer.concat(transport.written).includes('30000031')).to.equal(false);
  });
});

describe('the central, within its limits', () => {
  let clock: ManualClock;
  let central: Central;
  let completions: (() => void)[];

  beforeEach(() => {
    clock = new ManualClock();
    completions = [];
    central = centralWith(options());
  });

  function options(): Pick<CentralOptions, 'clock' | 'store'> {
    const store = storeWith((_, done) => {
      completions.push(() => {
        done(NONE_REFUSED);
      });
    });
    return { clock, store };
  }

  function arrive(...bytes: readonly Uint8Array[]): FakeTransport {
    const transport = new FakeTransport(`10.0.0.${String(++arrivals % 250)}`);
    central.accept(transport);
    if (bytes.length > 0) transport.peer.onData(wire.join(...bytes));
    return transport;
  }
  let arrivals = 0;

  function turns(): void {
    while (clock.waiting > 0) clock.turn();
  }

  it('unfinished frames over all connections are given up when they become too much', () => {
    const honest = arrive(wire.preface(), wire.introduce(1));
    turns();
    const unfinished = wire.frame(0x01, new Uint8Array(8_188)).subarray(0, 8_191);
    const count = Math.ceil(LIMITS.inputBytesTotalMax / unfinished.length);
    const hostile: FakeTransport[] = [];
    for (let i = 0; i < count; i++) {
      clock.time++;
      hostile.push(arrive(wire.preface(), unfinished));
      turns();
    }
    const row = wire.row({ ...wire.NORA, agency: 1 });
    honest.peer.onData(wire.bet(0, wire.crcOf(row), row));
    turns();
    for (const complete of completions.splice(0)) complete();
    expect(honest.written.map((bytes) => bytes[2])).to.deep.equal([0x81, 0x82]);
    const given = hostile.map(({ calls }) => calls.includes('end'));
    const up = given.filter((isUp) => isUp).length;
    expect(up).to.be.within(count / 2 - 2, count / 2 + 2);
    // The oldest have kept their bytes the longest.
    expect(given.lastIndexOf(true)).to.equal(up - 1);
    expect(hostile[0]?.written[0]?.[2]).to.equal(0x86);
    expect(honest.calls.filter((call) => call === 'pause')).to.have.length(1);
    expect(honest.calls.at(-1)).to.not.equal('pause');
    expect(honest.calls).to.include('resume');
  });

  it('reads again though whoever was to have the next turn is gone', () => {
    central.start();
    const busy = arrive(wire.preface(), wire.introduce(1));
    turns();
    const row = wire.row({ ...wire.NORA, agency: 1 });
    const bets = wire.bet(0, wire.crcOf(row), row);
    busy.peer.onData(bets);
    turns();
    // While the disk works there is no room for more, so that whoever is ready has to wait.
    const chatty = arrive(wire.preface(), wire.introduce(2));
    const questions = Buffer.concat(
      Array.from({ length: LIMITS.outcomesWaitingMax }, () => wire.askWinners(0, 0)),
    );
    chatty.peer.onData(questions);
    turns();
    expect(chatty.calls).to.include('pause');
    const hostile = arrive(new Uint8Array(LIMITS.inputBytesTotalMax));
    expect(busy.calls.at(-1)).to.equal('pause');
    expect(arrive().calls).to.include('pause');
    for (const gone of [hostile, chatty]) gone.peer.onClose();
    for (const complete of completions.splice(0)) complete();
    turns();
    clock.advance(LIMITS.deadlineTickMs);
    turns();
    expect(busy.calls).to.include('resume');
    expect(arrive().calls).to.not.include('pause');
  });

  it('reading waits when too many answers wait for the disk', () => {
    const busy = arrive(wire.preface(), wire.introduce(1));
    const chatty = arrive(wire.preface(), wire.introduce(2), wire.finished(0));
    turns();
    for (const complete of completions.splice(0)) complete();
    turns();
    const row = wire.row({ ...wire.NORA, agency: 1 });
    busy.peer.onData(wire.bet(0, wire.crcOf(row), row));
    turns();
    const [complete] = completions;
    const questions = Buffer.concat(Array.from({ length: 1_000 }, () => wire.askWinners(0, 0)));
    let sent = 0;
    while (!chatty.calls.includes('pause') && sent < 100_000) {
      chatty.peer.onData(questions);
      sent += 1_000;
      turns();
    }
    expect(sent).to.be.below(3 * LIMITS.outcomesWaitingMax);
    complete?.();
    turns();
    expect(chatty.calls).to.include('resume');
  });

  it('nothing more is read once it stops, though the disk has a commit', () => {
    const betOf = (agency: number): Buffer => {
      const row = wire.row({ ...wire.NORA, agency });
      return wire.bet(0, wire.crcOf(row), row);
    };
    const busy = arrive(wire.preface(), wire.introduce(1));
    const late = arrive(wire.preface(), wire.introduce(2));
    turns();
    busy.peer.onData(betOf(1));
    turns();
    central.stop(() => undefined);
    late.peer.onData(betOf(2));
    turns();
    for (let i = 0; i < 3; i++) {
      for (const complete of completions.splice(0)) complete();
      turns();
    }
    const [acknowledged, ...others] = busy.written.slice(1).map((bytes) => bytes[2]);
    expect(acknowledged).to.equal(0x82);
    expect(late.written.slice(1).map((bytes) => bytes[2])).to.deep.equal(others);
  });

  it('a connection that must go while the disk has its bets receives their reply first', () => {
    const peerLimits = { ...DEFAULT_PEER_LIMITS, connectionsMax: 1, connectionsAboveMax: 6 };
    central = centralWith({ ...options(), peerLimits });
    const loading = arrive(wire.preface(), wire.introduce(1));
    turns();
    expect(loading.written[0]?.[2]).to.equal(0x81);
    const requests = Array.from({ length: 4 }, () => {
      const transport = new FakeTransport();
      central.accept(transport, () => new OpcodeServerCodec());
      transport.peer.onData(opcodeBatch('2', [betOfLine('Ana,Paz,7,1990-01-01,1')]));
      turns();
      return transport;
    });
    // Three may wait without a place: the first one has to go, and its bets are not on the disk yet.
    const [first] = requests;
    expect(first?.written).to.deep.equal([]);
    expect(first?.calls).not.to.include('destroy');
    const store = (): void => {
      for (const complete of completions.splice(0)) complete();
    };
    store();
    expect(Buffer.concat(first?.written ?? []).toString('hex')).to.equal('0200000000');
    store();
    expect(Buffer.concat(first?.written ?? []).toString('hex')).to.equal('02000000000800000000');
    expect(first?.calls.at(-1)).to.equal('end');
    store();
    for (const { written } of requests.slice(1)) {
      expect(Buffer.concat(written).toString('hex')).to.equal('0200000000');
    }
  });
});

describe('the phases of a central', () => {
  it('go on to stopped when the pool and the disk are done, and only forward', async () => {
    const clock = new ManualClock();
    const { logger, lines } = recordingLogger();
    let finishParsing = (): void => undefined;
    const commits: (() => void)[] = [];
    const central = centralWith({
      clock,
      logger,
      store: storeWith((_, done) => {
        commits.push(() => {
          done(NONE_REFUSED);
        });
      }),
      parser: {
        parse: (messages) =>
          messages.length === 0
            ? []
            : new Promise((resolve) => {
                finishParsing = () => {
                  resolve(new InlineParser().parse(messages));
                };
              }),
      },
      lottery: emptyLottery(1),
    });
    const transport = new FakeTransport('10.0.0.1');
    central.accept(transport);
    const rows = Buffer.from('1,Nora,Paz,30000001,1988-04-23,42\r\n');
    const batch = wire.batch(0, wire.crcOf(rows), 1, rows);
    transport.peer.onData(wire.join(wire.preface(), wire.introduce(1), batch));
    while (clock.waiting > 0) clock.turn();
    let isStopped = false;
    central.stop(() => {
      isStopped = true;
    });
    const phases = (): string[] => lines.filter((line) => line.includes('central_phase'));
    expect(phases()).to.have.length(1);
    expect(phases()[0]).to.include('from: running | to: stopping');
    finishParsing();
    await Promise.resolve();
    await Promise.resolve();
    expect(phases(), 'the batch is on its way to the disk').to.have.length(1);
    while (commits.length > 0) commits.shift()?.();
    expect(phases()[1]).to.include('from: stopping | to: stopped');
    const types: number[] = [];
    let rest = Buffer.concat(transport.written);
    for (; rest.length > 0; rest = rest.subarray(rest.readUInt16BE(0)))
      types.push(rest.readUInt8(2));
    expect(types, 'WELCOME, ACK, GOODBYE').to.deep.equal([0x81, 0x82, 0x88]);
    expect(() => {
      central.stop(() => undefined);
    }).to.throw(InvariantError, 'from stopped to stopping');
    transport.peer.onClose();
    expect(isStopped).to.equal(true);
  });
});
