import { expect } from 'chai';
import { LIMITS } from '../../../../src/base/limits';
import { TlvServerCodec } from '../../../../src/protocol/dialects/tlv';
import { Places, type EvictedCandidate } from '../../../../src/server/admission/places';
import {
  DEFAULT_PEER_LIMITS,
  fitToDescriptors,
  handshakesFor,
  scarceLimits,
} from '../../../../src/server/admission/peer-limits';
import type { Agency } from '../../../../src/server/session/state';
import { expectFailure, thrownBy } from '../../helpers/failures';
import { NO_REJECTS, TestPeer } from '../../helpers/peers';

const GRACE_MS = LIMITS.unauthenticatedGraceMs;

describe('Places', () => {
  let nowMs: number;
  let gate: Places;
  let isDrawn: boolean;
  let arrived: TestPeer[];

  beforeEach(() => {
    arrived = [];
    isDrawn = false;
    nowMs = 1_000;
    gate = new Places({ connectionsMax: 4, connectionsPerAddressMax: 2, connectionsAboveMax: 8 });
  });

  function arrive(address: string): {
    peer: TestPeer;
    got: string;
    displaced: EvictedCandidate | null;
  } {
    const peer = new TestPeer(() => nowMs, address);
    arrived.push(peer);
    const admission = gate.admit(peer);
    const displaced = admission.kind === 'candidate' ? admission.displaced : null;
    return { peer, got: admission.kind, displaced };
  }

  /** How many have a place. */
  function placed(): number {
    return arrived.filter((peer) => gate.hasPlace(peer)).length;
  }

  /** An agency that connects and says who it is. @returns who lost its place for it */
  function claim(peer: TestPeer, finished = false, number = 9): TestPeer | null | 'refused' {
    const agency: Agency = {
      number,
      accepted: 0,
      checksum: 0,
      finished,
      ...NO_REJECTS,
      holder: null,
    };
    const answer = gate.claim(peer, { agency, isLoading: !finished, isDrawn }, nowMs);
    if (answer.kind === 'refused') return 'refused';
    peer.introduce(number, finished);
    return answer.evicted as TestPeer | null;
  }

  /** Four peers with a place, in this order. */
  function fill(make: (peer: TestPeer, i: number) => unknown): TestPeer[] {
    return ['a', 'b', 'c', 'd'].map((address, i) => {
      const { peer, got } = arrive(address);
      expect(got).to.equal('place');
      make(peer, i);
      return peer;
    });
  }

  it('gives as many places to an address as it may have, and others to others', () => {
    const got = ['a', 'a', 'a', 'b', 'b', 'b'].map((address) => arrive(address).got);
    const expected = ['place', 'place', 'candidate', 'place', 'place', 'candidate'];
    expect(got).to.deep.equal(expected);
  });

  it('gives as many places as there may be in all', () => {
    const got = ['a', 'b', 'c', 'd', 'e'].map((address) => arrive(address).got);
    expect(got).to.deep.equal([...Array<string>(4).fill('place'), 'candidate']);
    expect(placed()).to.equal(4);
  });

  it('has a place again when somebody leaves', () => {
    const [first] = fill(() => undefined);
    if (first === undefined) throw new Error('nobody came');
    expect(gate.leave(first)).to.equal(true);
    expect(arrive('e').got).to.equal('place');
  });

  it('counts the addresses of an IPv6 network as one', () => {
    const got = ['2001:db8::1', '2001:db8::2', '2001:db8::3'].map((ip) => arrive(ip).got);
    expect(got).to.deep.equal(['place', 'place', 'candidate']);
  });

  it('takes the place of the oldest silent peer for an agency', () => {
    const [first] = fill(() => undefined);
    nowMs += GRACE_MS;
    expect(claim(arrive('e').peer)).to.equal(first);
    expect(placed()).to.equal(4);
    if (first !== undefined) expect(gate.leave(first)).to.equal(true);
    expect(placed()).to.equal(4);
  });

  it('takes the place of a peer that has just come, which may still say who it is', () => {
    const [first] = fill((peer, i) => i > 0 && peer.introduce());
    nowMs += GRACE_MS - 1;
    expect(claim(arrive('e').peer)).to.equal(null);
    expect(gate.expire(nowMs)).to.deep.equal([]);
    expect(first && gate.hasPlace(first)).to.equal(false);
    nowMs++;
    expect(gate.expire(nowMs).map(({ peer }) => peer)).to.deep.equal([first]);
  });

  it('takes no place from an agency that loads', () => {
    fill((peer) => peer.introduce());
    nowMs += 10 * GRACE_MS;
    expect(claim(arrive('e').peer)).to.equal('refused');
    expect(placed()).to.equal(4);
  });

  it('takes the place of agencies that wait for the draw, if the newcomer still loads', () => {
    const peers = fill((peer, i) => peer.introduce(i + 1, i > 0));
    expect(claim(arrive('e').peer, true)).to.equal('refused');
    expect(claim(arrive('e').peer, false)).to.equal(peers[1]);
    expect(claim(arrive('f').peer, false)).to.equal(peers[2]);
    expect(placed()).to.equal(4);
  });

  it('takes it last from those that do not come back', () => {
    const legacy = new TestPeer(() => nowMs, 'a', {}, new TlvServerCodec());
    gate.admit(legacy.introduce(1, true));
    const native = arrive('b').peer.introduce(2, true);
    for (const address of ['c', 'd']) arrive(address).peer.introduce();
    expect(claim(arrive('e').peer)).to.equal(native);
    expect(claim(arrive('f').peer)).to.equal(legacy);
    expect(claim(arrive('g').peer)).to.equal('refused');
  });

  it('takes it from nobody whose agency is known only as long as it is connected', () => {
    fill((peer) => {
      peer.session.enter({ phase: 'unnamed' });
    });
    nowMs += 10 * GRACE_MS;
    expect(claim(arrive('e').peer)).to.equal('refused');
  });

  it('takes it from them after the draw, behind those that are idle', () => {
    const [first, shared, second] = fill((peer, i) => {
      if (i !== 1) peer.session.enter({ phase: 'unnamed' });
      else peer.introduce(5).session.isShared = true;
    });
    nowMs += GRACE_MS;
    isDrawn = true;
    expect(claim(arrive('e').peer, true)).to.equal(shared);
    expect(claim(arrive('f').peer, true)).to.equal(first);
    expect(claim(arrive('g').peer, true)).to.equal(second);
  });

  it('takes it from shared connections that say nothing more, before any agency that waits', () => {
    const [waiting, shared] = fill((peer, i) => {
      peer.introduce(i + 1, i === 0);
      peer.session.isShared = i > 0;
      if (i > 1) peer.session.unanswered = 1;
    });
    nowMs += GRACE_MS - 1;
    expect(claim(arrive('e').peer, true)).to.equal('refused');
    nowMs++;
    expect(claim(arrive('e').peer, true)).to.equal(shared);
    expect(claim(arrive('f').peer, false)).to.equal(waiting);
  });

  for (const [count, due] of [
    [4, 'refused'],
    [5, 'granted'],
  ] as const) {
    it(`of an agency with ${String(count)} shared connections that all say something: ${due}`, () => {
      const limits = { connectionsPerAddressMax: 9, connectionsAboveMax: 8 };
      gate = new Places({ connectionsMax: count + 2, ...limits });
      const { state } = new TestPeer(() => nowMs).introduce(1).session;
      if (state.phase !== 'established') throw new Error('it is');
      const { agency } = state;
      const others = [2, 3].map((number) => arrive('a').peer.introduce(number));
      const shared = Array.from({ length: count }, () => arrive('a').peer);
      for (const { session } of shared) {
        session.enter({ phase: 'claiming', agency });
        session.enter(state);
      }
      for (const { session } of [...shared, ...others]) {
        session.isShared = true;
        session.unanswered = 1;
      }
      const { peer } = arrive('b');
      const claimed = gate.claim(peer, { agency: null, isLoading: false, isDrawn: false }, nowMs);
      const evicted = shared[0];
      expect(claimed).to.deep.equal(due === 'refused' ? { kind: due } : { kind: due, evicted });
    });
  }

  it('hands an agency the place of its own previous connection', () => {
    const peers = fill((peer, i) => peer.introduce(i + 1));
    const holder = peers[2]?.session ?? null;
    const agency: Agency = {
      number: 3,
      accepted: 0,
      checksum: 0,
      finished: false,
      ...NO_REJECTS,
      holder,
    };
    const answer = gate.claim(arrive('e').peer, { agency, isLoading: true, isDrawn: false }, nowMs);
    expect(answer).to.deep.equal({ kind: 'granted', evicted: peers[2] });
  });

  it('takes a place only from the address that has too many', () => {
    arrive('b');
    arrive('a').peer.introduce();
    const silent = arrive('a').peer;
    nowMs += GRACE_MS;
    expect(claim(arrive('a').peer)).to.equal(silent);
  });

  it('bounds the candidates, and displaces those of the address that brings the most', () => {
    fill((peer) => peer.introduce());
    const honest = arrive('x').peer;
    const flood = Array.from({ length: 12 }, () => arrive('y'));
    const displaced = flood.flatMap((one) => (one.displaced === null ? [] : [one.displaced]));
    expect(displaced.map(({ peer }) => peer)).to.deep.equal(flood.slice(0, 9).map((f) => f.peer));
    expect(displaced.map(({ isNotified }) => isNotified)).to.deep.equal([
      ...Array<boolean>(3).fill(true),
      ...Array<boolean>(6).fill(false),
    ]);
    for (const { peer } of displaced) expect(gate.leave(peer)).to.equal(false);
    nowMs += GRACE_MS;
    const silent = gate.expire(nowMs);
    expect(silent[0]).to.deep.equal({ peer: honest, isNotified: true });
    expect(silent).to.have.length(4);
    expect(gate.expire(nowMs)).to.deep.equal([]);
  });

  it('lets candidates be that still send, or wait for an answer', () => {
    fill((peer) => peer.introduce());
    const sending = arrive('x').peer;
    const owed = arrive('y').peer.introduce();
    owed.session.unanswered = 1;
    nowMs += GRACE_MS - 1;
    sending.transport.peer.onData(Buffer.from([1]));
    sending.connection.waitsForTurn = false;
    nowMs += GRACE_MS - 1;
    expect(gate.expire(nowMs)).to.deep.equal([]);
    nowMs++;
    expect(gate.expire(nowMs)).to.deep.equal([{ peer: sending, isNotified: true }]);
  });
});

