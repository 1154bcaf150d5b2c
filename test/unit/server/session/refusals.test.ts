/** Sessions that are refused, evicted or get no place, and the log lines about them. */
import { expect } from 'chai';
import { LIMITS } from '../../../../src/base/limits';
import type { BetsCommand } from '../../../../src/protocol/commands';
import type { EffectSink } from '../../../../src/server/session/effects';
import { endBusy } from '../../../../src/server/session/end';
import { Session, type Claim } from '../../../../src/server/session/state';
import { applyEntry, emptyState } from '../../../../src/store/state';
import { batchOf, closedBy, entriesOf, logsOf, repliesTo, Scene } from '../../helpers/scene';

const NATIVE = { winnersPageBytesMax: 8170, run: 'resumed' } as const;
const CONNECTION = { winnersPageBytesMax: Infinity, run: 'connection' } as const;
const PEER = { address: '10.0.0.7', certifiedAgency: null };
const TOKEN = Buffer.alloc(0);

const introduce = (agency: number): { kind: 'introduce'; agency: number; token: Buffer } => {
  return { kind: 'introduce', agency, token: TOKEN };
};

/** Bets without an offset, as the earlier dialects send them; the number of the last one is wrong. */
function wrongBets(agency: number, count: number): BetsCommand {
  const { rows } = batchOf(agency, 0, count);
  const bad = Buffer.from(rows.toString('latin1').replace(/\d\r\n$/, 'x\r\n'), 'latin1');
  return { kind: 'bets', form: 'batch', offset: null, checksum: null, count, rows: bad };
}

describe('session: the log of refusals', () => {
  it('says what a session did wrong, and whose it was', () => {
    const scene = new Scene();
    const nobody = scene.connectWith(NATIVE, PEER);
    const first = scene.receive(nobody, { kind: 'finished', total: 0 });
    const reason = 'INTRODUCE must come first';
    expect(logsOf(first)).to.deep.equal([
      ['WARNING session fail', { code: 'UNEXPECTED_MESSAGE', reason, ip: PEER.address }],
    ]);
    const session = scene.join(3);
    const second = scene.receive(session, introduce(3));
    expect(logsOf(second)).to.deep.equal([
      [
        'WARNING session fail',
        { code: 'UNEXPECTED_MESSAGE', reason: 'INTRODUCE came twice', agency: 3, ip: '' },
      ],
    ]);
  });

  it('says why an end is refused that names another total', () => {
    const scene = new Scene();
    const session = scene.join(3);
    scene.receive(session, batchOf(3, 0, 2));
    const effects = scene.receive(session, { kind: 'finished', total: 1 });
    const reason = '2 bets are stored, not 1';
    const details = { code: 'WRONG_TOTAL', reason, agency: 3, ip: '' };
    expect(logsOf(effects)).to.deep.equal([['WARNING session fail', details]]);
    expect(repliesTo(session, effects)).to.deep.equal([
      { kind: 'error', code: 'WRONG_TOTAL', text: reason },
    ]);
  });

  it('names the agency of a session, and how many bets it has stored', () => {
    const scene = new Scene();
    const session = scene.join(3);
    scene.receive(session, batchOf(3, 0, 2));
    const again = scene.connect();
    const effects = scene.receive(again, introduce(3));
    const replaced = {
      code: 'REPLACED',
      reason: 'the agency introduced itself again',
      agency: 3,
      ip: '',
    };
    expect(logsOf(effects)).to.deep.equal([
      ['WARNING session fail', replaced],
      ['INFO introduce success', { agency: 3, stored: 2 }],
    ]);
  });

  it('names the agency whose winners are asked for and that is not expected', () => {
    const scene = new Scene(1);
    const session = scene.join(1);
    scene.finish(session, 1, 0);
    const ask = { kind: 'ask_winners', first: 0, wait: true, agency: 7 } as const;
    const effects = scene.receive(session, ask);
    const details = {
      code: 'UNKNOWN_AGENCY',
      reason: 'agency 7 is not expected',
      agency: 1,
      ip: '',
    };
    expect(logsOf(effects).at(-1)).to.deep.equal(['WARNING session fail', details]);
    expect(closedBy(effects)).to.deep.equal([session]);
  });
});

