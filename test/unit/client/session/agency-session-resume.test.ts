import { expect } from 'chai';
import { InvariantError } from '../../../../src/base/invariant';
import { AgencyScene, sumOf } from '../../helpers/agency-scene';

/** Four batches of two bets are sent and unanswered; the connection is lost. */
function lostWithFour(): AgencyScene {
  const scene = new AgencyScene({ window: 4 }).startLoading();
  for (const offset of [0, 2, 4, 6]) scene.pulled(offset);
  expect(scene.disconnect()).to.deep.equal(['reconnect undefined']);
  expect(scene.connect()).to.deep.equal(['send introduce']);
  return scene;
}

describe('agency session: a lost connection', () => {
  it('leads to another one, after a pause that the client chooses', () => {
    const scene = new AgencyScene().startLoading();
    expect(scene.disconnect()).to.deep.equal(['reconnect undefined']);
    expect(scene.session.phase).to.equal('offline');
  });

  it('is ignored from then on', () => {
    const scene = new AgencyScene().startLoading();
    scene.pulled(0);
    scene.disconnect();
    expect(scene.ack(2)).to.deep.equal([]);
    expect(scene.receive({ kind: 'error', code: 'UNKNOWN_AGENCY', text: '' })).to.deep.equal([]);
    expect(scene.session.phase).to.equal('offline');
  });

  const resent = ['send bets 0', 'send bets 2', 'send bets 4', 'send bets 6'];
  for (const batches of [0, 1, 2, 3, 4]) {
    const stored = 2 * batches;
    it(`goes on behind ${String(batches)} of 4 batches without reading the source again`, () => {
      const scene = lostWithFour();
      expect(scene.welcome(stored)).to.deep.equal([
        `progress ${String(stored)}`,
        ...resent.slice(batches),
        ...(batches > 0 ? ['pull'] : []),
      ]);
    });
  }

  for (const stored of [1, 3, 7]) {
    it(`reads the source again when the central stops inside a batch, at ${String(stored)}`, () => {
      expect(lostWithFour().welcome(stored)).to.deep.equal([`seek ${String(stored)}`]);
    });
  }

  it('reads the source again when the central has more than was sent', () => {
    expect(lostWithFour().welcome(10)).to.deep.equal(['seek 10']);
  });

  it('reads the source again when the checksum of what it has now differs', () => {
    const scene = lostWithFour();
    expect(scene.welcome(4, sumOf(4) ^ 1)).to.deep.equal(['seek 4']);
    expect(scene.actions.at(-1)).to.include({ checksum: sumOf(4) ^ 1 });
  });

  it('forgets its old batches once the source is read again', () => {
    const scene = lostWithFour();
    scene.welcome(3);
    expect(scene.ready()).to.deep.equal(['progress 3', 'pull']);
    expect(scene.pulled(3)).to.deep.equal(['send bets 3', 'pull']);
  });

  it('does not forget a batch that the source gave in between', () => {
    const scene = new AgencyScene({ window: 4 }).startLoading();
    scene.pulled(0);
    scene.disconnect();
    expect(scene.pulled(2)).to.deep.equal([]);
    scene.connect();
    expect(scene.welcome(2)).to.deep.equal(['progress 2', 'send bets 2', 'pull']);
  });

  it('does not forget that the source had ended', () => {
    const scene = new AgencyScene().startLoading();
    scene.pulled(0);
    scene.exhausted();
    scene.disconnect();
    scene.connect();
    expect(scene.welcome(2)).to.deep.equal(['progress 2', 'send finished 2']);
  });

  it('reads on after the end when it goes back', () => {
    const scene = new AgencyScene().startLoading();
    scene.pulled(0);
    scene.exhausted();
    scene.disconnect();
    scene.connect();
    expect(scene.welcome(1)).to.deep.equal(['seek 1']);
    expect(scene.ready()).to.deep.equal(['progress 1', 'pull']);
  });

  it('repeats FINISHED and the question', () => {
    const scene = new AgencyScene().startAsking();
    scene.disconnect();
    scene.connect();
    expect(scene.welcome(2, sumOf(2), 8, 'finished')).to.deep.equal([
      'progress 2',
      'send finished 2',
    ]);
    expect(scene.ack(2)).to.deep.equal(['send ask 0']);
  });
});

describe('agency session: a connection that is lost while the source is on its way', () => {
  it('does not take a batch that was asked for before', () => {
    const scene = new AgencyScene().startLoading();
    scene.disconnect();
    scene.connect();
    expect(scene.welcome(4)).to.deep.equal(['seek 4']);
    expect(scene.pulled(0)).to.deep.equal([]);
    expect(scene.ready()).to.deep.equal(['progress 4', 'pull']);
    expect(scene.pulled(4)).to.deep.equal(['send bets 4', 'pull']);
  });

  it('relies on a source that does one thing after the other', () => {
    const scene = new AgencyScene().startLoading();
    scene.disconnect();
    scene.connect();
    scene.welcome(4);
    expect(() => scene.ready()).to.throw(InvariantError, 'arrived before it gave');
  });

  it('does not take an end that was found before', () => {
    const scene = new AgencyScene().startLoading();
    scene.disconnect();
    scene.connect();
    scene.welcome(4);
    expect(scene.exhausted()).to.deep.equal([]);
    expect(scene.ready()).to.deep.equal(['progress 4', 'pull']);
  });

  it('goes where the newest central is, and only there', () => {
    const scene = new AgencyScene();
    scene.connect();
    scene.welcome(2);
    scene.disconnect();
    scene.connect();
    expect(scene.welcome(4)).to.deep.equal(['seek 4']);
    expect(scene.ready()).to.deep.equal([]);
    expect(scene.ready()).to.deep.equal(['progress 4', 'pull']);
  });

  it('waits for the source even when the central is still where it was', () => {
    const scene = new AgencyScene();
    scene.connect();
    scene.welcome(2);
    scene.disconnect();
    scene.connect();
    expect(scene.welcome(2)).to.deep.equal(['seek 2']);
  });

  it('need not go again when the source arrived before the next central', () => {
    const scene = new AgencyScene();
    scene.connect();
    scene.welcome(2);
    scene.disconnect();
    expect(scene.ready()).to.deep.equal([]);
    scene.connect();
    expect(scene.welcome(2)).to.deep.equal(['progress 2', 'pull']);
  });
});
