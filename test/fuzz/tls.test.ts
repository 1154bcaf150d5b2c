import { expect } from 'chai';
import { fuzzTls } from './tls';
import { TLS_ATTACKS } from './tls-peer';

const HANDSHAKES = Number(process.env['FUZZ_HANDSHAKES'] ?? 120);

describe('fuzzed TLS handshakes against a central', () => {
  it(`${String(HANDSHAKES)} of them keep no honest agency from betting`, async () => {
    const { attacks, bets } = await fuzzTls(HANDSHAKES, 1);
    expect([...attacks.keys()]).to.have.members([...TLS_ATTACKS]);
    expect(bets).to.be.above(0);
  }).timeout(240_000);
});