describe('session: places', () => {
  const withClaim = (claim: () => Claim): Session => new Session(99, NATIVE, PEER, claim);

  it('a session without a place receives BUSY and is closed', () => {
    const scene = new Scene();
    const session = withClaim(() => ({ kind: 'refused' }));
    const effects = scene.receive(session, introduce(3));
    expect(repliesTo(session, effects)).to.deep.equal([
      { kind: 'busy', retryAfterMs: LIMITS.busyRetryMs },
    ]);
    expect(closedBy(effects)).to.deep.equal([session]);
    expect(session.state.phase).to.equal('ended');
    expect(scene.lottery.agency(3)?.holder).to.equal(null);
  });

  it('so does one of an agency without bets that is not named', () => {
    const scene = new Scene(1);
    const session = withClaim(() => ({ kind: 'refused' }));
    const effects = scene.receive(session, { kind: 'no_bets' });
    expect(closedBy(effects)).to.deep.equal([session]);
    expect(scene.lottery.unnamed.size).to.equal(0);
    expect(entriesOf(effects)).to.deep.equal([]);
  });

  it('an agency evicted for another one receives BUSY, and the log gives the reason', () => {
    const scene = new Scene();
    const evicted = scene.join(3);
    const session = withClaim(() => ({ kind: 'granted', evicted }));
    const effects = scene.receive(session, introduce(4));
    expect(repliesTo(evicted, effects)).to.deep.equal([
      { kind: 'busy', retryAfterMs: LIMITS.busyRetryMs },
    ]);
    expect(closedBy(effects)).to.deep.equal([evicted]);
    const details = { code: 'BUSY', reason: 'another agency needs its place', agency: 3, ip: '' };
    expect(logsOf(effects)[0]).to.deep.equal(['WARNING session fail', details]);
    expect(repliesTo(session, effects).map(({ kind }) => kind)).to.deep.equal(['welcome']);
  });

  it('the previous connection of the same agency receives REPLACED, and nothing else', () => {
    const scene = new Scene();
    const evicted = scene.join(3);
    const session = withClaim(() => ({ kind: 'granted', evicted }));
    const effects = scene.receive(session, introduce(3));
    expect(repliesTo(evicted, effects).map(({ kind }) => kind)).to.deep.equal(['error']);
    expect(closedBy(effects)).to.deep.equal([evicted]);
  });

  it('a session that has ended receives nothing more', () => {
    const scene = new Scene();
    const session = scene.join(3);
    const out: EffectSink = [];
    endBusy(scene.lottery, session, 'a reason', out);
    const said = [...out];
    endBusy(scene.lottery, session, 'another', out);
    expect(out).to.deep.equal(said);
  });

  it('the end of an old connection does not take the agency from the new one', () => {
    const scene = new Scene();
    const old = scene.join(3);
    const current = scene.join(3);
    scene.hangUp(old);
    expect(scene.lottery.agency(3)?.holder).to.equal(current);
  });
});

