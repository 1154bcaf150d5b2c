import { expect } from 'chai';
import { parseSubnet, TrustedNetworks } from '../../../src/net/subnet';

describe('parseSubnet', () => {
  for (const [text, address, prefixBits, family] of [
    ['172.25.125.0/24', '172.25.125.0', 24, 'ipv4'],
    ['0.0.0.0/0', '0.0.0.0', 0, 'ipv4'],
    ['10.0.0.1/32', '10.0.0.1', 32, 'ipv4'],
    ['fd00::/8', 'fd00::', 8, 'ipv6'],
    ['::/128', '::', 128, 'ipv6'],
  ] as const) {
    it(`takes ${text}`, () => {
      expect(parseSubnet(text)).to.deep.equal({ address, prefixBits, family });
    });
  }

  for (const text of [
    '',
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '::/129',
    '300.0.0.0/8',
    'a/8',
    '10.0.0.0/-1',
    ' ::/8',
  ]) {
    it(`refuses "${text}"`, () => {
      expect(parseSubnet(text)).to.equal(undefined);
    });
  }
});

describe('TrustedNetworks', () => {
  it('has loopback always, and what it is given', () => {
    const none = new TrustedNetworks([]);
    const one = new TrustedNetworks([{ address: '10.0.0.0', prefixBits: 8, family: 'ipv4' }]);
    const loopback = ['127.0.0.1', '127.255.0.1', '::1', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1'];
    const others = ['11.0.0.0', '126.0.0.1', '128.0.0.1', '::2', 'fe80::1%eth0'];
    const addresses = [...loopback, '10.1.2.3', ...others];
    expect(addresses.filter((address) => none.has(address))).to.deep.equal(loopback);
    expect(addresses.filter((address) => one.has(address))).to.deep.equal([
      ...loopback,
      '10.1.2.3',
    ]);
  });
});