describe('fitToDescriptors', () => {
  it('leaves limits that fit as they are', () => {
    expect(fitToDescriptors(DEFAULT_PEER_LIMITS, Infinity, 0)).to.equal(DEFAULT_PEER_LIMITS);
    expect(fitToDescriptors(DEFAULT_PEER_LIMITS, 20_000, 1_024)).to.equal(DEFAULT_PEER_LIMITS);
  });

  it('leaves descriptors for files and for those without a place', () => {
    const { connectionsMax } = fitToDescriptors(DEFAULT_PEER_LIMITS, 1_024, 0);
    expect(connectionsMax).to.equal(1_024 - 64 - 256);
    const few = fitToDescriptors(DEFAULT_PEER_LIMITS, 100, 0);
    expect([few.connectionsMax, few.connectionsAboveMax]).to.deep.equal([18, 18]);
  });

  it('refuses to work with fewer than it needs', () => {
    expect(fitToDescriptors(DEFAULT_PEER_LIMITS, 72, 0).connectionsMax).to.equal(4);
    const thrown = thrownBy(() => fitToDescriptors(DEFAULT_PEER_LIMITS, 71, 0));
    expectFailure(thrown, 'CONFIG_INVALID', 'ulimit -n', 'is 71', 'at least 72');
  });

  it('counts the connections whose TLS handshake is under way, which are not many', () => {
    const handshakes = handshakesFor(1_024);
    expect(handshakes).to.equal(256);
    const { connectionsMax } = fitToDescriptors(DEFAULT_PEER_LIMITS, 1_024, handshakes);
    expect(connectionsMax).to.equal(1_024 - 64 - 256 - 256);
    expect(handshakesFor(Infinity)).to.equal(LIMITS.tlsHandshakesMax);
    expect(handshakesFor(1)).to.equal(1);
  });
});

describe('scarceLimits', () => {
  it('says nothing when every agency can have a place', () => {
    const limits = { ...DEFAULT_PEER_LIMITS, connectionsMax: 5, connectionsPerAddressMax: 5 };
    expect(scarceLimits(limits, 5)).to.equal(null);
  });

  for (const few of ['connectionsMax', 'connectionsPerAddressMax'] as const) {
    it(`names the agencies when ${few} is below their number`, () => {
      const said = scarceLimits({ ...DEFAULT_PEER_LIMITS, [few]: 4 }, 5);
      expect(said).to.include({ agencies: 5 });
    });
  }
});