describe('session: rejected bets', () => {
  it('what is not UTF-8 is called so, whosever bets it seems to be', () => {
    const scene = new Scene();
    const session = scene.join(3);
    const command = batchOf(4, 0, 2);
    const rows = Buffer.concat([command.rows.subarray(0, -3), Buffer.from([0xff, 0x0d, 0x0a])]);
    const effects = scene.receive(session, { ...command, offset: null, checksum: null, rows });
    const [reply] = repliesTo(session, effects);
    expect(reply).to.include({ kind: 'reject', reason: 'INVALID_UTF8', index: 1 });
  });

  it('is answered, and does not count for the window any more', () => {
    const scene = new Scene(5, 2);
    const session = scene.join(3);
    const bad = { ...batchOf(3, 0, 1), checksum: 1 };
    for (let i = 0; i < 6; i++) {
      const kinds = repliesTo(session, scene.receive(session, bad)).map(({ kind }) => kind);
      expect(kinds).to.deep.equal(['reject']);
    }
    expect(session.unanswered).to.equal(0);
  });

  it('of an agency that was never named keep it from being one without bets', () => {
    const scene = new Scene(1);
    const session = scene.connectWith(CONNECTION, PEER);
    scene.receive(session, { kind: 'nothing', problem: 'it cannot be read', bets: 2 });
    const effects = scene.receive(session, { kind: 'no_bets' });
    const reason = 'bets of this connection were rejected';
    const error = { kind: 'error', code: 'WRONG_TOTAL', text: reason };
    expect(repliesTo(session, effects)).to.deep.equal([error]);
    expect(scene.lottery.pending).to.equal(1);
    expect(closedBy(effects)).to.deep.equal([session]);
  });

  it('are counted as far as the journal can, and no further', () => {
    const disk = emptyState();
    const count = LIMITS.rejectedBetsCountedMax - 1;
    applyEntry(disk, { kind: 'rejected', agency: 1, count });
    const scene = new Scene(1, 8, disk);
    const session = scene.connectWith(CONNECTION, PEER);
    scene.receive(session, introduce(1));
    const entries = entriesOf(scene.receive(session, wrongBets(1, 3)));
    expect(entries).to.deep.equal([{ kind: 'rejected', agency: 1, count: 1 }]);
    expect(entriesOf(scene.receive(session, wrongBets(1, 3)))).to.deep.equal([]);
  });

  describe('of an agency that names its total', () => {
    /** What is stored of rejected bets when the agency ends with two good ones. */
    const savedAfter = (...messages: readonly BetsCommand[]): unknown[] => {
      const scene = new Scene(1);
      const session = scene.join(1);
      for (const message of messages) scene.receive(session, message);
      const effects = scene.receive(session, { kind: 'finished', total: 2 });
      expect(scene.lottery.pending).to.equal(0);
      return entriesOf(effects).filter(({ kind }) => kind === 'rejected');
    };
    const good = batchOf(1, 0, 2);
    const badRows = (offset: number, count: number): BetsCommand => {
      const { rows } = wrongBets(1, count);
      return { ...batchOf(1, offset, count), rows, checksum: null };
    };

    it('are counted when they did not come again', () => {
      const rejected = { kind: 'rejected', agency: 1, count: 3 };
      expect(savedAfter(good, badRows(2, 3))).to.deep.equal([rejected]);
    });

    it('are not when they were corrected', () => {
      expect(savedAfter(badRows(0, 3), good)).to.deep.equal([]);
    });

    it('are not when they were damaged on their way, or came at a wrong offset', () => {
      const damaged = { ...batchOf(1, 0, 3), checksum: 1 };
      expect(savedAfter(good, { ...damaged, offset: 2 }, { ...damaged, offset: 9 })).to.deep.equal(
        [],
      );
    });

    it('are not when others of that offset are stored', () => {
      expect(savedAfter(good, badRows(0, 2))).to.deep.equal([]);
    });
  });

  it('of another run of the same agency do not keep this one from its end', () => {
    const scene = new Scene(1);
    const broken = scene.connectWith(CONNECTION, PEER);
    scene.receive(broken, introduce(1));
    scene.receive(broken, wrongBets(1, 1));
    scene.hangUp(broken);
    const session = scene.connectWith(CONNECTION, PEER);
    scene.receive(session, introduce(1));
    const effects = scene.receive(session, { kind: 'finished', total: null });
    expect(entriesOf(effects)).to.deep.include({ kind: 'finished', agency: 1 });
  });
});
