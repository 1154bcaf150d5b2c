import { expect } from 'chai';
import { InvariantError } from '../../../../src/base/invariant';
import { crcOf, rows } from '../../../support/wire-builder';
import { AGENCY, AgencyScene, sourceBatch, sumOf } from '../../helpers/agency-scene';
import { betsOf } from '../../helpers/scene';

describe('agency session: from beginning to end', () => {
  let scene: AgencyScene;

  beforeEach(() => {
    scene = new AgencyScene();
  });

  it('sends INTRODUCE with its number and its token', () => {
    expect(scene.connect()).to.deep.equal(['send introduce']);
    expect(scene.actions[0]).to.deep.equal({
      kind: 'send',
      command: { kind: 'introduce', agency: AGENCY, token: Buffer.from('secret') },
    });
  });

  it('sends its source to where the central is before the first bet', () => {
    scene.connect();
    expect(scene.welcome(4)).to.deep.equal(['seek 4']);
    expect(scene.actions.at(-1)).to.include({ stored: 4, checksum: sumOf(4) });
    expect(scene.ready()).to.deep.equal(['progress 4', 'pull']);
  });

  it('sends what the source gives, unchanged', () => {
    scene.startLoading();
    expect(scene.pulled(0)).to.deep.equal(['send bets 0', 'pull']);
    const { form, offset, count, checksum } = sourceBatch(0, 2);
    const command = { kind: 'bets', form, offset, checksum, count, rows: rows(...betsOf(3, 2)) };
    expect(scene.actions.at(-2)).to.deep.equal({ kind: 'send', command });
    expect(checksum).to.equal(crcOf(rows(...betsOf(3, 2))));
  });

  it('finishes, asks, and says goodbye with its winners', () => {
    scene.startLoading();
    scene.pulled(0);
    expect(scene.exhausted()).to.deep.equal([]);
    expect(scene.ack(2)).to.deep.equal(['progress 2', 'send finished 2']);
    expect(scene.ack(2)).to.deep.equal(['send ask 0']);
    expect(scene.receive({ kind: 'not_yet', pending: 4, retryAfterMs: 0 })).to.deep.equal([]);
    expect(
      scene.receive({ kind: 'winners', total: 2, first: 0, documents: ['5', '7'] }),
    ).to.deep.equal(['send goodbye', 'done']);
    expect(scene.end).to.deep.equal({
      kind: 'done',
      outcome: { stored: 2, winners: 2 },
    });
  });

  it('finishes at once without bets', () => {
    scene.startLoading();
    expect(scene.exhausted()).to.deep.equal(['send finished 0']);
  });

  it('finishes at once when the central has everything', () => {
    scene.startLoading(4);
    expect(scene.exhausted()).to.deep.equal(['send finished 4']);
  });

  it('waits with FINISHED until everything is acknowledged', () => {
    scene.startLoading();
    scene.pulled(0);
    scene.pulled(2);
    scene.exhausted();
    expect(scene.ack(2)).to.deep.equal(['progress 2']);
    expect(scene.ack(4)).to.deep.equal(['progress 4', 'send finished 4']);
  });

  it('without finish: says goodbye when everything is acknowledged, and asks for nothing', () => {
    scene = new AgencyScene({ finish: false }).startLoading(1);
    scene.pulled(1, 1);
    scene.exhausted();
    expect(scene.ack(2)).to.deep.equal(['progress 2', 'send goodbye', 'done']);
    expect(scene.end).to.deep.equal({ kind: 'done', outcome: { stored: 2, winners: null } });
  });

  it('asks for winners to be held back until the draw', () => {
    scene.startAsking();
    expect(scene.actions.at(-1)).to.deep.equal({
      kind: 'send',
      command: { kind: 'ask_winners', first: 0, wait: true },
    });
  });

  it('reports how far the source has been read', () => {
    scene.startLoading();
    scene.pulled(0);
    scene.pulled(2);
    scene.ack(4);
    const progress = scene.actions.filter(({ kind }) => kind === 'progress').at(-1);
    expect(progress).to.deep.equal({
      kind: 'progress',
      acknowledged: true,
      stored: 4,
      sourceBytes: 201,
    });
  });

  it('logs its introduction and each acknowledgement', () => {
    scene.startLoading();
    scene.pulled(0);
    scene.ack(2);
    expect(scene.logs()).to.deep.equal([
      'info introduce success {"agency":3,"stored":0,"stage":"loading"}',
      'debug batch_stored success {"stored":2}',
    ]);
  });

  it('ignores what it receives, and does nothing more, once it has ended', () => {
    scene.startAsking();
    scene.receive({ kind: 'winners', total: 0, first: 0, documents: [] });
    expect(scene.session.phase).to.equal('ended');
    expect(scene.disconnect()).to.deep.equal([]);
    expect(scene.ack(2)).to.deep.equal([]);
    expect(scene.connect()).to.deep.equal([]);
    expect(scene.on({ kind: 'ask_again' })).to.deep.equal([]);
  });
});

