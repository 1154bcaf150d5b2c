import type { NetworkInterfaceInfo } from 'node:os';
import { expect } from 'chai';
import type { Subnet } from '../../../../src/net/subnet';
import { exposedAddresses } from '../../../../src/server/listen/security';

function info(address: string): NetworkInterfaceInfo {
  const rest = { netmask: '', mac: '', internal: false, cidr: null };
  return address.includes(':')
    ? { ...rest, address, family: 'IPv6', scopeid: 0 }
    : { ...rest, address, family: 'IPv4' };
}

const COURSE: Subnet = { address: '172.25.125.0', prefixBits: 24, family: 'ipv4' };
const LOOPBACK = [info('127.0.0.1'), info('::1')];
const COMPOSE = { lo: LOOPBACK, eth0: [info('172.25.125.2')] };
const HOST = { lo: LOOPBACK, eth0: [info('10.0.0.5'), info('fe80::1')], gone: undefined };

describe('exposedAddresses', () => {
  const cases: readonly (readonly [
    string,
    ReturnType<Parameters<typeof exposedAddresses>[2]>,
    readonly string[],
  ])[] = [
    ['127.0.0.1', HOST, []],
    ['127.9.9.9', HOST, []],
    ['::1', HOST, []],
    ['::ffff:127.0.0.1', HOST, []],
    ['10.0.0.5', HOST, ['10.0.0.5']],
    ['::ffff:10.0.0.5', HOST, ['::ffff:10.0.0.5']],
    ['fe80::1%eth0', HOST, ['fe80::1%eth0']],
    ['172.25.125.2', COMPOSE, []],
    ['172.25.124.255', COMPOSE, ['172.25.124.255']],
    ['172.25.126.0', COMPOSE, ['172.25.126.0']],
    ['0.0.0.0', COMPOSE, []],
    ['::', COMPOSE, []],
    ['0.0.0.0', HOST, ['10.0.0.5']],
    ['::', HOST, ['10.0.0.5', 'fe80::1']],
    ['0.0.0.0', { ...COMPOSE, eth1: [info('172.17.0.2')] }, ['172.17.0.2']],
    ['0.0.0.0', {}, []],
  ];
  for (const [bound, interfaces, expected] of cases) {
    const where = Object.keys(interfaces).join(', ');
    it(`bound to ${bound}, with ${where || 'no interfaces'}: ${expected.join(', ') || 'none'}`, () => {
      expect(exposedAddresses(bound, [COURSE], () => interfaces)).to.deep.equal(expected);
    });
  }

  it('knows the networks that it is configured to trust, and no others', () => {
    const trusted: Subnet[] = [{ address: 'fd00::', prefixBits: 8, family: 'ipv6' }];
    const interfaces = { eth0: [info('fd12::1'), info('172.25.125.2')] };
    expect(exposedAddresses('::', trusted, () => interfaces)).to.deep.equal(['172.25.125.2']);
  });
});
