import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import { Gate } from '../../../src/server/admission';
import {
  DEFAULT_PEER_LIMITS,
  fitToDescriptors,
  handshakesFor,
} from '../../../src/server/peer-limits';
import { TestPeer } from '../helpers/peers';

describe('Gate', () => {
  let nowMs: number;
  let gate: Gate;

  beforeEach(() => {
    nowMs = 1_000;
    gate = new Gate({ connectionsMax: 4, connectionsPerAddressMax: 2 });
  });

  function arrive(address: string): { peer: TestPeer; said: string; evicted: unknown } {
    const peer = new TestPeer(() => nowMs, address);
    const admission = gate.admit(peer, nowMs);
    const evicted = admission.kind === 'admitted' ? admission.evicted : null;
    return { peer, said: admission.kind, evicted };
  }

  it('admits as many of an address as it may have, and others beside them', () => {
    const said = ['a', 'a', 'a', 'b', 'b', 'b'].map((address) => arrive(address).said);
    expect(said).to.deep.equal(['admitted', 'admitted', 'busy', 'admitted', 'admitted', 'busy']);
  });

  it('admits as many as there may be in all', () => {
    const said = ['a', 'b', 'c', 'd', 'e'].map((address) => arrive(address).said);
    expect(said).to.deep.equal([...Array<string>(4).fill('admitted'), 'busy']);
    expect(gate.admitted).to.equal(4);
  });

  it('has a place again when somebody leaves', () => {
    const [first] = ['a', 'b', 'c', 'd'].map((address) => arrive(address).peer);
    if (first === undefined) throw new Error('nobody came');
    expect(gate.leave(first)).to.equal(true);
    expect(arrive('e').said).to.equal('admitted');
  });

  it('gives the place of the oldest stranger to a newcomer after some time', () => {
    const first = arrive('a').peer;
    for (const address of ['b', 'c', 'd']) arrive(address);
    nowMs += LIMITS.strangerGraceMs - 1;
    expect(arrive('e').said).to.equal('busy');
    nowMs++;
    expect(arrive('e').evicted).to.equal(first);
    expect(gate.admitted).to.equal(4);
    expect(gate.leave(first)).to.equal(true);
    expect(gate.admitted).to.equal(4);
  });

  it('takes nobody its place who has introduced itself', () => {
    const peers = ['a', 'b', 'c', 'd'].map((address) => arrive(address).peer.introduce());
    nowMs += 10 * LIMITS.strangerGraceMs;
    expect(arrive('e').said).to.equal('busy');
    expect(peers.map(({ session }) => session.state.phase)).to.not.include('ended');
  });

  it('takes only strangers of an address that has too many their place', () => {
    arrive('b');
    arrive('a').peer.introduce();
    const stranger = arrive('a').peer;
    nowMs += LIMITS.strangerGraceMs;
    expect(arrive('a').evicted).to.equal(stranger);
  });

  it('tells only so many that there is no place', () => {
    for (const address of ['a', 'b', 'c', 'd']) arrive(address).peer.introduce();
    const said = Array.from({ length: LIMITS.connectionsTurnedAwayMax + 1 }, () => arrive('x'));
    expect(said.at(-2)?.said).to.equal('busy');
    expect(said.at(-1)?.said).to.equal('dropped');
    for (const { peer } of said) expect(gate.leave(peer)).to.equal(false);
    expect(arrive('x').said).to.equal('busy');
  });

  it('counts the addresses of an IPv6 network as one', () => {
    const said = ['2001:db8::1', '2001:db8::2', '2001:db8::3'].map((ip) => arrive(ip).said);
    expect(said).to.deep.equal(['admitted', 'admitted', 'busy']);
  });
});

describe('fitToDescriptors', () => {
  it('leaves limits that fit as they are', () => {
    expect(fitToDescriptors(DEFAULT_PEER_LIMITS, Infinity, 0)).to.equal(DEFAULT_PEER_LIMITS);
    expect(fitToDescriptors(DEFAULT_PEER_LIMITS, 20_000, 1_024)).to.equal(DEFAULT_PEER_LIMITS);
  });

  it('leaves descriptors for files and for those that are turned away', () => {
    const { connectionsMax } = fitToDescriptors(DEFAULT_PEER_LIMITS, 1_024, 0);
    expect(connectionsMax).to.equal(1_024 - 64 - 256);
    expect(fitToDescriptors(DEFAULT_PEER_LIMITS, 20, 0).connectionsMax).to.equal(1);
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