describe('agency session: window', () => {
  it('keeps as many batches unanswered as it may, and reads no further', () => {
    const scene = new AgencyScene({ window: 3 }).startLoading();
    expect(scene.pulled(0)).to.deep.equal(['send bets 0', 'pull']);
    expect(scene.pulled(2)).to.deep.equal(['send bets 2', 'pull']);
    expect(scene.pulled(4)).to.deep.equal(['send bets 4']);
  });

  it('goes on with each acknowledgement', () => {
    const scene = new AgencyScene({ window: 2 }).startLoading();
    scene.pulled(0);
    scene.pulled(2);
    expect(scene.ack(2)).to.deep.equal(['progress 2', 'pull']);
    expect(scene.pulled(4)).to.deep.equal(['send bets 4']);
  });

  it('one acknowledgement may cover several batches', () => {
    const scene = new AgencyScene({ window: 3 }).startLoading();
    for (const offset of [0, 2, 4]) scene.pulled(offset);
    expect(scene.ack(4)).to.deep.equal(['progress 4', 'pull']);
    expect(scene.ack(6)).to.deep.equal(['progress 6']);
  });

  it('an acknowledgement that covers no whole batch changes nothing', () => {
    const scene = new AgencyScene().startLoading();
    scene.pulled(0);
    expect(scene.ack(0)).to.deep.equal([]);
    expect(scene.ack(1)).to.deep.equal([]);
  });

  it('is never larger than the central allows', () => {
    const scene = new AgencyScene({ window: 3 }).startLoading(0, 1);
    expect(scene.pulled(0)).to.deep.equal(['send bets 0']);
    expect(scene.ack(2)).to.deep.equal(['progress 2', 'pull']);
  });

  it('is never larger than the agency wants', () => {
    const scene = new AgencyScene({ window: 1 }).startLoading(0, 8);
    expect(scene.pulled(0)).to.deep.equal(['send bets 0']);
  });

  it('asks the source for one batch at a time', () => {
    const scene = new AgencyScene({ window: 3 }).startLoading();
    scene.pulled(0);
    expect(scene.ack(2)).to.deep.equal(['progress 2']);
  });

  it('follows a central that allows less after a restart', () => {
    const scene = new AgencyScene({ window: 3 }).startLoading(0, 3);
    for (const offset of [0, 2, 4]) scene.pulled(offset);
    scene.disconnect();
    scene.connect();
    expect(scene.welcome(0, 0, 1)).to.deep.equal(['progress 0', 'send bets 0']);
    expect(scene.ack(2)).to.deep.equal(['progress 2', 'send bets 2']);
  });
});

describe('agency session: when the central owes an answer', () => {
  const states: readonly (readonly [string, boolean, () => AgencyScene])[] = [
    ['offline', false, () => new AgencyScene()],
    ['loading, nothing sent', false, () => new AgencyScene().startLoading()],
    ['asking', true, () => new AgencyScene().startAsking()],
  ];
  for (const [name, owed, make] of states) {
    it(`${name}: ${owed ? 'yes' : 'no'}`, () => {
      expect(make().session.isWaitingForCentral).to.equal(owed);
    });
  }

  it('handshake: yes; seeking: no', () => {
    const scene = new AgencyScene();
    scene.connect();
    expect(scene.session.isWaitingForCentral).to.equal(true);
    scene.welcome(0);
    expect(scene.session.phase).to.equal('seeking');
    expect(scene.session.isWaitingForCentral).to.equal(false);
  });

  it('loading: while a batch is unanswered', () => {
    const scene = new AgencyScene().startLoading();
    scene.pulled(0);
    expect(scene.session.isWaitingForCentral).to.equal(true);
    scene.ack(2);
    expect(scene.session.isWaitingForCentral).to.equal(false);
  });

  it('finishing: yes', () => {
    const scene = new AgencyScene().startLoading();
    scene.exhausted();
    expect(scene.session.phase).to.equal('finishing');
    expect(scene.session.isWaitingForCentral).to.equal(true);
  });
});

describe('agency session: mistakes of whoever drives it', () => {
  it('connected twice', () => {
    const scene = new AgencyScene();
    scene.connect();
    expect(() => scene.connect()).to.throw(InvariantError);
  });

  it('a source that went where nobody sent it', () => {
    expect(() => new AgencyScene().ready()).to.throw(InvariantError);
  });
});
