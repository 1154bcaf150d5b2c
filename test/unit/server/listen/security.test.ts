import type { NetworkInterfaceInfo } from 'node:os';
import { expect } from 'chai';
import { exposedAddresses } from '../../../../src/server/listen/security';

function info(address: string): NetworkInterfaceInfo {
  const rest = { netmask: '', mac: '', internal: false, cidr: null };
  return address.includes(':')
    ? { ...rest, address, family: 'IPv6', scopeid: 0 }
    : { ...rest, address, family: 'IPv4' };
}

const LOOPBACK = [info('127.0.0.1'), info('::1')];
const COMPOSE = { lo: LOOPBACK, eth0: [info('172.25.125.2')] };
const HOST = { lo: LOOPBACK, eth0: [info('10.0.0.5'), info('fe80::1')], gone: undefined };

describe('exposedAddresses', () => {
  const cases: readonly (readonly [
    string,
    Parameters<typeof exposedAddresses>[1],
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
      expect(exposedAddresses(bound, interfaces)).to.deep.equal(expected);
    });
  }
});
